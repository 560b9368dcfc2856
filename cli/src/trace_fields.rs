//! The name of a span, and the fields of a span or an event of the library, by name; `docs/tracing.md` lists them.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use tracing::field::{Field, Visit};

/// The span of one attempt.
pub(crate) const REQUEST: &str = "thordata_cdk.request";

/// Fields with their values as text.
#[derive(Debug, Default)]
pub(crate) struct Fields(HashMap<&'static str, String>);

impl Fields {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn number<N: FromStr>(&self, name: &str) -> Option<N> {
        self.text(name)?.parse().ok()
    }
}

/// What each other method of the trait is given comes here, too.
impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // `Debug` puts quotation marks around a text; `number` could not parse it with them.
        let text = format!("{value:?}");
        self.0
            .insert(field.name(), text.trim_matches('"').to_owned());
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&'static str, &str); N]> for Fields {
    fn from(fields: [(&'static str, &str); N]) -> Self {
        let fields = fields.map(|(name, value)| (name, value.to_owned()));
        Self(HashMap::from(fields))
    }
}
