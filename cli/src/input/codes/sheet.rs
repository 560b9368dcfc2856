//! Rows and columns of a text: plain lines, CSV with any delimiter, JSON, or one JSON object a line.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// One row, and the line of the file on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) cells: Vec<String>,
}

/// What a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// The names of the columns, where the form of the text has them. The first row of CSV may hold names too.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) rows: Vec<Row>,
}

impl Sheet {
    /// How many columns there are.
    pub(crate) fn width(&self) -> usize {
        let longest = self.rows.iter().map(|row| row.cells.len()).max();
        longest
            .unwrap_or(0)
            .max(self.names.as_ref().map_or(0, Vec::len))
    }
}

/// Delimiters, the usual ones first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// In place of a delimiter where there is none. No text holds it: see `decode`.
const NONE: u8 = 0x1f;

/// How many rows are examined to find the delimiter.
const SAMPLE: usize = 50;

/// `is_name`: whether a cell is the name of a column that is looked for.
pub(crate) fn read(text: &str, is_name: fn(&str) -> bool) -> Result<Sheet, String> {
    let start = text.trim_start();
    if start.starts_with('[') {
        return read_array(text);
    }
    if start.starts_with('{') {
        return read_json_lines(text);
    }
    let first = text.lines().next().unwrap_or_default();
    let declared = first.trim().trim_matches('"').to_ascii_lowercase();
    // Excel reads such a first line, and exports for it have one.
    let declared = declared.strip_prefix("sep=").map(str::to_owned);
    let (declared, skipped) = match declared.as_deref().map(str::as_bytes) {
        Some(&[delimiter]) => (Some(delimiter), first.len()),
        // The tab that an editor may have trimmed.
        Some([]) => (Some(b'\t'), first.len()),
        _ => (None, 0),
    };
    let rest = text.get(skipped..).unwrap_or_default();
    let delimiter = declared.unwrap_or_else(|| delimiter(rest, is_name));
    let mut rows = records(rest, delimiter, usize::MAX)?;
    let mut lines = Lines::of(text);
    for row in &mut rows {
        let at = usize::try_from(row.line).unwrap_or(usize::MAX);
        row.line = lines.number_at(at.saturating_add(skipped));
    }
    Ok(Sheet { names: None, rows })
}

/// The rows that are not empty; in place of a line the byte at which each begins.
fn records(text: &str, delimiter: u8, most: usize) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        // One row with a cell too many is no reason to refuse the file.
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records().take(most) {
        let record = record.map_err(|_| "it is not readable CSV".to_owned())?;
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            let line = record.position().map_or(0, csv::Position::byte);
            rows.push(Row { line, cells });
        }
    }
    Ok(rows)
}

/// The delimiter that most rows have, the same number of times; none in plain lines.
fn delimiter(text: &str, is_name: fn(&str) -> bool) -> u8 {
    let mut best = (0, 0, NONE);
    for candidate in DELIMITERS {
        let Ok(rows) = records(text, candidate, SAMPLE) else {
            continue;
        };
        let Some(first) = rows.first() else { continue };
        let width = first.cells.len();
        let alike = rows.iter().filter(|row| row.cells.len() == width).count();
        let named = first.cells.iter().any(|cell| is_name(cell));
        // A few lines with a comma do not make a table, unless its first line names the columns.
        let is_table = width > 1 && (named || alike.saturating_mul(2) > rows.len());
        if is_table && (alike, width) > (best.0, best.1) {
            best = (alike, width, candidate);
        }
    }
    best.2
}

fn read_array(text: &str) -> Result<Sheet, String> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| broken(&error, 0))?;
    let mut lines = Lines::of(text);
    let start = text.as_ptr() as usize;
    let items = items.into_iter().map(|item| {
        // Each item is a part of the text, so that its address shows its place.
        let at = (item.get().as_ptr() as usize).saturating_sub(start);
        (lines.number_at(at), item.get())
    });
    from_json(items)
}

fn read_json_lines(text: &str) -> Result<Sheet, String> {
    // One object over several lines is no line of JSON, and still JSON.
    if serde_json::from_str::<Map<String, Value>>(text).is_ok() {
        return from_json(std::iter::once((1, text)));
    }
    let lines = (1_u64..).zip(text.lines());
    from_json(lines.filter(|(_, line)| !line.trim().is_empty()))
}

fn from_json<'a>(items: impl Iterator<Item = (u64, &'a str)>) -> Result<Sheet, String> {
    let mut names: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for (line, item) in items {
        let before = line.saturating_sub(1);
        let value: Value = serde_json::from_str(item).map_err(|error| broken(&error, before))?;
        // An array may hold bare codes.
        let Value::Object(object) = value else {
            rows.push(Row {
                line,
                cells: vec![cell(value)],
            });
            continue;
        };
        let mut cells = vec![String::new(); names.len()];
        for (name, value) in object {
            match names.iter().position(|known| *known == name) {
                Some(at) => {
                    if let Some(place) = cells.get_mut(at) {
                        *place = cell(value);
                    }
                }
                None => {
                    names.push(name);
                    cells.push(cell(value));
                }
            }
        }
        rows.push(Row { line, cells });
    }
    let names = Some(names).filter(|names| !names.is_empty());
    Ok(Sheet { names, rows })
}

fn cell(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Where, and nothing of the text: it may be a part of a code.
fn broken(error: &serde_json::Error, lines_before: u64) -> String {
    let line = u64::try_from(error.line()).unwrap_or(0);
    let line = line.saturating_add(lines_before);
    format!(
        "it is not readable JSON: line {line}, column {}",
        error.column()
    )
}

/// Counts lines on the way through a text.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            line: 1,
        }
    }

    /// The line of what begins at this byte or, after empty lines, next. Bytes come in rising order.
    fn number_at(&mut self, byte: usize) -> u64 {
        while let Some(here) = self.bytes.get(self.at) {
            let is_break = match here {
                b'\n' => true,
                // A carriage return alone ends a line too; before a line feed the pair counts once.
                b'\r' => self.bytes.get(self.at.saturating_add(1)) != Some(&b'\n'),
                _ => false,
            };
            if self.at >= byte && !matches!(here, b'\r' | b'\n') {
                break;
            }
            self.line = self.line.saturating_add(u64::from(is_break));
            self.at = self.at.saturating_add(1);
        }
        self.line
    }
}
