//! Why a call of an issuer failed.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use thordata_cdk::Error;

use crate::store::StoreError;

/// Why a call of an [`Issuer`](crate::Issuer) failed. No voucher is lost or bought twice by any of them: call again with
/// the same key.
///
/// ```
/// # async fn f(issuer: thordata_cdk_issuer::Issuer, goods: thordata_cdk_issuer::thordata_cdk::NewCdks) {
/// use thordata_cdk_issuer::IssueError;
///
/// match issuer.issue("A-17", goods).await {
///     Ok(order) => println!("{}", order.state()),
///     Err(IssueError::KeyConflict { existing: (traffic, count), .. }) => {
///         println!("the key has another order: {count} of traffic {traffic}");
///     }
///     Err(error) => println!("call again later with the same key: {error}"),
/// }
/// # }
/// ```
///
/// Guide: [what an order comes to](crate#what-an-order-comes-to).
#[derive(Debug)]
#[non_exhaustive]
pub enum IssueError {
    /// The key, the traffic or the count is not valid. Nothing was sent.
    InvalidOrder {
        /// What is wrong with it.
        reason: String,
    },
    /// The key belongs to an order with another traffic or count. Nothing was sent. Use another key, or
    /// ask for the order as it is.
    KeyConflict {
        /// The key.
        key: String,
        /// The traffic and the count of the order that has it.
        existing: (i64, u32),
    },
    /// No order has this key.
    UnknownKey {
        /// The key.
        key: String,
    },
    /// The order is not in a state for this call.
    WrongState {
        /// The key.
        key: String,
        /// What the state is, and what to do instead.
        reason: String,
    },
    /// Another purchase, of this order or of others, did not end within
    /// [`IssuerOptions::wait`](crate::IssuerOptions::wait). Call again later with the same key.
    Busy {
        /// How long the call waited.
        waited: Duration,
    },
    /// The lists that are needed to settle a purchase cannot be read. The purchase stays in doubt, and the
    /// next call goes on with it.
    Client(Error),
    /// The store failed. What it has committed stays, and the next call continues from it.
    Store(StoreError),
    /// The runtime ended while the call was in progress, or a blocking call was made inside an async runtime. The next
    /// call continues.
    Stopped,
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidOrder { reason } => write!(f, "the order is not valid: {reason}"),
            Self::KeyConflict {
                key,
                existing: (traffic, count),
            } => write!(
                f,
                "the key {key:?} belongs to another order, of {count} vouchers with traffic {traffic}; use \
                 another key"
            ),
            Self::UnknownKey { key } => write!(f, "no order has the key {key:?}"),
            Self::WrongState { key, reason } => write!(f, "the order {key:?} {reason}"),
            Self::Busy { waited } => write!(
                f,
                "another purchase did not end within {} s; try again later with the same key",
                waited.as_secs()
            ),
            Self::Client(_) => f.write_str("the service cannot be read"),
            Self::Store(_) => f.write_str("the store of orders failed"),
            Self::Stopped => f.write_str("the runtime ended before the call did, or a blocking call was made inside an async runtime"),
        }
    }
}

impl StdError for IssueError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Client(error) => Some(error),
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for IssueError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for IssueError {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}
