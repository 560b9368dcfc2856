//! Remembers the redemptions that were reported, as hashes.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::types::CdkCode;

/// Remembers which redemptions were reported. Store it after you have handled each one, and begin with it after a
/// restart: then none is missed, and at most the last is repeated.
///
/// `Display` and `FromStr` give it as text: a first line that says what it is, then one line for each redemption. It
/// holds no codes, only hashes of them: SHA-256 of a key and the code, cut to 128 bits. The key is random and in the
/// first line, so that the cursors of two accounts or two runs cannot be compared. A reader of the text can only test
/// codes that he knows already.
///
/// To append to a file instead of writing it anew, begin it with the text of a new cursor, and add the
/// [`line`](Self::line) of each redemption.
///
/// Guide: [another user of the same machine](crate::guide::security).
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

/// A cursor that knows no redemption.
impl Default for Cursor {
    fn default() -> Self {
        Self {
            key: random(),
            seen: BTreeSet::new(),
        }
    }
}

// The keys of a hash map come from the operating system; `fastrand` could be guessed.
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

    /// Remembers the redemption of `code`, so that it is not reported again.
    pub fn insert(&mut self, code: &CdkCode) {
        self.seen.insert(self.digest(code));
    }

    /// The line that the redemption of `code` adds to this cursor's text, with its line feed.
    #[must_use]
    pub fn line(&self, code: &CdkCode) -> String {
        format!("{:032x}\n", self.digest(code))
    }

    pub(super) fn knows(&self, code: &CdkCode) -> bool {
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

/// Why a text is not a stored [`Cursor`]. `Display` names the line.
///
/// ```
/// let error = "a,list,of,mine".parse::<thordata_cdk::Cursor>().unwrap_err();
/// assert!(error.to_string().contains("no stored cursor"));
/// ```
///
/// Guide: [files that are not ours](crate::guide::security).
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
        // A program that has stored nothing yet begins with an empty text.
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
