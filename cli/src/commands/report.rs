//! `report`: the account's vouchers, added up.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::pin::pin;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _};
use thordata_cdk::{Cdk, CdkCode, CdkStatus, Client, UnreadableRows};

use crate::bounded_list::BoundedList;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::suggest;
use crate::orders::book::Book;
use crate::output::{Column, Format, Rows, Value, page_file};
use crate::records::Records;
use crate::records::money::Money;
use crate::records::redemption::Redemption;
use crate::report::{self, Earned, Figures, Heading, Report, Sold};
use crate::ui::counted;

/// Add up what was issued, sold, is unsold and was revoked, by label and by month
///
/// A voucher counts as sold once it is redeemed: the service knows of no other sale. Sales are shown by the month of
/// issue, and by the month of redemption, with the margin of orders that have prices (`create --cost --price`). When a
/// voucher was redeemed is known once `watch` or `show` has seen it, or with --look-up. --html writes the same with
/// charts, as one page that needs nothing else.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Only vouchers that were bought under this label
    #[arg(long)]
    label: Option<String>,

    /// Only vouchers that were issued since a date, or within an age such as 90d; and only sales since then
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// Only vouchers that were issued before a date; and only sales before then
    #[arg(long, value_name = "TIME")]
    to: Option<String>,

    /// Look up when each voucher was redeemed that this machine does not know of; one request for each
    #[arg(long)]
    look_up: bool,

    /// Write a page with charts instead; `-` writes it to standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "fields"])]
    html: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk report
  $ thordata-cdk report --label webshop -o json
  $ thordata-cdk report -o csv > report.csv
  $ thordata-cdk report --look-up --from 2025-01-01
  $ thordata-cdk report --html report.html";

const GROUP: [Column; 18] = [
    Column::text("by", "BY").hidden(),
    Column::text("group", "GROUP"),
    Column::number("issued", "ISSUED").rank(2),
    Column::number("sold", "SOLD"),
    Column::number("sold_percent", "SOLD %").rank(3),
    Column::number("unsold", "UNSOLD"),
    Column::number("revoked", "REVOKED").rank(4),
    Column::number("other", "OTHER").hidden(),
    Column::number("traffic", "TRAFFIC").rank(5),
    Column::number("traffic_sold", "TRAFFIC SOLD").hidden(),
    Column::number("traffic_unsold", "TRAFFIC UNSOLD").rank(7),
    Column::number("traffic_revoked", "TRAFFIC REVOKED").hidden(),
    Column::number("median_unsold_days", "MEDIAN DAYS").rank(8),
    Column::number("oldest_unsold_days", "OLDEST DAYS").rank(6),
    Column::text("currency", "CURRENCY").hidden(),
    Column::number("revenue", "REVENUE").hidden(),
    Column::number("cost", "COST").hidden(),
    Column::number("margin", "MARGIN").hidden(),
];

/// What is shown of the months of redemption in a table.
const EARNED: [Column; 7] = [
    Column::text("group", "REDEEMED"),
    Column::number("sold", "SOLD"),
    Column::number("traffic_sold", "TRAFFIC SOLD").rank(3),
    Column::text("currency", "CURRENCY"),
    Column::number("revenue", "REVENUE").rank(2),
    Column::number("cost", "COST").rank(2),
    Column::number("margin", "MARGIN"),
];

