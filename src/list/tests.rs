//! The recogniser, the pieces and serde must agree on everything.

#![allow(clippy::arithmetic_side_effects)] // on lengths of texts made here

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::decoder::Decoder;
use super::row;
use crate::envelope::{self, Envelope};
use crate::raw::promised::Cdk;

const ROW: &str = r#"{"cdk":"uJQJFnycHOpSEw5N","create_time":1748332399,"status":3,"traffic":3,"traffic_duration":7776000}"#;

/// What a whole reply comes to: its code, its message, and its rows if it is a success with a list.
type Told = Option<(Option<i64>, Option<String>, Option<Vec<Cdk>>)>;

fn by_serde(body: &[u8]) -> Told {
    let envelope: Envelope<List> = envelope::parse(body).ok()?;
    let message = envelope.message().map(str::to_owned);
    let code = envelope.code();
    let rows = envelope.into_data().map(|List(rows)| rows);
    Some((code, message, rows))
}

/// The rows that can be read, if any can.
struct List(Vec<Cdk>);

impl<'de> serde::Deserialize<'de> for List {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<Box<serde_json::value::RawValue>>::deserialize(deserializer)?;
        let read: Vec<Cdk> = rows
            .iter()
            .filter_map(|row| serde_json::from_str(row.get()).ok())
            .collect();
        match read.is_empty() && !rows.is_empty() {
            true => Err(serde::de::Error::custom("no row can be read")),
            false => Ok(Self(read)),
        }
    }
}

fn in_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Told {
    let mut decoder = Decoder::new();
    let mut rows = Vec::new();
    for piece in pieces {
        decoder.feed(piece, &mut rows).ok()?;
    }
    let envelope = decoder.finish().ok()?;
    let message = envelope.message().map(str::to_owned);
    let list = envelope.data().map(|()| rows);
    Some((envelope.code(), message, list))
}

/// A row of the usual form, with what a server may put there instead of each part.
fn any_row() -> impl Strategy<Value = String> {
    let code = prop_oneof![
        4 => "[a-zA-Z0-9]{16}".prop_map(|code| format!("{code:?}")),
        1 => "[!-~]{0,24}".prop_map(|code| format!("\"{code}\"")),
        1 => prop::sample::select(vec![r#""a\u0062c""#, r#""é""#, r#""a b""#, r#""""#, "7", "null"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec![22_usize, 23, 256, 257])
            .prop_map(|length| format!("\"{}\"", "x".repeat(length))),
    ];
    let number = || {
        prop_oneof![
            6 => (0..2_000_000_000_u64).prop_map(|number| number.to_string()),
            1 => any::<i64>().prop_map(|number| number.to_string()),
            1 => any::<u64>().prop_map(|number| number.to_string()),
            1 => prop::sample::select(vec![
                "0", "-0", "00", "01", "1.0", "1e3", "\"5\"", "\"\"", "null", "", "999999999999999999",
                "1000000000000000000", "9223372036854775807", "9223372036854775808", "1.5", "-1", " 1",
                "1 ", "true", "[1]",
            ])
            .prop_map(str::to_owned),
        ]
    };
    let end = prop::sample::select(vec![
        "}",
        "}",
        "}",
        "}",
        "}",
        " }",
        ",\"more\":{\"a\":[1]}}",
        ",\"status\":1}",
        ",\"msg\":\"\\\"}\"}",
        ",}",
        "",
        "]",
    ]);
    (code, number(), number(), number(), number(), end).prop_map(
        |(code, time, status, traffic, duration, end)| {
            format!(
                r#"{{"cdk":{code},"create_time":{time},"status":{status},"traffic":{traffic},"traffic_duration":{duration}{end}"#
            )
        },
    )
}

fn any_list() -> impl Strategy<Value = String> {
    let gap = || prop::sample::select(vec!["", "", "", "", " ", "\n\t", "\r"]);
    let row = prop_oneof![
        6 => Just(ROW.to_owned()),
        4 => any_row(),
        1 => prop::sample::select(vec!["null", "7", "\"x\"", "[]", "{}", "[{}", "{]", ""])
            .prop_map(str::to_owned),
    ];
    let rows = prop::collection::vec((gap(), row, gap()), 0..6);
    (rows, 0..20_u8).prop_map(|(rows, odd)| {
        let rows: Vec<String> = rows
            .into_iter()
            .map(|(before, row, after)| format!("{before}{row}{after}"))
            .collect();
        let rows = rows.join(",");
        match odd {
            0 => format!("[{rows},]"),
            1 => format!("[{rows}"),
            2 => format!("[,{rows}]"),
            3 => "{}".into(),
            4 => "null".into(),
            5 => "\"list\"".into(),
            _ => format!("[{rows}]"),
        }
    })
}

/// Envelopes in every order of their fields, and texts that nearly are one.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let code = prop::sample::select(vec![
        "200",
        "200",
        "200",
        "200",
        "\"200\"",
        "200.0",
        "10008",
        "\"10011\"",
        "null",
        "0",
        "true",
        "\"\"",
    ])
    .prop_map(|code| format!("\"code\":{code}"));
    let data = any_list().prop_map(|list| format!("\"data\":{list}"));
    let other = prop::sample::select(vec![
        r#""msg":"success""#,
        r#""msg":"""#,
        r#""msg":7"#,
        r#""error":"no \"money\"""#,
        r#""trace":{"id":[1,{"x":"]}"}]}"#,
        r#""c\u006fde":200"#,
        r#""code":200"#,
        r#""data":[]"#,
        r#"7:1"#,
        r#""x""#,
    ])
    .prop_map(str::to_owned);
    let field = || {
        prop::option::weighted(0.9, other.clone())
            .prop_map(|field| field.into_iter().collect::<Vec<_>>())
    };
    let end = prop::sample::select(vec!["}", "}", "}", "}", "}", "} \n", "", "}}", "} x", ",}"]);
    let fields =
        (prop::option::weighted(0.9, code), data, field()).prop_map(|(code, data, more)| {
            let mut fields: Vec<String> = code.into_iter().collect();
            fields.push(data);
            fields.extend(more);
            fields
        });
    let fields = fields.boxed();
    let fields = prop_oneof![3 => fields.clone(), 2 => fields.prop_shuffle().boxed()];
    (fields, end).prop_map(|(fields, end)| format!("{{{}{end}", fields.join(",")).into_bytes())
}

