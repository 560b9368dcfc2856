//! What the walks came to.

use std::collections::BTreeMap;

/// What became of the vouchers of the orders that met one kind of mishap.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) orders: usize,
    pub(crate) certain: usize,
    pub(crate) surplus: usize,
    pub(crate) candidates: usize,
    pub(crate) unexplained: usize,
}

/// The result of a walk.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows: BTreeMap<&'static str, Row>,
    pub(crate) orders: usize,
    pub(crate) repeated: usize,
    pub(crate) retried: usize,
    pub(crate) vouchers: usize,
    pub(crate) crashes: usize,
    pub(crate) dropped: usize,
    /// Keys of which more than one request was carried out although nobody called `retry`.
    pub(crate) bought_twice: usize,
    /// Codes that two keys were given for certain.
    pub(crate) given_twice: usize,
    /// Vouchers of the ledger that are neither an order's nor reported.
    pub(crate) lost: usize,
    /// Where, for whoever has to find out why.
    pub(crate) losses: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        for (name, row) in other.rows {
            let sum = self.rows.entry(name).or_default();
            sum.orders += row.orders;
            sum.certain += row.certain;
            sum.surplus += row.surplus;
            sum.candidates += row.candidates;
            sum.unexplained += row.unexplained;
        }
        self.orders += other.orders;
        self.repeated += other.repeated;
        self.retried += other.retried;
        self.vouchers += other.vouchers;
        self.crashes += other.crashes;
        self.dropped += other.dropped;
        self.bought_twice += other.bought_twice;
        self.given_twice += other.given_twice;
        self.lost += other.lost;
        self.losses.extend(other.losses);
    }
}
