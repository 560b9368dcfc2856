//! What the lists say of an order whose answer was lost. Pure: no clock, no network.

use std::collections::BTreeMap;

use crate::raw::types::Cdk;
use crate::types::{CdkCode, Timestamp, Traffic};

/// What was ordered, and what a voucher of that order looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ordered {
    pub(crate) traffic: Traffic,
    pub(crate) count: usize,
    /// The service's own clock when the baseline was listed, if it sent one.
    pub(crate) not_before: Option<Timestamp>,
}

/// Clocks of several machines behind one host may differ by this much.
pub(crate) const SKEW_SECS: i64 = 5;

impl Ordered {
    /// A check, never a key: that a voucher fits does not make it this order's.
    fn fits(&self, cdk: &Cdk) -> bool {
        cdk.traffic == self.traffic
            && self.not_before.is_none_or(|date| {
                cdk.create_time.as_secs() >= date.as_secs().saturating_sub(SKEW_SECS)
            })
    }
}

/// The new vouchers that lists have shown since the order was sent. It only grows: a voucher that one
/// list showed exists, even if the next list lags behind.
#[derive(Debug)]
pub(crate) struct Evidence {
    ordered: Ordered,
    /// Every new voucher, and whether it fits the order.
    new: BTreeMap<CdkCode, bool>,
    /// Whether the last list was complete and brought nothing new.
    settled: bool,
}

/// What the evidence amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Recovered(Vec<CdkCode>),
    NotObserved,
    Partial(Vec<CdkCode>),
    Unknown(Vec<CdkCode>),
}

impl Evidence {
    pub(crate) fn new(ordered: Ordered) -> Self {
        Self {
            ordered,
            new: BTreeMap::new(),
            settled: false,
        }
    }

