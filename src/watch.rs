//! Reports redemptions, each as soon as a list shows it.

mod cursor;

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::time::{Instant, Sleep};

pub use self::cursor::{Cursor, CursorError};
use crate::client::Client;
use crate::error::Error;
use crate::list::CdkList;
use crate::raw::promised::CdkDetails;
use crate::types::{CdkCode, CdkStatus};

const LONGEST_INTERVAL: Duration = Duration::from_secs(365 * 86_400);

/// What the watch is waiting for.
type Step = Pin<Box<dyn Future<Output = Found> + Send>>;

enum Found {
    Listed(Result<CdkList, Error>),
    LookedUp(Result<CdkDetails, Error>),
}

/// Reports redemptions as they happen: a [`Stream`] that never ends. From [`Client::watch_redemptions`].
///
/// Guide: [what a list shows](crate::guide::decisions).
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::time::Duration;
/// # use thordata_cdk::{Client, Credentials, Cursor};
/// # let sandbox = thordata_cdk_sandbox::Sandbox::start().await?;
/// # let secrets = sandbox.credentials();
/// # let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
/// #     .base_url(sandbox.base_url())
/// #     .build()?;
/// # let code = sandbox.preload(1, 3).remove(0);
/// # sandbox.redeem(&code, "Thor123456")?;
/// let stored = String::new(); // empty the first time, then what was stored below
/// let mut watch = client.watch_redemptions(Duration::from_secs(60), stored.parse()?);
/// let details = watch.next().await?;
/// assert_eq!(details.use_username.as_deref(), Some("Thor123456"));
/// // Handle it, then store the cursor: after a restart nothing is missed.
/// let stored = watch.cursor().to_string();
/// assert_eq!(stored.parse::<Cursor>()?.len(), 1);
/// # Ok(()) }
/// ```
pub struct RedemptionWatch {
    client: Client,
    interval: Duration,
    cursor: Cursor,
    waiting: VecDeque<CdkCode>,
    next_list: Option<Pin<Box<Sleep>>>,
    left_out: u64,
    step: Option<Step>,
}

impl RedemptionWatch {
    /// The next redemption: at once if one is waiting, else after the next list that shows one.
    ///
    /// Each is reported at least once.
    ///
    /// # Errors
    /// The [`Error`] of a list or a look-up that failed after its retries; nothing was changed. The watch goes on: call
    /// again. A voucher whose look-up failed is tried again after the next list.
    ///
    /// # Cancel safety
    /// Cancel safe: the request that it had begun goes on with the next call, and no redemption is lost.
    pub async fn next(&mut self) -> Result<CdkDetails, Error> {
        loop {
            if let Some(found) = poll_fn(|context| self.poll(context, true)).await {
                return found;
            }
        }
    }

    /// The next redemption that is waiting or that a list shows now; `None` if there is none. It does not
    /// wait for the interval: for programs that look once and end, such as those that a timer starts.
    ///
    /// # Errors
    /// Those of [`next`](Self::next).
    ///
    /// # Cancel safety
    /// Cancel safe, as [`next`](Self::next).
    pub async fn next_now(&mut self) -> Result<Option<CdkDetails>, Error> {
        let found = poll_fn(|context| self.poll(context, false)).await;
        found.transpose()
    }

