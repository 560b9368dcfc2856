//! Names and types of a contract that Rust cannot have, and the words in which the build stops.

use super::reported::{reported, reported_after};
use super::{SMALL, edited};

#[test]
fn operations_whose_names_collide_in_rust_are_named() {
    let (before, after) = SMALL.split_once("components:\n").unwrap();
    let (_, one) = before.split_once("  /one:\n").unwrap();
    for (id, what) in [
        (
            "getOne",
            "the operations `getOne` and `getOne` both become the Rust method `get_one`",
        ),
        (
            "get_one",
            "the operations `getOne` and `get_one` both become the Rust method `get_one`",
        ),
        (
            "getOneRequest",
            "the operation `getOneRequest` is named as the function that makes the request of `getOne`",
        ),
        (
            "newWithClient",
            "the operation `newWithClient` is named as a method that every client has",
        ),
        (
            "post",
            "the operation `post` is named as a method that every client has",
        ),
    ] {
        let two = edited(one, "getOne", id);
        assert_eq!(
            reported(&format!("{before}  /two:\n{two}components:\n{after}")),
            format!("openapi.yaml:28: {what}. Fix: give it a name of its own.")
        );
    }
}

/// What is reported of one more field of `One`, which begins on line 59.
fn reported_of_field(lines: &[&str]) -> String {
    let field = lines.iter().fold(String::new(), |text, line| {
        format!("{text}        {line}\n")
    });
    let next = "        more:\n          type: array\n";
    reported(&edited(SMALL, next, &format!("{field}{next}")))
}

#[test]
fn schemas_fields_and_values_that_are_one_in_rust_are_named() {
    assert_eq!(
        reported_of_field(&[
            "lastsLong:",
            "  type: string",
            "lasts_long:",
            "  type: string"
        ]),
        "openapi.yaml:61: the fields `lastsLong` and `lasts_long` both become `lasts_long` in Rust. Fix: rename \
         or remove one of the two."
    );
    for (values, line, what) in [
        (
            "[new, New]",
            61,
            "the values `new` and `New` both become `New` in Rust",
        ),
        (
            "[a-b, a_b]",
            61,
            "the values `a-b` and `a_b` both become `AB` in Rust",
        ),
    ] {
        assert_eq!(
            reported_of_field(&["kind:", "  type: string", &format!("  enum: {values}")]),
            format!(
                "openapi.yaml:{line}: {what}. Fix: remove one, or replace `enum` by a `description` of the values."
            )
        );
    }
    assert_eq!(
        reported_after(
            "    VendorFailure:\n",
            "    vendor_failure:\n      type: object\n    VendorFailure:\n"
        ),
        "openapi.yaml:72: the schema `vendor_failure` is not named as a Rust type. Fix: name it `VendorFailure`, \
         here and where it is referred to."
    );
}

#[test]
fn types_that_would_not_compile_are_named() {
    assert_eq!(
        reported_of_field(&["kind:", "  type: int"]),
        "openapi.yaml:60: `type: int` is no type of OpenAPI. Fix: write one of object, array, string, number, \
         integer, boolean."
    );
    for format in ["uuid", "date", "date-time"] {
        assert_eq!(
            reported_of_field(&["kind:", "  type: string", &format!("  format: {format}")]),
            format!(
                "openapi.yaml:61: `format: {format}` becomes a type of another crate, which this one does not have. \
                 Fix: leave `format` out: the value is a String then; a time in Unix seconds is \
                 `$ref: '#/components/schemas/Timestamp'`."
            )
        );
    }
    assert_eq!(
        reported_of_field(&["kind:", "  type: string", "  pattern: '^a$'"]),
        "openapi.yaml:61: a `pattern` is checked by another crate, which this one does not have. Fix: say it in the \
         `description`."
    );
}

#[test]
fn a_type_that_would_come_out_twice_is_named_where_it_was_declared() {
    let field = "        kind:\n          type: object\n          properties:\n            a:\n              type: string\n        \
        other:\n          $ref: '#/components/schemas/OneKind'\n        more:\n          type: array\n";
    let with = edited(SMALL, "        more:\n          type: array\n", field);
    let schema = "    OneKind:\n      type: object\n    VendorFailure:\n";
    assert_eq!(
        reported(&edited(&with, "    VendorFailure:\n", schema)),
        "openapi.yaml:79: two types named `OneKind` come out: a schema in place is named after what it is part of. \
         Fix: give this one another name, or refer to it there."
    );
}
