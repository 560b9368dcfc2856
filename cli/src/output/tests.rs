use std::cell::RefCell;
use std::rc::Rc;

use jiff::tz::TimeZone;

use super::*;

const COLUMNS: [Column; 3] = [
    Column::text("cdk", "CODE"),
    Column::number("traffic", "TRAFFIC"),
    Column::text("use_username", "REDEEMED BY").hidden(),
];

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(format: Format, fields: &[&str], records: Vec<Record>) -> String {
    let settings = OutputOptions {
        format: Some(format),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        bold: false,
        headed: false,
        width: None,
        clock: Clock {
            now: 0,
            fixed: true,
            zone: TimeZone::UTC,
        },
    };
    let shared = Shared::default();
    let mut rows = Rows::to(Box::new(shared.clone()), &settings, &COLUMNS, Format::Table).unwrap();
    for record in records {
        rows.push(record).unwrap();
    }
    rows.finish().unwrap();
    let bytes = shared.0.borrow().clone();
    String::from_utf8(bytes).unwrap()
}

fn record(code: &str, traffic: i64, user: &str) -> Record {
    vec![
        Value::Code(code.parse().unwrap()),
        Value::Number(traffic),
        Value::text(user),
    ]
}

#[test]
fn an_empty_result_is_well_formed_in_every_format() {
    assert_eq!(written(Format::Table, &[], vec![]), "");
    assert_eq!(written(Format::Json, &[], vec![]), "[]\n");
    assert_eq!(written(Format::Jsonl, &[], vec![]), "");
    assert_eq!(
        written(Format::Csv, &[], vec![]),
        "cdk,traffic,use_username\n"
    );
    assert_eq!(written(Format::Codes, &[], vec![]), "");
}

#[test]
fn each_format_writes_the_same_records() {
    let two = || vec![record("nozzapqOWJOCcWIX", 3, "a"), record("B", 12, "b,c")];
    assert_eq!(
        written(Format::Table, &[], two()),
        "CODE              TRAFFIC\nnozzapqOWJOCcWIX        3\nB                      12\n"
    );
    assert_eq!(
        written(Format::Json, &[], two()),
        "[\n  {\"cdk\":\"nozzapqOWJOCcWIX\",\"traffic\":3,\"use_username\":\"a\"},\n  \
         {\"cdk\":\"B\",\"traffic\":12,\"use_username\":\"b,c\"}\n]\n"
    );
    assert_eq!(
        written(Format::Csv, &["use_username", "cdk"], two()),
        "use_username,cdk\na,nozzapqOWJOCcWIX\n\"b,c\",B\n"
    );
    assert_eq!(written(Format::Codes, &[], two()), "nozzapqOWJOCcWIX\nB\n");
}

#[test]
fn what_a_spreadsheet_would_run_is_escaped_and_comes_back() {
    for (cell, safe) in [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("'=1", "''=1"),
        ("''-1", "'''-1"),
        (" =1", "' =1"),
        ("\u{a0}\u{3000} =1", "'\u{a0}\u{3000} =1"),
        (" ' =1", "' ' =1"),
        ("\u{ff1d}1", "'\u{ff1d}1"),
        ("\u{ff0b}1", "'\u{ff0b}1"),
        ("\u{ff0d}1", "'\u{ff0d}1"),
        ("\u{ff20}x", "'\u{ff20}x"),
        ("a;=1", "a;'=1"),
        ("a; '=1;;-2", "a;' '=1;;'-2"),
        ("a;b=1", "a;b=1"),
        ("a-b", "a-b"),
        ("'tis", "'tis"),
        ("a;'b", "a;'b"),
    ] {
        let text = written(Format::Csv, &["use_username"], vec![record("A", 1, cell)]);
        assert_eq!(text, format!("use_username\n{safe}\n"));
        assert_eq!(unescaped(safe), cell);
    }
    for code in ["=1", "'=1", "a;=1", "a;'=1;", ";-", "'"] {
        let text = written(Format::Csv, &["cdk"], vec![record(code, 1, "")]);
        assert_eq!(unescaped(text.lines().nth(1).unwrap()), code);
    }
}

