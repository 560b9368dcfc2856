//! What must hold in every state.

use thordata_cdk_issuer::store::PurchaseState;

use crate::world::{KEYS, Lists, Purchases, State, Wrong};

pub const ONE_ORDER: &str = "each code goes to one order";
pub const BOUGHT_ONCE: &str = "a key is bought once, unless somebody called `retry`";
pub const SENT_IN_TIME: &str = "nothing is sent for a purchase that has its verdict";
pub const ANSWERS_HOLD: &str = "what an answer names is the order's that asked";
pub const ANSWERS_KEPT: &str = "what an answer names is known to the store, however late it comes";
pub const BY_HAND: &str = "a voucher bought by hand becomes nobody's";
pub const EXPLAINED: &str =
    "every voucher is some order's, unless the service or its lists are late";
pub const WAITED_FOR: &str =
    "a voucher that no order has is missed by a purchase on which a person decides";
pub const SHARED_OUT: &str = "an order gets no voucher of a purchase that was not in doubt";
pub const OVERLOOKED: &str = "lists that are believed overlook nothing";
pub const UNBELIEVED: &str = "lists that are not believed give no order a voucher";
pub const CAN_OPEN: &str = "the gate can open";

/// Whether this has not gone wrong in a step.
pub fn never(state: &State, wrong: Wrong) -> bool {
    state.wrong != Some(wrong)
}

/// Counted at the service, not in the store. What it makes beyond what a purchase asks for is its own mistake.
pub fn bought_once(_: &Purchases, state: &State) -> bool {
    (0..KEYS).all(|key| {
        let of_key = state.purchases.iter().filter(|p| p.key == key);
        let made: usize = of_key.map(|p| p.made().min(p.count)).sum();
        state.retried[key] || made <= state.ordered[key]
    })
}

pub fn by_hand(_: &Purchases, state: &State) -> bool {
    state.owners.last() == Some(&None)
}

/// How many vouchers that purchases asked for are no order's. What no order explains is what `audit` reports.
fn unexplained(state: &State) -> usize {
    let of = |n: usize| {
        let lost = state.vouchers_of(n).filter(|v| state.owners[*v].is_none());
        let beyond = state.purchases[n]
            .made()
            .saturating_sub(state.purchases[n].count);
        lost.count().saturating_sub(beyond)
    };
    (0..state.purchases.len()).map(of).sum()
}

/// Vouchers that the service made after the window, or that no list showed within it, are not an order's.
pub fn explained(model: &Purchases, state: &State) -> bool {
    model.any_time || model.lists != Lists::Prompt || state.is_open() || unexplained(state) == 0
}

/// However late the service and its lists are: one is missed for each, if perhaps by another order in doubt with it.
pub fn waited_for(_: &Purchases, state: &State) -> bool {
    use PurchaseState::{NotObserved, Released, Unclear};
    let missed = |n: usize| match state.purchases[n].state {
        NotObserved | Unclear | Released => state.unnamed(n),
        _ => 0,
    };
    state.is_open() || unexplained(state) <= (0..state.purchases.len()).map(missed).sum()
}
