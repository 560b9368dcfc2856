//! A copy of the generated client under version control, so that a change of the generator or of the
//! contract shows in a review.

use super::{CONTRACT, edited, generated};

const GOLDEN_PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/client.rs");
/// What the library under test was compiled from; the tests switch `schemars` on.
const COMPILED: &str = include_str!(concat!(env!("OUT_DIR"), "/client.rs"));

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

#[test]
fn the_generated_client_is_the_one_that_was_reviewed() {
    let actual = generated(CONTRACT, false).unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN_PATH, &actual).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN_PATH).unwrap_or_default();
    if let Some(difference) = first_difference(&golden, &actual) {
        panic!(
            "the generated client is no longer tests/golden/client.rs, from {difference}\
             If that is what you want: UPDATE_GOLDEN=1 cargo test --test it golden, and commit it."
        );
    }
}

#[test]
fn the_library_is_compiled_from_what_the_generator_gives_here() {
    let actual = generated(CONTRACT, true).unwrap();
    assert_eq!(first_difference(COMPILED, &actual), None);
}

#[test]
fn schemars_adds_a_derive_and_nothing_else() {
    let with = generated(CONTRACT, true).unwrap();
    let without = generated(CONTRACT, false).unwrap();
    assert!(with.contains("::schemars::JsonSchema"));
    // The formatter breaks the longer derives, hence without white space.
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let with = bare(&with)
        .replace(",::schemars::JsonSchema", "")
        .replace("::schemars::JsonSchema,", "");
    assert_eq!(first_difference(&bare(&without), &with), None);
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

const TRANSFER: &str = "
  /api/cdk/transfer:
    post:
      operationId: transferCdk
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              $ref: '#/components/schemas/RevokeCdkRequest'
      responses:
        '200':
          description: Done, or a failure that arrives as HTTP 200.
          content:
            application/json:
              schema:
                anyOf:
                  - $ref: '#/components/schemas/TransferCdkSuccess'
                  - $ref: '#/components/schemas/VendorFailure'
        4XX:
          $ref: '#/components/responses/ClientFailure'
";

const TRANSFER_SUCCESS: &str = "
    TransferCdkSuccess:
      type: object
      required: [code, data]
      properties:
        code:
          $ref: '#/components/schemas/SuccessCode'
        data:
          $ref: '#/components/schemas/TransferredCdk'
        msg:
          $ref: '#/components/schemas/Message'
    TransferredCdk:
      type: object
      required: [cdk, to]
      properties:
        cdk:
          $ref: '#/components/schemas/CdkCode'
        to:
          type: string
";

/// The contract with a fifth operation, modelled like the others.
pub(super) fn five() -> String {
    let five = edited(
        CONTRACT,
        "\ncomponents:\n",
        &format!("{TRANSFER}\ncomponents:\n"),
    );
    edited(
        &five,
        "\n  schemas:\n",
        &format!("\n  schemas:{TRANSFER_SUCCESS}"),
    )
}

#[test]
fn a_fifth_operation_needs_no_edit_but_the_contract() {
    let client: String = generated(&five(), false).unwrap();
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
}
