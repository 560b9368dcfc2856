//! The journal on bytes that anybody may have written.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::record::{Header, Line};
use super::storage::Storage;
use super::{Durability, Journal, JournalError, Mismatch, Record, keyed_hash};

const ACCOUNT: &[u8] = b"token";

/// A file in memory, and the new one beside it.
#[derive(Debug, Clone, Default)]
struct Memory(Arc<Mutex<(Vec<u8>, Vec<u8>)>>);

impl Memory {
    fn with<T>(&self, change: impl FnOnce(&mut (Vec<u8>, Vec<u8>)) -> T) -> io::Result<T> {
        Ok(change(
            &mut self.0.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }
}

impl Storage for Memory {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.with(|(file, _)| file.clone())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.with(|(file, _)| file.extend_from_slice(bytes))
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.with(|(file, _)| file.truncate(usize::try_from(len).unwrap_or(usize::MAX)))
    }

    fn write_new(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.with(|(_, new)| *new = bytes.to_vec())
    }

    fn install_new(&mut self) -> io::Result<()> {
        self.with(|(file, new)| *file = std::mem::take(new))
    }

    fn sync_name(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens a journal with this content, and says what does not hold of it, if anything.
///
/// # Errors
/// [`JournalError`], as [`Issuer::open`](crate::Issuer::open).
pub fn open(content: &[u8]) -> Result<Option<&'static str>, JournalError> {
    let memory = Memory::default();
    memory
        .with(|(file, _)| *file = content.to_vec())
        .map_err(JournalError::io("write"))?;
    let opened = Journal::with_storage(Box::new(memory.clone()), ACCOUNT, Mismatch::Refuse);
    let after = memory.clone().read().map_err(JournalError::io("read"))?;
    let mut journal = match opened {
        Ok(journal) => journal,
        Err(_) if after != content => return Ok(Some("a refused journal was changed")),
        Err(error) => return Err(error),
    };
    if !content.is_empty() && !content.starts_with(&after) {
        return Ok(Some("more than the end was cut off"));
    }
    let again = || Journal::with_storage(Box::new(memory.clone()), ACCOUNT, Mismatch::Refuse);
    let state = journal.state().clone();
    if again()?.state() != &state {
        return Ok(Some("opened twice, it says two things"));
    }
    journal.append(Record::Downgraded {}, Durability::Durable)?;
    let state = journal.state().clone();
    if again()?.state() != &state {
        return Ok(Some("a record that was added is not there"));
    }
    journal.compact()?;
    if again()?.state() != &state {
        return Ok(Some("compacting changed what it says"));
    }
    Ok(None)
}

/// Each line of `records` with a number and a checksum, behind a genuine first line: what a fuzzer cannot
/// guess.
///
/// # Errors
/// None: a string and a header can always be written.
pub fn seal(records: &str) -> Result<Vec<u8>, JournalError> {
    let key = [7; 32];
    let header = Header::new(key, keyed_hash(&key, ACCOUNT));
    let mut text = Line::encode(0, &header)?;
    for (sequence, record) in (1..).zip(records.lines()) {
        text.push_str(&Line::checked(&format!("{sequence} {record}")));
    }
    Ok(text.into_bytes())
}
