//! Request parameters: from query, form or JSON to checked numbers and codes.

use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::ledger::refusal::Refusal;
use crate::ledger::voucher::VoucherStatus;

/// The longest code that the contract admits.
const MAX_CODE_LENGTH: usize = 256;

/// What the contract knows. Everything else is ignored, whatever it holds.
const KNOWN: [&str; 4] = ["flow", "num", "status", "cdk"];

/// The known parameters of one request, in the order in which they came.
#[derive(Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string or a form body.
    pub(crate) fn from_form(text: &[u8]) -> Self {
        let known = |(name, _): &(String, String)| KNOWN.contains(&name.as_str());
        Self(
            form_urlencoded::parse(text)
                .into_owned()
                .filter(known)
                .collect(),
        )
    }

    /// Reads a body by its content type; none at all counts as a form.
    pub(crate) fn from_body(content_type: Option<&str>, body: &[u8]) -> Result<Self, Refusal> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let essence = content_type.unwrap_or("application/x-www-form-urlencoded");
        let essence = essence
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Ok(Self::from_form(body)),
            "application/json" => serde_json::from_slice::<JsonPairs>(body)
                .map(|pairs| Self(pairs.0))
                .map_err(|_| Refusal::Parameter("the JSON body is not an object of plain values")),
            _ => Err(Refusal::WrongContentType),
        }
    }

    /// Adds the parameters of another source. Naming the same value twice is allowed only across
    /// sources, as a client does that sends a GET parameter both ways.
    pub(crate) fn merged(self, other: Self) -> Result<Self, Refusal> {
        let mut all = self;
        for (name, value) in other.0 {
            let known = all.0.iter().find(|(known, _)| *known == name);
            match known {
                Some((_, same)) if *same == value => {}
                Some(_) => return Err(Refusal::Parameter("query and body contradict each other")),
                None => all.0.push((name, value)),
            }
        }
        Ok(all)
    }

    /// Whether one source names a parameter twice.
    pub(crate) fn refuse_duplicates(self) -> Result<Self, Refusal> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Refusal::Parameter("a parameter is given twice"));
        }
        Ok(self)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// `flow` and `num` of an order, both at least 1.
    pub(crate) fn order(&self) -> Result<(i64, u32), Refusal> {
        let flow = whole_number(self.get("flow")).ok_or(Refusal::Parameter(
            "flow must be a whole number of at least 1",
        ))?;
        let num = whole_number(self.get("num"))
            // The contract makes `num` an integer of 32 bits with a sign (decision 7).
            .and_then(|num| i32::try_from(num).ok())
            .and_then(|num| u32::try_from(num).ok())
            .ok_or(Refusal::Parameter(
                "num must be a whole number from 1 to 2147483647",
            ))?;
        Ok((flow, num))
    }

    /// The status to filter a list by, if there is one.
    pub(crate) fn status(&self) -> Result<Option<VoucherStatus>, Refusal> {
        match self.get("status") {
            None => Ok(None),
            Some("1") => Ok(Some(VoucherStatus::Unused)),
            Some("2") => Ok(Some(VoucherStatus::Used)),
            Some("3") => Ok(Some(VoucherStatus::Revoked)),
            Some(_) => Err(Refusal::Parameter("status must be 1, 2 or 3")),
        }
    }

    /// The voucher's code: 1 to 256 visible ASCII characters.
    pub(crate) fn code(&self) -> Result<&str, Refusal> {
        match self.get("cdk") {
            Some(code)
                if !code.is_empty()
                    && code.len() <= MAX_CODE_LENGTH
                    && code.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Ok(code)
            }
            _ => Err(Refusal::Parameter(
                "cdk must be 1 to 256 visible ASCII characters",
            )),
        }
    }
}

/// A number of digits alone, from 1 up.
fn whole_number(text: Option<&str>) -> Option<i64> {
    let text = text?;
    // `parse` would take `+3`, too.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse::<i64>().ok().filter(|number| *number >= 1)
}

/// The pairs of a JSON object, with duplicates kept so that they can be refused.
struct JsonPairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for JsonPairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = JsonPairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of plain values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonPairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if !KNOWN.contains(&name.as_str()) {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    let text = match map.next_value::<Value>()? {
                        Value::String(text) => text,
                        // As text, so that JSON and forms go through the same checks.
                        Value::Number(number) => number.to_string(),
                        // Null is as good as absent; whatever needs the value says so.
                        Value::Null => continue,
                        _ => return Err(serde::de::Error::custom("a value is not plain")),
                    };
                    pairs.push((name, text));
                }
                Ok(JsonPairs(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}
