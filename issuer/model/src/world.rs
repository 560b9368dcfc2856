//! Up to two processes, one store and one service: what there is, and what the store counts. Whether a purchase begins,
//! whether somebody settles, and what is overdue are decided by the issuer's own functions in `gate.rs`, as in its stores.
//! What is written here and in `steps.rs` a second time names the function that it mirrors.
//!
//! All orders are of one traffic, for one voucher each or for some. The service makes the vouchers of one purchase at
//! once. Time is whole ticks. A pause is time that passes while a process does nothing.

use thordata_cdk_issuer::gate::{Gate, is_overdue};
use thordata_cdk_issuer::store::PurchaseState;

/// The most there are.
pub const PROCESSES: usize = 2;
pub const KEYS: usize = 2;
/// A request may leave this long after its purchase began.
pub const SEND_WITHIN: i64 = 1;
/// How long a purchase may be sending.
pub const LIFETIME: i64 = 2;
/// How long a purchase is looked for.
pub const WINDOW: i64 = 2;
pub const LEASE: i64 = 2;
/// `GIVEN_UP` in settle.rs.
pub const GIVEN_UP: u8 = 2;

/// A rule left out on purpose, to see that the model notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A process that slept sends all the same.
    SendsLate,
    /// Purchases begin while others are settled.
    NothingWaits,
    /// Any voucher later than the purchase may be its own.
    NoUpperBound,
    /// Lists that are never believed are waited for without end.
    NeverGivesUp,
    /// Two lists that are not believed end the wait before the window does.
    GivesUpEarly,
    /// A list counts, whatever it lacks.
    BelievesAll,
    /// After lists that were not believed, what they showed is given to orders.
    GivesUnbelieved,
    /// An answer that names another number of codes is no answer.
    DropsNamed,
    /// An answer that names fewer codes ends its purchase like any other.
    ShortIsBought,
    /// What a late answer names is dropped if a list has completed its purchase.
    IgnoresLate,
    /// What a late answer names is dropped if it names a voucher that a list gave away.
    DropsContradicted,
}

/// How far lists may lag behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// They may lack what was made in this tick.
    Prompt,
    /// Or they show nothing that the store knows, for as long as they like.
    Stale,
    /// They may lack any number of the newest vouchers, for as long as they like.
    Lagging,
}

#[derive(Clone, Debug)]
pub struct Purchases {
    /// How long time goes on.
    pub ticks: i64,
    pub processes: usize,
    pub purchases: usize,
    pub in_flight: u32,
    /// Whether the first key has bought one voucher before, so that the store knows one.
    pub knows_one: bool,
    /// How many vouchers the order of each key is for.
    pub ordered: [usize; KEYS],
    /// The largest count of one purchase.
    pub max_count: usize,
    /// Whether the service may carry a request out at any time, or only within the window.
    pub any_time: bool,
    pub lists: Lists,
    /// Whether the service may make one voucher more or less than asked for, and leave some out of its answer.
    pub other_counts: bool,
    /// Whether somebody buys by hand when no purchase could be taken for it.
    pub by_hand: bool,
    pub fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    Unsent,
    /// It left then.
    Sent(i64),
    Refused,
    /// The service made so many vouchers then.
    Done {
        at: i64,
        made: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Purchase {
    pub key: usize,
    /// How many vouchers it asks for.
    pub count: usize,
    pub state: PurchaseState,
    pub began: i64,
    pub deadline: i64,
    /// When it came in doubt.
    pub doubt: i64,
    /// The process that waits for its end, until it has written that down or died.
    pub process: Option<usize>,
    pub wire: Wire,
}

impl Purchase {
    pub fn made(&self) -> usize {
        match self.wire {
            Wire::Done { made, .. } => made,
            _ => 0,
        }
    }
}

/// `VoucherRole`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Certain,
    Surplus,
    Candidate,
}

/// To whom the store gives a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    pub purchase: usize,
    pub role: Role,
}

/// `Doubt` of the stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Doubt {
    pub purchase: usize,
    /// How many of its vouchers no answer named.
    pub count: usize,
    pub age: i64,
}

/// What a settling process has seen: `Evidence` in settle.rs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Evidence {
    pub doubts: Vec<Doubt>,
    pub candidates: Vec<usize>,
    pub looked: bool,
    pub repeated: bool,
    /// How many lists in a row were not believed; more than `GIVEN_UP` make no difference.
    pub stale: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub now: i64,
    pub purchases: Vec<Purchase>,
    /// By voucher. Each purchase has `most` of them, made or not; the last is the one bought by hand.
    pub owners: Vec<Option<Owner>>,
    /// The most vouchers that one purchase can bring.
    pub most: usize,
    pub ordered: [usize; KEYS],
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
    /// An answer named a voucher that the store does not know.
    NamedLost,
    /// An order got a voucher of a purchase that was not in doubt.
    Misgiven,
    /// A verdict missed a voucher, although lists were believed.
    Overlooked,
    /// An order got a voucher although the last list was not believed.
    GivenUnbelieved,
}