/// How many rows are looked up in the store at once.
const BATCH: usize = 512;

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    // First of all: a field that does not exist must not cost a long list.
    let rows = context.rows(&GROUP, Format::Table)?;
    if let Some(path) = &options.html {
        page_file::refuse_foreign(path, page_file::REPORT)?;
    }
    let moment = |flag: &str, text: Option<&str>| {
        let at = text.map(|text| context.clock.moment(text)).transpose();
        at.map_err(|why| {
            Failure::usage(format!("{flag} is not understood"))
                .why(why)
                .next(format!("write it like {flag} 90d or {flag} 2026-05-01"))
        })
    };
    let from = moment("--from", options.from.as_deref())?.unwrap_or(i64::MIN);
    let to = moment("--to", options.to.as_deref())?.unwrap_or(i64::MAX);
    let book = context.book().await?;
    let prices = book
        .records()
        .map(Records::prices)
        .transpose()?
        .unwrap_or_default();
    let wanted = options.label.as_deref();
    let mut report = Report::new(context.clock.clone());
    let client = context.client()?;
    let mut looked_up = Vec::new();
    let list = BoundedList::new(&client, None, context.global.timeout);
    let mut list = pin!(list.try_chunks(BATCH));
    while let Some(batch) = list.next().await {
        let batch = batch.map_err(|error| error.1)?;
        let codes: Vec<CdkCode> = batch.iter().map(|cdk| cdk.cdk.clone()).collect();
        let mut redemptions = Vec::with_capacity(batch.len());
        for cdk in &batch {
            redemptions.push(match cdk.status {
                CdkStatus::Used => book
                    .redemption(&cdk.cdk)?
                    .and_then(|redemption| redemption.at),
                _ => None,
            });
        }
        if options.look_up {
            look_up(context, &client, &batch, &mut redemptions, &mut looked_up).await?;
        }
        let origins = book.origins(&codes).await?;
        for ((cdk, origin), redeemed) in batch.iter().zip(origins).zip(redemptions) {
            if wanted.is_some() && origin.label.as_deref() != wanted {
                continue;
            }
            // A voucher is issued in one period and may be sold in another.
            if (from..to).contains(&cdk.create_time.as_secs()) {
                report.add(cdk, origin.label.as_deref(), origin.customer.as_deref());
            }
            match redeemed {
                Some(at) if (from..to).contains(&at) => report.sales.add(
                    context.clock.month(at),
                    Sold {
                        traffic: u64::try_from(cdk.traffic.as_i64()).unwrap_or(0),
                        price: origin.order.as_ref().and_then(|order| prices.get(order)),
                    },
                ),
                None if cdk.status == CdkStatus::Used => {
                    report.sales.undated = report.sales.undated.saturating_add(1);
                }
                _ => {}
            }
        }
    }
    // Before the report is written, since each of them cost a request.
    if !looked_up.is_empty() {
        let seen = looked_up
            .iter()
            .map(|(code, redemption)| (code, redemption.clone()));
        context.records()?.keep_redemptions(seen)?;
    }
    let period = match (&options.from, &options.to) {
        (None, None) => None,
        _ => Some((
            options.from.as_ref().map(|_| from),
            options.to.as_ref().map(|_| to),
        )),
    };
    let heading = Heading {
        label: wanted,
        account: &context.whose()?,
        period,
    };
    match &options.html {
        Some(path) => {
            page_file::write(path, &report::page(&report, &heading))?;
            if path != Path::new("-") {
                let text = format!("The report is in {}; open it in a browser.", path.display());
                context.ui.note(text);
            }
        }
        None => write_groups(context, rows, &report)?,
    }
    let unreadable = list.get_ref().unreadable();
    notes(context, &book, &report, wanted, unreadable).await?;
    Ok(context.left_out(unreadable))
}

/// What the figures do not say.
async fn notes(
    context: &Context,
    book: &Book,
    report: &Report,
    label: Option<&str>,
    unreadable: &UnreadableRows,
) -> anyhow::Result<()> {
    let others = report.total.other.vouchers;
    if others > 0 {
        context.ui.warn(format!(
            "{} in a status that is not documented, counted as issued alone",
            counted(others, "voucher")
        ));
    }
    if report.total.issued().vouchers == 0 && unreadable.is_empty() {
        context.ui.note("There are no vouchers to add up.");
        if let Some(label) = label
            && let Some(hint) = suggest::hint("label", label, &book.labels().await?)
        {
            context.ui.note(hint);
        }
    }
    let undated = report.sales.undated;
    if undated > 0 {
        context.ui.note(format!(
            "When {} was redeemed is not known on this machine: not in the months of redemption.",
            match undated {
                1 => "1 voucher".to_owned(),
                many => format!("each of {many} vouchers"),
            }
        ));
        context
            .ui
            .next("`thordata-cdk report --look-up` looks it up; `watch` notes it as it happens");
    }
    Ok(())
}

/// When each was redeemed, of those that are used and not known.
async fn look_up(
    context: &Context,
    client: &Client,
    batch: &[Cdk],
    redemptions: &mut [Option<i64>],
    seen: &mut Vec<(CdkCode, Redemption)>,
) -> anyhow::Result<()> {
    let unknown = batch.iter().zip(redemptions.iter());
    let unknown: Vec<CdkCode> = unknown
        .filter(|(cdk, at)| cdk.status == CdkStatus::Used && at.is_none())
        .map(|(cdk, _)| cdk.cdk.clone())
        .collect();
    let mut found = HashMap::new();
    let mut results = client.get_all(unknown);
    while let Some((code, result)) = results.next().await {
        match result {
            Ok(details) => {
                if let Some(redemption) = Redemption::of(&details) {
                    found.insert(code.clone(), redemption.at);
                    seen.push((code, redemption));
                }
            }
            Err(error) if error.is_auth() => return Err(error.into()),
            Err(error) => context.ui.warn(format!("{}: {error}", code.masked())),
        }
    }
    for (cdk, at) in batch.iter().zip(redemptions.iter_mut()) {
        if let Some(redeemed) = found.get(&cdk.cdk) {
            *at = *redeemed;
        }
    }
    Ok(())
}

