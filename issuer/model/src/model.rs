//! Two processes, one store and one service. Whether a purchase begins, whether somebody settles, what is overdue and
//! what an answer does are decided by the issuer's own functions in `gate.rs`, as in its stores. What is written here a
//! second time names the function that it mirrors.
//!
//! Each order is for one voucher, and all are of one traffic. Time is whole ticks. A pause is time that passes while a
//! process does nothing.

use stateright::{Model, Property};
use thordata_cdk_issuer::gate::{Answer, Gate, MayBegin, MaySettle, is_overdue, on_answer};
use thordata_cdk_issuer::store::PurchaseState;

use crate::rescue;

pub const PROCESSES: usize = 2;
pub const KEYS: usize = 2;
/// A request may leave this long after its purchase began.
const SEND_WITHIN: i64 = 1;
/// How long a purchase may be sending.
const LIFETIME: i64 = 2;
/// How long a purchase is looked for.
const WINDOW: i64 = 2;
const LEASE: i64 = 2;

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
    began: i64,
    deadline: i64,
    /// When it came in doubt.
    doubt: i64,
    /// The process that waits for its end, until it has written that down or died.
    process: Option<usize>,
    pub wire: Wire,
}

/// To whom the store gives a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    purchase: usize,
    pub certain: bool,
    /// The order that it is certain for, surplus left aside; or a candidate.
    pub counts: bool,
}

