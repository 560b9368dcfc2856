//! `list`: all vouchers.

use std::pin::pin;

use clap::{Args, ValueEnum};
use futures_util::StreamExt as _;
use thordata_cdk::{CdkStatus, Error};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Format, VOUCHER};

/// List vouchers
///
/// JSON has the contract's names and values; tables and CSV write a status as a word and a time as a
/// date (CSV in UTC). `label` and `batch` come from the ledger of this machine.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Only those in this status
    #[arg(long, value_enum)]
    status: Option<StatusFilter>,

    /// Only those that were bought under this label
    #[arg(long)]
    label: Option<String>,

    /// Only those created since a date, or within an age such as 30d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk list --status unused --since 30d
  $ thordata-cdk list --label webshop -o csv > webshop.csv
  $ thordata-cdk list --status unused -o codes
  $ thordata-cdk list --fields cdk,status,batch";

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

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let since = options
        .since
        .as_deref()
        .map(|text| context.clock.moment(text));
    let since = since
        .transpose()
        .map_err(|why| Failure::usage("--since is not understood").why(why))?;
    let mut rows = context.rows(&VOUCHER, Format::Table)?;
    let ledger = context.ledger()?;
    let status = options.status.map(CdkStatus::from);
    let client = context.client()?;
    let mut list = pin!(client.list_stream(status));
    while let Some(cdk) = list.next().await {
        let cdk = cdk.map_err(|error| broken_off(&error, rows.count()))?;
        let origin = ledger.origin(&cdk.cdk);
        // The service's own filter may turn out to be ignored.
        let wanted = status.is_none_or(|status| cdk.status == status)
            && since.is_none_or(|since| cdk.create_time.as_secs() >= since)
            && options
                .label
                .as_deref()
                .is_none_or(|label| origin.label == Some(label));
        if wanted {
            rows.push(output::voucher(cdk, origin))?;
        }
    }
    if rows.finish()? == 0 {
        context.ui.note("No voucher fits.");
    }
    Ok(Exit::Success)
}

fn broken_off(error: &Error, printed: usize) -> Failure {
    let failure = Failure::of_client(error);
    match printed {
        0 => failure,
        _ => failure.why("what was printed is only a part of the list"),
    }
}