/// The same with a byte or two gone wrong, some of them in no encoding at all.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let hit = (any::<prop::sample::Index>(), any::<u8>(), 0..4_u8);
    (any_body(), prop::collection::vec(hit, 1..3)).prop_map(|(mut body, hits)| {
        for (at, byte, how) in hits {
            let at = at.index(body.len());
            match how {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                2 => body.truncate(at + 1),
                _ => drop(body.remove(at)),
            }
            if body.is_empty() {
                body.push(b'{');
            }
        }
        body
    })
}

fn cut_at(body: &[u8], mut cuts: Vec<usize>) -> Vec<&[u8]> {
    cuts.sort_unstable();
    let mut pieces = Vec::new();
    let mut from = 0;
    for cut in cuts {
        pieces.push(&body[from..cut]);
        from = cut;
    }
    pieces.push(&body[from..]);
    pieces
}

proptest! {
    #![proptest_config(Config { cases: 3_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_recogniser_takes_no_row_that_serde_refuses_or_reads_differently(
        row in any_row(),
        more in "[,\\]} \"a-z]{0,3}",
        hit in prop::option::weighted(0.3, (any::<prop::sample::Index>(), 0..128_u8)),
    ) {
        let mut text = format!("{row}{more}");
        if let Some((at, byte)) = hit {
            let at = at.index(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                text.replace_range(at..=at, char::from(byte).encode_utf8(&mut [0; 4]));
            }
        }
        if let Some((read, rest)) = row::parse_canonical(text.as_bytes()) {
            let row = &text[..text.len() - rest.len()];
            prop_assert_eq!(serde_json::from_str::<Cdk>(row).ok(), Some(read), "{}", row);
        }
    }

    #[test]
    fn pieces_of_any_size_come_to_what_serde_reads(
        body in prop_oneof![any_body(), damaged()],
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let expected = by_serde(&body);
        let text = String::from_utf8_lossy(&body);
        let cuts = cuts.iter().map(|cut| cut.index(body.len())).collect();
        prop_assert_eq!(&in_pieces(cut_at(&body, cuts)), &expected, "{}", text);
        prop_assert_eq!(&in_pieces(body.chunks(1)), &expected, "byte by byte: {}", text);
        prop_assert_eq!(&in_pieces([body.as_slice()]), &expected, "at once: {}", text);
    }
}

#[test]
fn odd_data_of_a_failure_is_excused_and_broken_json_is_not() {
    let odd = br#"{"data":{"a":1},"code":10005,"msg":"no"}"#;
    let told = Some((Some(10_005), Some("no".to_owned()), None));
    assert_eq!(in_pieces([odd.as_slice()]), told);
    assert_eq!(by_serde(odd), told);
    let broken = br#"{"data":{"a":01},"code":10005,"msg":"no"}"#;
    assert_eq!(in_pieces([broken.as_slice()]), None);
    assert_eq!(by_serde(broken), None);
}

#[test]
fn every_split_in_two_of_a_usual_list_gives_its_rows() {
    let body = format!(r#"{{"code":200,"data":[{ROW},{ROW},{ROW}],"msg":"success"}}"#);
    for cut in 0..=body.len() {
        let (first, second) = body.as_bytes().split_at(cut);
        let (code, message, rows) = in_pieces([first, second]).unwrap();
        assert_eq!((code, message.as_deref()), (Some(200), Some("success")));
        let rows = rows.unwrap();
        assert_eq!(rows.len(), 3);
        assert!(
            rows.iter()
                .all(|row| row.cdk.as_str() == "uJQJFnycHOpSEw5N")
        );
    }
}

#[test]
fn rows_come_out_as_soon_as_their_last_byte_is_in() {
    let mut decoder = Decoder::new();
    let mut rows = Vec::new();
    let text = format!(r#"{{"code":200,"data":[{ROW}"#);
    let (all_but_one, last) = text.as_bytes().split_at(text.len() - 1);
    decoder.feed(all_but_one, &mut rows).unwrap();
    assert_eq!(rows.len(), 0);
    decoder.feed(last, &mut rows).unwrap();
    assert_eq!(rows.len(), 1);
}
