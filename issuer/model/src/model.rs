//! The world as the checker sees it: where it begins, what can happen next, and what must hold.

use stateright::{Model, Property};
use thordata_cdk_issuer::store::PurchaseState;

use crate::rescue;
use crate::rules;
use crate::world::{
    Action, KEYS, LIFETIME, Lists, Names, Owner, Purchase, Purchases, Role, State, WINDOW, Wire,
    Wrong,
};

impl Model for Purchases {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let most = self.max_count + usize::from(self.other_counts);
        let mut purchases = Vec::new();
        let mut owners = vec![None; self.purchases * most + 1];
        if self.knows_one {
            purchases.push(Purchase {
                key: 0,
                count: 1,
                state: PurchaseState::Bought,
                began: 0,
                deadline: 0,
                doubt: 0,
                process: None,
                wire: Wire::Done { at: 0, made: 1 },
            });
            owners[0] = Some(Owner {
                purchase: 0,
                role: Role::Certain,
            });
        }
        vec![State {
            now: 1,
            purchases,
            owners,
            most,
            ordered: self.ordered,
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
        for process in 0..self.processes {
            // Processes are alike, and so are keys that ask for the same: whoever begins first is the first.
            let is_first = state.purchases.is_empty();
            let keys = match is_first && self.ordered[0] == self.ordered[1] {
                true => 1,
                false => KEYS,
            };
            if !is_first || process == 0 {
                actions.extend((0..keys).map(|key| Action::Begin { process, key }));
            }
            actions.push(Action::Lease(process));
            actions.push(Action::Crash(process));
            match &state.settlers[process] {
                Some(evidence) if evidence.looked => actions.push(Action::Settle(process)),
                Some(_) => {
                    let lists = self.lists(state).into_iter();
                    actions.extend(lists.map(|lacks| Action::Look { process, lacks }));
                }
                None => {}
            }
        }
        for n in 0..state.purchases.len() {
            self.purchase_actions(state, n, actions);
        }
        actions.extend((0..KEYS).map(Action::Retry));
        // Where a purchase in doubt could be taken for it, nothing can tell them apart: `exclusive` forbids that.
        let last = |p: &Purchase| p.began + LIFETIME + WINDOW;
        if self.by_hand
            && state.by_hand.is_none()
            && state.is_open()
            && state.purchases.iter().all(|p| state.now > last(p))
        {
            actions.push(Action::BuyByHand);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        self.step(last, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(rules::ONE_ORDER, |_, s| rules::never(s, Wrong::Moved)),
            Property::always(rules::BOUGHT_ONCE, rules::bought_once),
            Property::always(rules::SENT_IN_TIME, |_, s| {
                rules::never(s, Wrong::SentAfterVerdict)
            }),
            Property::always(rules::ANSWERS_HOLD, |_, s| {
                rules::never(s, Wrong::AnswerTaken)
            }),
            Property::always(rules::ANSWERS_KEPT, |_, s| {
                rules::never(s, Wrong::NamedLost)
            }),
            Property::always(rules::BY_HAND, rules::by_hand),
            Property::always(rules::EXPLAINED, rules::explained),
            Property::always(rules::WAITED_FOR, rules::waited_for),
            Property::always(rules::SHARED_OUT, |_, s| rules::never(s, Wrong::Misgiven)),
            Property::always(rules::OVERLOOKED, |_, s| rules::never(s, Wrong::Overlooked)),
            Property::always(rules::UNBELIEVED, |_, s| {
                rules::never(s, Wrong::GivenUnbelieved)
            }),
            Property::always(rules::CAN_OPEN, rescue::can_open),
        ]
    }
}

impl Purchases {
    /// What can happen to a purchase.
    fn purchase_actions(&self, state: &State, n: usize, actions: &mut Vec<Action>) {
        let purchase = &state.purchases[n];
        let waits = purchase.process.is_some();
        let answer = |names| Action::Answer { purchase: n, names };
        match purchase.wire {
            Wire::Unsent if waits => actions.push(Action::Send(n)),
            Wire::Sent(at) if self.any_time || state.now < at + WINDOW => {
                let asked = purchase.count;
                let made = match self.other_counts {
                    true => asked.saturating_sub(1).max(1)..=asked + 1,
                    false => asked..=asked,
                };
                actions.extend(made.map(|made| Action::Commit { purchase: n, made }));
                actions.push(Action::Refuse(n));
            }
            Wire::Done { made, .. } if waits => {
                actions.push(answer(Names::All));
                // One that names as many as were asked for, and not all that were made, hides the others from everybody.
                if self.other_counts && made > 1 && purchase.count > 1 {
                    actions.extend([answer(Names::First), answer(Names::Last)]);
                }
            }
            Wire::Refused if waits => actions.push(answer(Names::All)),
            _ => {}
        }
        if waits && purchase.wire != Wire::Unsent {
            actions.push(Action::LoseAnswer(n));
        }
    }

    /// How many of the newest vouchers a list may lack now. It differs from others only in what it lacks.
    fn lists(&self, state: &State) -> Vec<usize> {
        let listed = state.listed();
        let from = |is_missing: &dyn Fn(usize) -> bool| {
            let first = listed.iter().position(|voucher| is_missing(*voucher));
            listed.len() - first.unwrap_or(listed.len())
        };
        let mut lacks = match self.lists {
            Lists::Lagging => (0..=listed.len()).collect(),
            _ => vec![0, from(&|voucher| state.made(voucher) == Some(state.now))],
        };
        if self.lists == Lists::Stale {
            lacks.push(from(&|voucher| state.is_certain(voucher)));
        }
        lacks.sort_unstable();
        lacks.dedup();
        lacks
    }
}
