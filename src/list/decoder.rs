//! The reply to a list, read as its bytes arrive.

use std::borrow::Cow;
use std::mem;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::row;
use super::scan::{Scan, skip_space};
use super::unreadable::{Unreadable, UnreadableRow, UnreadableRows};
use crate::envelope::{self, Code, Envelope, Field, SUCCESS, Text};
use crate::raw::promised::Cdk;
use crate::redact;
use crate::tolerate::{self, Padding};

/// The longest row, and the longest other value of the envelope, that is read. A row of the usual form is
/// about 100 bytes. This bounds the memory that an unfinished value takes: of a longer one the beginning is kept.
pub(super) const MAX_VALUE_BYTES: usize = 64 * 1024;

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
/// that cannot be read or are too long, which it leaves out:
/// only the brackets, commas and colons of the envelope itself are looked at here. Each row, and each
/// other value, is read by serde once its last byte is there, or by [`row::parse_canonical`].
pub(super) struct Decoder {
    expected: Expected,
    /// The beginning of a value whose end has not arrived, at most [`MAX_VALUE_BYTES`] of it.
    tail: Vec<u8>,
    /// How long that value is so far, and how far its end was looked for.
    length: usize,
    scan: Scan,
    code: Option<Option<i64>>,
    message: Option<(usize, String)>,
    seen_data: bool,
    has_list: bool,
    /// What is wrong with `data`, if its `code` is still to come: on a failure it does not matter.
    deferred_error: Option<Unreadable>,
    /// How many rows have ended, and how many of them cannot be read.
    rows: u64,
    unreadable_rows: u64,
    has_long_row: bool,
    /// Those that cannot be read and that nobody has taken yet.
    unreadable: UnreadableRows,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            expected: Expected::Start,
            tail: Vec::new(),
            length: 0,
            scan: Scan::default(),
            code: None,
            message: None,
            seen_data: false,
            has_list: false,
            deferred_error: None,
            rows: 0,
            unreadable_rows: 0,
            has_long_row: false,
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

    /// How many rows of a list that may be a success have ended, whether they can be read or not.
    pub(super) fn ended_rows(&self) -> u64 {
        self.rows
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.tail.len()
    }

