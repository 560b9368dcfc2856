//! What a voucher of an order cost, and what it is sold for.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rusqlite::params;

use super::Records;

/// An amount of money, in ten-thousandths of its currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Money(pub(crate) i64);

const SCALE: i64 = 10_000;

impl Money {
    pub(crate) fn times(self, count: u64) -> Self {
        Self(
            self.0
                .saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)),
        )
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// `2`, `2.5`, `2,50`: with at most four decimals.
impl FromStr for Money {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write an amount such as 2.50, with at most four decimals".to_owned();
        let text = text.trim();
        let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 4 {
            return Err(wrong());
        }
        // Filled on the right: `5` after the point is 5000 ten-thousandths. An `f64` would round.
        let decimals: i64 = format!("{decimals:0<4}").parse().map_err(|_| wrong())?;
        let whole: i64 = whole.parse().map_err(|_| wrong())?;
        let amount = whole
            .checked_mul(SCALE)
            .and_then(|whole| whole.checked_add(decimals));
        amount.map(Self).ok_or_else(wrong)
    }
}

/// With two decimals, or as many as it needs.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (amount, scale) = (self.0.unsigned_abs(), SCALE.unsigned_abs());
        let whole = amount.checked_div(scale).unwrap_or(0);
        let decimals = amount.checked_rem(scale).unwrap_or(0);
        let decimals = format!("{decimals:04}");
        let (needed, rest) = decimals.split_at(2);
        write!(f, "{sign}{whole}.{needed}{}", rest.trim_end_matches('0'))
    }
}

/// For one voucher of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Price {
    pub(crate) cost: Option<Money>,
    pub(crate) price: Option<Money>,
    pub(crate) currency: String,
}

/// For a flag: three capital letters, such as EUR.
pub(crate) fn currency(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_uppercase();
    match text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        true => Ok(text),
        false => Err("write a currency of three letters, such as EUR or CNY".to_owned()),
    }
}

impl Records {
    /// Notes the prices of an order, in place of those that it had.
    pub(crate) fn set_price(&mut self, order: &str, price: &Price) -> anyhow::Result<()> {
        self.write(|db| {
            db.execute(
                "INSERT OR REPLACE INTO price (order_key, cost, price, currency) VALUES (?1, ?2, ?3, ?4)",
                params![
                    order,
                    price.cost.map(|cost| cost.0),
                    price.price.map(|price| price.0),
                    price.currency
                ],
            )
        })?;
        Ok(())
    }

    /// The prices of all orders that have any.
    pub(crate) fn prices(&self) -> anyhow::Result<BTreeMap<String, Price>> {
        let mut select = self
            .db
            .prepare("SELECT order_key, cost, price, currency FROM price")?;
        let rows = select.query_map([], |row| {
            let amount = |at| {
                row.get::<_, Option<i64>>(at)
                    .map(|amount| amount.map(Money))
            };
            Ok((
                row.get(0)?,
                Price {
                    cost: amount(1)?,
                    price: amount(2)?,
                    currency: row.get(3)?,
                },
            ))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_without_rounding() {
        for (text, shown) in [
            ("2", "2.00"),
            ("2.5", "2.50"),
            ("2,50", "2.50"),
            ("0.1234", "0.1234"),
            ("0.125", "0.125"),
        ] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), shown);
        }
        for wrong in ["", "-1", "1.23456", "1.2.3", "EUR 2", "1e3", ".5"] {
            assert!(wrong.parse::<Money>().is_err(), "{wrong}");
        }
        assert_eq!(Money(-25_000).to_string(), "-2.50");
        assert_eq!(
            "2.50"
                .parse::<Money>()
                .unwrap()
                .times(3)
                .minus(Money(5))
                .to_string(),
            "7.4995"
        );
    }
}
