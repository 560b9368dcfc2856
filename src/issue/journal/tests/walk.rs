//! Random histories: compacted, cut, on a disk that fails, and through crashes.

use std::io;

use super::*;

const VERDICTS: [Verdict; 9] = [
    Verdict::Created,
    Verdict::Recovered,
    Verdict::Partial,
    Verdict::Rejected,
    Verdict::NotSent,
    Verdict::NotObserved,
    Verdict::Unknown,
    Verdict::Adopted,
    Verdict::Discarded,
];

/// Any record, whether it can happen or not; now and then with more hashes than a line takes.
fn any_record(random: &mut fastrand::Rng) -> Record {
    let many = random.u8(..) == 0;
    let len = if many { 2500 } else { random.usize(0..6) };
    let hashes = (0..len).map(|n| {
        let number = if many { n + 100 } else { random.usize(0..40) };
        CodeHash::from_digest(&(number as u128).to_be_bytes())
    });
    let hashes: Vec<CodeHash> = hashes.collect();
    let id = random.u64(1..8);
    match random.u8(0..10) {
        0 => Record::Known { hashes },
        1 => Record::Orphans { hashes },
        2 => Record::OrphansSeen { hashes },
        3 => Record::Forgotten { hashes },
        4 => Record::Intent {
            id,
            traffic: random.i64(..),
            count: random.u32(..),
            unix_secs: random.i64(..),
            server_unix_secs: random.bool().then(|| random.i64(..)),
        },
        5 => Record::Attempt {
            id,
            number: random.u32(0..5),
        },
        6 => Record::Result { id, hashes },
        7 => Record::Resolved {
            id,
            verdict: random.choice(VERDICTS).unwrap(),
            hashes,
        },
        8 => Record::Ack { id },
        _ => Record::Downgraded {},
    }
}

fn any_history(random: &mut fastrand::Rng) -> Vec<Record> {
    (0..random.usize(0..40))
        .map(|_| any_record(random))
        .collect()
}

#[test]
fn a_compacted_state_is_the_same_state() {
    for seed in 0..300 {
        let (fake, state) = written(any_history(&mut fastrand::Rng::with_seed(seed)));
        let mut journal = fake.open().unwrap();
        assert_eq!(*journal.state(), state, "seed {seed}");
        journal.compact().unwrap();
        assert_eq!(*fake.open().unwrap().state(), state, "seed {seed}");
        assert!(
            journal.lines <= state.lines_needed(),
            "seed {seed}: {} lines, {} were to be enough",
            journal.lines,
            state.lines_needed()
        );
    }
}

#[test]
fn a_file_cut_anywhere_yields_a_state_that_was_or_is_no_journal() {
    for seed in 0..5 {
        let mut random = fastrand::Rng::with_seed(seed);
        let history: Vec<Record> = (0..12).map(|_| any_record(&mut random)).collect();
        let lines: Vec<Record> = history.iter().cloned().flat_map(Record::lines).collect();
        let (fake, _) = written(history);
        let bytes = fake.bytes();
        let mut state = State::default();
        let mut rest = lines.into_iter();
        let mut whole_lines = 0;
        for cut in 0..bytes.len() {
            if cut > 0 && bytes[cut - 1] == b'\n' {
                whole_lines += 1;
                if whole_lines > 2 {
                    state.apply(rest.next().unwrap());
                }
            }
            if bytes.len() > 20_000 && cut % 997 != 0 {
                continue;
            }
            match Fake::with(&bytes[..cut]).open() {
                Ok(journal) => assert_eq!(*journal.state(), state, "seed {seed}, cut at {cut}"),
                Err(JournalError::Damaged { line: 1, .. }) => assert_eq!(whole_lines, 0),
                Err(other) => panic!("seed {seed}, cut at {cut}: {other}"),
            }
        }
    }
}

