//! Voucher codes as input: arguments, standard input, files of lines, and the CSV that this tool writes.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use thordata_cdk::CdkCode;

use crate::failure::Failure;
use crate::output::unescaped;
use crate::ui::{Ui, counted};

#[derive(Args, Debug, Clone)]
pub(crate) struct CodeArgs {
    /// Voucher codes; `-` reads them from standard input
    #[arg(value_name = "CODE", allow_hyphen_values = false)]
    pub(crate) codes: Vec<String>,

    /// Read codes from a file: one a line, or CSV with a column `cdk`
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

impl CodeArgs {
    pub(crate) fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.file.is_none()
    }

    /// All codes, each once, in the order in which they were given.
    pub(crate) fn read(&self, ui: &Ui) -> anyhow::Result<Vec<CdkCode>> {
        let mut codes = Vec::new();
        for (number, text) in (1_usize..).zip(&self.codes) {
            if text == "-" {
                let mut input = Vec::new();
                io::stdin()
                    .read_to_end(&mut input)
                    .context("standard input cannot be read")?;
                codes.extend(parse(&input, "standard input")?);
            } else {
                let code = CdkCode::new(text)
                    .map_err(|error| wrong(&format!("argument {number}"), &error))?;
                codes.push(code);
            }
        }
        if let Some(path) = &self.file {
            let name = path.display().to_string();
            let input = fs::read(path).with_context(|| format!("{name} cannot be read"))?;
            codes.extend(parse(&input, &name)?);
        }
        let given = codes.len();
        let mut seen = HashSet::new();
        codes.retain(|code| seen.insert(code.clone()));
        match given.saturating_sub(codes.len()) {
            0 => {}
            again => ui.note(format!(
                "{} given more than once; each counts once",
                counted(again, "code")
            )),
        }
        Ok(codes)
    }
}

/// Where it stands, and never what it is: it may be a part of a code.
fn wrong(place: &str, error: &thordata_cdk::InvalidInput) -> Failure {
    Failure::usage(format!("{place}: {error}"))
}

fn parse(input: &[u8], name: &str) -> Result<Vec<CdkCode>, Failure> {
    let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let text = std::str::from_utf8(input)
        .map_err(|_| Failure::usage(format!("{name} is not text in UTF-8")))?;
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let header = |cell: &str| cell.trim().trim_matches('"').eq_ignore_ascii_case("cdk");
    if first.split([',', ';', '\t']).any(header) {
        return parse_csv(text, first, name);
    }
    let mut codes = Vec::new();
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line.trim();
        if !line.is_empty() {
            let code = CdkCode::new(line);
            codes.push(code.map_err(|error| wrong(&format!("{name}, line {number}"), &error))?);
        }
    }
    Ok(codes)
}

fn parse_csv(text: &str, first: &str, name: &str) -> Result<Vec<CdkCode>, Failure> {
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .find(|byte| first.as_bytes().contains(byte))
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let unreadable = |_| Failure::usage(format!("{name} is not readable CSV"));
    let headers = reader.headers().map_err(unreadable)?;
    let column = headers
        .iter()
        .position(|cell| cell.trim().eq_ignore_ascii_case("cdk"))
        .ok_or_else(|| Failure::usage(format!("{name} has no column `cdk`")))?;
    let mut codes = Vec::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let cell = unescaped(row.get(column).unwrap_or_default().trim());
        if !cell.is_empty() {
            let line = row.position().map_or(0, csv::Position::line);
            let code = CdkCode::new(cell);
            codes.push(code.map_err(|error| wrong(&format!("{name}, line {line}"), &error))?);
        }
    }
    Ok(codes)
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
        assert!(failure.what.contains("x, line 2"), "{}", failure.what);
        assert!(!failure.what.contains("secret"), "{}", failure.what);
    }
}
