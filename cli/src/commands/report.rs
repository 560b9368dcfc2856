//! `report`: the account's vouchers, added up.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::pin::pin;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _};
use thordata_cdk::CdkCode;

use crate::bounded_list::BoundedList;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Column, Format, Rows, Value};
use crate::report::{self, Figures, Report};
use crate::secure_fs;
use crate::ui::counted;

/// Add up what was issued, sold, is unsold and was revoked, by label and by month
///
/// A voucher counts as sold once it is redeemed: the service knows of no other sale. Months are those of
/// issue, ages are in days since then. --html writes the same with charts, as one page that needs nothing
/// else.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Only vouchers that were bought under this label
    #[arg(long)]
    label: Option<String>,

    /// Write a page with charts instead; `-` writes it to standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "fields"])]
    html: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk report
  $ thordata-cdk report --label webshop -o json
  $ thordata-cdk report -o csv > report.csv
  $ thordata-cdk report --html report.html";

const GROUP: [Column; 14] = [
    Column::text("by", "BY").hidden(),
    Column::text("group", "GROUP"),
    Column::number("issued", "ISSUED"),
    Column::number("sold", "SOLD"),
    Column::number("sold_percent", "SOLD %"),
    Column::number("unsold", "UNSOLD"),
    Column::number("revoked", "REVOKED"),
    Column::number("other", "OTHER").hidden(),
    Column::number("traffic", "TRAFFIC"),
    Column::number("traffic_sold", "TRAFFIC SOLD").hidden(),
    Column::number("traffic_unsold", "TRAFFIC UNSOLD"),
    Column::number("traffic_revoked", "TRAFFIC REVOKED").hidden(),
    Column::number("median_unsold_days", "MEDIAN DAYS"),
    Column::number("oldest_unsold_days", "OLDEST DAYS"),
];

/// So many rows are looked up in the store at once.
const BATCH: usize = 512;

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let rows = context.rows(&GROUP, Format::Table)?;
    let book = context.book().await?;
    let wanted = options.label.as_deref();
    let mut report = Report::new(context.clock.clone());
    let client = context.client()?;
    let list = BoundedList::new(&client, None, context.global.timeout);
    let mut list = pin!(list.try_chunks(BATCH));
    while let Some(batch) = list.next().await {
        let batch = batch.map_err(|error| error.1)?;
        let codes: Vec<CdkCode> = batch.iter().map(|cdk| cdk.cdk.clone()).collect();
        for (cdk, origin) in batch.iter().zip(book.origins(&codes).await?) {
            let label = origin.label.as_deref();
            if wanted.is_none_or(|wanted| label == Some(wanted)) {
                report.add(cdk, label);
            }
        }
    }
    match &options.html {
        Some(path) => write_page(context, path, &report::page(&report, wanted))?,
        None => write_groups(rows, &report)?,
    }
    let others = report.total.other.vouchers;
    if others > 0 {
        context.ui.warn(format!(
            "{} in a status that is not documented, counted as issued alone",
            counted(others, "voucher")
        ));
    }
    let unreadable = list.get_ref().unreadable();
    if report.total.issued().vouchers == 0 && unreadable.is_empty() {
        context.ui.note("There are no vouchers to add up.");
    }
    Ok(context.left_out(unreadable))
}

fn write_page(context: &Context, path: &Path, page: &str) -> anyhow::Result<()> {
    if path == Path::new("-") {
        let mut out = io::stdout().lock();
        out.write_all(page.as_bytes())?;
        return Ok(out.flush()?);
    }
    secure_fs::replace(path, page.as_bytes()).map_err(|error| {
        Failure::error(format!("{} cannot be written", path.display())).why(error.to_string())
    })?;
    let text = format!("The report is in {}; open it in a browser.", path.display());
    context.ui.note(text);
    Ok(())
}

fn write_groups(mut rows: Rows, report: &Report) -> io::Result<()> {
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
    for (month, figures) in &report.months {
        rows.push(group("month", Value::text(month), figures))?;
    }
    rows.gap();
    rows.push(group("total", unnamed("all"), &report.total))?;
    rows.finish().map(drop)
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
    ]
}
