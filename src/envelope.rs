//! `{code, data, msg}`: the form of every reply.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::tolerate;

/// The payload code of every success.
pub(crate) const SUCCESS: i64 = 200;

/// A reply of the service, as [`raw`](crate::raw) returns it: `code`, `data` and a message. The calls of
/// [`Client`](crate::Client) open it for you.
///
/// `code` counts, not the HTTP status: a failure mostly arrives as HTTP 200. `data` is decoded only on
/// success, since on a failure it may be `{}`, `[]`, `null` or anything else. A reply without a `code`
/// is a success if its `data` can be read, as the vendor's SDK specification says.
///
/// ```
/// use thordata_cdk::{CdkDetails, Envelope};
///
/// let reply: Envelope<CdkDetails> = serde_json::from_str(r#"{"code":10013,"data":{},"msg":"Sign error"}"#)?;
/// assert!(!reply.is_success());
/// assert_eq!((reply.code(), reply.message()), (Some(10013), Some("Sign error")));
/// assert_eq!(reply.data(), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Guide: [which code counts](crate::guide::decisions), and [operations of your own](crate::guide::regenerate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<T> {
    code: Option<i64>,
    message: Option<String>,
    data: Option<T>,
}

impl<T> Envelope<T> {
    pub(crate) fn from_parts(code: Option<i64>, message: Option<String>, data: Option<T>) -> Self {
        Self {
            code,
            message,
            data,
        }
    }

    /// The payload code: 200 for a success. `None` if the reply carried none.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.code
    }

    /// The vendor's message, from the first of `msg`, `message`, `error`, `detail` and `description`
    /// that is a string and not empty.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The payload of a success. `None` on a failure, and if it was `null` or left out.
    #[must_use]
    pub fn data(&self) -> Option<&T> {
        self.data.as_ref()
    }

    /// Like [`data`](Self::data), but consumes the envelope.
    #[must_use]
    pub fn into_data(self) -> Option<T> {
        self.data
    }

    /// Whether the reply is a success: `code` is 200, or there is no `code` and `data` can be read.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self.code {
            Some(code) => code == SUCCESS,
            None => self.data.is_some(),
        }
    }
}

#[cfg(feature = "httpmock")]
impl<T> Envelope<T> {
    /// A success, for a mock to answer with.
    #[must_use]
    pub fn success(data: T) -> Self {
        Self {
            code: Some(SUCCESS),
            message: None,
            data: Some(data),
        }
    }

    /// A failure, for a mock to answer with.
    #[must_use]
    pub fn failure(code: i64, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            message: Some(message.into()),
            data: None,
        }
    }
}

#[cfg(feature = "httpmock")]
impl<T: serde::Serialize> serde::Serialize for Envelope<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut envelope = serializer.serialize_struct("Envelope", 3)?;
        envelope.serialize_field("code", &self.code)?;
        envelope.serialize_field("data", &self.data)?;
        envelope.serialize_field("msg", self.message.as_deref().unwrap_or_default())?;
        envelope.end()
    }
}

/// A payload of any form that nobody needs: the `data` of a revocation.
///
/// ```
/// use thordata_cdk::{Envelope, Ignored};
///
/// let reply: Envelope<Ignored> = serde_json::from_str(r#"{"code":200,"data":[],"msg":"ok"}"#)?;
/// assert!(reply.is_success());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Guide: [what `data` may hold](crate::guide::decisions).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ignored;

impl<'de> Deserialize<'de> for Ignored {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

#[cfg(feature = "httpmock")]
impl serde::Serialize for Ignored {
    /// As the vendor's page has it: `{}`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde::ser::SerializeMap::end(serializer.serialize_map(Some(0))?)
    }
}

/// The names under which a message may stand, the first that is found counts.
const MESSAGE_NAMES: [&str; 5] = ["msg", "message", "error", "detail", "description"];