    /// `None` after a list that shows nothing new.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        wait: bool,
    ) -> Poll<Option<Result<CdkDetails, Error>>> {
        loop {
            if self.step.is_none() {
                if self.waiting.is_empty()
                    && wait
                    && let Some(next_list) = &mut self.next_list
                {
                    ready!(next_list.as_mut().poll(context));
                }
                self.step = Some(self.begin());
            }
            let Some(step) = &mut self.step else { continue };
            let found = ready!(step.as_mut().poll(context));
            self.step = None;
            match found {
                Found::Listed(Ok(used)) => {
                    // A row that cannot be read may still have its code and status, which is enough here.
                    let all_odd = used.unreadable().count();
                    let odd = used.unreadable().first().to_vec();
                    let odd: Vec<(CdkCode, CdkStatus)> = odd
                        .into_iter()
                        .filter_map(|row| Some((row.code?, row.status?)))
                        .collect();
                    let named = u64::try_from(odd.len()).unwrap_or(u64::MAX);
                    // With those beyond the first thousand, of which nothing is kept.
                    self.left_out = all_odd.saturating_sub(named);
                    let rows = used.into_iter().map(|cdk| (cdk.cdk, cdk.status));
                    let new = rows.chain(odd).filter(|(code, status)| {
                        // The filter may turn out to be ignored by the service.
                        *status == CdkStatus::Used && !self.cursor.knows(code)
                    });
                    self.waiting.extend(new.map(|(code, _)| code));
                    if self.waiting.is_empty() {
                        return Poll::Ready(None);
                    }
                }
                Found::Listed(Err(error)) => return Poll::Ready(Some(Err(error))),
                Found::LookedUp(details) => {
                    // One voucher that cannot be read must not hold up the others, those of later lists neither. The
                    // cursor does not know it then, so the next list brings it again.
                    if let (Some(code), Ok(_)) = (self.waiting.pop_front(), &details) {
                        self.cursor.insert(&code);
                    }
                    return Poll::Ready(Some(details));
                }
            }
        }
    }

    /// Looks the next voucher up, or asks for the next list.
    fn begin(&mut self) -> Step {
        let client = self.client.clone();
        // It stays in the queue until its look-up has ended.
        if let Some(code) = self.waiting.front().cloned() {
            return Box::pin(async move { Found::LookedUp(client.get(&code).await) });
        }
        // Counted from the beginning of a list: a slow one must not make the interval longer.
        let now = Instant::now();
        let at = now.checked_add(self.interval);
        // An interval too long to be counted is a very long one, not none.
        let at = at.or_else(|| now.checked_add(LONGEST_INTERVAL));
        self.next_list = at.map(|at| Box::pin(tokio::time::sleep_until(at)));
        Box::pin(async move { Found::Listed(client.list(CdkStatus::Used).await) })
    }

    /// How many rows of the last list cannot be read so far that nobody can say whether they are redemptions.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Remembers all redemptions that were reported so far.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }
}

impl Stream for RedemptionWatch {
    type Item = Result<CdkDetails, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(found) = ready!(this.poll(context, true)) {
                return Poll::Ready(Some(found));
            }
        }
    }
}

impl fmt::Debug for RedemptionWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedemptionWatch")
            .field("interval", &self.interval)
            .field("cursor", &self.cursor)
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Lists used vouchers every `interval`, and looks up only those that `cursor` does not know. Begin
    /// with `Cursor::default()` to have all redemptions reported, those of the past too.
    #[must_use]
    pub fn watch_redemptions(&self, interval: Duration, cursor: Cursor) -> RedemptionWatch {
        RedemptionWatch {
            client: self.clone(),
            interval,
            cursor,
            waiting: VecDeque::new(),
            next_list: None,
            step: None,
            left_out: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_look_ends_when_nothing_is_left() -> Result<(), Box<dyn std::error::Error>> {
        let sandbox = thordata_cdk_sandbox::Sandbox::start().await?;
        let secrets = sandbox.credentials();
        let credentials = crate::Credentials::new(&secrets.token, &secrets.key)?;
        let client = Client::builder(credentials)
            .base_url(sandbox.base_url())
            .build()?;
        let mut watch = client.watch_redemptions(Duration::MAX, Cursor::default());
        assert_eq!(watch.next_now().await?, None);
        for code in sandbox.preload(2, 1) {
            sandbox.redeem(&code, "somebody")?;
        }
        assert!(watch.next_now().await?.is_some());
        assert!(watch.next_now().await?.is_some());
        assert_eq!(watch.next_now().await?, None);
        assert_eq!(watch.cursor().len(), 2);
        Ok(())
    }
}
