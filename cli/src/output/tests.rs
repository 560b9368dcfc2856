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
    for cell in ["=1+1", "+1", "-1", "@x", "\tx", "'=1", "''-1"] {
        let text = written(Format::Csv, &["use_username"], vec![record("A", 1, cell)]);
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with('\''), "{line}");
        assert_eq!(unescaped(line), cell);
    }
    assert_eq!(unescaped("'tis"), "'tis");
}

#[test]
fn a_name_cannot_steer_the_terminal() {
    let text = written(
        Format::Table,
        &["use_username"],
        vec![record("A", 1, "a\u{1b}[2J\u{202e}b")],
    );
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
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