fn write_groups(context: &Context, mut rows: Rows, report: &Report) -> anyhow::Result<()> {
    let table = rows.format() == Format::Table;
    // For people a group without a name is shown in words, for machines it is null.
    let unnamed = |words: &str| match table {
        true => Value::text(words),
        false => Value::Absent,
    };
    for (label, figures) in report.labels() {
        let name = label.map_or_else(|| unnamed("(no label)"), Value::text);
        rows.push(group("label", name, figures))?;
    }
    rows.gap();
    for (customer, figures) in report.customers() {
        let name = customer.map_or_else(|| unnamed("(no customer)"), Value::text);
        rows.push(group("customer", name, figures))?;
    }
    if !report.customers().is_empty() {
        rows.gap();
    }
    for (month, figures) in &report.months {
        rows.push(group("month", Value::text(month), figures))?;
    }
    rows.gap();
    rows.push(group("total", unnamed("all"), &report.total))?;
    if !table {
        for (month, currency, earned) in report.sales.rows() {
            rows.push(machine_row(
                "redeemed",
                Value::text(month),
                currency,
                earned,
            ))?;
        }
        for (currency, earned) in report.sales.totals() {
            rows.push(machine_row("earned", Value::Absent, currency, &earned))?;
        }
        rows.finish()?;
        return Ok(());
    }
    rows.finish()?;
    // Fields of the table above were chosen.
    if report.sales.is_empty() || !context.global.fields.is_empty() {
        return Ok(());
    }
    writeln!(io::stdout())?;
    let mut rows = context.rows(&EARNED, Format::Table)?;
    for (month, currency, earned) in report.sales.rows() {
        rows.push(table_row(month, currency, earned))?;
    }
    rows.gap();
    for (currency, earned) in report.sales.totals() {
        rows.push(table_row("all", currency, &earned))?;
    }
    rows.finish()?;
    Ok(())
}

fn amount(money: Option<Money>) -> Value {
    money.map_or(Value::Absent, |money| Value::text(money.to_string()))
}

fn table_row(month: &str, currency: Option<&str>, earned: &Earned) -> Vec<Value> {
    vec![
        Value::text(month),
        Value::count(earned.sold.vouchers),
        Value::count(earned.sold.traffic),
        Value::maybe(currency),
        amount(earned.revenue),
        amount(earned.cost),
        amount(earned.margin()),
    ]
}

/// A record of the months of redemption, with the fields of the other groups left empty.
fn machine_row(by: &str, name: Value, currency: Option<&str>, earned: &Earned) -> Vec<Value> {
    GROUP
        .iter()
        .map(|column| match column.name {
            "by" => Value::text(by),
            "group" => name.clone(),
            "sold" => Value::count(earned.sold.vouchers),
            "traffic_sold" => Value::count(earned.sold.traffic),
            "currency" => Value::maybe(currency),
            "revenue" => amount(earned.revenue),
            "cost" => amount(earned.cost),
            "margin" => amount(earned.margin()),
            _ => Value::Absent,
        })
        .collect()
}

fn group(by: &str, name: Value, figures: &Figures) -> Vec<Value> {
    let maybe = |number: Option<i64>| number.map_or(Value::Absent, Value::Number);
    let issued = figures.issued();
    vec![
        Value::text(by),
        name,
        Value::count(issued.vouchers),
        Value::count(figures.sold.vouchers),
        figures.sold_percent().map_or(Value::Absent, Value::count),
        Value::count(figures.unsold.vouchers),
        Value::count(figures.revoked.vouchers),
        Value::count(figures.other.vouchers),
        Value::count(issued.traffic),
        Value::count(figures.sold.traffic),
        Value::count(figures.unsold.traffic),
        Value::count(figures.revoked.traffic),
        maybe(figures.median_age()),
        maybe(figures.oldest()),
        Value::Absent,
        Value::Absent,
        Value::Absent,
        Value::Absent,
    ]
}
