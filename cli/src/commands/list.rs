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
use crate::output::{self, Format, VOUCHER};

/// List vouchers
///
/// JSON has the contract's names and values; tables and CSV write a status as a word and a time as a
/// date (CSV in UTC). `label` and `order` come from the store.
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

    /// Only those created since a date, or within an age such as 30d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk list --status unused --since 30d
  $ thordata-cdk list --label webshop -o csv > webshop.csv
  $ thordata-cdk list --status unused -o codes
  $ thordata-cdk list --fields cdk,status,order";

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

/// So many rows are looked up in the store at once.
const BATCH: usize = 512;

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let since = options
        .since
        .as_deref()
        .map(|text| context.clock.moment(text));
    let since = since
        .transpose()
        .map_err(|why| Failure::usage("--since is not understood").why(why))?;
    let mut rows = context.rows(&VOUCHER, Format::Table)?;
    let book = context.book().await?;
    let status = options.status.map(CdkStatus::from);
    let client = context.client()?;
    let list = BoundedList::new(&client, status, context.global.timeout);
    let mut list = pin!(list.try_chunks(BATCH));
    while let Some(batch) = list.next().await {
        let (batch, broken) = match batch {
            Ok(batch) => (batch, None),
            Err(TryChunksError(batch, error)) => (batch, Some(error)),
        };
        let codes: Vec<CdkCode> = batch.iter().map(|cdk| cdk.cdk.clone()).collect();
        for (cdk, origin) in batch.into_iter().zip(book.origins(&codes).await?) {
            // The service's own filter may turn out to be ignored.
            let wanted = status.is_none_or(|status| cdk.status == status)
                && since.is_none_or(|since| cdk.create_time.as_secs() >= since)
                && (options.label.is_none() || origin.label == options.label)
                && (options.order.is_none() || origin.order == options.order);
            if wanted {
                rows.push(output::voucher(cdk, origin))?;
            }
        }
        if let Some(error) = broken {
            return Err(broken_off(error, rows.count()).into());
        }
    }
    let unreadable = list.get_ref().unreadable();
    if rows.finish()? == 0 && unreadable.is_empty() {
        context.ui.note("No vouchers match.");
    }
    Ok(context.left_out(unreadable))
}

fn broken_off(failure: Failure, printed: usize) -> Failure {
    match printed {
        0 => failure,
        _ => failure.why("what was printed is only a part of the list"),
    }
}
