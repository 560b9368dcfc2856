//! The payloads of replies as the calls read them, and which voucher each is about.

use std::fmt;

use serde::Deserialize;
use serde::de::{
    self, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};

use crate::envelope::Ignored;
use crate::raw::promised::{Cdk, CdkDetails};
use crate::raw::types::CreatedCdks;
use crate::types::{CdkCode, CdkStatus, Object};

/// The payload of a reply.
pub(crate) trait Payload: DeserializeOwned {
    /// The code of the voucher that it is about; `None` if it names none.
    fn voucher(&self) -> Option<&[u8]> {
        None
    }
}

impl Payload for () {}
impl Payload for Ignored {}
impl Payload for Vec<Cdk> {}
impl Payload for CreatedCdks {}

impl Payload for CdkDetails {
    fn voucher(&self) -> Option<&[u8]> {
        Some(self.cdk.as_bytes())
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
    fn voucher(&self) -> Option<&[u8]> {
        Some(self.cdk.as_bytes())
    }
}

/// The `data` of a revocation: empty on the vendor's page, and nothing of interest but a code, if it holds one.
#[derive(Debug)]
pub(crate) struct Revocation {
    cdk: Option<String>,
}

impl Payload for Revocation {
    fn voucher(&self) -> Option<&[u8]> {
        let code = self.cdk.as_deref().filter(|code| !code.is_empty());
        code.map(str::as_bytes)
    }
}

impl<'de> Deserialize<'de> for Revocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { cdk } = Fields::deserialize(deserializer)?;
        Ok(Self { cdk })
    }
}

/// The `cdk` of any value, where that is an object that has one.
struct Fields {
    cdk: Option<String>,
}

const NO_CODE: Fields = Fields { cdk: None };

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Fields, E> {
        Ok(NO_CODE)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Fields, E> {
        Ok(NO_CODE)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Fields, E> {
        Ok(NO_CODE)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Fields, E> {
        Ok(NO_CODE)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Fields, E> {
        Ok(NO_CODE)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Fields, E> {
        Ok(NO_CODE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Fields, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(NO_CODE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Fields, A::Error> {
        let mut found = NO_CODE;
        while let Some(name) = fields.next_key::<String>()? {
            if name == "cdk" {
                found.cdk = fields.next_value::<MaybeText>()?.0;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A string, or anything else, which then is none.
struct MaybeText(Option<String>);

impl<'de> Deserialize<'de> for MaybeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(value.as_str().map(str::to_owned)))
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
