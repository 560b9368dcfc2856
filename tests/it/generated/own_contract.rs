//! A contract of a user's own: what it may add, and what is reported with his line if it lacks something.

use super::{CONTRACT, edited, generate, golden, my_turn};

fn own(text: &str) -> Result<String, String> {
    let _turn = my_turn();
    let source = generate::Source {
        text,
        ours: Some(CONTRACT),
    };
    let file = generate::generate(source);
    let file = file.map_err(|problem| problem.in_file("/home/me/cdk.yaml"))?;
    Ok(prettyplease::unparse(&file))
}

fn reported(from: &str, to: &str) -> String {
    own(&edited(CONTRACT, from, to)).expect_err("this contract should have been refused")
}

#[test]
fn a_new_field_and_a_new_operation_are_accepted() {
    let client = own(&golden::five()).unwrap();
    assert!(client.contains("pub use_country: ::std::option::Option<::std::string::String>,"));
    assert!(client.contains("pub async fn transfer_cdk<'a>("));
    // Outside the constructors: whoever builds a value builds it still.
    let constructor = |client: &str| {
        let (_, new) = client.split_once("impl CdkDetails {").unwrap();
        new.split_once(" -> Self").unwrap().0.to_owned()
    };
    assert_eq!(constructor(&client), constructor(&own(CONTRACT).unwrap()));
    assert!(client.contains("use_country: ::std::default::Default::default(),"));
}

#[test]
fn operations_may_refer_to_parameters_and_bodies() {
    let page = "      parameters:
        - $ref: '#/components/parameters/Page'
        - name: status
";
    let shared = "components:
  parameters:
    Page:
      name: page
      in: query
      schema:
        $ref: '#/components/schemas/Page'
  requestBodies:
    Revoke:
      required: true
      content:
        application/x-www-form-urlencoded:
          schema:
            $ref: '#/components/schemas/RevokeCdkRequest'
";
    let by_name = edited(
        CONTRACT,
        "      parameters:\n        - name: status\n",
        page,
    );
    let by_name = edited(&by_name, "components:\n", shared);
    let page = "  schemas:\n    Page:\n      type: integer\n";
    let client = own(&edited(&by_name, "  schemas:\n", page)).unwrap();
    assert!(client.contains("page: Option<&'a types::Page>"));
    assert!(client.contains("body: &'a types::RevokeCdkRequest"));
}

#[test]
fn a_new_optional_parameter_is_left_out_by_the_wrapper() {
    let page = "      parameters:
        - name: page
          in: query
          schema:
            type: integer
        - name: status
";
    let client = own(&edited(
        CONTRACT,
        "      parameters:\n        - name: status\n",
        page,
    ))
    .unwrap();
    let words: Vec<&str> = client.split_whitespace().collect();
    let client = words.join(" ");
    let between = "pub(crate) fn list_cdks_request<'a>( &'a self, \
        status: Option<&'a ::thordata_cdk::CdkStatus>, )";
    assert!(client.contains(between));
    assert!(client.contains("{ self.list_cdks_request_of_all(None, status) }"));
    let method = "pub async fn list_cdks<'a>( &'a self, page: Option<i64>, \
        status: Option<&'a ::thordata_cdk::CdkStatus>, )";
    assert!(client.contains(method));
    assert!(
        client.contains("let mut request = self.list_cdks_request_of_all(page, status)?.request;")
    );
}

/// The number of the line where the last of these texts begins, each looked for after the one before: a change of the
/// contract elsewhere must not fail this test.
fn line_of(texts: &[&str]) -> usize {
    let mut end = 0;
    let mut start = 0;
    for text in texts {
        start = end + CONTRACT[end..].find(text).expect(text);
        end = start + text.len();
    }
    CONTRACT[..start].matches('\n').count() + 1
}

const KEEP: &str =
    "Fix: keep it as the crate's own openapi.yaml has it; new ones may stand beside it.";

#[test]
fn what_the_client_needs_and_does_not_find_is_reported_with_the_line() {
    for (from, to, line, what) in [
        (
            "operationId: revokeCdk\n      tags",
            "operationId: killCdk\n      tags",
            line_of(&["paths:\n"]),
            "the operation `revokeCdk` is missing, which the client calls",
        ),
        (
            "  /api/cdk/revoke:\n    post:",
            "  /api/cdk/revoke:\n    put:",
            line_of(&["/api/cdk/revoke:\n", "post:"]),
            "the operation `revokeCdk` has another method than the client sends",
        ),
        (
            "        - name: status\n",
            "        - name: state\n",
            line_of(&["/api/cdk/list:\n", "get:"]),
            "`listCdks` lacks the parameter `status`, which the client passes",
        ),
        (
            "        flow:\n          type: integer",
            "        flow:\n          type: number",
            line_of(&["  CreateCdksRequest:\n", "flow:\n", "type:"]),
            "the field `flow` of `CreateCdksRequest` has another `type` than the client is written for",
        ),
        (
            "      required: [cdk, create_time, status, traffic, traffic_duration]",
            "      required: [cdk, create_time, status, traffic]",
            line_of(&["    Cdk:\n", "properties:\n", "traffic_duration:\n"]),
            "the field `traffic_duration` of `CdkDetails` is not required any more",
        ),
        (
            "        use_time:\n",
            "        redeemed_at:\n",
            line_of(&["  CdkDetails:\n"]),
            "`CdkDetails` lacks the field `use_time`, which the client reads or sends",
        ),
    ] {
        let expected = format!("/home/me/cdk.yaml:{line}: {what}. {KEEP}");
        assert_eq!(reported(from, to), expected);
    }
}

#[test]
fn what_the_client_cannot_fill_in_may_not_be_required() {
    let status = line_of(&["/api/cdk/list:\n", "- name: status"]);
    let parameter = "        - name: status
          in: query
          required: true
";
    assert_eq!(
        reported(
            "        - name: status\n          in: query\n          required: false\n",
            parameter
        ),
        format!(
            "/home/me/cdk.yaml:{status}: the parameter `status` of `listCdks` is required in one contract and not \
             in the other. {KEEP}"
        )
    );
    let page = "      parameters:
        - name: page
          in: query
          required: true
          schema:
            type: integer
        - name: status
";
    assert_eq!(
        reported("      parameters:\n        - name: status\n", page),
        format!(
            "/home/me/cdk.yaml:{status}: the parameter `page` of `listCdks` is required, and the client does not \
             pass it. Fix: leave `required` out, and pass it with the generated method of `raw`."
        )
    );
    let cdk = line_of(&["    Cdk:\n", "required: ["]);
    let required = "      required: [cdk, create_time, status, traffic, traffic_duration, region]
      properties:
        region:
          type: string
";
    assert_eq!(
        reported(
            "      required: [cdk, create_time, status, traffic, traffic_duration]\n      properties:\n",
            required
        ),
        format!(
            "/home/me/cdk.yaml:{cdk}: the field `region` of `CdkDetails` is required, and the client does not know \
             it so. Fix: take it out of `required`: a reply without it could not be read, nor a request without it \
             made."
        )
    );
}

#[test]
fn a_remedy_for_the_maintainers_is_not_shown_to_users() {
    let refused = own(&edited(
        CONTRACT,
        "\n        use_username:\n          type:",
        "\n        odd:\n          exclusiveMinimum: true\n        use_username:\n          type:",
    ));
    let refused = refused.unwrap_err();
    assert!(!refused.contains("build/"), "{refused}");
}