/// Each steers a terminal, turns the direction of writing, or takes no room.
const HIDDEN: [char; 26] = [
    '\u{1b}',
    '\r',
    '\u{7f}',
    '\u{9b}',
    '\u{ad}',
    '\u{61c}',
    '\u{200b}',
    '\u{200d}',
    '\u{200e}',
    '\u{202e}',
    '\u{2028}',
    '\u{2060}',
    '\u{2066}',
    '\u{feff}',
    '\u{3164}',
    '\u{e0041}',
    '\u{600}',
    '\u{605}',
    '\u{2800}',
    '\u{fe00}',
    '\u{fe0e}',
    '\u{fe0f}',
    '\u{13430}',
    '\u{13438}',
    '\u{1bca0}',
    '\u{1bca3}',
];

#[test]
fn no_format_shows_what_steers_or_hides_and_json_keeps_it() {
    for letter in HIDDEN {
        let name = format!("a{letter}b");
        let show = |format| written(format, &["use_username"], vec![record("A", 1, &name)]);
        assert_eq!(show(Format::Table), "REDEEMED BY\na\u{fffd}b\n");
        assert_eq!(show(Format::Csv), "use_username\na\u{fffd}b\n");
        let json = show(Format::Jsonl);
        assert!(!json.contains(letter), "{json:?}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["use_username"], name);
    }
    let show = |name| written(Format::Jsonl, &["use_username"], vec![record("A", 1, name)]);
    assert_eq!(
        show("caf\u{e9} \u{5f20}\u{4f1f} \u{1f44d} \u{2764}\u{fe0f} \"\\"),
        "{\"use_username\":\"caf\u{e9} \u{5f20}\u{4f1f} \u{1f44d} \u{2764}\u{fe0f} \\\"\\\\\"}\n"
    );
    let heart = "\u{2764}\u{fe0f}";
    assert_eq!(crate::ui::printable(heart), heart);
    assert_eq!(
        crate::ui::printable("\u{2764}a\u{fe0f}"),
        "\u{2764}a\u{fffd}"
    );
    assert_eq!(show("\u{e0041}"), "{\"use_username\":\"\\udb40\\udc41\"}\n");
}

#[test]
fn a_long_table_keeps_its_columns() {
    let records = (0..2500)
        .map(|_| record("nozzapqOWJOCcWIX", 3, ""))
        .collect();
    let text = written(Format::Table, &[], records);
    assert_eq!(text.lines().count(), 2501);
    assert!(
        text.lines()
            .skip(1)
            .all(|line| line == "nozzapqOWJOCcWIX        3")
    );
}

#[test]
fn what_is_written_is_read_again_whatever_is_beside_the_code() {
    use crate::input::codes::{ReadAs, parse};
    let mut random = fastrand::Rng::with_seed(7);
    let signs: Vec<char> = "aB1 ,;\t|\"'=+-@\r\n{[sep=ü网\u{2212}".chars().collect();
    for _ in 0..500 {
        let rows = random.usize(0..6);
        let records: Vec<(String, String)> = (0..rows)
            .map(|_| {
                let length = random.usize(1..20);
                let code = (0..length).map(|_| *random.choice(b"aB1-_").unwrap() as char);
                let code: String = code.collect();
                let length = random.usize(0..12);
                let label = (0..length).map(|_| *random.choice(&signs).unwrap());
                (code, label.collect())
            })
            .collect();
        let cells = records.iter().map(|(code, label)| record(code, 1, label));
        for format in [Format::Csv, Format::Json, Format::Jsonl, Format::Codes] {
            let text = written(format, &[], cells.clone().collect());
            let read = parse(text.as_bytes(), ReadAs::default());
            let read: Vec<String> = read.unwrap().iter().map(ToString::to_string).collect();
            let codes: Vec<&String> = records.iter().map(|(code, _)| code).collect();
            assert_eq!(read.iter().collect::<Vec<_>>(), codes, "{text}");
        }
    }
}
