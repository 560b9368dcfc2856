#![no_main]
#![allow(dead_code)]

// The command is a program without a library: its files are named by their path.
#[path = "../../cli/src/output/code_lines.rs"]
mod code_lines;

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use thordata_cdk::{CdkCode, Cursor};
use thordata_cdk_sandbox::fuzzing::state_file;

// The files that the command and the sandbox find and go on with: a cursor, bought codes, a sandbox's state.
fuzz_target!(|file: &[u8]| {
    cursor(&String::from_utf8_lossy(file));
    codes(&String::from_utf8_lossy(file));
    if let Some(vouchers) = state_file(file) {
        assert!(vouchers.len() <= file.len());
    }
});

fn cursor(text: &str) {
    let Ok(cursor) = text.parse::<Cursor>() else {
        return;
    };
    let again: Cursor = cursor.to_string().parse().unwrap();
    assert!(text.is_empty() || again == cursor);
    assert!(cursor.len() <= text.lines().count());
    let code: CdkCode = "nozzapqOWJOCcWIX".parse().unwrap();
    let grown = cursor.to_string() + &cursor.line(&code);
    let mut known = cursor;
    known.insert(&code);
    assert_eq!(grown.parse(), Ok(known));
}

// The first line is how far a run came that was killed; the others are the order's codes.
fn codes(text: &str) {
    let (before, ordered) = text.split_once('\u{1}').unwrap_or((text, ""));
    let ordered: HashSet<&str> = ordered.split_whitespace().collect();
    let ordered: Vec<CdkCode> = ordered
        .into_iter()
        .filter_map(|code| CdkCode::new(code).ok())
        .collect();
    if !before.lines().all(code_lines::may_be_code) {
        return;
    }
    let code_lines::Addition { kept, text } = code_lines::addition(before, &ordered);
    let after = before[..kept].to_owned() + &text;
    for line in before[..before.rfind('\n').map_or(0, |end| end + 1)].lines() {
        assert!(
            after.lines().any(|kept| kept == line),
            "a whole line was lost"
        );
    }
    for code in &ordered {
        let times = after
            .lines()
            .filter(|line| line.trim() == code.as_str())
            .count();
        let earlier = before
            .lines()
            .filter(|line| line.trim() == code.as_str())
            .count();
        assert_eq!(times, earlier.max(1), "each code once");
    }
    assert!(ordered.is_empty() || after.ends_with('\n'));
}
