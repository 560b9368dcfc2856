//! The journal on a disk that fails, and on files that were cut and changed.

#![allow(clippy::arithmetic_side_effects)]

pub(in crate::issue) mod disk;
mod on_disk;
mod walk;

use std::io;

use super::record::{CodeHash, Record, Verdict};
use super::*;
use disk::Fake;

const ACCOUNT: &[u8] = b"token";

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
        Record::Downgraded {},
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
    for (place, bit) in (0..bytes.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << bit;
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
fn what_a_newer_library_wrote_is_refused() {
    for newer in [
        serde_json::json!({ "record": "refunded", "id": 1 }),
        serde_json::json!({ "record": "ack", "id": 1, "by": 2 }),
        serde_json::json!({ "record": "downgraded", "by": 2 }),
        serde_json::json!({ "record": "resolved", "id": 1, "verdict": "refunded", "hashes": [] }),
    ] {
        let (fake, _) = written(vec![]);
        let mut bytes = fake.bytes();
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        bytes.extend(Line::encode(lines, &newer).unwrap().bytes());
        let fake = Fake::with(&bytes);
        let error = fake.open().unwrap_err();
        assert!(
            matches!(error, JournalError::Newer { line } if line == lines + 1),
            "{newer}: {error}"
        );
        assert_eq!(fake.bytes(), bytes);
    }
    let header = serde_json::json!({ "journal": "thordata-cdk", "version": 2, "keys": {} });
    let newer = Line::encode(0, &header).unwrap();
    let error = Fake::with(newer.as_bytes()).open().unwrap_err();
    assert!(matches!(error, JournalError::Newer { line: 1 }), "{error}");
}

#[test]
fn half_a_first_look_is_none() {
    let look = |numbers: std::ops::Range<u32>| Record::Known {
        hashes: numbers
            .map(|n| CodeHash::from_digest(&u128::from(n).to_be_bytes()))
            .collect(),
    };
    let (begun, _) = written(vec![]);
    let (fake, state) = written(vec![look(0..2500)]);
    assert!(state.baselined);
    let (begun, bytes) = (begun.bytes().len(), fake.bytes());
    for cut in [
        begun,
        begun + 1,
        begun + 40_000,
        begun + 75_000,
        bytes.len() - 1,
    ] {
        let journal = Fake::with(&bytes[..cut]).open().unwrap();
        assert!(!journal.state().baselined, "cut at {cut}");
    }
    let (fake, _) = written(vec![look(0..0)]);
    assert!(fake.open().unwrap().state().baselined, "nothing was there");
}

#[test]
fn what_is_read_on_opening_is_durable_from_then_on() {
    let (fake, _) = written(vec![]);
    let mut journal = fake.open().unwrap();
    journal.append(intent(1), Durability::Lazy).unwrap();
    let found = fake.after_a_kill();
    let state = found.open().unwrap().state().clone();
    assert_eq!(state.next_id(), 2);
    for seed in 0..20 {
        let crashed = found.after_a_crash(&mut fastrand::Rng::with_seed(seed));
        assert_eq!(*crashed.open().unwrap().state(), state);
    }
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
    for call in ["reopen", "read", "truncate", "sync_name"] {
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
fn a_file_that_was_damaged_meanwhile_takes_nothing_and_nothing_is_forgotten() {
    let (fake, before) = written(history());
    let mut journal = fake.open().unwrap();
    fake.fail("sync", 0, io::ErrorKind::Other);
    journal.append(intent(5), Durability::Durable).unwrap_err();
    fake.damage(300);
    let damaged = fake.bytes();
    for _ in 0..2 {
        let error = journal.append(intent(5), Durability::Durable).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { .. }), "{error}");
        assert_eq!(*journal.state(), before);
        assert_eq!(fake.bytes(), damaged);
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
    fake.fail("install_new", 0, io::ErrorKind::StorageFull);
    journal.compact().unwrap_err();
    assert_eq!(*journal.state(), before);
    journal.append(intent(5), Durability::Durable).unwrap();
    assert_eq!(fake.open().unwrap().state(), journal.state());
}

#[test]
fn a_failed_compaction_and_a_failed_sync_together_lose_nothing() {
    let (fake, _) = written(history());
    let mut journal = fake.open().unwrap();
    journal
        .append(Record::Ack { id: 3 }, Durability::Lazy)
        .unwrap();
    fake.fail("install_new", 0, io::ErrorKind::StorageFull);
    journal.compact().unwrap_err();
    fake.fail("sync", 0, io::ErrorKind::Other);
    journal.append(intent(5), Durability::Durable).unwrap_err();
    journal.append(intent(5), Durability::Durable).unwrap();
    for seed in 0..20 {
        let crashed = fake.after_a_crash(&mut fastrand::Rng::with_seed(seed));
        assert_eq!(crashed.open().unwrap().state(), journal.state());
    }
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
    assert_eq!(lines, 2 + 3 + 1);
}

#[test]
fn another_account_is_refused() {
    let (fake, _) = written(history());
    let error = Journal::with_storage(Box::new(fake), b"other", Mismatch::Refuse).unwrap_err();
    assert!(matches!(error, JournalError::OtherAccount));
}

#[test]
fn a_replaced_token_is_noted_when_the_caller_says_so_and_nothing_is_forgotten() {
    let (fake, state) = written(history());
    let open = |account, mismatch| Journal::with_storage(Box::new(fake.clone()), account, mismatch);
    let journal = open(b"new token", Mismatch::Replace).unwrap();
    assert_eq!(*journal.state(), state);
    drop(journal);
    let journal = open(b"new token", Mismatch::Refuse).unwrap();
    assert_eq!(*journal.state(), state);
    let error = open(ACCOUNT, Mismatch::Refuse).unwrap_err();
    assert!(matches!(error, JournalError::OtherAccount), "{error}");
}

#[test]
fn a_hash_depends_on_the_journal_and_shows_nothing_of_the_code() {
    let one = Fake::default().open().unwrap();
    let two = Fake::default().open().unwrap();
    assert_ne!(one.hash("nozzapqOWJOCcWIX"), two.hash("nozzapqOWJOCcWIX"));
    assert_ne!(one.hash("nozzapqOWJOCcWIX"), one.hash("nozzapqOWJOCcWlX"));
}