/// What a settling process has seen: `Evidence` in settle.rs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Evidence {
    doubts: Vec<(usize, i64)>,
    candidates: Vec<usize>,
    looked: bool,
    repeated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub now: i64,
    /// The voucher of purchase `n` is voucher `n`.
    pub purchases: Vec<Purchase>,
    /// By purchase; the last is the one bought by hand.
    pub owners: Vec<Option<Owner>>,
    pub by_hand: Option<i64>,
    lease: Option<(usize, i64)>,
    settlers: [Option<Evidence>; PROCESSES],
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
    fn gate(&mut self) -> Gate {
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

    fn holds_lease(&self, process: usize) -> bool {
        self.lease
            .is_some_and(|(holder, until)| holder == process && until > self.now)
    }

    fn counted(&self, purchase: usize) -> bool {
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
    fn give(&mut self, purchase: usize, voucher: usize) {
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

    fn made(&self, voucher: usize) -> Option<i64> {
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
    fn listed(&self, lags: bool) -> Vec<usize> {
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

impl Purchases {
    /// `is_in_time` of settle.rs.
    fn is_in_time(&self, purchase: &Purchase, at: i64) -> bool {
        let last = purchase.began + LIFETIME + WINDOW;
        at >= purchase.began && (at <= last || self.fault == Some(Fault::NoUpperBound))
    }

    /// `begin_purchase` of the stores.
    fn begin(&self, state: &mut State, process: usize, key: usize) -> Option<()> {
        let (missing, blocked) = state.missing_and_blocked(key);
        let mut gate = state.gate();
        if self.fault == Some(Fault::NothingWaits) {
            gate.in_doubt = 0;
        }
        // In the same tick as a purchase by hand, the two could not be distinguished either.
        let may =
            gate.may_begin(self.in_flight) == MayBegin::Yes && state.by_hand != Some(state.now);
        if !missing || blocked || !may || state.purchases.len() == self.purchases {
            return None;
        }
        state.purchases.push(Purchase {
            key,
            state: PurchaseState::Sending,
            began: state.now,
            deadline: state.now + LIFETIME,
            doubt: 0,
            process: Some(process),
            wire: Wire::Unsent,
        });
        Some(())
    }

    /// `CallOptions::send_before`: too late, and it is proven that nothing was sent.
    fn send(&self, state: &mut State, n: usize) {
        let now = state.now;
        let purchase = &mut state.purchases[n];
        if now >= purchase.began + SEND_WITHIN && self.fault != Some(Fault::SendsLate) {
            return not_bought(purchase);
        }
        purchase.wire = Wire::Sent(now);
        if purchase.state != PurchaseState::Sending {
            state.wrong = Some(Wrong::SentAfterVerdict);
        }
    }

    /// `lease` of the stores, and the start of a look in settling.rs.
    fn lease(&self, state: &mut State, process: usize) -> Option<()> {
        let mut gate = state.gate();
        if self.fault == Some(Fault::NothingWaits) {
            gate.sending = 0;
        }
        if gate.may_settle(state.holds_lease(process)) != MaySettle::Yes {
            return None;
        }
        state.lease = Some((process, state.now + LEASE));
        let (doubt, age) = (PurchaseState::InDoubt, |p: &Purchase| state.now - p.doubt);
        let all = state.purchases.iter().enumerate();
        let doubts: Vec<(usize, i64)> = all
            .filter(|(_, p)| p.state == doubt)
            .map(|(n, p)| (n, age(p)))
            .collect();
        let ids = |doubts: &[(usize, i64)]| doubts.iter().map(|d| d.0).collect::<Vec<_>>();
        let kept = state.settlers[process]
            .take()
            .filter(|e| ids(&e.doubts) == ids(&doubts));
        let new = Evidence {
            doubts: Vec::new(),
            candidates: Vec::new(),
            looked: false,
            repeated: false,
        };
        let evidence = kept.unwrap_or(new);
        state.settlers[process] = Some(Evidence {
            doubts,
            looked: false,
            ..evidence
        });
        Some(())
    }

    /// `Look` in settle.rs.
    fn look(&self, state: &mut State, process: usize, lags: bool) -> Option<()> {
        let mut evidence = state.settlers[process].take()?;
        let before = evidence.candidates.len();
        for voucher in state.listed(lags) {
            let at = state.made(voucher)?;
            let concerns = |(n, _): &(usize, i64)| self.is_in_time(&state.purchases[*n], at);
            let fits = state.owners[voucher].is_none() && evidence.doubts.iter().any(concerns);
            if fits && !evidence.candidates.contains(&voucher) {
                evidence.candidates.push(voucher);
            }
        }
        evidence.candidates.sort_unstable();
        (evidence.repeated, evidence.looked) = (before == evidence.candidates.len(), true);
        state.settlers[process] = Some(evidence);
        Some(())
    }

    /// `verdicts_of` in settle.rs with `settle` of the stores. The account is exclusive.
    fn settle(&self, state: &mut State, process: usize) -> Option<()> {
        let evidence = state.settlers[process].clone()?;
        let (doubts, candidates) = (&evidence.doubts, &evidence.candidates);
        let ended = doubts.iter().all(|(_, age)| *age >= WINDOW);
        let decided = evidence.repeated && (ended || candidates.len() == doubts.len());
        if !decided {
            return None;
        }
        if !state.holds_lease(process) {
            state.settlers[process] = None;
            return Some(());
        }
        let mut left = candidates.iter();
        let fits = candidates.len() <= doubts.len();
        // All verdicts are written or none.
        let in_doubt = |(n, _): &(usize, i64)| state.purchases[*n].state == PurchaseState::InDoubt;
        let free = |voucher: &usize| state.owners[*voucher].is_none_or(|owner| !owner.certain);
        if !doubts.iter().all(in_doubt) || !candidates.iter().all(free) {
            state.settlers[process] = None;
            return Some(());
        }
        for (n, _) in doubts {
            if !fits {
                for voucher in left.by_ref() {
                    let candidate = Owner {
                        purchase: *n,
                        certain: false,
                        counts: false,
                    };
                    state.owners[*voucher].get_or_insert(candidate);
                }
                state.purchases[*n].state = PurchaseState::Unclear;
                continue;
            }
            if let Some(voucher) = left.next() {
                state.give(*n, *voucher);
            }
            state.purchases[*n].state = match state.counted(*n) {
                true => PurchaseState::Bought,
                false => PurchaseState::NotObserved,
            };
        }
        state.settlers[process] = None;
        if !state
            .purchases
            .iter()
            .any(|p| p.state == PurchaseState::InDoubt)
        {
            state.lease = None;
        }
        Some(())
    }

    /// `finish_purchase` of the stores.
    fn answer(&self, state: &mut State, n: usize) -> Option<()> {
        let purchase = &mut state.purchases[n];
        purchase.process = None;
        match purchase.wire {
            Wire::Refused => not_bought(purchase),
            Wire::Done(_) => {
                if on_answer(purchase.state) == Answer::Ignore {
                    return Some(());
                }
                let in_time =
                    purchase.state == PurchaseState::Sending && state.now < purchase.deadline;
                if state.owners[n].is_some_and(|owner| owner.certain && owner.purchase != n) {
                    if state.purchases[n].state == PurchaseState::Sending {
                        state.purchases[n].state = PurchaseState::InDoubt;
                        state.purchases[n].doubt = state.now;
                    }
                    if in_time {
                        state.wrong = Some(Wrong::AnswerTaken);
                    }
                    return Some(());
                }
                state.give(n, n);
                state.purchases[n].state = PurchaseState::Bought;
            }
            Wire::Unsent | Wire::Sent(_) => return None,
        }
        Some(())
    }
}

fn not_bought(purchase: &mut Purchase) {
    use PurchaseState::{InDoubt, NotBought, NotObserved, Sending};
    purchase.process = None;
    if matches!(purchase.state, Sending | InDoubt | NotObserved) {
        purchase.state = NotBought;
    }
}

impl Model for Purchases {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: 1,
            purchases: Vec::new(),
            owners: vec![None; self.purchases + 1],
            by_hand: None,
            lease: None,
            settlers: [None, None],
            retried: [false; KEYS],
            wrong: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.now < self.ticks {
            actions.push(Action::Tick);
        }
        for process in 0..PROCESSES {
            // Processes and keys are alike: whoever begins first is the first.
            if !state.purchases.is_empty() {
                actions.extend((0..KEYS).map(|key| Action::Begin { process, key }));
            } else if process == 0 {
                actions.push(Action::Begin { process, key: 0 });
            }
            actions.push(Action::Lease(process));
            actions.push(Action::Crash(process));
            match &state.settlers[process] {
                Some(evidence) if evidence.looked => actions.push(Action::Settle(process)),
                Some(_) => actions.extend([false, true].map(|lags| Action::Look { process, lags })),
                None => {}
            }
        }
        for (n, purchase) in state.purchases.iter().enumerate() {
            let waits = purchase.process.is_some();
            match purchase.wire {
                Wire::Unsent if waits => actions.push(Action::Send(n)),
                Wire::Sent(at) => {
                    if self.any_time || state.now < at + WINDOW {
                        actions.extend([Action::Commit(n), Action::Refuse(n)]);
                    }
                }
                Wire::Done(_) | Wire::Refused if waits => actions.push(Action::Answer(n)),
                _ => {}
            }
            if waits && purchase.wire != Wire::Unsent {
                actions.push(Action::LoseAnswer(n));
            }
        }
        actions.extend((0..KEYS).map(Action::Retry));
        // A purchase in doubt and this one would look the same: `exclusive` forbids that.
        let last = |p: &Purchase| p.began + LIFETIME + WINDOW;
        if state.by_hand.is_none()
            && state.is_open()
            && state.purchases.iter().all(|p| state.now > last(p))
        {
            actions.push(Action::BuyByHand);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Tick => state.now += 1,
            Action::Begin { process, key } => self.begin(&mut state, process, key)?,
            Action::Send(n) => self.send(&mut state, n),
            Action::Commit(n) => state.purchases[n].wire = Wire::Done(state.now),
            Action::Refuse(n) => state.purchases[n].wire = Wire::Refused,
            Action::Answer(n) => self.answer(&mut state, n)?,
            Action::LoseAnswer(n) => {
                let purchase = &mut state.purchases[n];
                purchase.process = None;
                if purchase.state == PurchaseState::Sending {
                    (purchase.state, purchase.doubt) = (PurchaseState::InDoubt, state.now);
                }
            }
            Action::Crash(process) => {
                state.settlers[process] = None;
                for purchase in &mut state.purchases {
                    purchase.process = purchase.process.filter(|waits| *waits != process);
                }
            }
            Action::Lease(process) => self.lease(&mut state, process)?,
            Action::Look { process, lags } => self.look(&mut state, process, lags)?,
            Action::Settle(process) => self.settle(&mut state, process)?,
            Action::Retry(key) => {
                use PurchaseState::{NotObserved, Released, Unclear};
                let (missing, _) = state.missing_and_blocked(key);
                let waits =
                    |p: &&mut Purchase| p.key == key && matches!(p.state, NotObserved | Unclear);
                let mut released = state.purchases.iter_mut().filter(waits).peekable();
                released.peek().filter(|_| missing)?;
                released.for_each(|purchase| purchase.state = Released);
                state.retried[key] = true;
            }
            Action::BuyByHand => state.by_hand = Some(state.now),
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        use crate::rules::*;
        vec![
            Property::always("each code goes to one order", one_order),
            Property::always(
                "a key is bought once, unless somebody called `retry`",
                bought_once,
            ),
            Property::always(
                "nothing is sent for a purchase that has its verdict",
                sent_in_time,
            ),
            Property::always(
                "what an answer names is the order's that asked",
                answers_hold,
            ),
            Property::always("a voucher bought by hand becomes nobody's", by_hand),
            Property::always(
                "every voucher is some order's, unless the service is late",
                explained,
            ),
            Property::always("the gate can open", rescue::can_open),
        ]
    }
}
