//! Two processes, one store and one service: what there is, and what the store counts. Whether a purchase begins,
//! whether somebody settles, what is overdue and what an answer does are decided by the issuer's own functions in
//! `gate.rs`, as in its stores. What is written here and in `steps.rs` a second time names the function that it mirrors.
//!
//! Each order is for one voucher, and all are of one traffic. Time is whole ticks. A pause is time that passes while a
//! process does nothing.

use thordata_cdk_issuer::gate::{Gate, is_overdue};
use thordata_cdk_issuer::store::PurchaseState;

pub const PROCESSES: usize = 2;
pub const KEYS: usize = 2;
/// A request may leave this long after its purchase began.
pub const SEND_WITHIN: i64 = 1;
/// How long a purchase may be sending.
pub const LIFETIME: i64 = 2;
/// How long a purchase is looked for.
pub const WINDOW: i64 = 2;
pub const LEASE: i64 = 2;

/// A rule left out on purpose, to see that the model notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A process that slept sends all the same.
    SendsLate,
    /// Purchases begin while others are settled.
    NothingWaits,
    /// Any voucher later than the purchase may be its own.
    NoUpperBound,
}

#[derive(Clone, Debug)]
pub struct Purchases {
    /// How long time goes on.
    pub ticks: i64,
    pub purchases: usize,
    pub in_flight: u32,
    /// Whether the service may carry a request out at any time, or only within the window.
    pub any_time: bool,
    pub fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    Unsent,
    /// It left then.
    Sent(i64),
    Refused,
    /// The service made the voucher then.
    Done(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purchase {
    pub key: usize,
    pub state: PurchaseState,
    pub began: i64,
    pub deadline: i64,
    /// When it came in doubt.
    pub doubt: i64,
    /// The process that waits for its end, until it has written that down or died.
    pub process: Option<usize>,
    pub wire: Wire,
}

/// To whom the store gives a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    pub purchase: usize,
    pub certain: bool,
    /// The order that it is certain for, surplus left aside; or a candidate.
    pub counts: bool,
}

/// What a settling process has seen: `Evidence` in settle.rs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Evidence {
    pub doubts: Vec<(usize, i64)>,
    pub candidates: Vec<usize>,
    pub looked: bool,
    pub repeated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub now: i64,
    /// The voucher of purchase `n` is voucher `n`.
    pub purchases: Vec<Purchase>,
    /// By purchase; the last is the one bought by hand.
    pub owners: Vec<Option<Owner>>,
    pub by_hand: Option<i64>,
    pub lease: Option<(usize, i64)>,
    pub settlers: [Option<Evidence>; PROCESSES],
    pub retried: [bool; KEYS],
    /// What went wrong in a step, and can't be read off a state.
    pub wrong: Option<Wrong>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// A voucher went from one order to another.
    Moved,
    /// A request left although the store had given its purchase up.
    SentAfterVerdict,
    /// An answer in time named a voucher that another order had got.
    AnswerTaken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Tick,
    Begin {
        process: usize,
        key: usize,
    },
    Send(usize),
    Commit(usize),
    Refuse(usize),
    /// The answer arrives and is written down, in time or not.
    Answer(usize),
    LoseAnswer(usize),
    Crash(usize),
    Lease(usize),
    /// A list is read. It may lack what was made in this tick.
    Look {
        process: usize,
        lags: bool,
    },
    Settle(usize),
    Retry(usize),
    BuyByHand,
}

impl State {
    /// `gate()` of the stores: purchases past their deadline come in doubt.
    pub fn gate(&mut self) -> Gate {
        let mut gate = Gate {
            now_ms: self.now,
            sending: 0,
            last_deadline_ms: 0,
            in_doubt: 0,
            lease_until_ms: self.lease.map_or(0, |(_, until)| until),
        };
        for purchase in &mut self.purchases {
            if is_overdue(purchase.state, purchase.deadline, self.now) {
                (purchase.state, purchase.doubt) = (PurchaseState::InDoubt, self.now);
            }
            match purchase.state {
                PurchaseState::Sending => {
                    gate.sending += 1;
                    gate.last_deadline_ms = gate.last_deadline_ms.max(purchase.deadline);
                }
                PurchaseState::InDoubt => gate.in_doubt += 1,
                _ => {}
            }
        }
        gate
    }

    pub fn holds_lease(&self, process: usize) -> bool {
        self.lease
            .is_some_and(|(holder, until)| holder == process && until > self.now)
    }

    pub fn counted(&self, purchase: usize) -> bool {
        let own = |owner: &Owner| owner.counts && owner.purchase == purchase;
        self.owners.iter().flatten().any(own)
    }

    /// `missing_and_blocked` of the stores, for an order of one voucher.
    pub fn missing_and_blocked(&self, key: usize) -> (bool, bool) {
        let of_key = |n: &usize| self.purchases[*n].key == key;
        let mine = || (0..self.purchases.len()).filter(of_key);
        let missing = !mine().any(|n| self.counted(n));
        let blocked = mine().any(|n| {
            use PurchaseState::{InDoubt, NotObserved, Sending, Unclear};
            let open = matches!(
                self.purchases[n].state,
                Sending | InDoubt | NotObserved | Unclear
            );
            open && !self.counted(n)
        });
        (missing, blocked)
    }

    /// `give` of the stores.
    pub fn give(&mut self, purchase: usize, voucher: usize) {
        let key = self.purchases[purchase].key;
        let (missing, _) = self.missing_and_blocked(key);
        match self.owners[voucher] {
            Some(owner) if owner.counts => {
                if self.purchases[owner.purchase].key != key {
                    self.wrong = Some(Wrong::Moved);
                }
            }
            _ => {
                self.owners[voucher] = Some(Owner {
                    purchase,
                    certain: true,
                    counts: missing,
                })
            }
        }
    }

    pub fn made(&self, voucher: usize) -> Option<i64> {
        match self.purchases.get(voucher) {
            Some(purchase) => match purchase.wire {
                Wire::Done(at) => Some(at),
                _ => None,
            },
            None if voucher + 1 == self.owners.len() => self.by_hand,
            None => None,
        }
    }

    /// What a list shows.
    pub fn listed(&self, lags: bool) -> Vec<usize> {
        let shown = |voucher: &usize| self.made(*voucher).is_some_and(|at| !lags || at < self.now);
        (0..self.owners.len()).filter(shown).collect()
    }

    /// Whether a purchase has not come to its end.
    pub fn is_open(&self) -> bool {
        let open =
            |p: &Purchase| matches!(p.state, PurchaseState::Sending | PurchaseState::InDoubt);
        self.purchases.iter().any(open)
    }
}
