//! What must hold in every state.

use crate::world::{KEYS, Purchase, Purchases, State, Wire, Wrong};

pub fn one_order(_: &Purchases, state: &State) -> bool {
    state.wrong != Some(Wrong::Moved)
}

/// Counted at the service, not in the store.
pub fn bought_once(_: &Purchases, state: &State) -> bool {
    (0..KEYS).all(|key| {
        let made = |p: &&Purchase| p.key == key && matches!(p.wire, Wire::Done(_));
        state.retried[key] || state.purchases.iter().filter(made).count() <= 1
    })
}

pub fn sent_in_time(_: &Purchases, state: &State) -> bool {
    state.wrong != Some(Wrong::SentAfterVerdict)
}

pub fn answers_hold(_: &Purchases, state: &State) -> bool {
    state.wrong != Some(Wrong::AnswerTaken)
}

pub fn by_hand(_: &Purchases, state: &State) -> bool {
    state.owners.last() == Some(&None)
}

/// What no order explains is what `audit` reports: vouchers that the service made after the window.
pub fn explained(model: &Purchases, state: &State) -> bool {
    let made = |n: &usize| matches!(state.purchases[*n].wire, Wire::Done(_));
    let unexplained = |n: &usize| made(n) && state.owners[*n].is_none();
    let lost = (0..state.purchases.len()).filter(unexplained).count();
    model.any_time || state.is_open() || lost == 0
}
