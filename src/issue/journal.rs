//! What was bought, on disk before it is bought.
//!
//! A text file of one record a line, each with a checksum and a sequence number. It holds keyed hashes of
//! voucher codes, never a code. See `docs/delivery.md` for what a user has to know of it.

mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod record;
mod state;
mod storage;
#[cfg(test)]
pub(super) mod tests;

use std::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub use error::JournalError;
pub(crate) use record::{CodeHash, Record, Verdict};
use record::{Header, Line, Written};
pub(crate) use state::{IntentState, Phase, State};
use storage::{FileStorage, Lock, Storage};

/// Whether a record has to be on disk before the call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Yes.
    Durable,
    /// With the next durable one at the latest. Lost, it does no harm.
    Lazy,
}

/// What to do with a journal that was begun with another token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// It may be another account's.
    Refuse,
    /// The caller says that it is the same account: note the new token instead.
    Replace,
}

/// The open journal of one account. Nobody else can open it until it is dropped.
pub(crate) struct Journal {
    storage: Box<dyn Storage>,
    key: [u8; 32],
    account: CodeHash,
    state: State,
    next_sequence: u64,
    lines: u64,
    /// Bytes written, and bytes that a sync has confirmed.
    len: u64,
    durable_len: u64,
    /// A write or a sync failed: what is on disk has to be established before anything is added.
    in_doubt: bool,
    /// Held until the journal is dropped; last, so that the file is closed before.
    _lock: Option<Lock>,
}

/// A file is compacted on opening if it has this many lines more than its state needs.
const DEAD_LINES: u64 = 2000;

impl Journal {
    /// Opens the journal of `account`, or creates it. Blocks.
    pub(crate) fn open(
        path: &Path,
        account: &[u8],
        mismatch: Mismatch,
    ) -> Result<Self, JournalError> {
        let path = storage::resolve(path)?;
        let lock = Lock::take(&path)?;
        let storage = FileStorage::open(&path)?;
        let mut journal = Self::with_storage(Box::new(storage), account, mismatch)?;
        journal._lock = Some(lock);
        if journal.lines > journal.state.lines_needed().saturating_add(DEAD_LINES) {
            // On a full disk the journal can still be read, and that is when it is needed. If more than
            // room is lacking, the next record finds out.
            drop(journal.compact());
        }
        Ok(journal)
    }

    fn with_storage(
        storage: Box<dyn Storage>,
        account: &[u8],
        mismatch: Mismatch,
    ) -> Result<Self, JournalError> {
        let mut journal = Self {
            storage,
            key: [0; 32],
            account: CodeHash::default(),
            state: State::default(),
            next_sequence: 0,
            lines: 0,
            len: 0,
            durable_len: 0,
            in_doubt: false,
            _lock: None,
        };
        let bytes = journal.storage.read().map_err(JournalError::io("read"))?;
        if bytes.is_empty() {
            journal.begin(account)?;
            return Ok(journal);
        }
        journal.replay(&bytes)?;
        let account = keyed_hash(&journal.key, account);
        let other = journal.account != account;
        if other && mismatch == Mismatch::Refuse {
            return Err(JournalError::OtherAccount);
        }
        journal.settle(bytes.len())?;
        if other {
            journal.account = account;
            journal.compact()?;
        }
        Ok(journal)
    }

    /// Writes the first line of a new file.
    fn begin(&mut self, account: &[u8]) -> Result<(), JournalError> {
        getrandom::fill(&mut self.key).map_err(|_| JournalError::Random)?;
        self.account = keyed_hash(&self.key, account);
        self.replace(&State::default())
    }

