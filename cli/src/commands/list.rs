//! `list`: all vouchers.

use std::pin::pin;

use clap::{Args, ValueEnum};
use futures_util::stream::TryChunksError;
use futures_util::{StreamExt as _, TryStreamExt as _};
use thordata_cdk::{CdkCode, CdkStatus};

use crate::bounded_list::BoundedList;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::suggest;
use crate::orders::book::Book;
use crate::output::{self, DETAILS, Format, VOUCHER, Value};

/// List vouchers
///
/// JSON has the contract's names and values; tables and CSV write a status as a word and a time as a
/// date (CSV in UTC). `label`, `order` and `customer` are kept on this machine. `--order KEY -o codes` prints the codes
/// of an order again.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Only those in this status
    #[arg(long, value_enum)]
    status: Option<StatusFilter>,

    /// Only those that were bought under this label
    #[arg(long)]
    label: Option<String>,

    /// Only those of the order with this key
    #[arg(long, value_name = "KEY")]
    order: Option<String>,

    /// Only those that were assigned to this customer
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,

    /// Only those that were redeemed by a user whose name holds this text, as far as this machine has seen it
    #[arg(long, value_name = "TEXT", conflicts_with = "status")]
    redeemed_by: Option<String>,

    /// Only those created since a date, or within an age such as 30d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk list --status unused --since 30d
  $ thordata-cdk list --label webshop -o csv > webshop.csv
  $ thordata-cdk list --status unused -o codes
  $ thordata-cdk list --fields cdk,status,order,customer
  $ thordata-cdk list --redeemed-by thor";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFilter {
    Unused,
    Used,
    Revoked,
}

impl From<StatusFilter> for CdkStatus {
    fn from(filter: StatusFilter) -> Self {
        match filter {
            StatusFilter::Unused => Self::Unused,
            StatusFilter::Used => Self::Used,
            StatusFilter::Revoked => Self::Revoked,
        }
    }
}

/// How many rows are looked up in the store at once.
const BATCH: usize = 512;

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let since = options
        .since
        .as_deref()
        .map(|text| context.clock.moment(text));
    let since = since.transpose().map_err(|why| {
        Failure::usage("--since is not understood")
            .why(why)
            .next("write it like --since 30d or --since 2026-05-01")
    })?;
    let book = context.book().await?;
    let search = options.redeemed_by.as_ref().map(|name| name.to_lowercase());
    let mut rows = match search {
        Some(_) => context.rows(&DETAILS, Format::Table)?,
        None => context.rows(&VOUCHER, Format::Table)?,
    };
    let status = match search {
        Some(_) => Some(CdkStatus::Used),
        None => options.status.map(CdkStatus::from),
    };
    let mut never_seen = 0_usize;
    let client = context.client()?;
    let list = BoundedList::new(&client, status, context.global.timeout);
    let mut list = pin!(list.try_chunks(BATCH));
    while let Some(batch) = list.next().await {
        let (batch, broken) = match batch {
            Ok(batch) => (batch, None),
            // The rows before the error are good, and are shown.
            Err(TryChunksError(batch, error)) => (batch, Some(error)),
        };
        let codes: Vec<CdkCode> = batch.iter().map(|cdk| cdk.cdk.clone()).collect();
        for (cdk, origin) in batch.into_iter().zip(book.origins(&codes).await?) {
            // The service's own filter may turn out to be ignored.
            let wanted = status.is_none_or(|status| cdk.status == status)
                && since.is_none_or(|since| cdk.create_time.as_secs() >= since)
                && (options.label.is_none() || origin.label == options.label)
                && (options.order.is_none() || origin.order == options.order)
                && (options.customer.is_none() || origin.customer == options.customer);
            if !wanted {
                continue;
            }
            let Some(search) = &search else {
                rows.push(output::voucher(cdk, origin))?;
                continue;
            };
            match book.redemption(&cdk.cdk)? {
                None => never_seen = never_seen.saturating_add(1),
                Some(redemption) => {
                    let name = redemption.username.unwrap_or_default();
                    if name.to_lowercase().contains(search) {
                        rows.push(output::redeemed(cdk, Some(&name), redemption.at, origin))?;
                    }
                }
            }
        }
        if let Some(error) = broken {
            return Err(broken_off(error, rows.count()).into());
        }
    }
    let unreadable = list.get_ref().unreadable();
    // Where codes alone are asked for, a row that cannot be read but names its code is good enough.
    let mut printed = 0_u64;
    if rows.format() == Format::Codes && search.is_none() {
        for row in unreadable.first() {
            let Some(code) = &row.code else { continue };
            let origin = book.origin(code).await?;
            let wanted = status.is_none_or(|status| row.status == Some(status))
                && since
                    .is_none_or(|since| row.create_time.is_some_and(|at| at.as_secs() >= since))
                && (options.label.is_none() || origin.label == options.label)
                && (options.order.is_none() || origin.order == options.order)
                && (options.customer.is_none() || origin.customer == options.customer);
            if wanted {
                rows.push(vec![Value::Code(code.clone())])?;
                printed = printed.saturating_add(1);
            }
        }
    }
    // A row that cannot be read might have matched.
    if rows.finish()? == 0 && unreadable.is_empty() {
        context.ui.note("No vouchers match.");
        for hint in unknown_names(&book, &options).await? {
            context.ui.note(hint);
        }
    }
    if never_seen > 0 {
        context.ui.note(format!(
            "{} never looked up on this machine.",
            match never_seen {
                1 => "1 used voucher was".to_owned(),
                many => format!("{many} used vouchers were"),
            }
        ));
        context
            .ui
            .next("`thordata-cdk watch --once` looks up each, and keeps who redeemed it");
    }
    if printed > 0 && printed == unreadable.count() {
        context
            .ui
            .warn(format!("{unreadable}; their codes are printed"));
        return Ok(Exit::Success);
    }
    Ok(context.left_out(unreadable))
}

/// A name that nothing has is more likely a slip than a wish for nothing.
async fn unknown_names(book: &Book, options: &Options) -> anyhow::Result<Vec<String>> {
    let mut hints = Vec::new();
    if let Some(label) = &options.label {
        hints.extend(suggest::hint("label", label, &book.labels().await?));
    }
    if let Some(key) = &options.order {
        let keys = book.orders().await?.into_iter().map(|order| order.key);
        hints.extend(suggest::hint("order", key, &keys.collect()));
    }
    if let Some(customer) = &options.customer {
        hints.extend(suggest::hint("customer", customer, &book.customers()?));
    }
    Ok(hints)
}

fn broken_off(failure: Failure, printed: usize) -> Failure {
    match printed {
        0 => failure,
        _ => failure.why("what was printed is only a part of the list"),
    }
}
