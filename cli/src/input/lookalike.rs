//! What a refused code may be: a listed voucher, or one that it looks like; which listed ones it
//! is easily taken for. Suggested, never acted on.

use std::cell::OnceCell;
use std::collections::HashMap;

use thordata_cdk::{Cdk, CdkCode, Client, Error};

/// The list, fetched when it is first needed.
#[derive(Default)]
pub(crate) struct Listed {
    all: Option<HashMap<CdkCode, Cdk>>,
    /// The codes by what they look like; made when a code is not found for the first time.
    looks: OnceCell<HashMap<Vec<u8>, Vec<CdkCode>>>,
}

/// Where a code is.
pub(crate) enum Place {
    Listed(Cdk),
    /// The service does not know it; these look like it.
    Nowhere(Vec<CdkCode>),
}

impl Listed {
    pub(crate) fn of(all: HashMap<CdkCode, Cdk>) -> Self {
        Self {
            all: Some(all),
            looks: OnceCell::new(),
        }
    }

    pub(crate) async fn find(&mut self, client: &Client, code: &CdkCode) -> Result<Place, Error> {
        if self.all.is_none() {
            let list = client.list(None).await?;
            self.all = Some(list.into_iter().map(|cdk| (cdk.cdk.clone(), cdk)).collect());
        }
        Ok(self.place(code))
    }

    /// Where a code is in the list that is there.
    pub(crate) fn place(&self, code: &CdkCode) -> Place {
        let all = self.all.as_ref();
        if let Some(cdk) = all.and_then(|all| all.get(code)) {
            return Place::Listed(cdk.clone());
        }
        let looks = self.looks.get_or_init(|| {
            let mut looks: HashMap<Vec<u8>, Vec<CdkCode>> = HashMap::new();
            for other in all.into_iter().flat_map(HashMap::keys) {
                looks.entry(folded(other)).or_default().push(other.clone());
            }
            looks
        });
        let mut alike = looks.get(&folded(code)).cloned().unwrap_or_default();
        // A hash map has another order in each run.
        alike.sort();
        Place::Nowhere(alike)
    }
}

/// Whether the service may have meant "no such code": which number it uses is not documented.
pub(crate) fn may_be_unknown(error: &Error) -> bool {
    let refusal = matches!(error, Error::Api(_)) || error.status() == Some(404);
    refusal && !error.is_auth() && !error.is_rate_limited() && !error.is_insufficient_funds()
}

fn folded(code: &CdkCode) -> Vec<u8> {
    let bytes = code.as_str().bytes();
    bytes
        .map(|byte| match byte.to_ascii_lowercase() {
            // The vendor's own pages spell one code with `I` and with `l`.
            b'i' | b'l' | b'|' => b'1',
            b'o' => b'0',
            other => other,
        })
        .collect()
}

/// How the listed code differs, without showing either whole.
pub(crate) fn difference(typed: &CdkCode, listed: &CdkCode) -> String {
    let pairs = typed.as_str().chars().zip(listed.as_str().chars());
    let differing: Vec<(usize, (char, char))> = (1..)
        .zip(pairs)
        .filter(|(_, (typed, listed))| typed != listed)
        .collect();
    match differing.as_slice() {
        few if few.len() <= 2 => few
            .iter()
            .map(|(at, (typed, listed))| format!("character {at} is `{listed}` and not `{typed}`"))
            .collect::<Vec<_>>()
            .join(", "),
        many => format!("{} characters differ", many.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_own_mistake_is_recognised() {
        let (typed, listed) = (
            "nozzapqOWJOCcWIX".parse().unwrap(),
            "nozzapqOWJOCcWlX".parse().unwrap(),
        );
        assert_eq!(folded(&typed), folded(&listed));
        assert_eq!(
            difference(&typed, &listed),
            "character 15 is `l` and not `I`"
        );
        assert_ne!(folded(&typed), folded(&"nozzapqOWJOCcWLY".parse().unwrap()));
        let (letter, digit) = ("ABCoO".parse().unwrap(), "abc00".parse().unwrap());
        assert_eq!(folded(&letter), folded(&digit));
        let swapped = "NOZZAPQowjocCwix".parse().unwrap();
        assert_eq!(folded(&typed), folded(&swapped));
        assert_eq!(difference(&typed, &swapped), "16 characters differ");
    }
}