    /// The hash under which a code stands in this journal.
    pub(crate) fn hash(&self, code: &str) -> CodeHash {
        keyed_hash(&self.key, code.as_bytes())
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Adds a record. After an error nothing of it counts, and the next call first establishes what is
    /// on disk. Blocks.
    pub(crate) fn append(
        &mut self,
        record: Record,
        durability: Durability,
    ) -> Result<(), JournalError> {
        if self.in_doubt {
            self.reread()?;
        }
        let records = record.lines();
        let mut text = String::new();
        let mut sequence = self.next_sequence;
        for record in &records {
            text.push_str(&Line::encode(sequence, record)?);
            sequence = sequence.saturating_add(1);
        }
        self.in_doubt = true;
        self.storage
            .append(text.as_bytes())
            .map_err(JournalError::io("write"))?;
        self.len = self.len.saturating_add(text.len() as u64);
        if durability == Durability::Durable {
            self.storage.sync().map_err(JournalError::io("sync"))?;
            self.durable_len = self.len;
        }
        self.in_doubt = false;
        (self.next_sequence, self.lines) = (sequence, sequence);
        for record in records {
            self.state.apply(record);
        }
        Ok(())
    }

    /// Rewrites the file with nothing but what its state needs. Blocks.
    pub(crate) fn compact(&mut self) -> Result<(), JournalError> {
        if self.in_doubt {
            self.reread()?;
        }
        let state = std::mem::take(&mut self.state);
        let replaced = self.replace(&state);
        self.state = state;
        replaced
    }

    fn render(&self, state: &State) -> Result<(String, u64), JournalError> {
        let header = Header::new(self.key, self.account);
        let mut text = Line::encode(0, &header)?;
        let mut sequence = 1_u64;
        for part in state.records().flat_map(Record::split) {
            text.push_str(&Line::encode(sequence, &part)?);
            sequence = sequence.saturating_add(1);
        }
        Ok((text, sequence))
    }

    fn replace(&mut self, state: &State) -> Result<(), JournalError> {
        let (text, lines) = self.render(state)?;
        self.in_doubt = true;
        if self.durable_len < self.len {
            self.storage.sync().map_err(JournalError::io("sync"))?;
        }
        // If this fails, either content may be there, whole and durable.
        self.durable_len = u64::MAX;
        self.storage
            .write_new(text.as_bytes())
            .map_err(JournalError::io("write anew"))?;
        self.storage
            .install_new()
            .map_err(JournalError::io("replace"))?;
        self.storage
            .sync_name()
            .map_err(JournalError::io("sync its folder"))?;
        self.in_doubt = false;
        (self.next_sequence, self.lines) = (lines, lines);
        self.len = text.len() as u64;
        self.durable_len = self.len;
        Ok(())
    }

    /// After a failed write or sync: goes back to what a sync has confirmed. What was written since is
    /// nowhere relied on, and after a failed sync the system may show what the disk does not hold.
    fn reread(&mut self) -> Result<(), JournalError> {
        self.storage.reopen().map_err(JournalError::io("reopen"))?;
        let bytes = self.storage.read().map_err(JournalError::io("read"))?;
        let confirmed = usize::try_from(self.durable_len).unwrap_or(usize::MAX);
        let confirmed = bytes.get(..confirmed).unwrap_or(&bytes);
        let durable_len = self.durable_len;
        let before = std::mem::take(&mut self.state);
        let settled = self
            .replay(confirmed)
            .and_then(|()| self.settle(bytes.len()));
        match &settled {
            Ok(()) => self.in_doubt = false,
            Err(_) => (self.state, self.durable_len) = (before, durable_len),
        }
        settled
    }

    /// Makes what was replayed durable, without the incomplete end that was not. A process that ended
    /// may have written it and not waited for the disk.
    fn settle(&mut self, file_len: usize) -> Result<(), JournalError> {
        if self.len < file_len as u64 {
            self.storage
                .truncate(self.len)
                .map_err(JournalError::io("truncate"))?;
        } else {
            self.storage.sync().map_err(JournalError::io("sync"))?;
        }
        self.storage
            .sync_name()
            .map_err(JournalError::io("sync its folder"))?;
        self.durable_len = self.len;
        Ok(())
    }

    /// Takes the records in, up to an incomplete end. Changes nothing on disk.
    fn replay(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let mut rest = bytes;
        let (mut lines, mut len) = (0_u64, 0_u64);
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let (line, after) = match end.and_then(|end| rest.split_at_checked(end)) {
                Some((line, after)) => (Some(line), after.get(1..).unwrap_or_default()),
                None => (None, &[][..]),
            };
            let damaged = |what| JournalError::Damaged {
                line: lines.saturating_add(1),
                what,
            };
            match line.and_then(Line::decode) {
                Some(line) if line.sequence != lines => {
                    return Err(damaged("a line before it is missing, or it stands twice"));
                }
                Some(line) if lines == 0 => {
                    let written = line.parse().filter(Written::is_a_journal);
                    let written = written.ok_or_else(|| damaged(NO_JOURNAL))?;
                    if written.is_newer() {
                        return Err(JournalError::Newer { line: 1 });
                    }
                    let header: Header = line.parse().ok_or_else(|| damaged(NO_JOURNAL))?;
                    (self.key, self.account) = (header.key(), header.account());
                }
                Some(line) => {
                    let newer = JournalError::Newer {
                        line: lines.saturating_add(1),
                    };
                    let record = line.parse().ok_or(newer)?;
                    self.state.apply(record);
                }
                None if after.is_empty() && Line::begins_whole(rest) => {
                    return Err(damaged("something stands behind its record"));
                }
                None if after.is_empty() => break,
                None => return Err(damaged("its checksum does not fit")),
            }
            lines = lines.saturating_add(1);
            len = len.saturating_add((rest.len().saturating_sub(after.len())) as u64);
            rest = after;
        }
        if lines == 0 {
            // The first line is never incomplete: it is put in place as a whole.
            let what = NO_JOURNAL;
            return Err(JournalError::Damaged { line: 1, what });
        }
        (self.next_sequence, self.lines, self.len) = (lines, lines, len);
        Ok(())
    }
}

impl fmt::Debug for Journal {
    /// Without the key, and without the hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("storage", &self.storage)
            .field("lines", &self.lines)
            .field("in_doubt", &self.in_doubt)
            .finish_non_exhaustive()
    }
}

const NO_JOURNAL: &str = "it is no beginning of a journal";

/// HMAC-SHA-256, cut to 128 bits.
fn keyed_hash(key: &[u8; 32], bytes: &[u8]) -> CodeHash {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return CodeHash::default(); // HMAC takes a key of any length
    };
    mac.update(bytes);
    CodeHash::from_digest(&mac.finalize().into_bytes())
}
