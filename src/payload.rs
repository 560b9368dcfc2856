//! The payloads of replies as the calls read them, and which voucher each is about.

use std::fmt;

use serde::Deserialize;
use serde::de::{
    self, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};

use crate::envelope::Ignored;
use crate::raw::promised::{Cdk, CdkDetails};
use crate::raw::types::CreatedCdks;
use crate::redact;
use crate::types::{CdkCode, CdkStatus, Object};

/// The payload of a reply.
pub(crate) trait Payload: DeserializeOwned {
    /// Why it cannot be the answer to a request about this voucher. `None` also if it names no voucher.
    fn mismatch(&self, _asked: &CdkCode) -> Option<&'static str> {
        None
    }
}

/// A reply that is not about the voucher that the request named.
fn another(named: &[u8], asked: &CdkCode) -> Option<&'static str> {
    const ANOTHER: &str = "it is about another voucher than the one that was asked for";
    (named != asked.as_bytes()).then_some(ANOTHER)
}

impl Payload for () {}
impl Payload for Ignored {}
impl Payload for Vec<Cdk> {}
impl Payload for CreatedCdks {}

impl Payload for CdkDetails {
    fn mismatch(&self, asked: &CdkCode) -> Option<&'static str> {
        another(self.cdk.as_bytes(), asked)
    }
}

/// All that a revocation in doubt needs to know of its voucher.
#[derive(Debug)]
pub(crate) struct Standing {
    cdk: CdkCode,
    pub(crate) status: CdkStatus,
}

impl<'de> Deserialize<'de> for Standing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            cdk: CdkCode,
            status: CdkStatus,
        }
        let Fields { cdk, status } = Fields::deserialize(Object(deserializer))?;
        Ok(Self { cdk, status })
    }
}

impl Payload for Standing {
    fn mismatch(&self, asked: &CdkCode) -> Option<&'static str> {
        another(self.cdk.as_bytes(), asked)
    }
}

/// The `data` of a revocation: empty on the vendor's page, and nothing of interest but what it says of a voucher: a text,
/// or what the fields `cdk` and `status` of an object hold, alone or in arrays.
#[derive(Debug)]
pub(crate) struct Revocation {
    code: Option<String>,
    /// It names more than one voucher.
    several: bool,
    /// It gives a status, and that is not "revoked".
    not_revoked: bool,
}

const NOTHING: Revocation = Revocation {
    code: None,
    several: false,
    not_revoked: false,
};

impl Revocation {
    fn merge(&mut self, other: Self) {
        self.several |= other.several;
        self.not_revoked |= other.not_revoked;
        match (&self.code, other.code) {
            (Some(code), Some(another)) => self.several |= *code != another,
            (None, another) => self.code = another,
            (Some(_), None) => {}
        }
    }
}

impl Payload for Revocation {
    fn mismatch(&self, asked: &CdkCode) -> Option<&'static str> {
        match &self.code {
            // No code is empty, so this is always another one.
            _ if self.several => another(&[], asked),
            _ if self.not_revoked => Some("it says that the voucher is not revoked"),
            Some(code) => another(code.as_bytes(), asked),
            None => None,
        }
    }
}