    /// Takes the vouchers of one list that the baseline does not hold. `complete` says whether the list
    /// held the whole baseline; one that did not is stale, and settles nothing.
    pub(crate) fn add<'a>(&mut self, new: impl IntoIterator<Item = &'a Cdk>, complete: bool) {
        let before = self.new.len();
        for cdk in new {
            self.new
                .entry(cdk.cdk.clone())
                .or_insert_with(|| self.ordered.fits(cdk));
        }
        self.settled = complete && before == self.new.len() && before > 0;
    }

    /// Everything new that was seen.
    pub(crate) fn codes(&self) -> Vec<CdkCode> {
        self.new.keys().cloned().collect()
    }

    /// The verdict, if there is one already. `exclusive`: nobody else buys on this account. `ended`: the
    /// window is over, and the last list was complete.
    pub(crate) fn finding(&self, exclusive: bool, ended: bool) -> Option<Finding> {
        let all_fit = self.new.values().all(|fits| *fits);
        let exact = all_fit && self.new.len() == self.ordered.count;
        if self.settled && exact {
            return Some(if exclusive {
                Finding::Recovered(self.codes())
            } else {
                Finding::Unknown(self.codes())
            });
        }
        // What has just appeared may not be all: one more look settles it.
        if !ended || !(self.settled || self.new.is_empty()) {
            return None;
        }
        Some(match self.new.len() {
            0 => Finding::NotObserved,
            seen if exclusive && all_fit && seen < self.ordered.count => {
                Finding::Partial(self.codes())
            }
            _ => Finding::Unknown(self.codes()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{CdkStatus, TrafficDuration};

    fn cdk(code: &str, traffic: i64, create_time: i64) -> Cdk {
        Cdk {
            cdk: code.parse().unwrap(),
            create_time: Timestamp(create_time),
            status: CdkStatus::Unused,
            traffic: Traffic(traffic),
            traffic_duration: TrafficDuration(7_776_000),
        }
    }

    fn two_of_three_gb() -> Evidence {
        let not_before = Some(Timestamp(1000));
        Evidence::new(Ordered {
            traffic: Traffic(3),
            count: 2,
            not_before,
        })
    }

    fn codes(names: &[&str]) -> Vec<CdkCode> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn the_ordered_number_seen_twice_is_recovered_for_an_exclusive_issuer() {
        let mut evidence = two_of_three_gb();
        let list = [cdk("A", 3, 1001), cdk("B", 3, 1001)];
        evidence.add(&list, true);
        assert_eq!(evidence.finding(true, false), None);
        evidence.add(&list, true);
        assert_eq!(
            evidence.finding(true, false),
            Some(Finding::Recovered(codes(&["A", "B"])))
        );
    }

    #[test]
    fn on_a_shared_account_nothing_is_ever_attributed() {
        let mut evidence = two_of_three_gb();
        let list = [cdk("A", 3, 1001), cdk("B", 3, 1001)];
        evidence.add(&list, true);
        evidence.add(&list, true);
        assert_eq!(
            evidence.finding(false, false),
            Some(Finding::Unknown(codes(&["A", "B"])))
        );
    }

    #[test]
    fn a_stale_list_settles_nothing_and_takes_nothing_away() {
        let mut evidence = two_of_three_gb();
        evidence.add(&[cdk("A", 3, 1001), cdk("B", 3, 1001)], true);
        evidence.add(&[], false);
        assert_eq!(evidence.finding(true, false), None);
        evidence.add(&[], true);
        assert_eq!(
            evidence.finding(true, false),
            Some(Finding::Recovered(codes(&["A", "B"])))
        );
    }

    #[test]
    fn nothing_new_is_not_observed_at_the_end_and_undecided_before() {
        let mut evidence = two_of_three_gb();
        evidence.add(&[], true);
        evidence.add(&[], true);
        assert_eq!(evidence.finding(true, false), None);
        assert_eq!(evidence.finding(true, true), Some(Finding::NotObserved));
        assert_eq!(evidence.finding(false, true), Some(Finding::NotObserved));
    }

    #[test]
    fn fewer_are_partial_only_at_the_end_and_only_for_an_exclusive_issuer() {
        let mut evidence = two_of_three_gb();
        evidence.add(&[cdk("A", 3, 1001)], true);
        evidence.add(&[cdk("A", 3, 1001)], true);
        assert_eq!(evidence.finding(true, false), None);
        assert_eq!(
            evidence.finding(true, true),
            Some(Finding::Partial(codes(&["A"])))
        );
        assert_eq!(
            evidence.finding(false, true),
            Some(Finding::Unknown(codes(&["A"])))
        );
    }

    #[test]
    fn more_than_ordered_or_other_traffic_or_an_older_one_is_unknown() {
        for odd in [cdk("C", 3, 1001), cdk("C", 4, 1001), cdk("C", 3, 994)] {
            let mut evidence = two_of_three_gb();
            let list = [cdk("A", 3, 1001), cdk("B", 3, 995), odd];
            evidence.add(&list, true);
            assert_eq!(evidence.finding(true, true), None);
            evidence.add(&list, true);
            assert_eq!(
                evidence.finding(true, true),
                Some(Finding::Unknown(codes(&["A", "B", "C"])))
            );
        }
    }

    #[test]
    fn a_count_that_fits_only_by_a_voucher_of_other_traffic_is_unknown() {
        let mut evidence = two_of_three_gb();
        let list = [cdk("A", 3, 1001), cdk("B", 4, 1001)];
        evidence.add(&list, true);
        evidence.add(&list, true);
        assert_eq!(evidence.finding(true, false), None);
        assert_eq!(
            evidence.finding(true, true),
            Some(Finding::Unknown(codes(&["A", "B"])))
        );
    }

    #[test]
    fn a_count_that_fits_only_by_a_voucher_from_before_is_unknown() {
        for (created, finding) in [
            (995, Finding::Recovered(codes(&["A", "B"]))),
            (994, Finding::Unknown(codes(&["A", "B"]))),
        ] {
            let mut evidence = two_of_three_gb();
            let list = [cdk("A", 3, 1001), cdk("B", 3, created)];
            evidence.add(&list, true);
            evidence.add(&list, true);
            assert_eq!(evidence.finding(true, true), Some(finding));
        }
    }
}
