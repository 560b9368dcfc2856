//! The settings of an issuer, and what it reports while it works.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thordata_cdk::Error;

/// Who buys vouchers on the account. You choose it with [`IssuerOptions::exclusive`], [`IssuerOptions::shared`]
/// or [`IssuerOptions::as_declared`].
///
/// ```
/// use thordata_cdk_issuer::{AccountUse, IssuerOptions};
///
/// fn options(account_use: AccountUse) -> IssuerOptions {
///     match account_use {
///         AccountUse::Shared => IssuerOptions::shared(),
///         AccountUse::Exclusive => IssuerOptions::exclusive(),
///         AccountUse::AsDeclared => IssuerOptions::as_declared(),
///     }
/// }
/// ```
///
/// Guide: [shared and exclusive](crate#how-it-works).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountUse {
    /// Others may buy too, such as somebody at the dashboard. After a lost answer new vouchers are only candidates, and
    /// a person gives them to an order: two buyers of the same traffic look the same in a list.
    Shared,
    /// Only processes with this store buy. After a lost answer, new vouchers that fit belong to the order. It ends
    /// by itself when a voucher appears that no order explains; see
    /// [`Issuer::exclusive`](crate::Issuer::exclusive).
    Exclusive,
    /// What the store says: exclusive if an earlier issuer with this store was, and that has not ended. This issuer
    /// declares nothing. For programs that look, such as an audit.
    AsDeclared,
}

/// What an issuer is doing, for a progress display. See [`IssuerOptions::observer`].
///
/// ```
/// use thordata_cdk_issuer::{Event, IssuerOptions};
///
/// let options = IssuerOptions::exclusive().observer(|event| match event {
///     Event::Bought { count } => println!("{count} bought"),
///     Event::Refused(why) => println!("nothing bought: {why:?}"),
///     _ => {}
/// });
/// ```
///
/// Guide: [how it works](crate#how-it-works).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A purchase is written down and about to be sent.
    Sending {
        /// How many vouchers it asks for.
        count: u32,
    },
    /// A purchase is sent again, since it is proven that nothing was bought.
    SendingAgain {
        /// Counts from 2.
        attempt: u32,
    },
    /// A purchase brought vouchers.
    Bought {
        /// How many.
        count: u32,
    },
    /// A purchase bought nothing, which is proven.
    Refused(Refusal),
    /// No usable answer came, and the vouchers are about to be listed.
    Looking {
        /// Counts from 1.
        look: u32,
    },
}

/// Why a purchase bought nothing. From [`Event::Refused`].
///
/// ```
/// use thordata_cdk_issuer::Refusal;
///
/// fn may_pass_later(why: Refusal) -> bool {
///     matches!(why, Refusal::TooFrequent | Refusal::NotSent)
/// }
/// ```
///
/// Guide: [what an order comes to](crate#what-an-order-comes-to).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The token or the key is not accepted.
    Credentials,
    /// The wallet cannot pay for it.
    Funds,
    /// Too many requests. A later one may succeed.
    TooFrequent,
    /// The request was not sent. A later one may succeed.
    NotSent,
    /// More vouchers than one purchase may have. A smaller one may succeed.
    TooMany,
    /// Anything else.
    Other,
}

impl Refusal {
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            _ if error.is_auth() => Self::Credentials,
            _ if error.is_insufficient_funds() => Self::Funds,
            _ if error.is_rate_limited() => Self::TooFrequent,
            _ if error.is_batch_too_large() => Self::TooMany,
            // Only what proves that nothing was bought comes here, so no connection took the request.
            Error::Transport(_) => Self::NotSent,
            _ => Self::Other,
        }
    }
}

/// Settings of an [`Issuer`](crate::Issuer).
///
/// ```
/// use std::time::Duration;
/// use thordata_cdk_issuer::IssuerOptions;
///
/// let options = IssuerOptions::shared().in_flight(4).wait(Duration::from_secs(60));
/// ```
///
/// Guide: [shared and exclusive](crate#how-it-works), and [what in_flight and the window mean](crate::guide::gate).
#[derive(Clone)]
#[must_use]
pub struct IssuerOptions {
    pub(crate) account_use: AccountUse,
    pub(crate) window: Duration,
    pub(crate) first_look: Duration,
    pub(crate) max_count: u32,
    pub(crate) in_flight: u32,
    pub(crate) wait: Duration,
    pub(crate) send_within: Duration,
    pub(crate) token_replaced: bool,
    pub(crate) adaptive_rate_limit: bool,
    pub(crate) observer: Option<Arc<dyn Fn(Event) + Send + Sync>>,
}

