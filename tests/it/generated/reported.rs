//! Each way to break the contract, and the words in which the build stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{SMALL, edited, generate, generated, my_turn, source};

pub(super) fn reported(contract: &str) -> String {
    generated(contract).expect_err("this contract should have been refused")
}

pub(super) fn reported_after(from: &str, to: &str) -> String {
    reported(&edited(SMALL, from, to))
}

#[test]
fn the_contract_that_the_mistakes_are_made_in_is_a_good_one() {
    let client = generated(SMALL).unwrap();
    assert!(client.contains("pub async fn get_one"), "{client}");
}

#[test]
fn a_reference_that_leads_nowhere_is_named_with_its_line() {
    assert_eq!(
        reported_after("schemas/OneSuccess'", "schemas/OneSucces'"),
        "openapi.yaml:22: `$ref: #/components/schemas/OneSucces` leads nowhere. Fix: correct \
         the name, or add what it names under `components`."
    );
    assert_eq!(
        reported_after("'#/components/schemas/One'", "other.yaml"),
        "openapi.yaml:69: `$ref: other.yaml` leads nowhere. Fix: correct the name, or add what \
         it names under `components`."
    );
}

#[test]
fn broken_yaml_is_named_with_its_line() {
    assert_eq!(
        reported_after("title: Small", "title: 'Small"),
        "openapi.yaml:3: this is not valid YAML: invalid indentation in quoted scalar at byte 30 line \
         3 column 10. Fix: correct the indentation or the quoting at this line."
    );
    assert_eq!(
        reported_after("  version:", "   version:"),
        "openapi.yaml:4: this is not valid YAML: mapping values are not allowed in this context at \
         byte 46 line 4 column 11. Fix: correct the indentation or the quoting at this line."
    );
}

#[test]
fn a_key_that_is_there_twice_is_named_with_its_line() {
    assert_eq!(
        reported_after("  title: Small\n", "  title: Small\n  title: Big\n"),
        "openapi.yaml:4: the key `title` is in this mapping twice. Fix: remove or rename one \
         of the two keys."
    );
}

#[test]
fn a_file_that_is_not_one_document_is_refused() {
    assert_eq!(
        reported(&format!("{SMALL}---\nopenapi: 3.0.3\n")),
        "openapi.yaml: found 2 YAML documents. Fix: keep exactly one."
    );
    assert_eq!(
        reported(""),
        "openapi.yaml: found 0 YAML documents. Fix: keep exactly one."
    );
}

#[test]
fn yaml_beyond_json_is_named_with_its_line() {
    assert_eq!(
        reported_after("title: Small", "title: .nan"),
        "openapi.yaml:3: this number is not finite. Fix: write it in plain YAML that JSON \
         could hold as well."
    );
    assert_eq!(
        reported_after("title: Small", "title: Small\n  ? [a]\n  : 1"),
        "openapi.yaml:4: a key of this mapping is not a scalar. Fix: write it in plain YAML \
         that JSON could hold as well."
    );
}

#[test]
fn a_field_that_openapi_does_not_know_is_named_with_its_own_line() {
    assert_eq!(
        reported_after("in: query", "in: nowhere"),
        "openapi.yaml:11: this is not OpenAPI 3.0: unknown variant `nowhere`, expected one of \
         `query`, `header`, `path`, `cookie`. Fix: compare it with the OpenAPI 3.0.3 \
         specification."
    );
    assert_eq!(
        reported_after("version: 1.0.0", "version: [1]"),
        "openapi.yaml:4: this is not OpenAPI 3.0: invalid type: sequence, expected a string. Fix: compare it with the OpenAPI 3.0.3 specification."
    );
}

#[test]
fn a_mistake_in_two_places_is_named_with_the_line_of_one() {
    let twice = edited(SMALL, "in: query", "in: nowhere");
    let (before, one) = twice.split_once("  /one:\n").unwrap();
    let (one, after) = one.split_once("components:\n").unwrap();
    let two = one.replace("getOne", "getTwo");
    assert_eq!(
        reported(&format!(
            "{before}  /one:\n{one}  /two:\n{two}components:\n{after}"
        )),
        "openapi.yaml:11: this is not OpenAPI 3.0: unknown variant `nowhere`, expected one of \
         `query`, `header`, `path`, `cookie`. Fix: compare it with the OpenAPI 3.0.3 \
         specification."
    );
}

#[test]
fn a_missing_field_is_named_with_the_line_of_what_lacks_it() {
    assert_eq!(
        reported_after("          description: One, or a failure.\n", ""),
        "openapi.yaml:16: this is not OpenAPI 3.0: missing field `description`. Fix: compare it \
         with the OpenAPI 3.0.3 specification."
    );
}

#[test]
fn a_reply_that_is_no_envelope_says_what_an_envelope_is() {
    assert_eq!(
        reported_after("anyOf:", "oneOf:"),
        "openapi.yaml:20: the reply of `getOne` is no `anyOf`. Fix: model it like the others: \
         `anyOf` with a success (`code`, `data`, `msg`) and VendorFailure."
    );
    let no_msg = ("        msg:\n          type: string\n    Ven", "    Ven");
    let two = ("VendorFailure'", "OneSuccess'");
    for (from, to) in [no_msg, two] {
        assert_eq!(
            reported_after(from, to),
            "openapi.yaml:20: the reply of `getOne` has not exactly one success member. Fix: \
             model it like the others: `anyOf` with a success (`code`, `data`, `msg`) and \
             VendorFailure."
        );
    }
}

