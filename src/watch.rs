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
/// `Display` and `FromStr` give it as text: a first line that says what it is, then one line for each redemption. It
/// holds no codes, only hashes of them: SHA-256 of a key and the code, cut to 128 bits. The key is random and in the
/// first line, so that the cursors of two accounts or two runs cannot be compared; whoever has the text can test a code
/// that he has already.
///
/// A file that only grows is begun with the text of a new cursor, and gets the [`line`](Self::line) of each redemption.
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
            key: fastrand::u128(..),
            seen: BTreeSet::new(),
        }
    }
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
            self.cursor.insert(&code);
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
