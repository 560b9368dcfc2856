//! `export`: labels, orders, customers, prices and redemptions, for another machine.

use std::collections::BTreeMap;
use std::pin::pin;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _};
use thordata_cdk::CdkCode;

use crate::bounded_list::BoundedList;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Column, Format, Value};
use crate::records::Records;
use crate::records::money::Price;
use crate::ui::counted;

/// Write what this machine knows of each voucher, for `import` on another one
///
/// One record for each voucher, as CSV or with -o jsonl: its order, label and count, customer, prices of one voucher,
/// and who redeemed it when. The records hold codes: treat the file like money. Orders that are open are not in it; finish
/// them first.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Vouchers that nothing is known of, too
    #[arg(long)]
    all: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk export > books.csv
  $ thordata-cdk export -o jsonl > books.jsonl";

/// What `import` reads.
pub(super) const BOOKS: [Column; 11] = [
    Column::text("cdk", "CODE").whole(),
    Column::text("order", "ORDER"),
    Column::number("order_count", "COUNT").rank(5),
    Column::text("label", "LABEL"),
    Column::number("traffic", "TRAFFIC").rank(4),
    Column::text("customer", "CUSTOMER"),
    Column::number("cost", "COST").rank(3),
    Column::number("price", "PRICE").rank(3),
    Column::text("currency", "CURRENCY").rank(3),
    Column::text("use_username", "REDEEMED BY").rank(2),
    Column::text("use_time", "REDEEMED").whole().rank(2),
];

/// How many rows are looked up in the store at once.
const BATCH: usize = 512;

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    // First of all: a field that does not exist must not cost a long list.
    let mut rows = context.rows(&BOOKS, Format::Csv)?;
    let book = context.book().await?;
    let prices: BTreeMap<String, Price> = book
        .records()
        .map(Records::prices)
        .transpose()?
        .unwrap_or_default();
    let (mut counts, mut open) = (BTreeMap::new(), 0_usize);
    for order in book.orders().await? {
        if order.is_open() {
            open = open.saturating_add(1);
        } else {
            counts.insert(order.key, order.count);
        }
    }
    let client = context.client()?;
    let list = BoundedList::new(&client, None, context.global.timeout);
    let mut list = pin!(list.try_chunks(BATCH));
    while let Some(batch) = list.next().await {
        let batch = batch.map_err(|error| error.1)?;
        let codes: Vec<CdkCode> = batch.iter().map(|cdk| cdk.cdk.clone()).collect();
        for (cdk, origin) in batch.into_iter().zip(book.origins(&codes).await?) {
            let redemption = book.redemption(&cdk.cdk)?;
            let count = origin.order.as_ref().and_then(|order| counts.get(order));
            // Of an open order nothing is said: another machine would take it for ended.
            let order = origin.order.as_deref().filter(|_| count.is_some());
            let is_known = order.is_some() || origin.customer.is_some() || redemption.is_some();
            if !is_known && !options.all {
                continue;
            }
            let price = order.and_then(|order| prices.get(order));
            let amount = |pick: fn(&Price) -> Option<crate::records::money::Money>| {
                let amount = price.and_then(pick);
                amount.map_or(Value::Absent, |amount| Value::text(amount.to_string()))
            };
            let redemption = redemption.unwrap_or_default();
            rows.push(vec![
                Value::Code(cdk.cdk),
                Value::maybe(order),
                count.map_or(Value::Absent, |count| Value::count(*count)),
                Value::maybe(origin.label.as_deref().filter(|_| order.is_some())),
                Value::Number(cdk.traffic.as_i64()),
                Value::maybe(origin.customer.as_deref()),
                amount(|price| price.cost),
                amount(|price| price.price),
                Value::maybe(price.map(|price| price.currency.as_str())),
                Value::maybe(redemption.username.as_deref()),
                redemption.at.map_or(Value::Absent, Value::Time),
            ])?;
        }
    }
    let count = rows.finish()?;
    context
        .ui
        .note(format!("Exported {}.", counted(count, "voucher")));
    let whole = context.left_out(list.get_ref().unreadable());
    if open == 0 {
        return Ok(whole);
    }
    Err(Failure::new(
        Exit::Partial,
        format!("{} open, and not exported", counted(open, "order")),
    )
    .next("`thordata-cdk create --resume KEY` finishes an order; then export again")
    .into())
}
