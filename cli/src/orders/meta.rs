//! What the command line keeps with an order, so that `create --resume` goes on as it was begun.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thordata_cdk_issuer::Order;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    /// Where the codes go; standard output if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) out: Option<PathBuf>,
    /// How many vouchers a purchase holds at the most, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chunk: Option<u32>,
    /// Whether the account was declared to be used by this store alone.
    // Absent in the text of another program.
    #[serde(default)]
    pub(crate) exclusive: bool,
}

impl Meta {
    /// That of an order; empty if another program inserted it.
    pub(crate) fn of(order: &Order) -> Self {
        // Another program's meta may be anything; then the defaults hold.
        let meta = order.meta.as_deref();
        meta.and_then(|meta| serde_json::from_str(meta).ok())
            .unwrap_or_default()
    }

    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
