//! A copy of the generated client under version control, so that a change of the generator or of the
//! contract shows in a review.

use std::path::Path;

use super::{CONTRACT, edited, generated, generated_mocks, pregenerated};

/// What the library under test was compiled from.
const COMPILED: &str = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));
const COMPILED_MOCKS: &str = include_str!(concat!(env!("OUT_DIR"), "/httpmock.rs"));

/// Where two texts part, with two lines around, or nothing.
fn first_difference(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let show = |sign: char, lines: &[&str]| {
        let lines = lines.iter().skip(same).take(3);
        lines
            .map(|line| format!("{sign}{line}\n"))
            .collect::<String>()
    };
    let before = old.iter().take(same).skip(same.saturating_sub(2));
    let before: String = before.map(|line| format!(" {line}\n")).collect();
    Some(format!(
        "line {}:\n{before}{}{}",
        same + 1,
        show('-', &old),
        show('+', &new)
    ))
}

/// Fails unless the copy at `path` is `actual`, or makes it so on request.
fn is_the_reviewed_copy(path: &str, actual: &str) {
    let actual = pregenerated::first_line(CONTRACT) + actual;
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&copy, &actual).unwrap();
    }
    let golden = std::fs::read_to_string(&copy).unwrap_or_default();
    if let Some(difference) = first_difference(&golden, &actual) {
        panic!(
            "what is generated is no longer {path}, from {difference}\
             If that is what you want: `just golden`, and commit it."
        );
    }
}

#[test]
fn the_generated_client_is_the_one_that_was_reviewed() {
    is_the_reviewed_copy(pregenerated::CLIENT, &generated(CONTRACT).unwrap());
}

#[test]
fn the_generated_mocks_are_those_that_were_reviewed() {
    is_the_reviewed_copy(pregenerated::MOCKS, &generated_mocks(CONTRACT).unwrap());
}

#[test]
fn the_library_is_compiled_from_what_the_generator_gives_here() {
    for (compiled, actual) in [
        (COMPILED, generated(CONTRACT).unwrap()),
        (COMPILED_MOCKS, generated_mocks(CONTRACT).unwrap()),
    ] {
        let compiled = prettyplease::unparse(&syn::parse_file(compiled).unwrap());
        assert_eq!(first_difference(&compiled, &actual), None);
    }
}

#[test]
fn each_generated_type_has_a_schema_if_the_feature_is_on() {
    let client = generated(CONTRACT).unwrap();
    let on_demand = "#[cfg_attr(feature = \"schemars\", derive(::schemars::JsonSchema))]\n    #[non_exhaustive]\n    pub struct ";
    let schemas = client.matches(on_demand).count();
    assert_eq!(schemas, client.matches("::serde::Serialize,").count());
    assert_eq!(schemas, client.matches("JsonSchema").count());
    assert!(schemas > 4, "{schemas}");
}

#[test]
fn the_copy_of_another_contract_is_refused_with_what_to_do() {
    let copy = format!(
        "{}pub struct Client;\n",
        pregenerated::first_line("openapi: 3.0.3\n")
    );
    assert_eq!(
        pregenerated::checked("copy.rs", &copy, "openapi: 3.0.3\n"),
        Ok(&*copy)
    );
    assert_eq!(
        pregenerated::checked("copy.rs", &copy, "openapi: 3.0.4\n"),
        Err(
            "copy.rs was not compiled from this openapi.yaml, whose fingerprint is \
             e45441401272c008. Fix: rewrite it with `just golden`, or let the build \
             generate the client (the feature `generate` on, THORDATA_CDK_PREGENERATED not set)."
                .to_owned()
        )
    );
    assert!(pregenerated::checked("copy.rs", "", "openapi: 3.0.3\n").is_err());
}

#[test]
fn the_copy_is_wanted_unless_the_variable_says_no() {
    for no in ["", "0", "false", "off", "no", "OFF", "False"] {
        assert!(!pregenerated::means_yes(no), "{no}");
    }
    for yes in ["1", "true", "on", "yes"] {
        assert!(pregenerated::means_yes(yes), "{yes}");
    }
}

#[test]
fn what_the_build_compiles_has_an_item_a_line_for_the_messages_of_the_compiler() {
    let lines: Vec<&str> = COMPILED.lines().collect();
    let begin = |start: &str| lines.iter().filter(|line| line.contains(start)).count();
    assert_eq!(begin("pub struct CdkDetails {"), 1);
    let method = lines
        .iter()
        .find(|line| line.contains("pub async fn get_cdk <"));
    assert!(method.unwrap().ends_with('}'));
    assert!(lines.len() > 60, "{}", lines.len());
}

#[test]
fn line_endings_that_a_checkout_changed_leave_the_copy_valid() {
    let (unix, windows) = ("openapi: 3.0.3\ninfo:\n", "openapi: 3.0.3\r\ninfo:\r\n");
    let copy = pregenerated::first_line(unix).replace('\n', "\r\n");
    assert!(pregenerated::checked("copy.rs", &copy, windows).is_ok());
}

#[test]
fn a_difference_is_shown_with_its_surroundings() {
    assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    assert_eq!(
        first_difference("1\n2\n3\n4\n5\n", "1\n2\n3\nfour\n5\n").unwrap(),
        "line 4:\n 2\n 3\n-4\n-5\n+four\n+5\n"
    );
    assert_eq!(first_difference("", "a").unwrap(), "line 1:\n+a\n");
}

/// The walk-through of `CONTRIBUTING.md`: an optional field, a fifth operation, and its schemas.
fn example() -> [String; 3] {
    let page = include_str!("../../../CONTRIBUTING.md");
    let blocks = page.split("```yaml\n").skip(1);
    let blocks: Vec<String> = blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect();
    blocks.try_into().unwrap()
}

/// The contract with what `CONTRIBUTING.md` adds to it.
pub(super) fn five() -> String {
    let [field, operation, schemas] = example();
    let mut five = CONTRACT.to_owned();
    for (before, added) in [
        ("        use_username:\n          type:", field),
        ("components:\n", operation),
        ("    CdkCode:\n", schemas),
    ] {
        five = edited(&five, &format!("\n{before}"), &format!("\n{added}{before}"));
    }
    five
}

#[test]
fn a_fifth_operation_needs_only_an_edit_of_the_contract() {
    let client: String = generated(&five()).unwrap();
    let client = client.split_whitespace().collect::<Vec<_>>().join(" ");
    let method = "pub async fn transfer_cdk<'a>( &'a self, body: &'a types::RevokeCdkRequest, ) -> \
        Result< ResponseValue< \
        ::thordata_cdk::Envelope<::thordata_cdk::raw::types::TransferredCdk>, >, Error<()>, >";
    assert!(
        client.contains(method),
        "{}",
        &client[client.find("transfer_cdk").unwrap()..]
    );
    assert!(client.contains("pub struct TransferredCdk { pub cdk: ::thordata_cdk::CdkCode,"));
    let details = &client[client.find("pub struct CdkDetails {").unwrap()..];
    let details = &details[..details.find('}').unwrap()];
    let field = "pub use_country: ::std::option::Option<::std::string::String>,";
    assert!(details.contains(field), "{details}");
}
