//! What all records of a journal together say.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::record::{CodeHash, Record, Verdict};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Whether it was ever looked what there is.
    pub(crate) baselined: bool,
    /// Every voucher that was there before the first order, or is explained, or was reported.
    pub(crate) known: HashSet<CodeHash>,
    /// Vouchers to report.
    pub(crate) orphans: BTreeSet<CodeHash>,
    /// Orders that are not finished, by their id.
    pub(crate) intents: BTreeMap<u64, IntentState>,
    /// The newest order's id, 0 if there was none.
    pub(crate) last_id: u64,
    /// Somebody else buys on this account.
    pub(crate) downgraded: bool,
}

/// An order that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IntentState {
    pub(crate) id: u64,
    pub(crate) traffic: i64,
    pub(crate) count: u32,
    pub(crate) unix_secs: i64,
    pub(crate) server_unix_secs: Option<i64>,
    pub(crate) attempts: u32,
    pub(crate) phase: Phase,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It may have been sent.
    Open,
    /// Its codes are known, and not acknowledged yet.
    Answered {
        verdict: Verdict,
        hashes: Vec<CodeHash>,
    },
    /// A person has to decide.
    Unknown { candidates: Vec<CodeHash> },
}

impl State {
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id.saturating_add(1)
    }

    pub(crate) fn apply(&mut self, record: Record) {
        match record {
            Record::Known { hashes } => self.known.extend(hashes),
            Record::Baselined {} => self.baselined = true,
            Record::Orphans { hashes } => {
                self.known.extend(hashes.iter().copied());
                self.orphans.extend(hashes);
            }
            Record::OrphansSeen { hashes } => {
                for hash in hashes {
                    self.orphans.remove(&hash);
                }
            }
            Record::Forgotten { hashes } => hashes.iter().for_each(|hash| {
                self.known.remove(hash);
                self.orphans.remove(hash);
            }),
            Record::Intent {
                id,
                traffic,
                count,
                unix_secs,
                server_unix_secs,
            } => {
                let phase = Phase::Open;
                let intent = IntentState {
                    id,
                    traffic,
                    count,
                    unix_secs,
                    server_unix_secs,
                    attempts: 1,
                    phase,
                };
                self.intents.insert(id, intent);
                self.last_id = self.last_id.max(id);
            }
            Record::Attempt { id, number } => {
                if let Some(intent) = self.intents.get_mut(&id) {
                    intent.attempts = number;
                }
            }
            Record::Result { id, hashes } => self.answer(id, Verdict::Created, hashes),
            Record::Resolved {
                id,
                verdict,
                hashes,
            } => match verdict {
                Verdict::Created | Verdict::Recovered | Verdict::Partial => {
                    self.answer(id, verdict, hashes);
                }
                Verdict::Unknown => self.enter(id, Phase::Unknown { candidates: hashes }),
                Verdict::Adopted => {
                    self.known.extend(hashes);
                    self.intents.remove(&id);
                }
                Verdict::Rejected
                | Verdict::NotSent
                | Verdict::NotObserved
                | Verdict::Discarded => {
                    self.intents.remove(&id);
                }
            },
            Record::Ack { id } => drop(self.intents.remove(&id)),
            Record::Downgraded {} => self.downgraded = true,
            Record::Compacted { last_id } => self.last_id = self.last_id.max(last_id),
        }
    }

    fn answer(&mut self, id: u64, verdict: Verdict, hashes: Vec<CodeHash>) {
        self.known.extend(hashes.iter().copied());
        self.enter(id, Phase::Answered { verdict, hashes });
    }

    fn enter(&mut self, id: u64, phase: Phase) {
        if let Some(intent) = self.intents.get_mut(&id) {
            intent.phase = phase;
        }
    }

    /// Records that lead to this state, and no more of them than it needs.
    pub(crate) fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let hashes = |set: &mut dyn Iterator<Item = &CodeHash>| set.copied().collect::<Vec<_>>();
        let known = Record::Known {
            hashes: hashes(&mut self.known.iter()),
        };
        let baselined = self.baselined.then_some(Record::Baselined {});
        let orphans = (!self.orphans.is_empty()).then(|| Record::Orphans {
            hashes: hashes(&mut self.orphans.iter()),
        });
        let downgraded = self.downgraded.then_some(Record::Downgraded {});
        // An answer that is taken in again must not bring back what was forgotten since.
        let answers = self.intents.values().map(|intent| match &intent.phase {
            Phase::Answered { hashes, .. } => hashes.as_slice(),
            Phase::Open | Phase::Unknown { .. } => &[],
        });
        let forgotten = hashes(&mut answers.flatten().filter(|hash| !self.known.contains(*hash)));
        let forgotten = (!forgotten.is_empty()).then_some(Record::Forgotten { hashes: forgotten });
        [
            Some(Record::Compacted {
                last_id: self.last_id,
            }),
            (!self.known.is_empty()).then_some(known),
            baselined,
            orphans,
            downgraded,
        ]
        .into_iter()
        .flatten()
        .chain(self.intents.values().flat_map(records_of))
        .chain(forgotten)
    }

    /// About as many lines as `records` takes.
    pub(crate) fn lines_needed(&self) -> u64 {
        let hashes = self
            .known
            .len()
            .saturating_add(self.orphans.len())
            .div_ceil(1000);
        hashes
            .saturating_add(self.intents.len().saturating_mul(3))
            .saturating_add(7) as u64
    }
}

fn records_of(intent: &IntentState) -> Vec<Record> {
    let &IntentState {
        id,
        traffic,
        count,
        unix_secs,
        server_unix_secs,
        attempts,
        ..
    } = intent;
    let mut records = vec![Record::Intent {
        id,
        traffic,
        count,
        unix_secs,
        server_unix_secs,
    }];
    if attempts != 1 {
        records.push(Record::Attempt {
            id,
            number: attempts,
        });
    }
    match &intent.phase {
        Phase::Open => {}
        Phase::Answered { verdict, hashes } => {
            let (verdict, hashes) = (*verdict, hashes.clone());
            records.push(Record::Resolved {
                id,
                verdict,
                hashes,
            });
        }
        Phase::Unknown { candidates } => {
            let (verdict, hashes) = (Verdict::Unknown, candidates.clone());
            records.push(Record::Resolved {
                id,
                verdict,
                hashes,
            });
        }
    }
    records
}
