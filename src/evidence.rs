//! What a refusal must not contain to prove that nothing was done.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Which values count.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Look {
    /// Any text: `data` of a refusal is empty on the vendor's pages, so any text in it may be a code.
    AnyText,
    /// Any text and any number: the value of a field `cdk`.
    Code,
    /// Only what a field `cdk` holds: other fields of a reply may hold a trace or a time.
    CdkFields,
}

/// Whether `data`, beside a code that is no success, holds what may be a voucher's code.
pub(crate) fn data_carries_a_code(data: &RawValue) -> bool {
    carries(data, Look::AnyText)
}

/// Whether an undocumented field of the envelope does; `is_cdk` if its name is `cdk`.
pub(crate) fn field_carries_a_code(value: &RawValue, is_cdk: bool) -> bool {
    match is_cdk {
        true => carries(value, Look::Code),
        false => value.get().contains("\"cdk\"") && carries(value, Look::CdkFields),
    }
}

/// Whether a refusal's message says the opposite.
pub(crate) fn says_success(message: &str) -> bool {
    let message = message.trim();
    ["ok", "success"]
        .iter()
        .any(|word| message.eq_ignore_ascii_case(word))
}

fn carries(value: &RawValue, look: Look) -> bool {
    let mut reader = serde_json::Deserializer::from_str(value.get());
    // What cannot be read (too deep) may hold anything.
    look.deserialize(&mut reader).unwrap_or(true)
}

impl<'de> DeserializeSeed<'de> for Look {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// serde_json's name for a number, if some crate of the program has switched `arbitrary_precision` on.
const NUMBER: &str = "$serde_json::private::Number";

impl<'de> Visitor<'de> for Look {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
        Ok(self == Self::Code)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
        Ok(self == Self::Code)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
        Ok(self == Self::Code)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        Ok(self != Self::CdkFields && !text.trim().is_empty())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(carries) = values.next_element_seed(self)? {
            found |= carries;
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(name) = fields.next_key::<String>()? {
            let number = name == NUMBER;
            let look = if name == "cdk" { Self::Code } else { self };
            let carries = fields.next_value_seed(look)?;
            found |= if number { self == Self::Code } else { carries };
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn data_that_holds_a_text_or_a_code_carries_one_and_empty_data_does_not() {
        for (json, carries) in [
            ("{}", false),
            ("[]", false),
            ("null", false),
            (r#""""#, false),
            ("0", false),
            ("7", false),
            ("-7", false),
            ("7.5", false),
            ("true", false),
            (r#"{"cdk":[]}"#, false),
            (r#"{"cdk":null,"left":3}"#, false),
            (r#"[{"cdk":[[]]}]"#, false),
            (r#"{"cdk":[true,false,null," "]}"#, false),
            (r#"{"cdk":5}"#, true),
            (r#"{"cdk":-5}"#, true),
            (r#"{"cdk":5.5}"#, true),
            // How a number arrives where serde_json keeps all its digits.
            (r#"{"cdk":{"$serde_json::private::Number":"5"}}"#, true),
            (r#"{"left":{"$serde_json::private::Number":"5"}}"#, false),
            (r#"{"reason":"no stock","left":0}"#, true),
            (r#"["a",7]"#, true),
            (r#"{"cdk":["a"]}"#, true),
            (r#"["a"]"#, true),
            (r#""a""#, true),
            (r#"{"x":[{"y":{"cdk":"a"}}]}"#, true),
            (r#"{"reason":"no stock"}"#, true),
        ] {
            assert_eq!(data_carries_a_code(&raw(json)), carries, "{json}");
        }
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(data_carries_a_code(&raw(&deep)));
    }

    #[test]
    fn an_undocumented_field_carries_a_code_only_by_the_name_cdk() {
        assert!(field_carries_a_code(&raw(r#"["a"]"#), true));
        assert!(field_carries_a_code(
            &raw(r#"{"result":{"cdk":["a"]}}"#),
            false
        ));
        assert!(!field_carries_a_code(
            &raw(r#"{"trace":"a","of":"cdk"}"#),
            false
        ));
        assert!(!field_carries_a_code(&raw(r#"{"cdk":[]}"#), false));
    }
}
