//! The rows of a file to import: a code, and what is said of it.

use jiff::Timestamp;
use thordata_cdk::CdkCode;

use crate::commands::assign;
use crate::failure::Failure;
use crate::input::code_args::failure;
use crate::input::codes::{self, ReadAs};
use crate::records::money::{self, Money, Price};

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ImportRow {
    pub(super) line: u64,
    pub(super) code: CdkCode,
    pub(super) order: Option<String>,
    pub(super) count: Option<u32>,
    pub(super) label: Option<String>,
    pub(super) customer: Option<String>,
    pub(super) price: Option<Price>,
    pub(super) username: Option<String>,
    pub(super) redeemed: Option<i64>,
}

/// Headings, as people write them: small letters, without blanks and signs.
const ORDER: &[&str] = &["order", "orderkey", "invoice"];
const COUNT: &[&str] = &["ordercount"];
const LABEL: &[&str] = &["label"];
const CUSTOMER: &[&str] = &["customer", "client"];
const COST: &[&str] = &["cost"];
const PRICE: &[&str] = &["price"];
const CURRENCY: &[&str] = &["currency"];
const USERNAME: &[&str] = &["useusername", "redeemedby"];
const TIME: &[&str] = &["usetime", "redeemed"];

pub(super) fn read(
    input: &[u8],
    name: &str,
    column: Option<&str>,
) -> Result<Vec<ImportRow>, Failure> {
    let read_as = ReadAs {
        name,
        column,
        extra: "",
    };
    let (headings, rows) = codes::parse_rows(input, read_as).map_err(failure)?;
    let place = |names| codes::find_name(&headings, names);
    let places = [
        ORDER, COUNT, LABEL, CUSTOMER, COST, PRICE, CURRENCY, USERNAME, TIME,
    ]
    .map(place);
    let mut seen = std::collections::HashSet::new();
    let mut read = Vec::with_capacity(rows.len());
    for (line, code, cells) in rows {
        // The same code again says nothing new.
        if !seen.insert(code.clone()) {
            continue;
        }
        let texts = places.map(|at| {
            let cell = at.and_then(|at| cells.get(at)).map(|cell| cell.trim());
            cell.filter(|text| !text.is_empty()).map(str::to_owned)
        });
        read.push(row(line, code, texts).map_err(|why| {
            Failure::usage(format!(
                "{name}, line {line}, cannot be imported; nothing was imported"
            ))
            .why(why)
            .next("correct the line, and repeat the command")
        })?);
    }
    Ok(read)
}

fn row(line: u64, code: CdkCode, texts: [Option<String>; 9]) -> Result<ImportRow, String> {
    let [
        order,
        count,
        label,
        customer,
        cost,
        price,
        currency,
        username,
        time,
    ] = texts;
    let amount = |text: Option<String>| text.map(|text| text.parse::<Money>()).transpose();
    let (cost, price) = (amount(cost)?, amount(price)?);
    let price = match (currency, cost.is_some() || price.is_some()) {
        (_, false) => None,
        // Without one, amounts of two currencies could be added.
        (None, true) => return Err("it has a cost or a price, and no currency".to_owned()),
        (Some(currency), true) => Some(Price {
            cost,
            price,
            currency: money::currency(&currency)?,
        }),
    };
    Ok(ImportRow {
        line,
        code,
        order,
        count: count.and_then(|count| count.parse().ok()),
        label,
        customer: customer
            .map(|customer| assign::name(&customer))
            .transpose()?,
        price,
        username,
        redeemed: time.map(|time| moment(&time)).transpose()?,
    })
}

/// As CSV has it, in UTC; or a Unix second, as JSON has it.
fn moment(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let at = text.parse::<Timestamp>();
    at.map(Timestamp::as_second)
        .map_err(|_| "its time of redemption is not like 2026-05-01T12:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_json_say_the_same() {
        let csv = "cdk,order,order_count,label,traffic,customer,cost,price,currency,use_username,use_time\n\
                   nozzapqOWJOCcWlX,A-17,2,web,5,Müller,2.50,4,eur,'=x,2025-11-24T16:00:00Z\n";
        let json = r#"[{"cdk":"nozzapqOWJOCcWlX","order":"A-17","order_count":2,"label":"web","customer":"Müller",
            "cost":"2.50","price":"4.00","currency":"EUR","use_username":"=x","use_time":1764000000}]"#;
        let read = |text: &str| {
            let mut rows = read(text.as_bytes(), "x", None).unwrap();
            rows[0].line = 0;
            rows
        };
        assert_eq!(read(csv), read(json));
        let row = &read(csv)[0];
        assert_eq!(row.price.as_ref().unwrap().cost, Some(Money(25_000)));
        assert_eq!((row.count, row.redeemed), (Some(2), Some(1_764_000_000)));
        assert_eq!(row.username.as_deref(), Some("=x"));
    }

    #[test]
    fn a_line_that_says_too_little_is_named() {
        let wrong = read(b"cdk,cost\nA,1\nB,\n", "x", None).unwrap_err();
        assert_eq!(
            wrong.what,
            "x, line 2, cannot be imported; nothing was imported"
        );
        assert_eq!(wrong.why, ["it has a cost or a price, and no currency"]);
    }
}
