//! The account's vouchers, added up: by label, by month of issue, by age of what is unsold; and what was earned, by
//! month of redemption.

mod chart;
mod earned;
mod page;

use std::collections::BTreeMap;

use thordata_cdk::{Cdk, CdkStatus};

pub(crate) use earned::{Earned, Sales, Sold};
pub(crate) use page::{Heading, page};

use crate::time::{Clock, days_between};

/// A number of vouchers, and their traffic in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) vouchers: u64,
    pub(crate) traffic: u64,
}

impl Amount {
    fn add(&mut self, other: Self) {
        self.vouchers = self.vouchers.saturating_add(other.vouchers);
        self.traffic = self.traffic.saturating_add(other.traffic);
    }
}

/// What became of one group of vouchers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    /// Redeemed: the service knows no other sign of a sale.
    pub(crate) sold: Amount,
    pub(crate) unsold: Amount,
    pub(crate) revoked: Amount,
    /// In a status that is not documented.
    pub(crate) other: Amount,
    /// The unsold by their age in days.
    ages: BTreeMap<i64, Amount>,
}

impl Figures {
    fn add(&mut self, status: CdkStatus, traffic: i64, age: i64) {
        let one = Amount {
            vouchers: 1,
            traffic: u64::try_from(traffic).unwrap_or(0),
        };
        match status {
            CdkStatus::Used => self.sold.add(one),
            CdkStatus::Unused => {
                self.unsold.add(one);
                self.ages.entry(age).or_default().add(one);
            }
            CdkStatus::Revoked => self.revoked.add(one),
            _ => self.other.add(one),
        }
    }

    pub(crate) fn issued(&self) -> Amount {
        let mut all = self.sold;
        all.add(self.unsold);
        all.add(self.revoked);
        all.add(self.other);
        all
    }

    /// Per cent of those that were issued; `None` if none was.
    pub(crate) fn sold_percent(&self) -> Option<u64> {
        let sold = self.sold.vouchers.saturating_mul(100);
        sold.checked_div(self.issued().vouchers)
    }

    /// Days since the oldest unsold voucher was issued.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.ages.keys().next_back().copied()
    }

    /// Half of the unsold vouchers are at most so many days old.
    pub(crate) fn median_age(&self) -> Option<i64> {
        let half = self.unsold.vouchers.div_ceil(2);
        let mut seen = 0_u64;
        self.ages.iter().find_map(|(age, amount)| {
            seen = seen.saturating_add(amount.vouchers);
            (seen >= half).then_some(*age)
        })
    }

    /// The unsold that are more than `after` and at most `until` days old.
    fn aged(&self, after: i64, until: i64) -> Amount {
        let mut all = Amount::default();
        let within = self.ages.iter();
        within
            .filter(|(age, _)| (after.saturating_add(1)..=until).contains(*age))
            .for_each(|(_, amount)| all.add(*amount));
        all
    }
}

/// Everything that is reported.
#[derive(Debug)]
pub(crate) struct Report {
    clock: Clock,
    pub(crate) total: Figures,
    labels: BTreeMap<Option<String>, Figures>,
    /// By the month of issue, such as `2026-05`.
    pub(crate) months: BTreeMap<String, Figures>,
    customers: BTreeMap<Option<String>, Figures>,
    /// By the month of redemption.
    pub(crate) sales: Sales,
}

impl Report {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            total: Figures::default(),
            labels: BTreeMap::new(),
            months: BTreeMap::new(),
            customers: BTreeMap::new(),
            sales: Sales::default(),
        }
    }

    pub(crate) fn add(&mut self, cdk: &Cdk, label: Option<&str>, customer: Option<&str>) {
        let created = cdk.create_time.as_secs();
        let age = days_between(created, self.clock.now);
        let month = self.clock.month(created);
        let label = self.labels.entry(label.map(str::to_owned)).or_default();
        let month = self.months.entry(month).or_default();
        let customer = self
            .customers
            .entry(customer.map(str::to_owned))
            .or_default();
        for figures in [&mut self.total, label, month, customer] {
            figures.add(cdk.status, cdk.traffic.as_i64(), age);
        }
    }

    /// Those with the most traffic first; what has no label is the last.
    pub(crate) fn labels(&self) -> Vec<(Option<&str>, &Figures)> {
        largest_first(&self.labels)
    }

    /// The groups by customer; empty if no voucher has one.
    pub(crate) fn customers(&self) -> Vec<(Option<&str>, &Figures)> {
        match self.customers.keys().any(Option::is_some) {
            true => largest_first(&self.customers),
            false => Vec::new(),
        }
    }

    /// Every month from the first to the last, those without vouchers too.
    fn all_months(&self) -> Vec<(String, Figures)> {
        let names = self
            .months
            .keys()
            .next()
            .zip(self.months.keys().next_back());
        let Some((first, last)) = names else {
            return Vec::new();
        };
        months_between(first, last)
            .into_iter()
            .map(|month| {
                let figures = self.months.get(&month).cloned().unwrap_or_default();
                (month, figures)
            })
            .collect()
    }
}

