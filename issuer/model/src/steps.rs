//! What can happen, and what it does to the world.

use thordata_cdk_issuer::gate::{Answer, MayBegin, MaySettle, on_answer};
use thordata_cdk_issuer::store::PurchaseState;

use crate::world::{
    Action, Evidence, Fault, LEASE, LIFETIME, Owner, Purchase, Purchases, SEND_WITHIN, State,
    WINDOW, Wire, Wrong,
};

impl Purchases {
    /// The state after `action`; `None` if it cannot happen, or changes nothing.
    pub fn step(&self, last: &State, action: Action) -> Option<State> {
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
        // In one tick with what was bought by hand, nothing could tell them apart either.
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