#[derive(Debug, Clone, Copy)]
pub(crate) enum Field {
    Code,
    Data,
    /// Index into [`MESSAGE_NAMES`].
    Message(usize),
    Other,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Field, E> {
                Ok(match name {
                    "code" => Field::Code,
                    "data" => Field::Data,
                    _ => MESSAGE_NAMES
                        .iter()
                        .position(|message| *message == name)
                        .map_or(Field::Other, Field::Message),
                })
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

/// A `code`: a whole number, a string that holds one, or `null` for none.
pub(crate) struct Code(pub(crate) Option<i64>);

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;

        impl<'de> Visitor<'de> for Whole {
            type Value = Code;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a payload code")
            }

            fn visit_none<E: de::Error>(self) -> Result<Code, E> {
                Ok(Code(None))
            }

            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Code, D::Error> {
                crate::types::payload_code(inner).map(|code| Code(Some(code)))
            }
        }

        deserializer.deserialize_option(Whole)
    }
}

/// A string, or anything else, which then is no message.
pub(crate) struct Text(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Raw first, so that a text which serde refuses, such as half a surrogate pair, costs the message
        // alone.
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let quoted = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
        let plain = quoted.filter(|text| !text.contains('\\'));
        let text = match plain {
            Some(plain) => Some(plain.to_owned()),
            None => serde_json::from_str(raw).ok(),
        };
        Ok(Self(text.filter(|text| !text.trim().is_empty())))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Envelope<T> {
    /// By way of `data` as text, so that what reads a `T` is compiled once and not for each kind of input.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = EnvelopeVisitor::<&RawValue>(PhantomData);
        let raw = deserializer.deserialize_map(visitor)?;
        let read = |data: &'de RawValue| serde_json::from_str(data.get());
        Ok(Self {
            code: raw.code,
            message: raw.message,
            data: raw.data.map(read).transpose().map_err(de::Error::custom)?,
        })
    }
}

/// The envelope in the body of a reply, read in one pass if `code` comes before `data`.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<Envelope<T>, serde_json::Error> {
    let body = text(body);
    // What may stand around a reply is looked for only if there is something.
    parse_text(&body).or_else(|error| match tolerate::cleaned(&body) {
        Some(cleaned) => parse_text(&cleaned),
        None => Err(error),
    })
}

fn parse_text<T: DeserializeOwned>(body: &str) -> Result<Envelope<T>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(body);
    let envelope = reader.deserialize_map(EnvelopeVisitor(PhantomData))?;
    // With a second value after it, which of the two counts would be a guess.
    reader.end()?;
    Ok(envelope)
}

/// A message in an encoding other than UTF-8 must not hide the code, or the vouchers, beside it.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(), // found out faster than by `from_utf8_lossy`
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

struct EnvelopeVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EnvelopeVisitor<T> {
    type Value = Envelope<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope with code, data and msg")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<T>, A::Error> {
        let mut code: Option<Option<i64>> = None;
        let mut message: Option<(usize, String)> = None;
        let mut data: Option<T> = None;
        let mut early: Option<&'de RawValue> = None;
        let mut seen_data = false;
        while let Some(field) = map.next_key()? {
            match field {
                // Which of the two counts would be a guess, and it decides about money.
                Field::Code if code.is_some() => return Err(de::Error::duplicate_field("code")),
                Field::Code => code = Some(map.next_value::<Code>()?.0),
                Field::Data if seen_data => return Err(de::Error::duplicate_field("data")),
                Field::Data => {
                    seen_data = true;
                    match code {
                        Some(Some(SUCCESS)) => data = map.next_value()?,
                        // A failure's `data` may be anything, so it is not read before it is known to be a
                        // success.
                        _ => early = Some(map.next_value()?),
                    }
                }
                Field::Message(rank) => {
                    if let Text(Some(text)) = map.next_value()?
                        // By the vendor's order of the names, wherever they are in the reply.
                        && message.as_ref().is_none_or(|(best, _)| rank < *best)
                    {
                        message = Some((rank, text));
                    }
                }
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let code = code.flatten();
        if let (None | Some(SUCCESS), Some(early)) = (code, early) {
            data = serde_json::from_str(early.get()).map_err(de::Error::custom)?;
        }
        Ok(Envelope {
            code,
            message: message.map(|(_, text)| text),
            data,
        })
    }
}
