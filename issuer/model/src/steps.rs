//! What can happen, and what it does to the world. What settling does is in `settling.rs`.

use thordata_cdk_issuer::gate::MayBegin;
use thordata_cdk_issuer::store::PurchaseState;

use crate::world::{
    Action, Fault, LIFETIME, Names, Purchase, Purchases, SEND_WITHIN, State, Wire, Wrong,
};

impl Purchases {
    /// The state after `action`; `None` if it cannot happen, or changes nothing.
    pub fn step(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.apply(&mut state, action)?;
        (state != *last).then_some(state)
    }

    /// `None` if `action` cannot happen. Purchases past their deadline may be in doubt then, as in the stores.
    pub fn apply(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Tick => state.now += 1,
            Action::Begin { process, key } => self.begin(state, process, key)?,
            Action::Send(n) => self.send(state, n),
            Action::Commit { purchase, made } => {
                let at = state.now;
                state.purchases[purchase].wire = Wire::Done { at, made };
            }
            Action::Refuse(n) => state.purchases[n].wire = Wire::Refused,
            Action::Answer { purchase, names } => self.answer(state, purchase, names)?,
            Action::LoseAnswer(n) => {
                state.purchases[n].process = None;
                comes_in_doubt(state, n);
            }
            Action::Crash(process) => {
                state.settlers[process] = None;
                for purchase in &mut state.purchases {
                    purchase.process = purchase.process.filter(|waits| *waits != process);
                }
            }
            Action::Lease(process) => self.lease(state, process)?,
            Action::Look { process, lacks } => self.look(state, process, lacks)?,
            Action::Settle(process) => self.settle(state, process)?,
            Action::Retry(key) => {
                use PurchaseState::{NotObserved, Released, Unclear};
                let (missing, _) = state.missing_and_blocked(key);
                let waits =
                    |p: &&mut Purchase| p.key == key && matches!(p.state, NotObserved | Unclear);
                let mut released = state.purchases.iter_mut().filter(waits).peekable();
                released.peek().filter(|_| missing > 0)?;
                released.for_each(|purchase| purchase.state = Released);
                state.retried[key] = true;
            }
            Action::BuyByHand => state.by_hand = Some(state.now),
        }
        Some(())
    }

    /// `begin_purchase` of the stores.
    fn begin(&self, state: &mut State, process: usize, key: usize) -> Option<()> {
        let (missing, blocked) = state.missing_and_blocked(key);
        let count = missing.saturating_sub(blocked).min(self.max_count);
        let mut gate = state.gate();
        if self.fault == Some(Fault::NothingWaits) {
            gate.in_doubt = 0;
        }
        // In one tick with what was bought by hand, nothing could tell them apart either.
        let may =
            gate.may_begin(self.in_flight) == MayBegin::Yes && state.by_hand != Some(state.now);
        if count == 0 || !may || state.purchases.len() == self.purchases {
            return None;
        }
        state.purchases.push(Purchase {
            key,
            count,
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

    /// `answered` in purchase.rs, and `finish_purchase` of the stores.
    fn answer(&self, state: &mut State, n: usize, names: Names) -> Option<()> {
        let purchase = &mut state.purchases[n];
        purchase.process = None;
        match purchase.wire {
            Wire::Refused => not_bought(purchase),
            Wire::Done { .. } => {
                let made = state.vouchers_of(n);
                let named = match names {
                    Names::All => made,
                    Names::First => made.start..made.start + 1,
                    Names::Last => made.end - 1..made.end,
                };
                let named: Vec<usize> = named.collect();
                self.keep(state, n, &named);
                // Where it names another purchase's voucher, a list decides while there is none that has decided.
                let is_looked_for = state.purchases[n].state == PurchaseState::InDoubt
                    && !state.are_free(n, &named);
                let is_known = |voucher: &usize| state.owners[*voucher].is_some();
                if !is_looked_for && !named.iter().all(is_known) {
                    state.wrong = Some(Wrong::NamedLost);
                }
            }
            Wire::Unsent | Wire::Sent(_) => return None,
        }
        Some(())
    }

    /// `Finish::Bought` if as many are named as were asked for, else `Finish::Named`.
    fn keep(&self, state: &mut State, n: usize, named: &[usize]) {
        let purchase = state.purchases[n];
        let is_short = named.len() < purchase.count;
        if self.fault == Some(Fault::DropsNamed) && named.len() != purchase.count {
            return comes_in_doubt(state, n);
        }
        let is_settled = purchase.state == PurchaseState::Bought;
        if is_settled && self.fault == Some(Fault::IgnoresLate) {
            return;
        }
        if !state.are_free(n, named) {
            return self.contradicted(state, n, named);
        }
        state.give(n, named);
        if !is_short || state.unnamed(n) == 0 || self.fault == Some(Fault::ShortIsBought) {
            state.purchases[n].state = PurchaseState::Bought;
        } else {
            comes_in_doubt(state, n);
        }
    }

    /// `contradicted` of the stores: the answer names a voucher of another purchase.
    fn contradicted(&self, state: &mut State, n: usize, named: &[usize]) {
        use PurchaseState::{InDoubt, NotObserved, Sending, Unclear};
        let purchase = state.purchases[n];
        if purchase.state == Sending && state.now < purchase.deadline {
            state.wrong = Some(Wrong::AnswerTaken);
        }
        comes_in_doubt(state, n);
        let is_decided = !matches!(purchase.state, Sending | InDoubt);
        if !is_decided || self.fault == Some(Fault::DropsContradicted) {
            return;
        }
        if state.add_candidates(n, named) && purchase.state == NotObserved {
            state.purchases[n].state = Unclear;
        }
    }
}

/// A purchase that is settled, or looked for, stays as it is.
fn comes_in_doubt(state: &mut State, n: usize) {
    let now = state.now;
    let purchase = &mut state.purchases[n];
    if purchase.state == PurchaseState::Sending {
        (purchase.state, purchase.doubt) = (PurchaseState::InDoubt, now);
    }
}

fn not_bought(purchase: &mut Purchase) {
    use PurchaseState::{InDoubt, NotBought, NotObserved, Sending};
    purchase.process = None;
    if matches!(purchase.state, Sending | InDoubt | NotObserved) {
        purchase.state = NotBought;
    }
}
