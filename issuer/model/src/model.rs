//! The world as the checker sees it: where it begins, what can happen next, and what must hold.

use stateright::{Model, Property};

use crate::rescue;
use crate::rules;
use crate::world::{Action, KEYS, LIFETIME, PROCESSES, Purchase, Purchases, State, WINDOW, Wire};

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
        // Where a purchase in doubt could be taken for it, nothing can tell them apart: `exclusive` forbids that.
        let last = |p: &Purchase| p.began + LIFETIME + WINDOW;
        if state.by_hand.is_none()
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
            Property::always("each code goes to one order", rules::one_order),
            Property::always(
                "a key is bought once, unless somebody called `retry`",
                rules::bought_once,
            ),
            Property::always(
                "nothing is sent for a purchase that has its verdict",
                rules::sent_in_time,
            ),
            Property::always(
                "what an answer names is the order's that asked",
                rules::answers_hold,
            ),
            Property::always("a voucher bought by hand becomes nobody's", rules::by_hand),
            Property::always(
                "every voucher is some order's, unless the service is late",
                rules::explained,
            ),
            Property::always("the gate can open", rescue::can_open),
        ]
    }
}
