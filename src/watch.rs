//! Redemptions, each reported once it is seen.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use futures_core::Stream;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::client::Client;
use crate::error::Error;
use crate::raw::promised::CdkDetails;
use crate::types::{CdkCode, CdkStatus};

/// Which redemptions have been handed out. Store it after you have dealt with each, and begin with it
/// again: then none is missed, and at most the last is repeated.
///
/// `Display` and `FromStr` give it as text, one line for each redemption. It holds no codes, only their
/// SHA-256 cut to 128 bits.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    seen: BTreeSet<u128>,
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

    fn knows(&self, code: &CdkCode) -> bool {
        self.seen.contains(&digest(code))
    }
}

fn digest(code: &CdkCode) -> u128 {
    Sha256::digest(code.as_str())
        .iter()
        .take(16)
        .fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
        let mut seen = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            let well_formed = line.len() == 32 && line.bytes().all(|b| b.is_ascii_hexdigit());
            let number = u128::from_str_radix(line, 16).ok().filter(|_| well_formed);
            seen.insert(number.ok_or(CursorError {
                line: index.saturating_add(1),
            })?);
        }
        Ok(Self { seen })
    }
}

const LONGEST_INTERVAL: Duration = Duration::from_secs(365 * 86_400);

/// Watches for redemptions. From [`Client::watch_redemptions`].
#[derive(Debug)]
pub struct RedemptionWatch {
    client: Client,
    interval: Duration,
    cursor: Cursor,
    waiting: VecDeque<CdkCode>,
    next_list: Option<Instant>,
}

impl RedemptionWatch {
    /// The next redemption: at once if one is waiting, else after the next list that shows one.
    ///
    /// Each is handed out at least once. Dropping the future loses nothing.
    ///
    /// # Errors
    /// A list or a look-up that failed after its retries. The watch goes on: call again. A voucher whose
    /// look-up failed is tried again after the next list.
    pub async fn next(&mut self) -> Result<CdkDetails, Error> {
        loop {
            if self.waiting.is_empty()
                && let Some(at) = self.next_list
            {
                tokio::time::sleep_until(at).await;
            }
            if let Some(details) = self.next_now().await? {
                return Ok(details);
            }
        }
    }

    /// The next redemption that is waiting or that a list shows now; `None` if there is none. It does not
    /// wait for the interval: for programs that look once and end, such as those that a timer starts.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn next_now(&mut self) -> Result<Option<CdkDetails>, Error> {
        if self.waiting.is_empty() {
            // An interval too long to be counted is a very long one, not none.
            let now = Instant::now();
            let at = now.checked_add(self.interval);
            self.next_list = at.or_else(|| now.checked_add(LONGEST_INTERVAL));
            let used = self.client.list(CdkStatus::Used).await?;
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
        }
        let Some(code) = self.waiting.front() else {
            return Ok(None);
        };
        let details = match self.client.get(code).await {
            Ok(details) => details,
            Err(error) => {
                // One voucher that cannot be read must not hold up the others, those of later lists
                // neither. The cursor does not know it, so the next list brings it again.
                self.waiting.pop_front();
                return Err(error);
            }
        };
        if let Some(code) = self.waiting.pop_front() {
            self.cursor.seen.insert(digest(&code));
        }
        Ok(Some(details))
    }

    /// Everything that has been handed out so far.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The same as a [`Stream`] that never ends.
    pub fn into_stream(self) -> impl Stream<Item = Result<CdkDetails, Error>> + Send {
        futures_util::stream::unfold(self, |mut watch| async move {
            let next = watch.next().await;
            Some((next, watch))
        })
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_stored_as_text() {
        let mut cursor = Cursor::default();
        cursor
            .seen
            .insert(digest(&"nozzapqOWJOCcWIX".parse().unwrap()));
        let text = cursor.to_string();
        assert_eq!(text.len(), 33);
        assert!(!text.contains("nozz"));
        assert_eq!(text.parse(), Ok(cursor));
        assert_eq!("".parse(), Ok(Cursor::default()));
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
        let damaged = format!("{:032x}\n+{:031x}\n", 7, 9);
        assert_eq!(damaged.parse::<Cursor>(), Err(CursorError { line: 2 }));
    }
}