fn largest_first(groups: &BTreeMap<Option<String>, Figures>) -> Vec<(Option<&str>, &Figures)> {
    let mut groups: Vec<_> = groups
        .iter()
        .map(|(name, figures)| (name.as_deref(), figures))
        .collect();
    groups.sort_by_key(|(name, figures)| {
        (name.is_none(), std::cmp::Reverse(figures.issued().traffic))
    });
    groups
}

/// `2025-11`, `2025-12`, `2026-01`. Of what is no month only both ends.
fn months_between(first: &str, last: &str) -> Vec<String> {
    let number = |month: &str| {
        let (year, month) = month.split_once('-')?;
        let months = year.parse::<u32>().ok()?.checked_mul(12)?;
        months.checked_add(month.parse::<u32>().ok()?.checked_sub(1)?)
    };
    match (number(first), number(last)) {
        // At most a century: one wrong date must not draw thousands of empty bars.
        (Some(from), Some(to)) if to.saturating_sub(from) < 1200 => (from..=to)
            .map(|number| {
                let month = number.checked_rem(12).unwrap_or(0).saturating_add(1);
                format!("{}-{month:02}", number.checked_div(12).unwrap_or(0))
            })
            .collect(),
        _ => [first, last].map(str::to_owned).to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    const NOW: i64 = 1_750_000_000; // 2025-06-15

    fn report(vouchers: &[(i64, i64, i64, Option<&str>)]) -> Report {
        let mut report = Report::new(Clock {
            now: NOW,
            fixed: true,
            zone: TimeZone::UTC,
        });
        for (days, status, traffic, label) in vouchers {
            let created = NOW.saturating_sub(days.saturating_mul(86_400));
            let cdk = format!(
                r#"{{"cdk":"A","create_time":{created},"status":{status},"traffic":{traffic},"traffic_duration":1}}"#
            );
            report.add(&serde_json::from_str(&cdk).unwrap(), *label, None);
        }
        report
    }

    #[test]
    fn each_voucher_counts_once_in_each_group() {
        let report = report(&[
            (1, 2, 5, Some("kiosk")),
            (2, 1, 5, Some("kiosk")),
            (40, 3, 7, None),
            (41, 9, 1, None),
        ]);
        let amount = |vouchers, traffic| Amount { vouchers, traffic };
        assert_eq!(report.total.issued(), amount(4, 18));
        assert_eq!(report.total.sold, amount(1, 5));
        assert_eq!(report.total.other, amount(1, 1));
        assert_eq!(report.total.sold_percent(), Some(25));
        let months: Vec<_> = report
            .months
            .iter()
            .map(|(name, of)| (name.as_str(), of.issued()))
            .collect();
        assert_eq!(
            months,
            [("2025-05", amount(2, 8)), ("2025-06", amount(2, 10))]
        );
        let labels: Vec<_> = report
            .labels()
            .iter()
            .map(|(name, of)| (*name, of.issued()))
            .collect();
        assert_eq!(
            labels,
            [(Some("kiosk"), amount(2, 10)), (None, amount(2, 8))]
        );
    }

    #[test]
    fn ages_are_those_of_the_unsold() {
        let report = report(&[
            (1, 1, 1, None),
            (3, 1, 1, None),
            (90, 1, 4, None),
            (400, 2, 1, None),
        ]);
        assert_eq!(report.total.median_age(), Some(3));
        assert_eq!(report.total.oldest(), Some(90));
        assert_eq!(
            report.total.aged(30, 90),
            Amount {
                vouchers: 1,
                traffic: 4
            }
        );
        assert_eq!(report.total.aged(90, i64::MAX), Amount::default());
    }

    #[test]
    fn months_without_vouchers_are_there_too() {
        assert_eq!(
            months_between("2025-11", "2026-02"),
            ["2025-11", "2025-12", "2026-01", "2026-02"]
        );
        assert_eq!(months_between("2025-11", "2025-11"), ["2025-11"]);
        assert_eq!(months_between("?", "2025-11"), ["?", "2025-11"]);
    }

    #[test]
    fn nothing_has_no_age_and_no_share() {
        let report = report(&[]);
        assert_eq!(report.total.sold_percent(), None);
        assert_eq!(
            (report.total.median_age(), report.total.oldest()),
            (None, None)
        );
    }
}
