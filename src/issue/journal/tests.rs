//! The journal on a disk that fails, and on files that were cut and changed.

#![allow(clippy::arithmetic_side_effects)]

use std::io;
use std::sync::{Arc, Mutex};

use super::record::{CodeHash, Record, Verdict};
use super::storage::Storage;
use super::*;

const ACCOUNT: &[u8] = b"token";

/// A file in memory, what of it is on disk, and what fails next.
#[derive(Debug, Default)]
struct Disk {
    written: Vec<u8>,
    synced: Vec<u8>,
    /// Fails the call of this name when the count has run down; a failed write leaves half behind.
    fail: Option<(&'static str, u32, io::ErrorKind)>,
}

#[derive(Debug, Clone, Default)]
struct Fake(Arc<Mutex<Disk>>);

impl Fake {
    fn with(bytes: &[u8]) -> Self {
        let disk = Disk {
            written: bytes.to_vec(),
            synced: bytes.to_vec(),
            fail: None,
        };
        Self(Arc::new(Mutex::new(disk)))
    }

    fn fail(&self, call: &'static str, after: u32, kind: io::ErrorKind) {
        self.0.lock().unwrap().fail = Some((call, after, kind));
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().written.clone()
    }

    fn open(&self) -> Result<Journal, JournalError> {
        Journal::with_storage(Box::new(self.clone()), ACCOUNT)
    }
}

impl Disk {
    fn check(&mut self, call: &'static str) -> io::Result<()> {
        match &mut self.fail {
            Some((name, 0, kind)) if *name == call => {
                let error = io::Error::from(*kind);
                self.fail = None;
                Err(error)
            }
            Some((name, left, _)) if *name == call => {
                *left -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Storage for Fake {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut disk = self.0.lock().unwrap();
        disk.check("read")?;
        Ok(disk.written.clone())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        if let Err(error) = disk.check("append") {
            let half = bytes.len() / 2;
            disk.written.extend(&bytes[..half]);
            return Err(error);
        }
        disk.written.extend(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        disk.check("sync")?;
        disk.synced = disk.written.clone();
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        disk.check("truncate")?;
        disk.written.truncate(len as usize);
        disk.synced = disk.written.clone();
        Ok(())
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        disk.check("replace")?;
        disk.written = bytes.to_vec();
        disk.synced = bytes.to_vec();
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.0.lock().unwrap().check("reopen")
    }
}

fn hash(number: u8) -> CodeHash {
    CodeHash::from_digest(&[number; 16])
}

fn intent(id: u64) -> Record {
    let server_unix_secs = Some(1_748_332_399);
    Record::Intent {
        id,
        traffic: 3,
        count: 2,
        unix_secs: 1_748_332_400,
        server_unix_secs,
    }
}

/// One of each kind, in an order that can happen.
fn history() -> Vec<Record> {
    vec![
        Record::Known {
            hashes: vec![hash(1), hash(2)],
        },
        intent(1),
        Record::Result {
            id: 1,
            hashes: vec![hash(3), hash(4)],
        },
        Record::Ack { id: 1 },
        Record::Downgraded,
        Record::Orphans {
            hashes: vec![hash(5), hash(6)],
        },
        Record::OrphansSeen {
            hashes: vec![hash(5)],
        },
        Record::Forgotten {
            hashes: vec![hash(1)],
        },
        intent(2),
        Record::Attempt { id: 2, number: 2 },
        Record::Resolved {
            id: 2,
            verdict: Verdict::Unknown,
            hashes: vec![hash(7), hash(8)],
        },
        intent(3),
        Record::Resolved {
            id: 3,
            verdict: Verdict::Recovered,
            hashes: vec![hash(9)],
        },
        intent(4),
    ]
}

fn written(records: Vec<Record>) -> (Fake, State) {
    let fake = Fake::default();
    let mut journal = fake.open().unwrap();
    for record in records {
        journal.append(record, Durability::Durable).unwrap();
    }
    let state = journal.state().clone();
    (fake, state)
}

#[test]
fn what_was_written_is_read_back() {
    let (fake, state) = written(history());
    assert_eq!(*fake.open().unwrap().state(), state);
    assert_eq!(state.next_id(), 5);
    assert!(state.downgraded);
    assert_eq!(state.orphans, [hash(6)].into());
    assert_eq!(state.known.len(), 6);
    assert!(!state.known.contains(&hash(1)), "forgotten");
    assert!(
        !state.known.contains(&hash(7)),
        "a candidate belongs to nobody yet"
    );
    let phases: Vec<_> = state
        .intents
        .values()
        .map(|intent| (intent.id, &intent.phase))
        .collect();
    assert_eq!(
        phases,
        [
            (
                2,
                &Phase::Unknown {
                    candidates: vec![hash(7), hash(8)]
                }
            ),
            (
                3,
                &Phase::Answered {
                    verdict: Verdict::Recovered,
                    hashes: vec![hash(9)]
                }
            ),
            (4, &Phase::Open),
        ]
    );
}

#[test]
fn a_file_cut_anywhere_in_its_last_line_yields_the_state_before_that_line() {
    let records = history();
    let (_, before) = written(records[..records.len() - 1].to_vec());
    let (fake, _) = written(records);
    let bytes = fake.bytes();
    let last_line = bytes[..bytes.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap()
        + 1;
    for cut in last_line..bytes.len() {
        let torn = Fake::with(&bytes[..cut]);
        let journal = torn.open().unwrap();
        assert_eq!(*journal.state(), before, "cut at {cut}");
        assert_eq!(torn.bytes().len(), last_line, "the torn line is cut off");
    }
}

#[test]
fn records_go_on_after_a_torn_line_was_cut_off() {
    let (fake, state) = written(history());
    let bytes = fake.bytes();
    let torn = Fake::with(&bytes[..bytes.len() - 3]);
    torn.open()
        .unwrap()
        .append(intent(4), Durability::Durable)
        .unwrap();
    assert_eq!(*torn.open().unwrap().state(), state);
    assert_eq!(torn.bytes(), bytes);
}

#[test]
fn a_changed_byte_is_refused_in_the_middle_and_never_misread_at_the_end() {
    let records = history();
    let (_, before) = written(records[..records.len() - 1].to_vec());
    let (fake, whole) = written(records);
    let bytes = fake.bytes();
    let last_line = bytes[..bytes.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap()
        + 1;
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 0x10;
        let damaged = Fake::with(&changed);
        match damaged.open() {
            Ok(journal) => {
                assert!(
                    place >= last_line,
                    "byte {place} was changed and nobody noticed"
                );
                assert!([&before, &whole].contains(&journal.state()), "byte {place}");
            }
            Err(JournalError::Damaged { .. }) => {
                let a_line_break = place + 1 == bytes.len();
                assert!(place < last_line || a_line_break, "byte {place}");
                assert_eq!(damaged.bytes(), changed, "a damaged file is left as it is");
            }
            Err(other) => panic!("byte {place}: {other}"),
        }
    }
}

#[test]
fn a_missing_line_is_noticed() {
    let (fake, _) = written(history());
    let text = String::from_utf8(fake.bytes()).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.remove(5);
    let error = Fake::with((lines.join("\n") + "\n").as_bytes())
        .open()
        .unwrap_err();
    assert!(
        matches!(error, JournalError::Damaged { line: 6, .. }),
        "{error}"
    );
}

#[test]
fn a_record_of_a_newer_library_is_refused() {
    let (fake, _) = written(vec![]);
    let mut bytes = fake.bytes();
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let newer = serde_json::json!({ "record": "refunded", "id": 1 });
    bytes.extend(Line::encode(lines, &newer).unwrap().bytes());
    let error = Fake::with(&bytes).open().unwrap_err();
    assert!(
        matches!(error, JournalError::Damaged { line, .. } if line == lines + 1),
        "{error}"
    );
}

#[test]
fn a_failed_call_counts_for_nothing_and_the_next_goes_on_from_the_disk() {
    for (call, kind) in [
        ("append", io::ErrorKind::StorageFull),
        ("sync", io::ErrorKind::Other),
        ("sync", io::ErrorKind::StorageFull),
    ] {
        let (fake, before) = written(history());
        let mut journal = fake.open().unwrap();
        fake.fail(call, 0, kind);
        let error = journal.append(intent(5), Durability::Durable).unwrap_err();
        assert!(matches!(error, JournalError::Io { .. }), "{error}");
        assert_eq!(*journal.state(), before, "after a failed {call}");

        journal
            .append(Record::Ack { id: 3 }, Durability::Durable)
            .unwrap();
        let reread = fake.open().unwrap();
        assert_eq!(reread.state(), journal.state());
        assert!(
            !reread.state().intents.contains_key(&5),
            "the failed intent is not there"
        );
        assert!(!reread.state().intents.contains_key(&3));
    }
}

#[test]
fn while_the_disk_cannot_be_read_nothing_is_written_and_nothing_is_forgotten() {
    for call in ["reopen", "read", "truncate"] {
        let (fake, before) = written(history());
        let mut journal = fake.open().unwrap();
        fake.fail("sync", 0, io::ErrorKind::Other);
        journal.append(intent(5), Durability::Durable).unwrap_err();
        fake.fail(call, 0, io::ErrorKind::Other);
        journal.append(intent(5), Durability::Durable).unwrap_err();
        assert_eq!(*journal.state(), before, "after a failed {call}");
        journal.append(intent(5), Durability::Durable).unwrap();
        assert_eq!(fake.open().unwrap().state(), journal.state());
    }
}

#[test]
fn compaction_keeps_the_state_and_drops_the_rest() {
    let (fake, before) = written(history());
    let mut journal = fake.open().unwrap();
    let hash_before = journal.hash("nozzapqOWJOCcWIX");
    journal.compact().unwrap();
    assert_eq!(*journal.state(), before);
    let mut reread = fake.open().unwrap();
    assert_eq!(*reread.state(), before);
    assert_eq!(reread.hash("nozzapqOWJOCcWIX"), hash_before);
    reread
        .append(Record::Ack { id: 3 }, Durability::Durable)
        .unwrap();
    assert_eq!(fake.open().unwrap().state(), reread.state());
}

#[test]
fn a_compaction_that_fails_leaves_the_journal_usable() {
    let (fake, before) = written(history());
    let mut journal = fake.open().unwrap();
    fake.fail("replace", 0, io::ErrorKind::StorageFull);
    journal.compact().unwrap_err();
    assert_eq!(*journal.state(), before);
    journal.append(intent(5), Durability::Durable).unwrap();
    assert_eq!(fake.open().unwrap().state(), journal.state());
}

#[test]
fn many_hashes_are_split_over_lines_and_survive() {
    let hashes: Vec<CodeHash> = (0..2500_u32)
        .map(|n| CodeHash::from_digest(&u128::from(n).to_be_bytes()))
        .collect();
    let (fake, state) = written(vec![Record::Known { hashes }]);
    assert_eq!(state.known.len(), 2500);
    assert_eq!(*fake.open().unwrap().state(), state);
    let lines = fake.bytes().iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, 2 + 3);
}

#[test]
fn another_account_is_refused() {
    let (fake, _) = written(history());
    let error = Journal::with_storage(Box::new(fake), b"other").unwrap_err();
    assert!(matches!(error, JournalError::OtherAccount));
}

#[test]
fn a_hash_depends_on_the_journal_and_shows_nothing_of_the_code() {
    let one = Fake::default().open().unwrap();
    let two = Fake::default().open().unwrap();
    assert_ne!(one.hash("nozzapqOWJOCcWIX"), two.hash("nozzapqOWJOCcWIX"));
    assert_ne!(one.hash("nozzapqOWJOCcWIX"), one.hash("nozzapqOWJOCcWlX"));
}

mod on_disk {
    use super::*;

    #[test]
    fn a_second_opening_is_locked_out_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let first = Journal::open(&path, ACCOUNT).unwrap();
        assert!(matches!(
            Journal::open(&path, ACCOUNT),
            Err(JournalError::Locked)
        ));
        drop(first);
        Journal::open(&path, ACCOUNT).unwrap();
    }

    #[test]
    fn it_stays_locked_over_a_compaction() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut first = Journal::open(&path, ACCOUNT).unwrap();
        first.compact().unwrap();
        assert!(matches!(
            Journal::open(&path, ACCOUNT),
            Err(JournalError::Locked)
        ));
    }

    #[test]
    fn a_file_that_grew_is_compacted_on_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, ACCOUNT).unwrap();
        for id in 1..=1100 {
            journal.append(intent(id), Durability::Lazy).unwrap();
            journal
                .append(Record::Ack { id }, Durability::Lazy)
                .unwrap();
        }
        drop(journal);
        let journal = Journal::open(&path, ACCOUNT).unwrap();
        assert_eq!(journal.state().next_id(), 1101);
        assert!(std::fs::metadata(&path).unwrap().len() < 1000);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = Journal::open(&path, ACCOUNT).unwrap();
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        journal.compact().unwrap();
        assert_eq!(mode(), 0o600);
        drop(journal);

        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        let error = Journal::open(&path, ACCOUNT).unwrap_err();
        assert!(error.to_string().contains("run `chmod 600 "), "{error}");
    }
}
