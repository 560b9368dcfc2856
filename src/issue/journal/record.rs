//! The lines of a journal: `<CRC-32 of the rest> <sequence number> <JSON>`.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::JournalError;

/// A code's keyed hash.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CodeHash(u128);

impl CodeHash {
    pub(crate) fn from_digest(digest: &[u8]) -> Self {
        let fold = |number: u128, byte: &u8| (number << 8) | u128::from(*byte);
        Self(digest.iter().take(16).fold(0, fold))
    }
}

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for CodeHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", self.0))
    }
}

impl<'de> Deserialize<'de> for CodeHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let number = u128::from_str_radix(&text, 16)
            .ok()
            .filter(|_| text.len() == 32);
        number
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("no hash"))
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Record {
    /// Vouchers that were there before the first order.
    Known { hashes: Vec<CodeHash> },
    /// It was looked what there is: the `Known` before this are all.
    Baselined {},
    /// Vouchers that appeared and that no order explains.
    Orphans { hashes: Vec<CodeHash> },
    /// A person has taken note of these orphans.
    OrphansSeen { hashes: Vec<CodeHash> },
    /// Vouchers that are gone from the service's list for good.
    Forgotten { hashes: Vec<CodeHash> },
    /// An order that is about to be sent.
    Intent {
        id: u64,
        traffic: i64,
        count: u32,
        unix_secs: i64,
        server_unix_secs: Option<i64>,
    },
    /// It is about to be sent again: all earlier attempts are proven not to have been carried out.
    Attempt { id: u64, number: u32 },
    /// The service answered with exactly what was ordered.
    Result { id: u64, hashes: Vec<CodeHash> },
    /// What became of an order without such an answer.
    Resolved {
        id: u64,
        verdict: Verdict,
        hashes: Vec<CodeHash>,
    },
    /// The caller has stored an order's codes.
    Ack { id: u64 },
    /// Somebody else buys on this account.
    Downgraded {},
    /// Where a compacted journal goes on.
    Compacted { last_id: u64 },
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Created,
    Recovered,
    Partial,
    Rejected,
    NotSent,
    NotObserved,
    Unknown,
    Adopted,
    Discarded,
}

type Rebuild = fn(Vec<CodeHash>) -> Record;

/// Hashes of one line at the most: lines stay readable, and a torn one costs little.
const HASHES_PER_LINE: usize = 1000;

impl Record {
    /// What may be told of it: its name, the order it is about, and how many vouchers it names.
    pub(crate) fn summary(&self) -> (&'static str, Option<u64>, Option<usize>) {
        match self {
            Self::Known { hashes } => ("known", None, Some(hashes.len())),
            Self::Baselined {} => ("baselined", None, None),
            Self::Orphans { hashes } => ("orphans", None, Some(hashes.len())),
            Self::OrphansSeen { hashes } => ("orphans_seen", None, Some(hashes.len())),
            Self::Forgotten { hashes } => ("forgotten", None, Some(hashes.len())),
            Self::Intent { id, .. } => ("intent", Some(*id), None),
            Self::Attempt { id, .. } => ("attempt", Some(*id), None),
            Self::Result { id, hashes } => ("result", Some(*id), Some(hashes.len())),
            Self::Resolved { id, hashes, .. } => ("resolved", Some(*id), Some(hashes.len())),
            Self::Ack { id } => ("ack", Some(*id), None),
            Self::Downgraded {} => ("downgraded", None, None),
            Self::Compacted { last_id } => ("compacted", Some(*last_id), None),
        }
    }

    /// What is written when this happens.
    pub(crate) fn lines(self) -> Vec<Self> {
        // Half a first look must not pass for one: the rest would be taken for orphans.
        let end = matches!(self, Self::Known { .. }).then_some(Self::Baselined {});
        let mut lines = self.split();
        lines.extend(end);
        lines
    }

    /// The same as several records of bounded size, where that means the same.
    pub(crate) fn split(self) -> Vec<Self> {
        let (hashes, rebuild) = match self {
            Self::Known { hashes } => (hashes, (|hashes| Self::Known { hashes }) as Rebuild),
            Self::Orphans { hashes } => (hashes, (|hashes| Self::Orphans { hashes }) as Rebuild),
            Self::OrphansSeen { hashes } => (hashes, (|hashes| Self::OrphansSeen { hashes }) as _),
            Self::Forgotten { hashes } => (hashes, (|hashes| Self::Forgotten { hashes }) as _),
            whole => return vec![whole],
        };
        hashes
            .chunks(HASHES_PER_LINE)
            .map(|part| rebuild(part.to_vec()))
            .collect()
    }
}

/// What every version's first line says.
#[derive(Deserialize)]
pub(crate) struct Written {
    journal: String,
    version: u32,
}

impl Written {
    pub(crate) fn is_a_journal(&self) -> bool {
        self.journal == NAME
    }

    pub(crate) fn is_newer(&self) -> bool {
        self.version != VERSION // there is no older one
    }
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    journal: String,
    version: u32,
    key: [CodeHash; 2],
    account: CodeHash,
}

const NAME: &str = "thordata-cdk";
const VERSION: u32 = 1;

impl Header {
    pub(crate) fn new(key: [u8; 32], account: CodeHash) -> Self {
        let (first, second) = key.split_at(16);
        let key = [CodeHash::from_digest(first), CodeHash::from_digest(second)];
        Self {
            journal: NAME.into(),
            version: VERSION,
            key,
            account,
        }
    }

    pub(crate) fn key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        let [first, second] = self.key;
        let bytes = first
            .0
            .to_be_bytes()
            .into_iter()
            .chain(second.0.to_be_bytes());
        key.iter_mut()
            .zip(bytes)
            .for_each(|(place, byte)| *place = byte);
        key
    }

    pub(crate) fn account(&self) -> CodeHash {
        self.account
    }
}

/// A line whose checksum fits.
pub(crate) struct Line<'a> {
    pub(crate) sequence: u64,
    json: &'a str,
}

impl<'a> Line<'a> {
    pub(crate) fn encode(sequence: u64, record: &impl Serialize) -> Result<String, JournalError> {
        let json = serde_json::to_string(record)
            .map_err(|error| JournalError::io("encode a record")(error.into()))?;
        Ok(Self::checked(&format!("{sequence} {json}")))
    }

    /// The whole line, from what its checksum is of.
    pub(super) fn checked(rest: &str) -> String {
        format!("{:08x} {rest}\n", crc32fast::hash(rest.as_bytes()))
    }

    /// `None` if the line is incomplete or was changed.
    pub(crate) fn decode(line: &'a [u8]) -> Option<Self> {
        let (checksum, rest) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        let intact = checksum == format!("{:08x}", crc32fast::hash(rest.as_bytes()));
        let (sequence, json) = rest.split_once(' ').filter(|_| intact)?;
        Some(Self {
            sequence: sequence.parse().ok()?,
            json,
        })
    }

    /// Whether a whole record stands at the beginning of `bytes`, followed by something that is no line
    /// break.
    pub(crate) fn begins_whole(bytes: &'a [u8]) -> bool {
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'}');
        let mut heads = ends.filter_map(|(end, _)| bytes.get(..=end));
        heads.any(|head| head.len() < bytes.len() && Self::decode(head).is_some())
    }

    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.json).ok()
    }
}
