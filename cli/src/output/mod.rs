//! What goes to standard output: records, in the format that was asked for.

mod code_lines;
mod csv_text;
mod json_text;
pub(crate) mod out_file;
pub(crate) mod page_file;
pub(crate) mod progress;
pub(crate) mod standard;
mod table;
mod value;

use std::io::{self, BufWriter, Write};

use clap::ValueEnum;
use serde::ser::{SerializeMap as _, Serializer as _};

pub(crate) use csv_text::unescaped;
pub(crate) use table::{Frame, Table, cut_middle};
pub(crate) use value::{
    Column, DETAILS, Origin, Record, VOUCHER, Value, details, redeemed, voucher,
};

use crate::failure::Failure;
use crate::time::Clock;

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    Table,
    /// One JSON array; the names and values of the contract
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated, with a header; dates in UTC
    Csv,
    /// Voucher codes alone, one a line
    Codes,
}

/// What the flags say of the output.
#[derive(Debug, Clone)]
pub(crate) struct OutputOptions {
    pub(crate) format: Option<Format>,
    pub(crate) fields: Vec<String>,
    pub(crate) bold: bool,
    /// The heading was written before, by an earlier run.
    pub(crate) headed: bool,
    /// How wide a table may be, in columns of a terminal.
    pub(crate) width: Option<usize>,
    pub(crate) clock: Clock,
}

/// Records on their way out.
pub(crate) struct Rows {
    out: Box<dyn Write>,
    format: Format,
    chosen: Vec<(usize, Column)>,
    code_at: Option<usize>,
    sink: Sink,
    clock: Clock,
    count: usize,
}

enum Sink {
    Table(Table),
    Csv,
    Json,
    Jsonl,
    Codes,
}

impl Rows {
    /// Records to standard output; `default` is the format if none was asked for.
    pub(crate) fn begin(
        settings: &OutputOptions,
        columns: &[Column],
        default: Format,
    ) -> Result<Self, Failure> {
        let out = Box::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
        Self::to(out, settings, columns, default)
    }

    pub(crate) fn to(
        out: Box<dyn Write>,
        settings: &OutputOptions,
        columns: &[Column],
        default: Format,
    ) -> Result<Self, Failure> {
        let format = settings.format.unwrap_or(default);
        let code_at = columns.iter().position(|column| column.name == "cdk");
        if format == Format::Codes {
            if code_at.is_none() {
                return Err(Failure::usage("this command prints no voucher codes")
                    .next("choose another format than `-o codes`"));
            }
            if !settings.fields.is_empty() {
                return Err(Failure::usage("`-o codes` prints codes alone")
                    .next("leave --fields out, or choose another format"));
            }
        }
        let chosen = choose(columns, &settings.fields, format)?;
        let sink = match format {
            Format::Table => Sink::Table(Table::new(
                chosen.iter().map(|(_, column)| *column).collect(),
                Frame {
                    bold: settings.bold,
                    width: settings.width,
                    chosen: !settings.fields.is_empty(),
                    headed: settings.headed,
                },
            )),
            Format::Csv => Sink::Csv,
            Format::Json => Sink::Json,
            Format::Jsonl => Sink::Jsonl,
            Format::Codes => Sink::Codes,
        };
        let mut rows = Self {
            out,
            format,
            chosen,
            code_at,
            sink,
            clock: settings.clock.clone(),
            count: 0,
        };
        if !settings.headed {
            rows.head().map_err(|error| {
                Failure::error("standard output cannot be written")
                    .why(error.to_string())
                    .next("check where it leads, and the disk")
            })?;
        }
        Ok(rows)
    }

    fn head(&mut self) -> io::Result<()> {
        // A table writes its heading with its first rows, when its widths are known.
        if matches!(self.sink, Sink::Csv) {
            let names = self.chosen.iter().map(|(_, column)| column.name.to_owned());
            csv_text::write_line(&mut self.out, names)?;
        }
        Ok(())
    }

