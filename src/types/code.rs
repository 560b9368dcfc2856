//! The code of one voucher.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::error::InvalidInput;
use crate::redact;

/// The code of one voucher. Whoever holds it can redeem it: treat it like a password.
///
/// Any run of 1 to 256 visible ASCII characters, compared case-sensitively. The vendor's examples are
/// 16 letters and digits, but its pages promise no form. One of up to 22 characters takes no memory
/// beyond the value itself.
///
/// `Display` and [`as_str`](Self::as_str) give the code whole; `Debug` masks it.
///
/// Guide: [who must not see a code](crate::guide::security).
///
/// ```
/// let code: thordata_cdk::CdkCode = "nozzapqOWJOCcWIX".parse()?;
/// assert_eq!(code.to_string(), "nozzapqOWJOCcWIX");
/// assert_eq!(format!("{code:?}"), "CdkCode(no…IX)");
/// # Ok::<(), thordata_cdk::InvalidInput>(())
/// ```
#[derive(Clone)]
pub struct CdkCode(Repr);

/// How long a code may be to be kept in the value: 24 bytes hold it, its length and which of the two it is.
const INLINE: usize = 22;

/// A list of a million vouchers would else be a million allocations.
#[derive(Clone)]
enum Repr {
    Inline { len: u8, bytes: [u8; INLINE] },
    Boxed(Box<str>),
}

/// The length of the vendor's examples.
const TYPICAL_LEN: usize = 16;

impl CdkCode {
    const MAX_LEN: usize = 256;

    /// Takes a code as it was handed out, without trimming it.
    ///
    /// # Errors
    /// [`InvalidInput`] if it is empty, longer than 256 characters, or holds anything but visible
    /// ASCII characters, such as a space or a line break that was copied along.
    pub fn new(code: impl AsRef<str>) -> Result<Self, InvalidInput> {
        Self::checked(code.as_ref()).map_err(|wrong| InvalidInput::new("cdk", wrong))
    }

    pub(crate) fn checked(code: &str) -> Result<Self, &'static str> {
        if code.is_empty() {
            Err("the voucher code is empty")
        } else if code.len() > Self::MAX_LEN {
            Err("the voucher code is longer than 256 characters")
        } else if !code.bytes().all(|byte| byte.is_ascii_graphic()) {
            Err(
                "the voucher code holds a space, a line break or another character that is not \
                 visible ASCII",
            )
        } else {
            Ok(Self::keep(code))
        }
    }

    fn keep(code: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..code.len()), u8::try_from(code.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(code.as_bytes());
                Self(Repr::Inline { len, bytes })
            }
            _ => Self(Repr::Boxed(code.into())),
        }
    }

    /// The code at the beginning of `text` up to a quotation mark, and what follows that; `None` if there
    /// is none, or if it is one that JSON writes with a backslash.
    pub(crate) fn parse_quoted(text: &[u8]) -> Option<(Self, &[u8])> {
        let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"' && *byte != b'\\';
        if let Some((code, rest)) = text.split_first_chunk::<TYPICAL_LEN>()
            && let Some(rest) = rest.strip_prefix(b"\"")
            // Without a way out in between, so that all bytes are looked at together.
            && code.iter().fold(true, |all, byte| all & plain(byte))
        {
            let mut bytes = [0; INLINE];
            bytes
                .first_chunk_mut::<TYPICAL_LEN>()?
                .copy_from_slice(code);
            let len = const { TYPICAL_LEN as u8 };
            return Some((Self(Repr::Inline { len, bytes }), rest));
        }
        let end = text.iter().position(|byte| !plain(byte))?;
        let (code, rest) = text.split_at_checked(end)?;
        let code = Self::checked(std::str::from_utf8(code).ok()?).ok()?;
        Some((code, rest.strip_prefix(b"\"")?))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Repr::Boxed(code) => code.as_bytes(),
        }
    }

    /// A number of its first and last eight characters; of a shorter code 0.
    pub(crate) fn ends(&self) -> u64 {
        let text = self.as_bytes();
        match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => {
                // Rotated: of a code of eight characters both are the same, and would come to 0.
                u64::from_le_bytes(*first).rotate_left(17) ^ u64::from_le_bytes(*last)
            }
            _ => 0,
        }
    }

    /// The whole code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // ASCII, as everything that was checked.
            Repr::Inline { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Repr::Boxed(code) => code,
        }
    }

    /// The form that is safe to log and to show: the first and last two characters of a code of at
    /// least 12, none of a shorter one.
    ///
    /// ```
    /// # let code: thordata_cdk::CdkCode = "nozzapqOWJOCcWIX".parse().unwrap();
    /// assert_eq!(code.masked(), "no…IX");
    /// ```
    #[must_use]
    pub fn masked(&self) -> String {
        redact::mask(self.as_str())
    }
}

