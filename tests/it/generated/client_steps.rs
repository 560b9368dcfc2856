//! The steps that correct the generated texts.

use std::collections::BTreeMap;

use super::{SMALL, client, edited, generated, mocks};

#[test]
fn a_step_without_a_target_in_the_mocks_names_itself_and_the_target() {
    assert_eq!(
        mocks::apply_steps("pub mod operations { }"),
        Err(
            "the step `compare_forms_as_forms` of build/mocks.rs finds no \
             `Self (self . 0 . json_body_obj (value))` in the generated mocks"
                .to_owned()
        )
    );
}

#[test]
fn a_step_without_a_target_in_the_client_names_itself_and_the_target() {
    let finds_none = |text: &str| {
        let mut file = syn::parse_str(text).unwrap();
        client::apply_steps(&mut file, "1.0.0", &BTreeMap::new()).unwrap_err()
    };
    let reported = |step, target| {
        format!("the step `{step}` of build/client.rs finds no {target} in the generated client")
    };
    assert_eq!(
        finds_none("impl Client {}"),
        reported("schemas_on_demand", "module `types`")
    );
    assert_eq!(
        finds_none("mod types { struct One { codes: Vec<String> } }"),
        reported("one_code_or_many", "array of voucher codes")
    );
    let field = "codes: ::std::vec::Vec<::thordata_cdk::CdkCode>";
    assert_eq!(
        finds_none(&format!("mod types {{ struct One {{ {field} }} }}")),
        reported("objects_only", "struct that derives `Deserialize`")
    );
    let types = format!("mod types {{ #[derive(::serde::Deserialize)] struct One {{ {field} }} }}");
    // As it would be if progenitor left the making of URLs to a function of its own.
    let urls =
        "impl Client { fn one(&self) { let url = progenitor_client::url(self, \"/one\"); } }";
    assert_eq!(
        finds_none(&format!("{types} {urls}")),
        reported("parse_urls_once", "URL made by `format!`")
    );
    let one = "let url = format!(\"{}/one\", self.baseurl,);";
    let of =
        |statements: &str| format!("{types} impl Client {{ fn one(&self) {{ {statements} }} }}");
    assert_eq!(
        finds_none(&of(&format!("{one} let request = self.made(url);"))),
        reported("send_no_api_version", "header `api-version`")
    );
    let one = format!("{one} header_map.append(HeaderName::from_static(\"api-version\"));");
    assert_eq!(
        finds_none(&of(&format!("{one} let request = self.made(url);"))),
        reported(
            "make_requests_apart",
            "request that is made before its `OperationInfo`"
        )
    );
}

#[test]
fn a_function_of_its_own_makes_the_request_and_keeps_the_type_of_the_reply() {
    let client = generated(SMALL).unwrap();
    let (_, made) = client
        .split_once("pub(crate) fn get_one_request<'a>(")
        .unwrap();
    let (head, body) = made.split_once(" {\n").unwrap();
    let head: String = head.split_whitespace().collect();
    assert_eq!(
        head,
        "&'aself,cdk:&'a::thordata_cdk::CdkCode,)->Result<::thordata_cdk::raw::PreparedRequest<\
         ::thordata_cdk::Envelope<::thordata_cdk::raw::types::One>,>,::thordata_cdk::raw::BuildRequestError,>"
    );
    assert!(body.contains("Ok(::thordata_cdk::raw::PreparedRequest::new(request))"));
    assert!(client.contains("let mut request = self.get_one_request(cdk)?.request;"));
}

#[test]
fn parameters_with_the_names_of_the_methods_own_variables_change_nothing() {
    for (name, variable) in [("url", "_url"), ("request", "_request"), ("info", "_info")] {
        let client = generated(&edited(SMALL, "- name: cdk", &format!("- name: {name}"))).unwrap();
        let begin = |text: &str| client.matches(&format!("let {text}")).count();
        assert_eq!(
            begin(&format!("{variable} = self.inner.url(")),
            usize::from(name == "url")
        );
        assert_eq!(
            begin(&format!("mut {variable} = self.get_one_request(")),
            usize::from(name == "request")
        );
        assert!(client.contains("pub(crate) fn get_one_request<'a>("));
    }
}