    /// Takes the next bytes, and adds the rows that end in them to `rows`.
    pub(super) fn feed(&mut self, chunk: &[u8], rows: &mut Vec<Cdk>) -> Result<(), Unreadable> {
        if self.tail.is_empty() {
            return self.walk(chunk, rows);
        }
        if matches!(self.expected, Expected::Start | Expected::End) {
            // Padding, of which a few bytes are kept.
            let mut text = mem::take(&mut self.tail);
            text.extend_from_slice(chunk);
            return self.walk(&text, rows);
        }
        match self.scan.end(chunk) {
            Some(end) => {
                let (piece, rest) = chunk.split_at_checked(end).unwrap_or((chunk, &[]));
                self.keep(piece)?;
                let mut value = mem::take(&mut self.tail);
                if !self.canonical_rows(&value, rows).is_empty() {
                    self.ended(&value, self.length, rows)?;
                }
                // Its room is used for the next row that arrives in pieces.
                value.clear();
                self.tail = value;
                self.walk(rest, rows)
            }
            None => self.keep(chunk),
        }
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
            return Err(Unreadable {
                too_long: self.has_long_row,
                ..Unreadable::new(why)
            });
        }
        let message = self.message.take().map(|(_, text)| text);
        let data = (success && self.has_list).then_some(());
        Ok(Envelope::from_parts(code, message, data))
    }

    /// Keeps the next piece of a value that is not whole yet.
    fn keep(&mut self, piece: &[u8]) -> Result<(), Unreadable> {
        let room = MAX_VALUE_BYTES.saturating_sub(self.tail.len());
        self.tail
            .extend_from_slice(piece.get(..room).unwrap_or(piece));
        self.length = self.length.saturating_add(piece.len());
        match self.length > MAX_VALUE_BYTES && !self.may_leave_out() {
            true => Err(Unreadable::too_long(MAX_VALUE_BYTES)),
            false => Ok(()),
        }
    }

    /// Reads as far as whole values go, and keeps the beginning of the next one.
    fn walk(&mut self, text: &[u8], rows: &mut Vec<Cdk>) -> Result<(), Unreadable> {
        let mut rest = text;
        loop {
            rest = skip_space(self.canonical_rows(skip_space(rest), rows));
            if matches!(self.expected, Expected::Start | Expected::End) {
                match tolerate::padding(rest) {
                    Padding::Length(length) => rest = rest.get(length..).unwrap_or_default(),
                    Padding::Unfinished(start) => {
                        let open = rest.get(start..).unwrap_or_default();
                        let needed = tolerate::unfinished(open);
                        needed.iter().for_each(|part| self.tail.extend(*part));
                        return Ok(());
                    }
                }
            }
            let Some((first, after)) = rest.split_first() else {
                return Ok(());
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
                    let mut scan = Scan::default();
                    let Some(length) = scan.end(rest) else {
                        (self.scan, self.length) = (scan, 0);
                        return self.keep(rest);
                    };
                    let (value, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                    self.ended(value, length, rows)?;
                    rest = after;
                    continue;
                }
                _ => return Err(Unreadable::new("its JSON is malformed")),
            };
            self.expected = next;
            rest = after;
        }
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

    /// A value has ended; `value` is it, or its beginning if it is too long.
    fn ended(
        &mut self,
        value: &[u8],
        length: usize,
        rows: &mut Vec<Cdk>,
    ) -> Result<(), Unreadable> {
        self.expected = match value.get(..MAX_VALUE_BYTES) {
            Some(start) if length > MAX_VALUE_BYTES => self.leave_out(start)?,
            _ => self.value(value, rows)?,
        };
        Ok(())
    }

    /// Whether the value that is expected may be too long to be read. A row costs itself, and what nobody needs
    /// costs nothing.
    fn may_leave_out(&self) -> bool {
        match self.expected {
            Expected::FirstRow | Expected::Row => true,
            Expected::Value(Field::Data) => !self.keeps_rows(),
            Expected::Value(field) => !matches!(field, Field::Code | Field::Message(_)),
            _ => false,
        }
    }

    /// What comes after a value that is too long to be read. Of the rest of it only brackets and quotes were looked
    /// at, so at least its beginning must be in order.
    fn leave_out(&mut self, start: &[u8]) -> Result<Expected, Unreadable> {
        if !self.may_leave_out() {
            return Err(Unreadable::too_long(MAX_VALUE_BYTES));
        }
        let is_row = matches!(self.expected, Expected::FirstRow | Expected::Row);
        let counts = is_row && self.keeps_rows();
        self.rows = self.rows.saturating_add(counts.into());
        if let Err(error) = parse::<IgnoredAny>(start)
            // The end is missing, so this one complaint is expected.
            && !error.is_eof()
        {
            return Err(match counts {
                true => self.malformed_row(&error),
                false => unreadable(error),
            });
        }
        if counts {
            self.unreadable_rows = self.unreadable_rows.saturating_add(1);
            self.has_long_row = true;
            let reason = format!("it is longer than {MAX_VALUE_BYTES} bytes");
            let row = UnreadableRow::cut(self.rows, &envelope::text(start), reason);
            self.unreadable.push(row);
        }
        Ok(match is_row {
            true => Expected::AfterRow,
            false => Expected::AfterValue,
        })
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
            // Of a failure too: what is wrong with it does not matter then.
            Expected::Value(Field::Data) => {
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
            return Err(self.malformed_row(error));
        }
        self.unreadable_rows = self.unreadable_rows.saturating_add(1);
        let row = UnreadableRow::new(self.rows, &envelope::text(value), error);
        self.unreadable.push(row);
        Ok(())
    }

    fn malformed_row(&self, error: &serde_json::Error) -> Unreadable {
        let error = error.to_string();
        let why = redact::without_place(&error);
        Unreadable::new(format!("{why}, in row {} of `data`", self.rows))
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
