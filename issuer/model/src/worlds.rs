//! The worlds in which the rules must hold.

use crate::world::{Lists, Purchases};

/// One purchase at a time, each of one voucher, on a service that is on time and lists what it has.
pub const ONE: Purchases = Purchases {
    ticks: 6,
    processes: 2,
    purchases: 2,
    in_flight: 1,
    knows_one: false,
    ordered: [1, 1],
    max_count: 1,
    any_time: false,
    lists: Lists::Prompt,
    other_counts: false,
    by_hand: true,
    fault: None,
};

/// Lists show nothing of what the store knows, for as long as they like.
pub const STALE: Purchases = Purchases {
    ticks: 5,
    processes: 1,
    purchases: 3,
    knows_one: true,
    ordered: [2, 1],
    lists: Lists::Stale,
    by_hand: false,
    ..ONE
};

/// An order for two vouchers, of which an answer may name one.
pub const OTHER_COUNTS: Purchases = Purchases {
    ticks: 5,
    processes: 1,
    ordered: [2, 1],
    max_count: 2,
    other_counts: true,
    lists: Lists::Stale,
    ..ONE
};

/// Two purchases at a time, and lists that may lack any number of the newest vouchers, for as long as they like.
pub const LAGGING: Purchases = Purchases {
    ticks: 5,
    processes: 1,
    in_flight: 2,
    ordered: [2, 1],
    max_count: 2,
    lists: Lists::Lagging,
    by_hand: false,
    ..ONE
};

pub fn all() -> Vec<(&'static str, Purchases)> {
    let late = Purchases {
        any_time: true,
        ticks: 5,
        ..ONE
    };
    let two = Purchases {
        in_flight: 2,
        ticks: 5,
        ..ONE
    };
    vec![
        ("one in flight", ONE),
        ("a service late without bound", late),
        ("two in flight", two),
        ("stale lists", STALE),
        ("answers that name another number", OTHER_COUNTS),
        ("two in flight, lists late without bound", LAGGING),
    ]
}
