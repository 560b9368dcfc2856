//! How an issuer works.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::trace;
use super::verdict::IntentId;

/// Who else buys vouchers on the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IssuerKind {
    /// Others may. After a lost answer new vouchers are candidates, never attributed without a person:
    /// two buyers of the same traffic cannot be told apart by a list.
    Shared,
    /// Nobody else does, neither another program nor somebody at the dashboard. After a lost answer new
    /// vouchers that fit are the order's. Ends by itself, for good, when a voucher appears that no order
    /// of this journal explains.
    Exclusive,
}

/// What a purchase has reached. Handed to an [`observer`](IssuerOptions::observer).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The vouchers that exist already are known.
    Baseline,
    /// The intent is on disk. Nothing has been sent yet.
    Intended(IntentId),
    /// The request is about to be sent, for the `attempt`-th time; each earlier one is proven not to
    /// have been carried out.
    Sending {
        /// The order.
        id: IntentId,
        /// Counts from 1.
        attempt: u32,
    },
    /// An answer came, or failed to.
    Answered(IntentId),
    /// The outcome is ambiguous, and the vouchers are about to be listed for the `look`-th time.
    Looking {
        /// The order.
        id: IntentId,
        /// Counts from 1.
        look: u32,
    },
    /// The verdict is on disk.
    Recorded(IntentId),
}

/// Settings of an [`Issuer`](super::Issuer).
#[derive(Clone)]
pub struct IssuerOptions {
    pub(crate) kind: IssuerKind,
    pub(crate) window: Duration,
    pub(crate) first_look: Duration,
    pub(crate) max_count: u32,
    pub(crate) token_replaced: bool,
    pub(crate) observer: Option<Arc<dyn Fn(Step) + Send + Sync>>,
}

impl IssuerOptions {
    /// The default settings for this kind.
    #[must_use]
    pub fn new(kind: IssuerKind) -> Self {
        Self {
            kind,
            window: Duration::from_secs(120),
            first_look: Duration::from_secs(1),
            max_count: 1000,
            token_replaced: false,
            observer: None,
        }
    }

    /// How long after a request with an ambiguous outcome the lists are watched. Default 120 s: the
    /// longest that gateways let a server run, and some for lists that lag behind (an assumption: the
    /// vendor documents neither).
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// The wait before the first look; each further wait is twice the one before, and at most 30 times
    /// this. Default 1 s.
    #[must_use]
    pub fn first_look(mut self, wait: Duration) -> Self {
        self.first_look = wait;
        self
    }

    /// The largest count of one purchase. [`issue`](super::Issuer::issue) refuses more;
    /// [`issue_all`](super::Issuer::issue_all) splits. Default 1,000 (an assumption: the vendor's limit
    /// is not documented, and answers 10012).
    #[must_use]
    pub fn max_count(mut self, count: u32) -> Self {
        self.max_count = count.max(1);
        self
    }

    /// Declares that the account's token was replaced since the journal was last opened, and that the
    /// account is the same. The journal is opened all the same then, and notes the new token. Default
    /// off: a journal tells its account by the token, and must never serve another account.
    #[must_use]
    pub fn token_replaced(mut self, replaced: bool) -> Self {
        self.token_replaced = replaced;
        self
    }

    /// Called at each [`Step`], for progress and for tests. It runs inside the purchase: be quick.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(Step) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    pub(crate) fn notify(&self, step: Step) {
        trace::step(step);
        if let Some(observer) = &self.observer {
            observer(step);
        }
    }

    /// The wait before look number `look`, counted from 1.
    pub(crate) fn wait_before(&self, look: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(look.saturating_sub(1)).min(30);
        self.first_look.saturating_mul(doubled)
    }
}

/// The default settings for this kind.
impl From<IssuerKind> for IssuerOptions {
    fn from(kind: IssuerKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Debug for IssuerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerOptions")
            .field("kind", &self.kind)
            .field("window", &self.window)
            .field("first_look", &self.first_look)
            .field("max_count", &self.max_count)
            .finish_non_exhaustive()
    }
}
