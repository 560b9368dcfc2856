//! Faults planted on purpose: each must break the rule that is named beside it.

use crate::rules;
use crate::world::{Fault, Purchases};
use crate::worlds::{LAGGING, ONE, OTHER_COUNTS, STALE};

pub fn all() -> Vec<(Fault, &'static str, Purchases)> {
    let lagging_singles = Purchases {
        ordered: [1, 1],
        max_count: 1,
        ..LAGGING
    };
    let planted = [
        (Fault::SendsLate, rules::SENT_IN_TIME, ONE),
        (Fault::NothingWaits, rules::ANSWERS_HOLD, ONE),
        (Fault::NoUpperBound, rules::BY_HAND, ONE),
        (Fault::NeverGivesUp, rules::CAN_OPEN, STALE),
        (Fault::GivesUpEarly, rules::SHARED_OUT, STALE),
        (Fault::BelievesAll, rules::OVERLOOKED, STALE),
        (Fault::GivesUnbelieved, rules::UNBELIEVED, OTHER_COUNTS),
        (Fault::DropsNamed, rules::ANSWERS_KEPT, OTHER_COUNTS),
        (Fault::ShortIsBought, rules::WAITED_FOR, OTHER_COUNTS),
        (Fault::ShortIsBought, rules::BOUGHT_ONCE, OTHER_COUNTS),
        (Fault::IgnoresLate, rules::ANSWERS_KEPT, lagging_singles),
        (Fault::DropsContradicted, rules::ANSWERS_KEPT, LAGGING),
    ];
    let with = |(fault, rule, model): (Fault, _, Purchases)| {
        let fault_in = Purchases {
            fault: Some(fault),
            ..model
        };
        (fault, rule, fault_in)
    };
    planted.into_iter().map(with).collect()
}