    pub(crate) fn push(&mut self, record: Record) -> io::Result<()> {
        let cells = || self.chosen.iter().filter_map(|(at, _)| record.get(*at));
        match &mut self.sink {
            Sink::Table(table) => {
                table.push(cells().map(|value| value.for_people(&self.clock)).collect());
                if table.is_full() {
                    table.write_to(&mut self.out)?;
                }
            }
            Sink::Csv => csv_text::write_line(&mut self.out, cells().map(Value::for_csv))?,
            Sink::Json => {
                // The comma comes before a record, since nobody knows which one is the last.
                let lead: &[u8] = if self.count == 0 { b"[\n  " } else { b",\n  " };
                self.out.write_all(lead)?;
                write_object(&mut self.out, &self.chosen, &record)?;
            }
            Sink::Jsonl => {
                write_object(&mut self.out, &self.chosen, &record)?;
                self.out.write_all(b"\n")?;
            }
            Sink::Codes => {
                let code = self.code_at.and_then(|at| record.get(at));
                if let Some(Value::Code(code)) = code {
                    writeln!(self.out, "{code}")?;
                }
            }
        }
        self.count = self.count.saturating_add(1);
        Ok(())
    }

    /// An empty line between two parts of a table; nothing in the other formats.
    pub(crate) fn gap(&mut self) {
        if let Sink::Table(table) = &mut self.sink {
            table.gap();
        }
    }

    /// Everything pushed so far reaches whoever reads.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if let Sink::Table(table) = &mut self.sink {
            table.write_to(&mut self.out)?;
        }
        self.out.flush()
    }

    pub(crate) fn finish(mut self) -> io::Result<usize> {
        if matches!(self.sink, Sink::Json) {
            let end: &[u8] = if self.count == 0 { b"[]\n" } else { b"\n]\n" };
            self.out.write_all(end)?;
        }
        self.flush()?;
        if let Sink::Table(table) = &self.sink {
            let left_out = table.left_out();
            if !left_out.is_empty() {
                let left_out = left_out.join(", ");
                // Nothing can be done for a standard error that is closed.
                let _ = writeln!(
                    io::stderr(),
                    "Left out to fit: {left_out}. --fields or -o csv shows them."
                );
            }
        }
        Ok(self.count)
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }
}

/// Whether standard output is a file that is not empty, as after `>>`.
pub(crate) fn standard_output_holds_something() -> bool {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        // A copy, since `File` closes what it holds.
        let file = io::stdout()
            .as_fd()
            .try_clone_to_owned()
            .map(std::fs::File::from);
        let metadata = file.and_then(|file| file.metadata());
        metadata.is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0)
    }
    #[cfg(not(unix))]
    // Not looked at: after `>>` the heading comes again.
    false
}

/// The columns that were asked for, or those that fit the format.
fn choose(
    columns: &[Column],
    fields: &[String],
    format: Format,
) -> Result<Vec<(usize, Column)>, Failure> {
    let all = || columns.iter().copied().enumerate();
    if fields.is_empty() {
        return Ok(all()
            .filter(|(_, column)| format != Format::Table || column.in_table)
            .collect());
    }
    fields
        .iter()
        .map(|field| {
            all()
                .find(|(_, column)| column.name == field)
                .ok_or_else(|| {
                    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
                    Failure::usage(format!(
                        "there is no field `{}`",
                        crate::redact::masked(field)
                    ))
                    .next(format!("choose from {}", names.join(", ")))
                })
        })
        .collect()
}

/// A record as one JSON object, with all its columns, and a line feed.
pub(crate) fn json_line(columns: &[Column], record: &[Value]) -> io::Result<Vec<u8>> {
    let all: Vec<_> = columns.iter().copied().enumerate().collect();
    let mut line = Vec::new();
    write_object(&mut line, &all, record)?;
    line.push(b'\n');
    Ok(line)
}

fn write_object(
    out: &mut dyn Write,
    chosen: &[(usize, Column)],
    record: &[Value],
) -> io::Result<()> {
    let mut json = serde_json::Serializer::with_formatter(out, json_text::NothingHidden);
    let mut object = json.serialize_map(Some(chosen.len()))?;
    for (at, column) in chosen {
        if let Some(value) = record.get(*at) {
            object.serialize_entry(column.name, value)?;
        }
    }
    Ok(object.end()?)
}

#[cfg(test)]
mod tests;
