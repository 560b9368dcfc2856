//! A file of voucher codes: one a line, or the CSV that this tool writes.
//!
//! Fuzzed, by way of a copy in `fuzz/`: imports nothing of this crate but `unescaped`.

use thordata_cdk::{CdkCode, InvalidInput};

use crate::output::unescaped;

/// Every code, in order. An error says what is wrong, and where in `name`.
pub(crate) fn parse(input: &[u8], name: &str) -> Result<Vec<CdkCode>, String> {
    let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let text = std::str::from_utf8(input).map_err(|_| format!("{name} is not text in UTF-8"))?;
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let header = |cell: &str| cell.trim().trim_matches('"').eq_ignore_ascii_case("cdk");
    if first.split([',', ';', '\t']).any(header) {
        return parse_csv(text, first, name);
    }
    let mut codes = Vec::new();
    for (number, line) in (1_u64..).zip(text.lines()) {
        let line = line.trim();
        if !line.is_empty() {
            let code = CdkCode::new(line);
            codes.push(code.map_err(|error| wrong(name, number, &error))?);
        }
    }
    Ok(codes)
}

fn parse_csv(text: &str, first: &str, name: &str) -> Result<Vec<CdkCode>, String> {
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .find(|byte| first.as_bytes().contains(byte))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let unreadable = |_| format!("{name} is not readable CSV");
    let headers = reader.headers().map_err(unreadable)?;
    let column = headers
        .iter()
        .position(|cell| cell.trim().eq_ignore_ascii_case("cdk"))
        .ok_or_else(|| format!("{name} has no column `cdk`"))?;
    let mut codes = Vec::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let cell = unescaped(row.get(column).unwrap_or_default().trim());
        if !cell.is_empty() {
            let line = row.position().map_or(0, csv::Position::line);
            let code = CdkCode::new(cell);
            codes.push(code.map_err(|error| wrong(name, line, &error))?);
        }
    }
    Ok(codes)
}

/// The line and never the text: it may be a part of a code.
fn wrong(name: &str, line: u64, error: &InvalidInput) -> String {
    format!("{name}, line {line}: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &str) -> Vec<String> {
        let codes = parse(input.as_bytes(), "x").unwrap();
        codes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_and_csv_are_read() {
        assert_eq!(read("A\r\n\n B \n"), ["A", "B"]);
        assert_eq!(read("\u{feff}A\n"), ["A"]);
        assert_eq!(read("cdk,label\nA,x\n'-B,\"y,z\"\n"), ["A", "-B"]);
        assert_eq!(read("label;cdk\nx;A\n"), ["A"]);
        assert_eq!(read("cdk\nA\nB\n"), ["A", "B"]);
        assert_eq!(read(""), [""; 0]);
    }

    #[test]
    fn a_wrong_line_is_named_and_not_shown() {
        let failure = parse(b"A\nsecret code\n", "x").unwrap_err();
        assert!(failure.contains("x, line 2"), "{failure}");
        assert!(!failure.contains("secret"), "{failure}");
    }
}
