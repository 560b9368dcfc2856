//! What became of an order, and what a person or a program can do about it.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::journal::JournalError;
use crate::error::Error;
use crate::types::{CdkCode, NewCdks};

/// The number of one order in its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntentId(pub u64);

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One order and what became of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Issued {
    /// For [`Issuer::ack`](super::Issuer::ack) and [`Issuer::resolve`](super::Issuer::resolve).
    pub id: IntentId,
    /// What was ordered.
    pub order: NewCdks,
    /// What became of it.
    pub verdict: Verdict,
    /// Whether the journal holds the verdict. `false` if the disk failed after the answer came: store
    /// the codes now, since a later [`recover`](super::Issuer::recover) finds them only by comparing
    /// lists.
    pub durable: bool,
}

impl Issued {
    /// The codes that belong to this order for certain: those of `Created`, `Recovered` and `Partial`.
    #[must_use]
    pub fn codes(&self) -> &[CdkCode] {
        match &self.verdict {
            Verdict::Created { codes }
            | Verdict::Recovered { codes }
            | Verdict::Partial { codes } => codes,
            Verdict::Rejected { .. } | Verdict::NotObserved { .. } | Verdict::Unknown { .. } => &[],
        }
    }

    /// Whether the order was carried out in full.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::Created { .. } | Verdict::Recovered { .. }
        )
    }
}

/// What became of an order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// The service answered with as many new codes as were ordered.
    Created {
        /// All of them.
        codes: Vec<CdkCode>,
    },
    /// No usable answer came, and two lists in a row showed exactly as many new vouchers of this traffic
    /// as were ordered, and no others. Only with [`IssuerKind::Exclusive`](super::IssuerKind); as
    /// reliable as the declaration that nobody else buys on this account.
    Recovered {
        /// All of them.
        codes: Vec<CdkCode>,
    },
    /// Proven: nothing was bought. The service refused, or the request never left.
    Rejected {
        /// Why.
        error: Error,
    },
    /// No usable answer came, and no new voucher was listed until `window` after the request was sent.
    /// It does not say "not bought": a later commit shows up as an orphan before the next purchase.
    NotObserved {
        /// [`IssuerOptions::window`](super::IssuerOptions::window).
        window: Duration,
    },
    /// At the end of the window the lists showed some of the ordered vouchers, and no others. Only with
    /// [`IssuerKind::Exclusive`](super::IssuerKind).
    Partial {
        /// Those that exist.
        codes: Vec<CdkCode>,
    },
    /// New vouchers exist, and it cannot be told which of them belong to this order. New orders are
    /// refused until a person decides with [`Issuer::resolve`](super::Issuer::resolve).
    Unknown {
        /// Every new voucher that was seen.
        candidates: Vec<CdkCode>,
    },
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created { codes } => write!(f, "created {} vouchers", codes.len()),
            Self::Recovered { codes } => {
                write!(
                    f,
                    "found {} vouchers after the answer was lost",
                    codes.len()
                )
            }
            Self::Rejected { error } => write!(f, "nothing was bought: {error}"),
            Self::NotObserved { window } => write!(
                f,
                "no answer came, and no new voucher was listed within {} s; one that appears later is \
                 reported as an orphan",
                window.as_secs()
            ),
            Self::Partial { codes } => {
                write!(f, "only {} vouchers of the order exist", codes.len())
            }
            Self::Unknown { candidates } => write!(
                f,
                "the answer was lost and {} new vouchers exist that may belong to this order; decide \
                 with `resolve`",
                candidates.len()
            ),
        }
    }
}

/// A person's decision on an order whose verdict is [`Verdict::Unknown`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// These vouchers belong to the order. All other candidates become orphans.
    Adopt(Vec<CdkCode>),
    /// None of them does. All candidates become orphans.
    Discard,
}

/// Why a new order is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Block {
    /// An earlier order's answer has not been looked for yet, or its codes were never handed over. Call
    /// [`Issuer::recover`](super::Issuer::recover).
    NeedsRecovery,
    /// An earlier order has the verdict [`Verdict::Unknown`]. Call
    /// [`Issuer::resolve`](super::Issuer::resolve).
    NeedsDecision,
}

/// Why [`Issuer`](super::Issuer) gives no verdict.
#[derive(Debug)]
#[non_exhaustive]
pub enum IssueError {
    /// A request before the purchase failed, or the order is not valid. This call bought nothing.
    Client(Error),
    /// The journal cannot be used. This call bought nothing.
    Journal(JournalError),
    /// An earlier order comes first. Nothing was sent.
    Blocked {
        /// The earlier order.
        id: IntentId,
        /// What it waits for.
        block: Block,
    },
    /// The service's list lacks vouchers that were there before, so it cannot serve as a baseline. If
    /// they are gone for good, call [`Issuer::forget_missing`](super::Issuer::forget_missing).
    ListIncomplete {
        /// How many are missing.
        missing: usize,
        /// The order that waits for a verdict, if one does.
        id: Option<IntentId>,
    },
    /// The order was sent, no usable answer came, and the lists that would tell what became of it failed
    /// as well. It stays open in the journal: call [`Issuer::recover`](super::Issuer::recover) later.
    Unresolved {
        /// The order.
        id: IntentId,
        /// Why the last look failed.
        source: Box<IssueError>,
    },
    /// No order with this number waits for that.
    NoSuchIntent {
        /// The number that was given.
        id: IntentId,
    },
    /// The task that carries a purchase through was stopped together with its runtime. The journal knows
    /// how far it got: call [`Issuer::recover`](super::Issuer::recover).
    Stopped,
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(_) => {
                f.write_str("this call bought nothing: a request to the service failed")
            }
            Self::Journal(_) => f.write_str("this call bought nothing: the journal cannot be used"),
            Self::Blocked {
                id,
                block: Block::NeedsRecovery,
            } => {
                write!(
                    f,
                    "this call bought nothing: order {id} is not finished; call `recover` first"
                )
            }
            Self::Blocked {
                id,
                block: Block::NeedsDecision,
            } => write!(
                f,
                "this call bought nothing: order {id} has an unknown outcome; decide with `resolve` first"
            ),
            Self::ListIncomplete { missing, .. } => write!(
                f,
                "the service's list lacks {missing} vouchers that were there before; try again later, \
                 or call `forget_missing` if they are gone for good"
            ),
            Self::Unresolved { id, .. } => write!(
                f,
                "order {id} was sent and its outcome is not known yet; call `recover` later"
            ),
            Self::NoSuchIntent { id } => write!(f, "no order {id} waits for this"),
            Self::Stopped => f.write_str("the purchase was stopped half-way; call `recover`"),
        }
    }
}

impl StdError for IssueError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Client(error) => Some(error),
            Self::Journal(error) => Some(error),
            Self::Unresolved { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}

impl From<Error> for IssueError {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl From<JournalError> for IssueError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
