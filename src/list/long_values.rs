//! Values that are too long to be read: a row costs itself, whatever the pieces.

#![allow(clippy::arithmetic_side_effects)] // on lengths of texts made here

use super::decoder::{Decoder, MAX_VALUE_BYTES};
use super::unreadable::{Unreadable, UnreadableRows};
use crate::envelope::Envelope;
use crate::raw::promised::Cdk;

const FIRST: &str =
    r#"{"cdk":"uJQJFnycHOpSEw5N","create_time":1,"status":1,"traffic":3,"traffic_duration":4}"#;
const LAST: &str =
    r#"{"cdk":"nozzapqOWJOCcWIX","create_time":2,"status":3,"traffic":3,"traffic_duration":4}"#;

type Read = (
    Result<Envelope<()>, Unreadable>,
    Vec<String>,
    UnreadableRows,
);

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut decoder = Decoder::new();
    let mut rows: Vec<Cdk> = Vec::new();
    let fed = pieces
        .into_iter()
        .try_for_each(|piece| decoder.feed(piece, &mut rows));
    let envelope = fed.and_then(|()| decoder.finish());
    let codes = rows.iter().map(|row| row.cdk.as_str().to_owned()).collect();
    (envelope, codes, decoder.take_unreadable())
}

fn list_with(row: &str) -> String {
    format!(r#"{{"code":200,"data":[{FIRST},{row},{LAST}],"msg":"success"}}"#)
}

/// Rows of about 70 KiB whose ends are hard to see.
fn long_rows() -> Vec<String> {
    let start = r#"{"cdk":"uJQJFnycHOpSEw5M","create_time":1748332399,"status":2,"x":"#;
    let contents = [
        format!("\"{}\"", "y".repeat(70_000)),
        format!("\"{}\"", r#"}]\"{\\"#.repeat(10_000)),
        format!("{}1{}", r#"[{"a":"#.repeat(10_000), "}]".repeat(10_000)),
        format!("[{}[]]", r#"{"a":["}"]},"#.repeat(6_000)),
    ];
    contents.map(|x| format!("{start}{x}}}")).into()
}

fn costs_itself(read: Read) {
    let (envelope, codes, unreadable) = read;
    let envelope = envelope.unwrap();
    assert_eq!(envelope.code(), Some(200));
    assert_eq!(envelope.message(), Some("success"));
    assert_eq!(codes, ["uJQJFnycHOpSEw5N", "nozzapqOWJOCcWIX"]);
    assert_eq!(unreadable.count(), 1);
    let row = &unreadable.first()[0];
    assert_eq!(row.number, 2);
    assert_eq!(row.reason, "it is longer than 65536 bytes");
    assert_eq!(row.code.as_ref().unwrap().as_str(), "uJQJFnycHOpSEw5M");
    assert_eq!(row.status.unwrap().as_i64(), 2);
    assert_eq!(row.create_time.unwrap().as_secs(), 1_748_332_399);
}

#[test]
fn a_row_above_64_kib_costs_itself_in_pieces_of_any_size() {
    for row in long_rows() {
        let body = list_with(&row);
        for piece in [1, 2, 3, 7, 64, 1000, 16_384, 65_536, 65_537, body.len()] {
            costs_itself(read(body.as_bytes().chunks(piece)));
        }
    }
}

#[test]
fn a_row_above_64_kib_costs_itself_wherever_it_is_split_in_two() {
    for row in long_rows() {
        let body = list_with(&row);
        let start = body.find(&row).unwrap();
        let limit = start + MAX_VALUE_BYTES;
        let end = start + row.len();
        // Inside a name, a number, an escape and a bracket, around the limit, and around the end.
        let cuts = (start - 2..start + 4)
            .chain([start + 12, start + 40, start + 80, start + 81, start + 82])
            .chain(limit - 3..limit + 4)
            .chain(end - 4..end + 4);
        for cut in cuts {
            let (first, second) = body.as_bytes().split_at(cut);
            costs_itself(read([first, second]));
        }
    }
}

#[test]
fn a_row_of_64_kib_is_read_and_one_of_a_byte_more_is_not() {
    let row = |length: usize| {
        let fields =
            r#"{"cdk":"a","create_time":1,"status":1,"traffic":3,"traffic_duration":4,"x":""#;
        let row = format!("{fields}{}\"}}", "y".repeat(length - fields.len() - 2));
        assert_eq!(row.len(), length);
        list_with(&row)
    };
    for piece in [1000, 70_000, 200_000] {
        let (_, codes, unreadable) = read(row(MAX_VALUE_BYTES).as_bytes().chunks(piece));
        assert_eq!(codes, ["uJQJFnycHOpSEw5N", "a", "nozzapqOWJOCcWIX"]);
        assert!(unreadable.is_empty());
        let (_, codes, unreadable) = read(row(MAX_VALUE_BYTES + 1).as_bytes().chunks(piece));
        assert_eq!(codes, ["uJQJFnycHOpSEw5N", "nozzapqOWJOCcWIX"]);
        assert_eq!(unreadable.count(), 1);
    }
}

#[test]
fn of_a_long_row_only_what_is_certain_is_named() {
    let filler = format!(r#""x":"{}""#, "y".repeat(70_000));
    for (row, code) in [
        (format!(r#"{{"cdk":"a",{filler}}}"#), Some("a")),
        (format!(r#"{{{filler},"cdk":"a"}}"#), None),
        (format!(r#"{{"cdk":"a","cdk":"b",{filler}}}"#), None),
        (format!(r#"{{"cdk":["a"],{filler}}}"#), None),
        (format!(r#"["a",{{{filler}}}]"#), None),
        (format!("\"{}\"", "y".repeat(70_000)), None),
        ("1".repeat(70_000), None),
    ] {
        let (envelope, codes, unreadable) = read(list_with(&row).as_bytes().chunks(999));
        assert!(envelope.is_ok());
        assert_eq!(codes.len(), 2);
        let named = unreadable.first()[0].code.as_ref();
        assert_eq!(named.map(|code| code.as_str()), code);
    }
}

#[test]
fn a_long_row_that_is_the_only_one_leaves_nothing_to_ask_for_again() {
    let body = format!(r#"{{"code":200,"data":[{}]}}"#, long_rows()[0]);
    for piece in [1000, 200_000] {
        let error = read(body.as_bytes().chunks(piece)).0.unwrap_err();
        assert_eq!(
            error.reason,
            "it is longer than 65536 bytes, in row 1 of `data`"
        );
        assert!(error.too_long);
    }
}

#[test]
fn a_long_row_whose_beginning_is_malformed_ends_the_list() {
    for start in ["{\"a\":tru,\"x\":", "{{\"x\":", "[1}, {\"x\":"] {
        let body = list_with(&format!("{start}\"{}\"}}", "y".repeat(70_000)));
        for piece in [1000, 200_000] {
            let (envelope, codes, _) = read(body.as_bytes().chunks(piece));
            let error = envelope.unwrap_err();
            assert!(
                error.reason.ends_with(", in row 2 of `data`"),
                "{}",
                error.reason
            );
            assert_eq!(codes, ["uJQJFnycHOpSEw5N"]);
            assert!(!error.too_long);
        }
    }
}

#[test]
fn a_long_value_beside_the_rows_costs_nothing_unless_it_is_needed() {
    let long = format!("\"{}\"", "}".repeat(70_000));
    for (field, is_needed) in [
        (format!(r#""trace":{long}"#), false),
        (format!(r#""trace":[{{"x":{long}}}]"#), false),
        (format!(r#""cdk":{long}"#), false),
        (format!(r#""code":{long}"#), true),
        (format!(r#""msg":{long}"#), true),
        (format!("{long}:1"), true),
    ] {
        for body in [
            format!(r#"{{{field},"data":[{FIRST}]}}"#),
            format!(r#"{{"data":[{FIRST}],{field}}}"#),
        ] {
            for piece in [1000, 200_000] {
                let (envelope, codes, unreadable) = read(body.as_bytes().chunks(piece));
                assert!(unreadable.is_empty());
                if is_needed {
                    let error = envelope.unwrap_err();
                    assert_eq!(error.reason, "a field of it is longer than 65536 bytes");
                    assert!(error.too_long);
                } else {
                    assert!(envelope.is_ok(), "{envelope:?}");
                    assert_eq!(codes, ["uJQJFnycHOpSEw5N"]);
                }
            }
        }
    }
}

#[test]
fn what_a_failure_carries_may_be_long() {
    let object = format!(r#"{{"x":"{}"}}"#, "y".repeat(70_000));
    for data in [format!("[{object},7]"), object] {
        let body = format!(r#"{{"code":10013,"data":{data},"msg":"sign error"}}"#);
        let (envelope, codes, unreadable) = read(body.as_bytes().chunks(1000));
        let envelope = envelope.unwrap();
        assert_eq!(envelope.code(), Some(10013));
        assert_eq!(envelope.message(), Some("sign error"));
        assert!(codes.is_empty() && unreadable.is_empty());
    }
    let success = format!(r#"{{"code":200,"data":{{"x":"{}"}}}}"#, "y".repeat(70_000));
    let error = read([success.as_bytes()]).0.unwrap_err();
    assert_eq!(error.reason, "a field of it is longer than 65536 bytes");
}

#[test]
fn what_is_kept_of_an_unfinished_value_is_bounded() {
    let value = |start: &str| {
        let mut decoder = Decoder::new();
        let mut rows = Vec::new();
        decoder.feed(start.as_bytes(), &mut rows).unwrap();
        for _ in 0..1000 {
            decoder.feed(&[b'-'; 1000], &mut rows).unwrap();
        }
        decoder.kept_bytes()
    };
    assert_eq!(value(r#"{"code":200,"data":[{"x":""#), 65_536);
    assert_eq!(value("<!--"), 6);
    assert_eq!(value("{} <!-- x"), 6);
}

#[test]
fn each_byte_of_a_value_is_looked_at_once_however_small_the_pieces() {
    for row in long_rows() {
        let body = list_with(&row);
        let before = super::scan::LOOKED_AT.get();
        costs_itself(read(body.as_bytes().chunks(1)));
        let looked_at = super::scan::LOOKED_AT.get() - before;
        assert!(looked_at <= body.len(), "{looked_at} of {}", body.len());
    }
}

#[test]
fn a_field_that_is_needed_ends_the_list_as_soon_as_it_is_too_long() {
    let mut decoder = Decoder::new();
    let mut rows = Vec::new();
    let start = r#"{"msg":"#;
    let value = format!("\"{}", "y".repeat(MAX_VALUE_BYTES - 1));
    decoder.feed(start.as_bytes(), &mut rows).unwrap();
    decoder.feed(value.as_bytes(), &mut rows).unwrap();
    let error = decoder.feed(b"yy", &mut rows).unwrap_err();
    assert_eq!(error.reason, "a field of it is longer than 65536 bytes");
}

#[test]
fn what_looks_like_a_row_is_one_only_among_the_rows_of_a_success() {
    for (body, count) in [
        (
            format!(r#"{{"code":200,"data":[{FIRST}],"trace":{FIRST}}}"#),
            1,
        ),
        (
            format!(r#"{{"trace":{FIRST},"code":200,"data":[{FIRST}]}}"#),
            1,
        ),
        (format!(r#"{{"code":200,"data":{FIRST}}}"#), 0),
        (format!(r#"{{"code":10013,"data":[{FIRST},{LAST}]}}"#), 0),
        (FIRST.to_owned(), 0),
    ] {
        for piece in [1, body.len()] {
            let (_, codes, _) = read(body.as_bytes().chunks(piece));
            assert_eq!(codes.len(), count, "{body}");
        }
    }
}
