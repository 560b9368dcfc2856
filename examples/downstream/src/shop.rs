//! From an order to its vouchers.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thordata_cdk::issue::{IssueError, Issued, Issuer, IssuerOptions, Verdict};
use thordata_cdk::{CdkCode, Client, NewCdks, Traffic};

use crate::ledger::{Ledger, Order, Record};

/// Cheap to clone.
#[derive(Clone)]
pub struct Shop {
    issuer: Issuer,
    ledger: Arc<Mutex<Ledger>>,
    /// One purchase at a time, so that a purchase without a name after a crash can only be the last one's.
    turn: Arc<tokio::sync::Mutex<()>>,
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
    Later { rate_limited: bool },
    /// Whether something was bought is not known yet. Placing the same order again finds out.
    Unsettled,
    /// A person has to decide which vouchers belong to the order (`Issuer::resolve`).
    Held,
    /// The shop's own book cannot be written.
    Ledger(io::Error),
}

impl Shop {
    /// Opens the journal and the book in `folder`, and settles what an earlier process left open.
    pub async fn open(
        client: Client,
        folder: impl AsRef<Path>,
        options: IssuerOptions,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let folder = folder.as_ref();
        let ledger = Ledger::open(&folder.join("orders.jsonl"))?;
        let shop = Self {
            issuer: Issuer::open(client, folder.join("journal"), options).await?,
            ledger: Arc::new(Mutex::new(ledger)),
            turn: Arc::default(),
        };
        // Not fatal: orders are refused until it succeeds, and each new one tries again.
        if let Err(error) = shop.settle().await {
            tracing::warn!(%error, "earlier orders are not settled yet");
        }
        Ok(shop)
    }

    /// Buys what the order still lacks. Placing it again buys nothing twice.
    ///
    /// Goes on when the customer hangs up: what is bought has to get into the book.
    pub async fn sell(&self, id: String, traffic: i64, count: u32) -> Result<Order, ShopError> {
        let shop = self.clone();
        let sale = tokio::spawn(async move { shop.sell_here(id, traffic, count).await });
        sale.await.unwrap_or(Err(ShopError::Unsettled))
    }

    async fn sell_here(&self, id: String, traffic: i64, count: u32) -> Result<Order, ShopError> {
        let _turn = self.turn.lock().await;
        if let Some(order) = self.order(&id)
            && (order.traffic, order.count) != (traffic, count)
        {
            return Err(ShopError::Conflict);
        }
        if self.ledger().buying.is_some() {
            self.settle().await?;
        }
        if self.order(&id).is_none() {
            let order = id.clone();
            self.note(Record::Placed {
                order,
                traffic,
                count,
            })?;
        }
        loop {
            let order = self.order(&id).ok_or(ShopError::NoSuchOrder)?;
            if order.missing() == 0 {
                return Ok(order);
            }
            self.note(Record::Buying { order: id.clone() })?;
            let lacking = NewCdks {
                traffic: Traffic(order.traffic),
                count: order.missing(),
            };
            match self.issuer.issue(lacking).await {
                Ok(issued) => self.take(issued).await?,
                // The request was sent, or an earlier one may have been: the order stays in the book as being
                // bought, and whoever comes next settles it first.
                Err(
                    error @ (IssueError::Unresolved { .. }
                    | IssueError::Stopped
                    | IssueError::Blocked { .. }),
                ) => {
                    tracing::warn!(order = id, %error, "not settled");
                    return Err(ShopError::Unsettled);
                }
                Err(error) => {
                    tracing::warn!(order = id, %error, "nothing was bought");
                    self.note(Record::Nothing { order: id })?;
                    return Err(ShopError::Later {
                        rate_limited: false,
                    });
                }
            }
        }
    }

    /// Hands the codes out, once. It is written down first: a customer whose answer is lost has to ask a
    /// person, which is better than codes that are handed out to two.
    pub async fn hand_out(&self, id: &str) -> Result<Vec<CdkCode>, ShopError> {
        let mut ledger = self.ledger();
        let order = ledger.orders.get(id).ok_or(ShopError::NoSuchOrder)?;
        if order.handed_out {
            return Err(ShopError::HandedOut);
        }
        if order.missing() > 0 {
            return Err(ShopError::Unsettled);
        }
        let codes = order.codes.clone();
        let record = Record::HandedOut {
            order: id.to_owned(),
        };
        ledger.append(record).map_err(ShopError::Ledger)?;
        Ok(codes)
    }

    /// Finds out what became of the purchase that a crash or a bad network left open.
    async fn settle(&self) -> Result<(), ShopError> {
        let recovered = self.issuer.recover().await.map_err(|error| {
            tracing::warn!(%error, "earlier orders cannot be settled yet");
            ShopError::Unsettled
        })?;
        for issued in recovered {
            match self.take(issued).await {
                Ok(()) | Err(ShopError::Later { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // The journal knows nothing of it: the process died before anything was sent.
        let unsent = self.ledger().buying.clone();
        match unsent {
            Some(order) => self.note(Record::Nothing { order }),
            None => Ok(()),
        }
    }

    /// Into the book first, acknowledged second: the other way round a crash between the two would lose
    /// codes. So a purchase may come twice, always under the same number.
    async fn take(&self, issued: Issued) -> Result<(), ShopError> {
        let intent = issued.id.0;
        let known = self.ledger().intents.contains(&intent);
        let buying = self.ledger().buying.clone();
        tracing::info!(intent, order = buying, verdict = %issued.verdict, "purchase");
        let Some(order) = buying.filter(|_| !known) else {
            return self.acknowledge(&issued).await;
        };
        match &issued.verdict {
            Verdict::Unknown { .. } => return Err(ShopError::Held),
            Verdict::Rejected { error } => {
                let rate_limited = error.is_rate_limited();
                self.note(Record::Nothing { order })?;
                return Err(ShopError::Later { rate_limited });
            }
            _ if issued.codes().is_empty() => {
                self.note(Record::Nothing { order })?;
                return Err(ShopError::Later {
                    rate_limited: false,
                });
            }
            _ => {}
        }
        let codes = issued.codes().to_vec();
        self.note(Record::Bought {
            order,
            intent,
            codes,
        })?;
        self.acknowledge(&issued).await
    }

    async fn acknowledge(&self, issued: &Issued) -> Result<(), ShopError> {
        self.issuer.ack(issued.id).await.map_err(|error| {
            tracing::warn!(%error, "not acknowledged; it will come again");
            ShopError::Unsettled
        })
    }

    pub fn order(&self, id: &str) -> Option<Order> {
        self.ledger().orders.get(id).cloned()
    }

    /// A small write; a shop with a database awaits its commit here.
    fn note(&self, record: Record) -> Result<(), ShopError> {
        self.ledger().append(record).map_err(ShopError::Ledger)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "this order number stands for another order",
            Self::NoSuchOrder => "there is no such order",
            Self::HandedOut => {
                "the codes have been handed out; ask the shop if they did not arrive"
            }
            Self::Later { .. } => "out of stock; nothing was charged, try the same order later",
            Self::Unsettled => "not known yet; place the same order again later",
            Self::Held => "the shop has to look at this order; it will be settled",
            Self::Ledger(_) => "the shop cannot take orders now",
        })
    }
}

impl Error for ShopError {}