/// Fails the first, the second, … call of each kind that a whole history takes.
#[test]
fn any_call_may_fail_once() {
    let run = |fake: &Fake| {
        let mut failed = 0;
        let mut journal = loop {
            match fake.open() {
                Ok(journal) => break journal,
                Err(JournalError::Io { .. }) => failed += 1,
                Err(other) => panic!("{other}"),
            }
        };
        for (n, record) in history().into_iter().enumerate() {
            while let Err(error) = journal.append(record.clone(), Durability::Durable) {
                assert!(matches!(error, JournalError::Io { .. }), "{error}");
                failed += 1;
            }
            if n % 4 == 0 && journal.compact().is_err() {
                failed += 1;
            }
        }
        (journal.state().clone(), failed)
    };
    let fake = Fake::default();
    let (state, failed) = run(&fake);
    assert_eq!(failed, 0);
    let calls = fake.disk().calls.clone();
    let kinds = [
        "read",
        "append",
        "sync",
        "write_new",
        "install_new",
        "sync_name",
    ];
    for call in kinds {
        let times = calls.iter().filter(|name| **name == call).count();
        assert!(times > 0, "{call}");
        for after in 0..times as u32 {
            let fake = Fake::default();
            fake.fail(call, after, io::ErrorKind::StorageFull);
            let (got, failed) = run(&fake);
            assert_eq!((&got, failed), (&state, 1), "{call} {after}");
            assert_eq!(*fake.open().unwrap().state(), state, "{call} {after}");
        }
    }
}

/// What a durable record said is there after any crash, and nothing is there that was not tried.
#[test]
fn no_crash_takes_back_what_was_durable() {
    let walks = std::env::var("JOURNAL_WALKS").map_or(400, |walks| walks.parse().unwrap());
    for seed in 0..walks {
        walk(seed);
    }
}

fn walk(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut fake = Fake::default();
    let mut journal = fake.open().unwrap();
    let percent = random.choice([0, 5, 30]).unwrap();
    fake.trouble(percent, seed);
    // What a sync has confirmed, and everything that a crash may leave instead.
    let mut sure = State::default();
    let mut possible = vec![State::default()];
    for step in 0..random.usize(1..30) {
        let at = format!("seed {seed}, step {step}");
        match random.u8(0..12) {
            0 => {
                let found = if random.bool() || fake.has_given_up() {
                    fake.after_a_crash(&mut random)
                } else {
                    fake.after_a_kill()
                };
                fake = found;
                journal = fake.open().unwrap_or_else(|error| panic!("{at}: {error}"));
                let state = journal.state();
                assert!(
                    possible.contains(state),
                    "{at}: not among {} states",
                    possible.len()
                );
                fake.trouble(percent, seed + step as u64);
                sure = state.clone();
                possible = vec![sure.clone()];
            }
            1 => {
                let in_doubt = journal.in_doubt;
                let done = journal.compact();
                if in_doubt && !journal.in_doubt {
                    assert_eq!(*journal.state(), sure, "{at}");
                }
                if done.is_ok() || (!in_doubt && journal.durable_len >= journal.len) {
                    sure = journal.state().clone();
                    possible = vec![sure.clone()];
                }
            }
            _ => {
                let durability = if random.bool() {
                    Durability::Durable
                } else {
                    Durability::Lazy
                };
                let record = any_record(&mut random);
                let mut tried = match journal.in_doubt {
                    true => sure.clone(),
                    false => journal.state().clone(),
                };
                for line in record.clone().lines() {
                    tried.apply(line);
                    possible.push(tried.clone());
                }
                let before = journal.state().clone();
                match journal.append(record, durability) {
                    Ok(()) => {
                        assert_eq!(*journal.state(), tried, "{at}");
                        if durability == Durability::Durable {
                            sure = tried;
                            possible = vec![sure.clone()];
                        }
                    }
                    Err(_) => assert!([&before, &sure].contains(&journal.state()), "{at}"),
                }
            }
        }
    }
}
