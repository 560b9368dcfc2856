//! What a refusal must not say if it is to prove that nothing was done.
//!
//! The vendor documents refusals with empty `data` and a message, and nothing else. Whatever a refusal holds beyond
//! that may be the codes that were paid for, in a field of another name, so such a refusal proves nothing. That costs a
//! look at the lists; to take it for a proof would cost a second purchase.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{envelope, redact, tolerate};

/// Whether the body of a refusal holds what may be a voucher's code, or says that the request succeeded.
pub(crate) fn contradicts(body: &[u8]) -> bool {
    let text = envelope::text(body);
    if let Some(found) = look(&text) {
        return found;
    }
    match tolerate::cleaned(&text).and_then(|json| look(&json)) {
        // Whoever added the comments may have put the codes there.
        Some(found) => found || comments(&text).any(may_hold_codes),
        // Bytes that are no text may be compressed, or in another encoding.
        None => std::str::from_utf8(body).is_err() || text.contains('\0') || may_hold_codes(&text),
    }
}

/// What the one JSON object in `text` says; `None` if it is none.
fn look(text: &str) -> Option<bool> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    match Look::Envelope.deserialize(&mut reader) {
        Ok(found) => reader.end().is_ok().then_some(found),
        // What is too deep to be read may hold anything.
        Err(error) if error.to_string().starts_with("recursion") => Some(true),
        Err(_) => None,
    }
}

fn comments(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split("<!--").skip(1);
    after.filter_map(|comment| comment.split("-->").next())
}

/// Whether a text of somebody else's names a field `cdk`, holds a word in the form of a code, or is the JSON of a success.
fn may_hold_codes(text: &str) -> bool {
    let mut packed: String = text.split_whitespace().collect();
    packed.make_ascii_lowercase();
    let parts = ["cdk", "\"code\":200", "\"code\":\"200\""];
    parts.iter().any(|part| packed.contains(part)) || holds_a_code(text)
}

/// Whether a word of it has the form of a code, and is no name in one case after the other (`BadRequestException`).
fn holds_a_code(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| redact::looks_like_a_code(word) && !is_name(word))
}

/// Words of at least three letters, each with a capital first.
fn is_name(word: &str) -> bool {
    let bytes = word.as_bytes();
    let letters = bytes.iter().all(u8::is_ascii_alphabetic);
    let tail = bytes.get(1..).unwrap_or_default();
    let parts = tail.split(u8::is_ascii_uppercase);
    letters && parts.map(<[u8]>::len).all(|length| length >= 2)
}

/// Whether a message says the opposite of a refusal: alone, or before a comma or the like.
fn says_success(message: &str) -> bool {
    let says = |text: &str| {
        let text = text.trim_matches(|letter: char| !letter.is_alphanumeric());
        ["ok", "success", "succeeded", "successful", "successfully"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
    };
    let first = message
        .split([',', ';', ':', '.', '!'])
        .find(|part| !part.trim().is_empty());
    // "Success", and no word that makes it "not": the vendor has Chinese pages too.
    let in_chinese = message.contains("成功") && !message.contains('不') && !message.contains('未');
    first.is_some_and(says) || in_chinese
}

/// Whether the field of this name identifies a request, or says when it came. Not `prepaid`.
fn is_identifier(name: &str, lower: &str) -> bool {
    const NAMES: [&str; 9] = [
        "id",
        "requestid",
        "traceid",
        "trace",
        "sign",
        "signature",
        "nonce",
        "time",
        "timestamp",
    ];
    let ends = ["_id", "-id", "Id", "_ID", "-ID"];
    NAMES.contains(&lower) || ends.iter().any(|end| name.ends_with(end))
}

/// Which values count, by where they stand.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Look {
    /// The fields of the envelope.
    Envelope,
    /// Any text, and in an array any number: `data` of a refusal is empty on the vendor's pages.
    Data,
    /// Any text and any number: a field with `cdk` in its name.
    Code,
    /// A field that nobody documented: a text in the form of a code, or JSON in a text.
    Unknown,
    /// An array in such a field: any text.
    UnknownArray,
    /// A text that says success, or holds a code.
    Message,
    /// A sign of success: true, 200, or a text that says so.
    Sign,
    /// What identifies a request may look like a code.
    Identifier,
}

impl Look {
    fn field(self, name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        match (self, lower.as_str()) {
            // First: a field of this name counts wherever it is.
            _ if lower.contains("cdk") => Self::Code,
            (Self::Data | Self::Code | Self::UnknownArray, _) => self,
            (_, "data") => Self::Data,
            (_, "code" | "success" | "succeeded" | "ok" | "status") => Self::Sign,
            (_, "msg" | "message" | "error" | "detail" | "description") => Self::Message,
            _ if is_identifier(name, &lower) => Self::Identifier,
            _ => Self::Unknown,
        }
    }

    fn element(self) -> Self {
        match self {
            Self::Data => Self::Code,
            Self::Unknown | Self::Identifier => Self::UnknownArray,
            other => other,
        }
    }

    /// Whether a number counts. One of twelve digits is as long as a code.
    fn counts(self, number: f64) -> bool {
        match self {
            Self::Code => true,
            Self::Sign => number == 200.0,
            Self::Data | Self::Unknown | Self::UnknownArray => number.abs() >= 1e11,
            _ => false,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Look {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// serde_json's name for a number, if some crate of the program has switched `arbitrary_precision` on.
const NUMBER: &str = "$serde_json::private::Number";

#[allow(
    clippy::cast_precision_loss,
    reason = "how long a number is, not what it is"
)]
impl<'de> Visitor<'de> for Look {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<bool, E> {
        Ok(self == Self::Sign && value)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<bool, E> {
        Ok(self.counts(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<bool, E> {
        Ok(self.counts(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<bool, E> {
        Ok(self.counts(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        Ok(match self {
            Self::Data | Self::Code | Self::UnknownArray => !text.trim().is_empty(),
            Self::Unknown => {
                let is_json = text.contains(['{', '[']);
                holds_a_code(text) || is_json && may_hold_codes(text)
            }
            Self::Message => {
                let is_json = text.contains(['{', '[']);
                says_success(text) || holds_a_code(text) || is_json && may_hold_codes(text)
            }
            Self::Sign => text.trim() == "200" || says_success(text) || holds_a_code(text),
            Self::Envelope | Self::Identifier => false,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<bool, A::Error> {
        let mut found = false;
        // To the end, even once something is found: serde_json takes a rest for an error.
        while let Some(carries) = values.next_element_seed(self.element())? {
            found |= carries;
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(name) = fields.next_key::<String>()? {
            if name == NUMBER {
                let digits: String = fields.next_value()?;
                found |= digits.parse().is_ok_and(|number| self.counts(number));
                continue;
            }
            found |= fields.next_value_seed(self.field(&name))?;
            found |= holds_a_code(&name);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
