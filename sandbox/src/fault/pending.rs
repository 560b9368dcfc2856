//! Work that a fault put off: what it is, and what sets it going.

use crate::ledger::Store;

/// A request's effect, decided when it came in and carried out later.
pub(crate) enum Work {
    Create { codes: Vec<String>, traffic: i64 },
    Revoke { code: String },
}

impl Work {
    pub(crate) fn carry_out(self, store: &mut Store, now: i64, request_id: u64) {
        match self {
            Self::Create { codes, traffic } => store.add(&codes, traffic, now, request_id),
            // Something else may have happened to the voucher meanwhile: then nothing is left to do.
            Self::Revoke { code } => drop(store.revoke(&code)),
        }
    }
}

/// What work waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// A timer that knows the work's number.
    Timer,
    /// After this many further list replies.
    Lists(u32),
    /// A call of `commit_held`.
    Release,
}

struct Entry {
    number: u64,
    request_id: u64,
    work: Work,
    trigger: Trigger,
}

/// All work that is put off, in the order in which it came.
#[derive(Default)]
pub(crate) struct Pending {
    // In order: vouchers are listed in the order in which they are created.
    entries: Vec<Entry>,
    last_number: u64,
}

impl Pending {
    /// Puts work off and returns its number.
    pub(crate) fn add(&mut self, request_id: u64, work: Work, trigger: Trigger) -> u64 {
        self.last_number = self.last_number.saturating_add(1);
        let number = self.last_number;
        self.entries.push(Entry {
            number,
            request_id,
            work,
            trigger,
        });
        number
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets everything. Numbers go on, so that an old timer does not set new work going.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Counts a list reply and takes out what has waited for it.
    pub(crate) fn after_list(&mut self) -> Vec<(u64, Work)> {
        for entry in &mut self.entries {
            if let Trigger::Lists(left) = &mut entry.trigger {
                *left = left.saturating_sub(1);
            }
        }
        self.take(|entry| entry.trigger == Trigger::Lists(0))
    }

    /// Takes out the work of a timer, unless it was forgotten meanwhile.
    pub(crate) fn after_timer(&mut self, number: u64) -> Vec<(u64, Work)> {
        self.take(|entry| entry.number == number)
    }

    /// Takes out what waits for `commit_held`.
    pub(crate) fn release(&mut self) -> Vec<(u64, Work)> {
        self.take(|entry| entry.trigger == Trigger::Release)
    }

    fn take(&mut self, ripe: impl Fn(&Entry) -> bool) -> Vec<(u64, Work)> {
        self.entries
            .extract_if(.., |entry| ripe(entry))
            .map(|entry| (entry.request_id, entry.work))
            .collect()
    }
}
