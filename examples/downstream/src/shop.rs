//! From an order to its vouchers.

use std::error::Error;
use std::fmt;

use thordata_cdk::{CdkCode, Client, NewCdks, Traffic};
use thordata_cdk_issuer::store::Store;
use thordata_cdk_issuer::{IssueError, Issuer, IssuerOptions, Order, OrderState};

/// Cheap to clone. Any number of replicas may share a store.
#[derive(Clone)]
pub struct Shop {
    issuer: Issuer,
}

/// Why a customer gets no vouchers now.
#[derive(Debug)]
pub enum ShopError {
    /// The same order number, with another order behind it.
    Conflict,
    /// Nobody has placed this order.
    NoSuchOrder,
    /// The codes have been handed out before.
    HandedOut,
    /// Nothing was bought. The same order may be placed again.
    Later,
    /// Whether something was bought is not known yet. Placing the same order again finds out.
    Unsettled,
    /// A person has to decide: `Issuer::adopt`, `Issuer::retry` or `Issuer::abandon`.
    Held,
}

impl Shop {
    pub async fn open(
        client: Client,
        store: impl Store,
        options: IssuerOptions,
    ) -> Result<Self, IssueError> {
        let issuer = Issuer::new(client, store, options).await?;
        Ok(Self { issuer })
    }

    /// Buys what the order still lacks. Placing it again buys nothing twice. It may be dropped at any time: the next
    /// one finds out what became of it.
    pub async fn sell(&self, id: &str, traffic: i64, count: u32) -> Result<Order, ShopError> {
        let traffic = Traffic(traffic);
        let order = self.issuer.issue(id, NewCdks { traffic, count }).await?;
        match order.state() {
            OrderState::Complete | OrderState::Acknowledged => Ok(order),
            OrderState::Incomplete { reason, .. } => {
                tracing::warn!(order = id, reason, "nothing was bought");
                Err(ShopError::Later)
            }
            OrderState::InProgress | OrderState::InDoubt => Err(ShopError::Unsettled),
            state => {
                tracing::warn!(order = id, %state, "a person has to decide");
                Err(ShopError::Held)
            }
        }
    }

    /// Hands the codes out, once. That is written down first: a customer whose answer is lost has to ask a person,
    /// which is better than codes that are handed out to two.
    pub async fn hand_out(&self, id: &str) -> Result<Vec<CdkCode>, ShopError> {
        let order = self.issuer.order(id).await?;
        match order.state() {
            // Only one call, of all replicas, gets `true` for an order: so the codes go out once.
            OrderState::Complete if self.issuer.acknowledge(id).await? => {
                Ok(order.codes().to_vec())
            }
            OrderState::Complete | OrderState::Acknowledged => Err(ShopError::HandedOut),
            _ => Err(ShopError::Unsettled),
        }
    }
}

impl From<IssueError> for ShopError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::KeyConflict { .. } => Self::Conflict,
            IssueError::UnknownKey { .. } => Self::NoSuchOrder,
            // Whatever else fails does not prove that nothing was bought.
            error => {
                tracing::warn!(%error, "not settled");
                Self::Unsettled
            }
        }
    }
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "this order number belongs to another order",
            Self::NoSuchOrder => "there is no such order",
            Self::HandedOut => {
                "the codes have been handed out; ask the shop if they did not arrive"
            }
            Self::Later => "out of stock; nothing was charged, try the same order later",
            Self::Unsettled => "not known yet; place the same order again later",
            Self::Held => "the shop has to look at this order; it will be settled",
        })
    }
}

impl Error for ShopError {}