impl IssuerOptions {
    /// Only processes with this store buy on the account.
    pub fn exclusive() -> Self {
        Self::new(AccountUse::Exclusive)
    }

    /// Others may buy on the account too.
    pub fn shared() -> Self {
        Self::new(AccountUse::Shared)
    }

    /// As an earlier issuer with this store declared it.
    pub fn as_declared() -> Self {
        Self::new(AccountUse::AsDeclared)
    }

    fn new(account_use: AccountUse) -> Self {
        Self {
            account_use,
            window: Duration::from_secs(120),
            first_look: Duration::from_secs(1),
            max_count: 1000,
            in_flight: 1,
            wait: Duration::from_secs(600),
            send_within: Duration::from_secs(30),
            token_replaced: false,
            adaptive_rate_limit: true,
            observer: None,
        }
    }

    /// How long the lists are watched after an answer was lost. Default 120 s: the longest time that gateways let a
    /// server run, and some more for lists that lag behind (an assumption: the vendor documents neither).
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// The wait before the first look at a list. Each further wait is twice the one before, and at most 30
    /// times this. Default 1 s.
    pub fn first_look(mut self, wait: Duration) -> Self {
        self.first_look = wait;
        self
    }

    /// The largest count of one purchase; a larger order has several. Default 1,000 (an assumption: the vendor does not
    /// document its limit, above which it answers code 10012). 0 counts as 1.
    pub fn max_count(mut self, count: u32) -> Self {
        self.max_count = count.max(1);
        self
    }

    /// How many purchases of all processes with this store are in progress at once. Default 1; 0 counts as 1. More
    /// are faster. When one ends in doubt, those in progress go on to their end, and no other begins until all doubts
    /// are settled.
    pub fn in_flight(mut self, purchases: u32) -> Self {
        self.in_flight = purchases.max(1);
        self
    }

    /// How long a call waits for purchases of others before it fails with
    /// [`IssueError::Busy`](crate::IssueError::Busy). Default 600 s. A purchase that has begun is always waited
    /// for.
    pub fn wait(mut self, limit: Duration) -> Self {
        self.wait = limit;
        self
    }

    /// How long after it was written down a purchase may be sent. Default 30 s. A process that was stopped for longer, or
    /// whose machine slept, does not send it any more. If a process dies, its purchase is in doubt after this time plus the client's
    /// [`create_timeout`](thordata_cdk::ClientBuilder::create_timeout).
    pub fn send_within(mut self, limit: Duration) -> Self {
        self.send_within = limit;
        self
    }

    /// Declares that the account's token was replaced and that the account is the same: the store takes the new
    /// token for the account's. Default off. The vendor's pages say that a token cannot be replaced; this is the
    /// override for the day when that turns out wrong.
    pub fn token_replaced(mut self, replaced: bool) -> Self {
        self.token_replaced = replaced;
        self
    }

    /// Whether purchases of all processes slow down together after the service refuses one as too frequent, and speed up
    /// again with each that it accepts. Default on. Switch it off if you know the limit and keep it by other means.
    pub fn adaptive_rate_limit(mut self, adaptive: bool) -> Self {
        self.adaptive_rate_limit = adaptive;
        self
    }

    /// Called at each [`Event`], for progress. It runs inside the purchase: be quick.
    pub fn observer(mut self, observer: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    pub(crate) fn notify(&self, event: Event) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }

    /// The wait before look number `look`, counted from 1.
    pub(crate) fn wait_before(&self, look: u32) -> Duration {
        let factor = 2_u32.saturating_pow(look.saturating_sub(1)).min(30);
        self.first_look.saturating_mul(factor)
    }
}

impl fmt::Debug for IssuerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerOptions")
            .field("account_use", &self.account_use)
            .field("window", &self.window)
            .field("max_count", &self.max_count)
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}
