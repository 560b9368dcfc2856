//! What was earned: sales by the month of redemption, in each currency.

use std::collections::BTreeMap;

use super::Amount;
use crate::records::money::{Money, Price};

/// Revenue and cost of the vouchers that were sold in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Earned {
    pub(crate) sold: Amount,
    /// What they were sold for, as far as it was said.
    pub(crate) revenue: Option<Money>,
    /// What they had cost.
    pub(crate) cost: Option<Money>,
}

impl Earned {
    /// What is left; `None` unless both are known.
    pub(crate) fn margin(&self) -> Option<Money> {
        Some(self.revenue?.minus(self.cost?))
    }

    fn add(&mut self, other: &Self) {
        let sum = |one: Option<Money>, other: Option<Money>| match (one, other) {
            (Some(one), Some(other)) => Some(one.plus(other)),
            (one, other) => one.or(other),
        };
        self.sold.add(other.sold);
        self.revenue = sum(self.revenue, other.revenue);
        self.cost = sum(self.cost, other.cost);
    }
}

/// One voucher that was redeemed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sold<'a> {
    pub(crate) traffic: u64,
    pub(crate) price: Option<&'a Price>,
}

/// By month and currency. Vouchers without prices are under no currency.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sales {
    months: BTreeMap<String, BTreeMap<Option<String>, Earned>>,
    /// Redeemed, and this machine does not know when.
    pub(crate) undated: u64,
}

impl Sales {
    pub(crate) fn add(&mut self, month: String, sold: Sold<'_>) {
        let one = Earned {
            sold: Amount {
                vouchers: 1,
                traffic: sold.traffic,
            },
            revenue: sold.price.and_then(|price| price.price),
            cost: sold.price.and_then(|price| price.cost),
        };
        let currency = sold.price.map(|price| price.currency.clone());
        let month = self.months.entry(month).or_default();
        month.entry(currency).or_default().add(&one);
    }

    /// Month, currency and sums, in order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, Option<&str>, &Earned)> {
        self.months.iter().flat_map(|(month, currencies)| {
            let rows = currencies.iter();
            rows.map(|(currency, earned)| (month.as_str(), currency.as_deref(), earned))
        })
    }

    /// The sums of all months, by currency.
    pub(crate) fn totals(&self) -> BTreeMap<Option<&str>, Earned> {
        let mut totals: BTreeMap<Option<&str>, Earned> = BTreeMap::new();
        for (_, currency, earned) in self.rows() {
            totals.entry(currency).or_default().add(earned);
        }
        totals
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.months.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(cost: &str, price: Option<&str>, currency: &str) -> Price {
        Price {
            cost: cost.parse().ok(),
            price: price.map(|price| price.parse().unwrap()),
            currency: currency.to_owned(),
        }
    }

    #[test]
    fn currencies_are_never_added_to_each_other() {
        let (euro, yuan) = (price("2.50", Some("4"), "EUR"), price("10", None, "CNY"));
        let mut sales = Sales::default();
        for (month, price) in [
            ("2025-10", Some(&euro)),
            ("2025-10", Some(&euro)),
            ("2025-10", Some(&yuan)),
            ("2025-11", Some(&euro)),
            ("2025-11", None),
        ] {
            sales.add(month.to_owned(), Sold { traffic: 5, price });
        }
        let rows: Vec<_> = sales
            .rows()
            .map(|(month, currency, earned)| {
                let margin = earned.margin().map(|margin| margin.to_string());
                (month, currency, earned.sold.vouchers, margin)
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("2025-10", Some("CNY"), 1, None),
                ("2025-10", Some("EUR"), 2, Some("3.00".to_owned())),
                ("2025-11", None, 1, None),
                ("2025-11", Some("EUR"), 1, Some("1.50".to_owned())),
            ]
        );
        assert_eq!(
            sales.totals()[&Some("EUR")].margin().unwrap().to_string(),
            "4.50"
        );
    }
}