impl PartialEq for CdkCode {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for CdkCode {}

impl PartialOrd for CdkCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CdkCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for CdkCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As a `str` is hashed, which `Borrow<str>` promises.
        self.as_str().hash(state);
    }
}

impl fmt::Display for CdkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CdkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CdkCode({})", self.masked())
    }
}

impl FromStr for CdkCode {
    type Err = InvalidInput;

    fn from_str(code: &str) -> Result<Self, InvalidInput> {
        Self::new(code)
    }
}

impl TryFrom<String> for CdkCode {
    type Error = InvalidInput;

    fn try_from(code: String) -> Result<Self, InvalidInput> {
        Self::new(code)
    }
}

impl AsRef<str> for CdkCode {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Serialize for CdkCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CdkCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Code;

        impl Visitor<'_> for Code {
            type Value = CdkCode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a voucher code")
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<CdkCode, E> {
                // Not the error of an argument, which says that nothing was sent.
                CdkCode::checked(code).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Code)
    }
}

/// An array of codes, or one string for an array of one code: the page "Create CDK" types it as string and shows
/// an array.
pub(crate) fn one_code_or_many<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<CdkCode>, D::Error> {
    struct Codes;

    impl<'de> Visitor<'de> for Codes {
        type Value = Vec<CdkCode>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array of voucher codes, or one")
        }

        fn visit_str<E: de::Error>(self, code: &str) -> Result<Vec<CdkCode>, E> {
            CdkCode::checked(code)
                .map(|code| vec![code])
                .map_err(E::custom)
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, codes: A) -> Result<Vec<CdkCode>, A::Error> {
            Vec::deserialize(de::value::SeqAccessDeserializer::new(codes))
        }
    }

    deserializer.deserialize_any(Codes)
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for CdkCode {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CdkCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "minLength": 1, "maxLength": 256, "pattern": r"^[\x21-\x7E]+$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_up_to_22_characters_is_kept_in_24_bytes() {
        assert_eq!(size_of::<CdkCode>(), 24);
        for length in [1, 12, 15, 16, 17, 21, 22, 23, 255, 256] {
            let text = "aZ9~".repeat(64);
            let text = &text[..length];
            let code = CdkCode::new(text).unwrap();
            assert_eq!(matches!(code.0, Repr::Inline { .. }), length <= 22);
            assert_eq!(code.as_str(), text);
            assert_eq!(code.clone(), code);
            let quoted = format!("{text}\",");
            let (read, rest) = CdkCode::parse_quoted(quoted.as_bytes()).unwrap();
            assert_eq!((read, rest), (code, b",".as_slice()));
        }
    }

    #[test]
    fn codes_are_ordered_and_hashed_as_text_however_long() {
        let mut texts: Vec<String> = (1..40).map(|length| "b".repeat(length)).collect();
        texts.extend(["a".repeat(30), "c".into(), "B".repeat(23)]);
        let mut codes: Vec<CdkCode> = texts.iter().map(|text| text.parse().unwrap()).collect();
        texts.sort();
        codes.sort();
        assert!(
            texts
                .iter()
                .zip(&codes)
                .all(|(text, code)| text == code.as_str())
        );
        let hash = |value: &dyn Fn(&mut std::hash::DefaultHasher)| {
            let mut state = std::hash::DefaultHasher::new();
            value(&mut state);
            state.finish()
        };
        for code in &codes {
            let text = hash(&|state| code.as_str().hash(state));
            assert_eq!(hash(&|state| code.hash(state)), text);
        }
    }
}