impl<'de> Deserialize<'de> for Revocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Revocation;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Revocation, E> {
        Ok(NOTHING)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Revocation, E> {
        Ok(NOTHING)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Revocation, E> {
        Ok(NOTHING)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Revocation, E> {
        Ok(NOTHING)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Revocation, E> {
        // Any other text may be a message.
        let code = redact::looks_like_a_code(text).then(|| text.to_owned());
        Ok(Revocation { code, ..NOTHING })
    }

    fn visit_unit<E: de::Error>(self) -> Result<Revocation, E> {
        Ok(NOTHING)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Revocation, A::Error> {
        let mut found = NOTHING;
        while let Some(value) = values.next_element()? {
            found.merge(value);
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Revocation, A::Error> {
        let mut found = NOTHING;
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "cdk" => found.merge(fields.next_value::<Named>()?.0),
                "status" => found.not_revoked |= fields.next_value::<MaybeStatus>()?.not_revoked(),
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// The value of a field `cdk`: any text in it is a code.
struct Named(Revocation);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut found = NOTHING;
        let value = serde_json::Value::deserialize(deserializer)?;
        let values = value
            .as_array()
            .map_or(std::slice::from_ref(&value), Vec::as_slice);
        for code in values.iter().filter_map(serde_json::Value::as_str) {
            let code = (!code.trim().is_empty()).then(|| code.to_owned());
            found.merge(Revocation { code, ..NOTHING });
        }
        Ok(Self(found))
    }
}

/// A status, as a number or a text; any other value is none.
struct MaybeStatus(serde_json::Value);

impl MaybeStatus {
    fn not_revoked(&self) -> bool {
        let text = self.0.as_str().and_then(|text| text.trim().parse().ok());
        let number: Option<i64> = self.0.as_i64().or(text);
        number.is_some_and(|number| CdkStatus::from(number) != CdkStatus::Revoked)
    }
}

impl<'de> Deserialize<'de> for MaybeStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Self)
    }
}

/// The codes of a purchase. One value that is no code does not cost the others: they were paid for.
#[derive(Debug)]
pub(crate) struct PaidCodes {
    pub(crate) codes: Vec<CdkCode>,
    pub(crate) unreadable: u64,
}

impl Payload for PaidCodes {}

impl<'de> Deserialize<'de> for PaidCodes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            cdk: OneOrMany,
        }
        let OneOrMany(paid) = Fields::deserialize(Object(deserializer))?.cdk;
        Ok(paid)
    }
}

/// An array of codes, or one string for an array of one code: the page "Create CDK" types it as string and shows
/// an array.
struct OneOrMany(PaidCodes);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Codes;

        impl<'de> Visitor<'de> for Codes {
            type Value = PaidCodes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of voucher codes, or one")
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<PaidCodes, E> {
                let code = CdkCode::checked(code).map_err(E::custom)?;
                Ok(PaidCodes {
                    codes: vec![code],
                    unreadable: 0,
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<PaidCodes, A::Error> {
                // The hint need not be true, so it does not decide about memory.
                let mut codes = Vec::with_capacity(values.size_hint().unwrap_or(16).min(1024));
                let (mut unreadable, mut first) = (0_u64, None);
                while let Some(MaybeCode(code)) = values.next_element()? {
                    match code {
                        Ok(code) => codes.push(code),
                        Err(why) => {
                            unreadable = unreadable.saturating_add(1);
                            first.get_or_insert(why);
                        }
                    }
                }
                match first {
                    // Without any code it is a reply that cannot be read, and no purchase of another number.
                    Some(why) if codes.is_empty() => Err(de::Error::custom(why)),
                    _ => Ok(PaidCodes { codes, unreadable }),
                }
            }
        }

        deserializer.deserialize_any(Codes).map(Self)
    }
}

/// A code, or why a value is none.
struct MaybeCode(Result<CdkCode, String>);

impl<'de> Deserialize<'de> for MaybeCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Code;

        impl Code {
            fn other(self, kind: Unexpected<'_>) -> MaybeCode {
                MaybeCode(Err(format!(
                    "invalid type: {kind}, expected a voucher code"
                )))
            }
        }

        impl<'de> Visitor<'de> for Code {
            type Value = MaybeCode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a voucher code")
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<MaybeCode, E> {
                Ok(MaybeCode(CdkCode::checked(code).map_err(str::to_owned)))
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<MaybeCode, E> {
                Ok(self.other(Unexpected::Other("boolean")))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<MaybeCode, E> {
                Ok(self.other(Unexpected::Other("integer")))
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<MaybeCode, E> {
                Ok(self.other(Unexpected::Other("integer")))
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<MaybeCode, E> {
                Ok(self.other(Unexpected::Other("number")))
            }

            fn visit_unit<E: de::Error>(self) -> Result<MaybeCode, E> {
                Ok(self.other(Unexpected::Other("null")))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<MaybeCode, A::Error> {
                while values.next_element::<IgnoredAny>()?.is_some() {}
                Ok(self.other(Unexpected::Seq))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<MaybeCode, A::Error> {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(self.other(Unexpected::Map))
            }
        }

        deserializer.deserialize_any(Code)
    }
}
