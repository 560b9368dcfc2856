//! Redemptions, each reported once it is seen.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, Sleep};

use crate::client::Client;
use crate::error::Error;
use crate::list::CdkList;
use crate::raw::promised::CdkDetails;
use crate::types::{CdkCode, CdkStatus};

/// Which redemptions have been handed out. Store it after you have dealt with each, and begin with it
/// again: then none is missed, and at most the last is repeated.
///
/// `Display` and `FromStr` give it as text: a first line that says what it is, then one line for each redemption. It
/// holds no codes, only hashes of them: SHA-256 of a key and the code, cut to 128 bits. The key is random and in the
/// first line, so that the cursors of two accounts or two runs cannot be compared; whoever has the text can test a code
/// that he has already.
///
/// A file that only grows is begun with the text of a new cursor, and gets the [`line`](Self::line) of each redemption.
///
/// ```
/// use thordata_cdk::Cursor;
///
/// let stored = Cursor::default().to_string();
/// let cursor: Cursor = stored.parse()?;
/// assert!(cursor.is_empty());
/// assert_eq!(cursor.to_string(), stored);
/// assert!("not a cursor".parse::<Cursor>().is_err());
/// # Ok::<(), thordata_cdk::CursorError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor {
    key: u128,
    seen: BTreeSet<u128>,
}

/// How the first line of a cursor begins; its key follows.
const FIRST_LINE: &str = "thordata-cdk cursor 1 ";

/// Knows no redemption.
impl Default for Cursor {
    fn default() -> Self {
        Self {
            key: random(),
            seen: BTreeSet::new(),
        }
    }
}

/// From the operating system, by way of the keys of a hash map: `fastrand` can be guessed.
fn random() -> u128 {
    let half = || u128::from(RandomState::new().hash_one(0_u8));
    (half() << 64) | half()
}

impl Cursor {
    /// How many redemptions it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Passes over the redemption of `code` from now on.
    pub fn insert(&mut self, code: &CdkCode) {
        self.seen.insert(self.digest(code));
    }

    /// What this cursor's text gains by the redemption of `code`, with the line feed at its end.
    #[must_use]
    pub fn line(&self, code: &CdkCode) -> String {
        format!("{:032x}\n", self.digest(code))
    }

    fn knows(&self, code: &CdkCode) -> bool {
        self.seen.contains(&self.digest(code))
    }

    fn digest(&self, code: &CdkCode) -> u128 {
        Sha256::new()
            .chain_update(self.key.to_be_bytes())
            .chain_update(code.as_str())
            .finalize()
            .iter()
            .take(16)
            .fold(0, |number, byte| (number << 8) | u128::from(*byte))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}{:032x}", self.key)?;
        self.seen
            .iter()
            .try_for_each(|seen| writeln!(f, "{seen:032x}"))
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").field("len", &self.len()).finish()
    }
}

/// A text that is not a stored [`Cursor`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorError {
    line: usize,
}

impl fmt::Display for CursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 1 {
            return write!(
                f,
                "the text does not begin with `{FIRST_LINE}` and a key, so it is no stored cursor"
            );
        }
        write!(
            f,
            "line {} of the cursor is not 32 hexadecimal digits; restore the file, or begin with an \
             empty one to have every redemption reported again",
            self.line
        )
    }
}

impl std::error::Error for CursorError {}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let mut lines = text.lines();
        let Some(first) = lines.next() else {
            return Ok(Self::default());
        };
        let key = first.strip_prefix(FIRST_LINE).and_then(hexadecimal);
        let key = key.ok_or(CursorError { line: 1 })?;
        let mut seen = BTreeSet::new();
        for (line, text) in (2_usize..).zip(lines) {
            seen.insert(hexadecimal(text).ok_or(CursorError { line })?);
        }
        Ok(Self { key, seen })
    }
}

/// 32 digits, without a sign.
fn hexadecimal(text: &str) -> Option<u128> {
    let well_formed = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u128::from_str_radix(text, 16).ok().filter(|_| well_formed)
}

const LONGEST_INTERVAL: Duration = Duration::from_secs(365 * 86_400);

/// What the watch is waiting for.
type Step = Pin<Box<dyn Future<Output = Found> + Send>>;

enum Found {
    Listed(Result<CdkList, Error>),
    LookedUp(Result<CdkDetails, Error>),
}

/// Watches for redemptions: a [`Stream`] of them that never ends. From [`Client::watch_redemptions`].
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
/// // Deal with it, then store the cursor: after a restart nothing is missed.
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
    step: Option<Step>,
}

impl RedemptionWatch {
    /// The next redemption: at once if one is waiting, else after the next list that shows one.
    ///
    /// Each is handed out at least once. Dropping the future loses nothing: what it had begun goes on with the next.
    ///
    /// # Errors
    /// A list or a look-up that failed after its retries. The watch goes on: call again. A voucher whose
    /// look-up failed is tried again after the next list.
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
    /// As [`next`](Self::next).
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
                    // Of a row that cannot be read, its code and status may be all that is needed.
                    let odd = used.unreadable().first().to_vec();
                    let odd = odd
                        .into_iter()
                        .filter_map(|row| Some((row.code?, row.status?)));
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
        if let Some(code) = self.waiting.front().cloned() {
            return Box::pin(async move { Found::LookedUp(client.get(&code).await) });
        }
        // An interval too long to be counted is a very long one, not none.
        let now = Instant::now();
        let at = now.checked_add(self.interval);
        let at = at.or_else(|| now.checked_add(LONGEST_INTERVAL));
        self.next_list = at.map(|at| Box::pin(tokio::time::sleep_until(at)));
        Box::pin(async move { Found::Listed(client.list(CdkStatus::Used).await) })
    }

    /// Everything that has been handed out so far.
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_stored_as_text() {
        let code: CdkCode = "nozzapqOWJOCcWIX".parse().unwrap();
        let mut cursor = Cursor::default();
        let mut grown = cursor.to_string();
        grown.push_str(&cursor.line(&code));
        cursor.insert(&code);
        let text = cursor.to_string();
        assert_eq!(grown, text);
        assert_eq!(text.len(), 22 + 33 + 33);
        assert!(text.starts_with("thordata-cdk cursor 1 ") && !text.contains("nozz"));
        assert_eq!(text.parse(), Ok(cursor));
        assert!("".parse::<Cursor>().unwrap().is_empty());
    }

    #[test]
    fn a_code_has_another_hash_in_each_cursor_and_the_same_after_a_restart() {
        let code: CdkCode = "nozzapqOWJOCcWIX".parse().unwrap();
        assert_ne!(Cursor::default().line(&code), Cursor::default().line(&code));
        let first = format!("{FIRST_LINE}{:032x}\n", 1);
        let cursor: Cursor = first.parse().unwrap();
        // printf '\x00…\x01nozzapqOWJOCcWIX' | sha256sum
        assert_eq!(cursor.line(&code), "5bcf21041c6b35ee2ce3e3a6f67c2c11\n");
    }

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

    #[test]
    fn a_damaged_cursor_names_its_line() {
        let damaged = format!("{FIRST_LINE}{:032x}\n{:032x}\n+{:031x}\n", 7, 8, 9);
        assert_eq!(damaged.parse::<Cursor>(), Err(CursorError { line: 3 }));
        for other in [
            "not a cursor\n",
            "{}",
            "\n",
            "thordata-cdk cursor 1 \n",
            "thordata-cdk cursor 2 00\n",
        ] {
            assert_eq!(
                other.parse::<Cursor>(),
                Err(CursorError { line: 1 }),
                "{other:?}"
            );
        }
    }
}
