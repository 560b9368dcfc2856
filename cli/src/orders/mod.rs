//! Orders: bought, resumed and settled over the issuer.

pub(crate) mod book;
pub(crate) mod buy;
pub(crate) mod deliver;
pub(crate) mod meta;
pub(crate) mod options;

use thordata_cdk_issuer::OrderState;

/// A state as a table shows it. Whoever has the codes of an order calls it delivered.
pub(crate) fn in_words(state: &OrderState) -> String {
    match state {
        OrderState::Acknowledged => "delivered".to_owned(),
        other => other.to_string(),
    }
}
