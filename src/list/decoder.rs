//! The reply to a list, read as its bytes arrive.

use std::borrow::Cow;
use std::mem;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::row;
use super::scan::{skip_space, value_len};
use super::unreadable::{UnreadableRow, UnreadableRows};
use crate::envelope::{self, Code, Envelope, Field, SUCCESS, Text};
use crate::raw::promised::Cdk;
use crate::redact;
use crate::tolerate::{self, Padding};

/// The longest row, and the longest other value of the envelope, that is read. A row of the usual form is
/// about 100 bytes. This bounds the memory that an unfinished value takes.
pub(super) const MAX_VALUE_BYTES: usize = 64 * 1024;

/// A reply that is no list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) reason: String,
    pub(super) too_long: bool,
}

impl Unreadable {
    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            too_long: false,
        }
    }

    fn too_long() -> Self {
        Self {
            reason: format!("a row or field of it is longer than {MAX_VALUE_BYTES} bytes"),
            too_long: true,
        }
    }
}

/// Where in the envelope the next byte belongs.
#[derive(Debug, Clone, Copy)]
enum Expected {
    Start,
    FirstName,
    Name,
    Colon(Field),
    Value(Field),
    AfterValue,
    FirstRow,
    Row,
    AfterRow,
    End,
}

/// Reads one envelope with a list, in pieces of any size.
///
/// It accepts what [`Envelope`] accepts, with the same outcome, but for the length of one value, and for rows
/// that cannot be read, which it leaves out:
/// only the brackets, commas and colons of the envelope itself are looked at here. Each row, and each
/// other value, is read by serde once its last byte is there, or by [`row::parse_canonical`].
pub(super) struct Decoder {
    expected: Expected,
    /// The beginning of a value whose end has not arrived.
    tail: Vec<u8>,
    code: Option<Option<i64>>,
    message: Option<(usize, String)>,
    seen_data: bool,
    has_list: bool,
    /// What is wrong with `data`, if its `code` is still to come: on a failure it does not matter.
    deferred_error: Option<Unreadable>,
    /// How many rows have ended, and how many of them cannot be read.
    rows: u64,
    unreadable_rows: u64,
    /// Those that cannot be read and that nobody has taken yet.
    unreadable: UnreadableRows,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            expected: Expected::Start,
            tail: Vec::new(),
            code: None,
            message: None,
            seen_data: false,
            has_list: false,
            deferred_error: None,
            rows: 0,
            unreadable_rows: 0,
            unreadable: UnreadableRows::default(),
        }
    }

    /// The rows that cannot be read, since they were last asked for.
    pub(super) fn take_unreadable(&mut self) -> UnreadableRows {
        mem::take(&mut self.unreadable)
    }

    /// Whether the rows so far belong to a success: its `code` came first.
    pub(super) fn is_success(&self) -> bool {
        self.code == Some(Some(SUCCESS))
    }

    /// Takes the next bytes, and adds the rows that end in them to `rows`.
    pub(super) fn feed(&mut self, chunk: &[u8], rows: &mut Vec<Cdk>) -> Result<(), Unreadable> {
        let mut chunk = chunk;
        while !self.tail.is_empty() && !chunk.is_empty() {
            let mut tail = mem::take(&mut self.tail);
            let before = tail.len();
            // Twice as many each time, so that a long value is not looked through for each byte of it.
            let more = chunk.len().min(before.max(256));
            let (more, later) = chunk.split_at_checked(more).unwrap_or((chunk, &[]));
            tail.extend_from_slice(more);
            let read = self.walk(&tail, rows)?;
            if let Some(of_chunk) = read.checked_sub(before) {
                chunk = chunk.get(of_chunk..).unwrap_or_default();
                tail.clear();
            } else {
                chunk = later;
                tail.drain(..read);
            }
            self.tail = tail;
            self.check_tail()?;
        }
        let read = self.walk(chunk, rows)?;
        let rest = chunk.get(read..).unwrap_or_default();
        self.tail.extend_from_slice(rest);
        self.check_tail()
    }

    /// What the envelope says, after its last byte. A list of which no row can be read is none.
    pub(super) fn finish(&mut self) -> Result<Envelope<()>, Unreadable> {
        if !matches!(self.expected, Expected::End) {
            return Err(Unreadable::new("it ends before its JSON does"));
        }
        if !self.tail.is_empty() {
            return Err(Unreadable::new("its JSON is malformed"));
        }
        let code = self.code.flatten();
        let success = matches!(code, None | Some(SUCCESS));
        if let (true, Some(deferred_error)) = (success, self.deferred_error.take()) {
            return Err(deferred_error);
        }
        if success && self.rows > 0 && self.rows == self.unreadable_rows {
            let why = match self.unreadable.first().first() {
                Some(row) => format!("{}, in row {} of `data`", row.reason, row.number),
                None => "no row of `data` can be read".into(),
            };
            return Err(Unreadable::new(why));
        }
        let message = self.message.take().map(|(_, text)| text);
        let data = (success && self.has_list).then_some(());
        Ok(Envelope::from_parts(code, message, data))
    }

    fn check_tail(&self) -> Result<(), Unreadable> {
        if self.tail.len() > MAX_VALUE_BYTES {
            return Err(Unreadable::too_long());
        }
        Ok(())
    }

    /// Reads as far as whole values go, and tells how far that was.
    fn walk(&mut self, text: &[u8], rows: &mut Vec<Cdk>) -> Result<usize, Unreadable> {
        let mut rest = text;
        loop {
            rest = skip_space(self.canonical_rows(skip_space(rest), rows));
            if matches!(self.expected, Expected::Start | Expected::End) {
                match tolerate::padding(rest) {
                    Padding::Length(length) => rest = rest.get(length..).unwrap_or_default(),
                    Padding::Unfinished => break,
                }
            }
            let Some((first, after)) = rest.split_first() else {
                break;
            };
            let next = match (self.expected, first) {
                (Expected::Start, b'{') => Expected::FirstName,
                (Expected::FirstName | Expected::AfterValue, b'}') => Expected::End,
                (Expected::AfterValue, b',') => Expected::Name,
                (Expected::Colon(field), b':') => self.begin(field)?,
                (Expected::Value(Field::Data), b'[') => {
                    self.has_list = true;
                    Expected::FirstRow
                }
                (Expected::FirstRow | Expected::AfterRow, b']') => Expected::AfterValue,
                (Expected::AfterRow, b',') => Expected::Row,
                (Expected::FirstName | Expected::Name, b'"')
                | (Expected::Value(_) | Expected::FirstRow | Expected::Row, _) => {
                    let Some(length) = value_len(rest) else { break };
                    let (value, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                    if length > MAX_VALUE_BYTES {
                        return Err(Unreadable::too_long());
                    }
                    self.expected = self.value(value, rows)?;
                    rest = after;
                    continue;
                }
                _ => return Err(Unreadable::new("its JSON is malformed")),
            };
            self.expected = next;
            rest = after;
        }
        Ok(text.len().saturating_sub(rest.len()))
    }

    /// Whether the rows of `data` can still be of use to anybody.
    fn keeps_rows(&self) -> bool {
        self.deferred_error.is_none() && matches!(self.code, None | Some(None | Some(SUCCESS)))
    }

    /// Reads rows of the usual form for as long as there are any.
    fn canonical_rows<'a>(&mut self, text: &'a [u8], rows: &mut Vec<Cdk>) -> &'a [u8] {
        let mut rest = text;
        if !matches!(self.expected, Expected::FirstRow | Expected::Row) || !self.keeps_rows() {
            return rest;
        }
        let before = rows.len();
        while let Some((row, after)) = row::parse_canonical(rest) {
            rows.push(row);
            if let Some(next) = after.strip_prefix(b",") {
                self.expected = Expected::Row;
                rest = next;
            } else {
                self.expected = Expected::AfterRow;
                rest = after;
                break;
            }
        }
        let read = rows.len().saturating_sub(before);
        self.rows = self.rows.saturating_add(read as u64);
        rest
    }

    fn begin(&mut self, field: Field) -> Result<Expected, Unreadable> {
        match field {
            Field::Code if self.code.is_some() => {
                return Err(Unreadable::new("duplicate field `code`"));
            }
            Field::Data if self.seen_data => return Err(Unreadable::new("duplicate field `data`")),
            Field::Data => self.seen_data = true,
            _ => {}
        }
        Ok(Expected::Value(field))
    }

    /// Reads one whole value, and tells what comes after it.
    fn value(&mut self, value: &[u8], rows: &mut Vec<Cdk>) -> Result<Expected, Unreadable> {
        Ok(match self.expected {
            Expected::FirstRow | Expected::Row => {
                if !self.keeps_rows() {
                    parse::<IgnoredAny>(value).map_err(unreadable)?;
                    return Ok(Expected::AfterRow);
                }
                self.rows = self.rows.saturating_add(1);
                match parse::<Cdk>(value) {
                    Ok(row) => rows.push(row),
                    Err(error) => self.unreadable_row(value, &error)?,
                }
                Expected::AfterRow
            }
            Expected::Value(Field::Code) => {
                self.code = Some(parse::<Code>(value).map_err(unreadable)?.0);
                Expected::AfterValue
            }
            Expected::Value(Field::Data) if self.keeps_rows() => {
                if let Err(error) = parse::<Option<Vec<Cdk>>>(value) {
                    self.deferred_error(value, unreadable(error))?;
                }
                Expected::AfterValue
            }
            Expected::Value(Field::Message(rank)) => {
                if let Text(Some(text)) = parse(value).map_err(unreadable)?
                    && self.message.as_ref().is_none_or(|(best, _)| rank < *best)
                {
                    self.message = Some((rank, text));
                }
                Expected::AfterValue
            }
            Expected::Value(_) => {
                parse::<IgnoredAny>(value).map_err(unreadable)?;
                Expected::AfterValue
            }
            _ => Expected::Colon(parse(value).map_err(unreadable)?),
        })
    }

    /// A row that cannot be read costs itself, if its JSON is in order: else nobody knows where it ends.
    fn unreadable_row(
        &mut self,
        value: &[u8],
        error: &serde_json::Error,
    ) -> Result<(), Unreadable> {
        if parse::<IgnoredAny>(value).is_err() {
            let why = redact::without_place(&error.to_string()).to_owned();
            return Err(Unreadable::new(format!(
                "{why}, in row {} of `data`",
                self.rows
            )));
        }
        self.unreadable_rows = self.unreadable_rows.saturating_add(1);
        let row = UnreadableRow::new(self.rows, &envelope::text(value), error);
        self.unreadable.push(row);
        Ok(())
    }

    /// Part of `data` is not what it should be, which is for `code` to excuse, if its JSON is in order.
    fn deferred_error(&mut self, value: &[u8], why: Unreadable) -> Result<(), Unreadable> {
        if self.is_success() || parse::<IgnoredAny>(value).is_err() {
            return Err(why);
        }
        self.deferred_error = Some(why);
        Ok(())
    }
}

fn parse<T: DeserializeOwned>(value: &[u8]) -> Result<T, serde_json::Error> {
    let text = envelope::text(value);
    serde_json::from_str(&text).or_else(|error| match tolerate::whole_letters(&text) {
        Cow::Owned(whole) => serde_json::from_str(&whole),
        Cow::Borrowed(_) => Err(error),
    })
}

/// Without the place, which counts from the beginning of the value and would mislead.
fn unreadable(error: serde_json::Error) -> Unreadable {
    Unreadable::new(redact::without_place(&error.to_string()))
}