#[test]
fn data_of_an_unnamed_object_type_asks_for_a_name() {
    assert_eq!(
        reported_after("$ref: '#/components/schemas/One'", "type: object"),
        "openapi.yaml:20: the `data` of `getOne` is neither a `$ref`, an array of `$ref`, nor \
         free-form. Fix: name its type under `components/schemas` and refer to it."
    );
}

#[test]
fn an_operation_without_a_name_asks_for_one() {
    assert_eq!(
        reported_after("      operationId: getOne\n", ""),
        "openapi.yaml:7: get /one has no `operationId`. Fix: name it in camelCase: the Rust \
         method is named after it."
    );
}

#[test]
fn missing_parts_are_asked_for() {
    assert_eq!(
        reported_after("'200':", "'201':"),
        "openapi.yaml:15: `getOne` has no response '200'. Fix: describe its success under \
         `responses: '200'`."
    );
    assert_eq!(
        reported("openapi: 3.0.3\n"),
        "openapi.yaml:1: there are no `paths`. Fix: describe the operations."
    );
}

#[test]
fn a_missing_leaf_schema_is_named() {
    let contract = edited(SMALL, "    Timestamp:\n      type: integer\n", "");
    let contract = edited(&contract, "schemas/Timestamp'", "schemas/Traffic'");
    assert_eq!(
        reported(&contract),
        "openapi.yaml:27: the schema `Timestamp` is missing or unused. Fix: bring it back, or \
         remove it from LEAVES in build/steps.rs."
    );
}

#[test]
fn the_step_that_drops_failures_asks_to_be_removed_when_there_are_none() {
    assert_eq!(
        reported_after("        4XX:\n          description: Refused.\n", ""),
        "openapi.yaml:5: no operation documents another response than 200. Fix: document 4XX \
         and 5XX again, or remove the step `keep_only_200` from build/steps.rs."
    );
}

/// A success written out in place needs no schema of its own.
const INLINE_SUCCESS: &str = "type: object
                    properties:
                      code: { type: integer, enum: [200] }
                      data: { $ref: '#/components/schemas/One' }
                      msg: { type: string }
";

#[test]
fn the_step_that_drops_unused_schemas_asks_to_be_removed_when_all_are_used() {
    let inline = edited(
        SMALL,
        "$ref: '#/components/schemas/OneSuccess'\n",
        INLINE_SUCCESS,
    );
    let failure = "                  - $ref: '#/components/schemas/VendorFailure'\n";
    let inline = edited(&inline, failure, "");
    let (all_used, _) = inline.split_once("    OneSuccess:\n").unwrap();
    let code = "    SuccessCode:\n      type: integer\n      enum: [200]\n";
    assert_eq!(
        reported(&edited(all_used, code, "")),
        "openapi.yaml:30: no schema became unused when the envelopes were unwrapped. Fix: name the \
         successes and the failure under `components/schemas`, and refer to them, or \
         remove the step `drop_unreachable_schemas` from build/steps.rs."
    );
}

#[test]
fn a_panic_of_the_generator_becomes_a_problem_and_prints_nothing() {
    let _turn = my_turn();
    let before = std::panic::take_hook();
    let (this_thread, printed) = (
        std::thread::current().id(),
        Arc::new(AtomicBool::new(false)),
    );
    let seen = Arc::clone(&printed);
    std::panic::set_hook(Box::new(move |_| {
        let here = std::thread::current().id() == this_thread;
        seen.fetch_or(here, Ordering::SeqCst);
    }));
    let reported = generate::generate(source(&edited(
        SMALL,
        "        more:\n",
        "        odd:\n          exclusiveMinimum: true\n        more:\n",
    )));
    std::panic::set_hook(before);
    assert_eq!(
        reported.err().unwrap().to_string(),
        "openapi.yaml:59: the generator gave up on it: not yet implemented: exclusive_minimum set without minimum. \
         Fix: write it as the rest of the contract does, or without it, or correct the step in build/."
    );
    assert!(!printed.load(Ordering::SeqCst));
}

#[test]
fn plain_scalars_are_read_as_the_core_schema_says() {
    let text = "\
        [~, null, '', '~', true, False, 'true', yes, 5, -5, '5', 1.5, -1e3, 3.0.3, 0x1F, -null, on, +7, -inf]";
    assert_eq!(
        super::contract::Contract::parse(text).unwrap().root,
        serde_json::json!([
            null, null, "", "~", true, false, "true", "yes", 5, -5, "5", 1.5, -1000.0, "3.0.3",
            "0x1F", "-null", "on", 7, "-inf"
        ])
    );
}

#[test]
fn a_path_and_its_parameters_have_to_agree() {
    assert_eq!(
        reported_after("/one:", "/one/{x}:"),
        "openapi.yaml:7: `getOne` lacks the parameter `x` of its path. Fix: describe it under `parameters`, with \
         `name: x`, `in: path` and `required: true`."
    );
    assert_eq!(
        reported_after("in: query", "in: path"),
        "openapi.yaml:10: the path has no `{cdk}` for this parameter. Fix: write it into the path, or correct `in`."
    );
}

#[test]
fn the_operation_on_which_the_generator_gives_up_is_found() {
    assert_eq!(
        reported_after(
            "      parameters:\n",
            "      requestBody:\n        content:\n          text/csv:\n            schema:\n              \
             type: integer\n      parameters:\n"
        ),
        "openapi.yaml:7: unexpected or unhandled format in the OpenAPI document unexpected content type: text/csv. \
         Fix: write it as the rest of the contract does, or without it, or correct the step in build/."
    );
}
