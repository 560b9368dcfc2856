#![no_main]
#![allow(dead_code, unused_imports)]

// The command is a program without a library: its files are named by their path.
#[path = "../../cli/src/input/codes/mod.rs"]
mod codes;
#[path = "../../cli/src/output/csv_text.rs"]
mod csv_text;
#[path = "../../cli/src/redact.rs"]
mod redact;
mod output {
    pub(crate) use super::csv_text::unescaped;
}

use codes::ReadAs;
use libfuzzer_sys::fuzz_target;
use thordata_cdk::CdkCode;

// A file of codes, and the CSV that the command writes of them, with any text beside each.
fuzz_target!(|file: &[u8]| {
    for column in [None, Some("1"), Some("label")] {
        let read_as = ReadAs {
            name: "file",
            column,
            extra: "",
        };
        match codes::parse(file, read_as) {
            Ok(codes) => assert!(codes.len() <= file.len()),
            // Every complaint is short, and no text of the file is in it whole.
            Err(refused) => assert!(
                refused.why.iter().all(|why| why.len() < 4000),
                "{refused:?}"
            ),
        }
    }
    let text = String::from_utf8_lossy(file);
    let rows: Vec<(CdkCode, &str)> = text
        .split('\n')
        .filter_map(|line| {
            let (code, label) = line.split_once(' ').unwrap_or((line, line));
            Some((codes::code(code, "").ok()?, label))
        })
        .collect();
    let mut csv = Vec::new();
    csv_text::write_line(&mut csv, ["cdk".into(), "label".into()]).unwrap();
    for (code, label) in &rows {
        // The command replaces letters that steer before it writes a text.
        let label: String = label
            .chars()
            .map(|letter| {
                if letter.is_control() {
                    '\u{fffd}'
                } else {
                    letter
                }
            })
            .collect();
        let cells = [code.to_string(), label].map(csv_text::escaped);
        csv_text::write_line(&mut csv, cells).unwrap();
    }
    for row in csv::Reader::from_reader(csv.as_slice()).records() {
        for cell in &row.unwrap() {
            // Also for a spreadsheet that separates cells by semicolons or tabs.
            for part in cell.split([';', '\t', '\n', '\r']) {
                assert!(
                    !part.trim_start().starts_with([
                        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'
                    ]),
                    "a formula: {cell}"
                );
            }
        }
    }
    let read = codes::parse(&csv, ReadAs::default()).unwrap();
    let written: Vec<CdkCode> = rows.into_iter().map(|(code, _)| code).collect();
    assert_eq!(read, written);
});