/// Which codes an answer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    All,
    First,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Tick,
    Begin {
        process: usize,
        key: usize,
    },
    Send(usize),
    Commit {
        purchase: usize,
        made: usize,
    },
    Refuse(usize),
    /// The answer arrives and is written down, in time or not.
    Answer {
        purchase: usize,
        names: Names,
    },
    LoseAnswer(usize),
    Crash(usize),
    Lease(usize),
    /// A list is read that lacks so many of the newest vouchers.
    Look {
        process: usize,
        lacks: usize,
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

    /// How many vouchers the store holds for this purchase, with one of these roles.
    pub fn held(&self, purchase: usize, roles: &[Role]) -> usize {
        let own = |owner: &&Owner| owner.purchase == purchase && roles.contains(&owner.role);
        self.owners.iter().flatten().filter(own).count()
    }

    /// How many vouchers of a purchase are not certain.
    pub fn outstanding(&self, n: usize) -> usize {
        let certain = self.held(n, &[Role::Certain]);
        self.purchases[n].count.saturating_sub(certain)
    }

    /// How many vouchers of a purchase are missing, surplus not among them: `unnamed` of the stores.
    pub fn unnamed(&self, n: usize) -> usize {
        let held = self.held(n, &[Role::Certain, Role::Surplus]);
        self.purchases[n].count.saturating_sub(held)
    }

    /// `missing_and_blocked` of the stores.
    pub fn missing_and_blocked(&self, key: usize) -> (usize, usize) {
        let (mut missing, mut blocked) = (self.ordered[key], 0);
        for (n, purchase) in self.purchases.iter().enumerate() {
            use PurchaseState::{InDoubt, NotObserved, Sending, Unclear};
            if purchase.key != key {
                continue;
            }
            missing = missing.saturating_sub(self.held(n, &[Role::Certain]));
            if matches!(purchase.state, Sending | InDoubt | NotObserved | Unclear) {
                blocked += self.outstanding(n);
            }
        }
        (missing, blocked)
    }

    /// `are_free` of the stores.
    pub fn are_free(&self, purchase: usize, vouchers: &[usize]) -> bool {
        let free = |owner: Owner| owner.role == Role::Candidate || owner.purchase == purchase;
        vouchers.iter().all(|v| self.owners[*v].is_none_or(free))
    }

    /// `give` of the stores.
    pub fn give(&mut self, purchase: usize, vouchers: &[usize]) {
        let key = self.purchases[purchase].key;
        let (mut missing, _) = self.missing_and_blocked(key);
        for voucher in vouchers {
            let owner = &mut self.owners[*voucher];
            if let Some(owner) = owner.filter(|owner| owner.role != Role::Candidate)
                && self.purchases[owner.purchase].key != key
            {
                self.wrong = Some(Wrong::Moved);
            }
            if owner.is_none_or(|owner| owner.role != Role::Certain) {
                let role = match missing {
                    0 => Role::Surplus,
                    _ => Role::Certain,
                };
                *owner = Some(Owner { purchase, role });
                missing = missing.saturating_sub(1);
            }
        }
    }

    /// `add_candidates` of the stores. Whether there was one.
    pub fn add_candidates(&mut self, purchase: usize, vouchers: &[usize]) -> bool {
        let mut new = false;
        for voucher in vouchers {
            let owner = &mut self.owners[*voucher];
            new |= owner.is_none();
            owner.get_or_insert(Owner {
                purchase,
                role: Role::Candidate,
            });
        }
        new
    }

    /// The purchase that a voucher was made for; `None` if it was bought by hand.
    pub fn maker(&self, voucher: usize) -> Option<usize> {
        (voucher + 1 < self.owners.len()).then(|| voucher / self.most)
    }

    /// The vouchers of a purchase that the service has made.
    pub fn vouchers_of(&self, n: usize) -> std::ops::Range<usize> {
        let first = n * self.most;
        first..first + self.purchases[n].made()
    }

    pub fn made(&self, voucher: usize) -> Option<i64> {
        let Some(n) = self.maker(voucher) else {
            return self.by_hand;
        };
        match self.purchases.get(n)?.wire {
            Wire::Done { at, made } if voucher % self.most < made => Some(at),
            _ => None,
        }
    }

    /// All vouchers there are, the oldest first.
    pub fn listed(&self) -> Vec<usize> {
        let made = |voucher: usize| self.made(voucher).map(|at| (at, voucher));
        let mut listed: Vec<(i64, usize)> = (0..self.owners.len()).filter_map(made).collect();
        listed.sort_unstable();
        listed.into_iter().map(|(_, voucher)| voucher).collect()
    }

    /// Whether the store knows the voucher as one of the newest. It asks for more of these than there are here.
    pub fn is_certain(&self, voucher: usize) -> bool {
        self.owners[voucher].is_some_and(|owner| owner.role == Role::Certain)
    }

    /// Whether a purchase has not come to its end.
    pub fn is_open(&self) -> bool {
        let open =
            |p: &Purchase| matches!(p.state, PurchaseState::Sending | PurchaseState::InDoubt);
        self.purchases.iter().any(open)
    }
}
