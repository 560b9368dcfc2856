//! The options of `create`, for a new order and for one to resume.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use thordata_cdk::issue::IssuerOptions;

use crate::time;

/// Buy vouchers; spends money
///
/// Every purchase is written to a journal before it is sent, and is sent once. The codes go to standard
/// output or to --out FILE, in purchases of --chunk vouchers; each is on disk before the next is bought.
/// After a crash, a lost answer or Ctrl-C run `create --resume`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Traffic of each voucher, in the unit of the vendor's shop
    #[arg(long, value_name = "N", value_parser = value_parser!(i64).range(1..),
        required_unless_present = "resume", conflicts_with = "resume")]
    pub(crate) traffic: Option<i64>,

    /// How many vouchers
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=0x7fff_ffff),
        required_unless_present = "resume", conflicts_with = "resume")]
    pub(crate) count: Option<u32>,

    /// A name for this batch, kept on this machine: a customer, a campaign, a shop
    #[arg(long, conflicts_with = "resume", value_parser = label)]
    pub(crate) label: Option<String>,

    /// Add the codes to this file, one a line; it is created for its owner alone
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Finish what a crash, Ctrl-C or a lost answer left open
    #[arg(long)]
    pub(crate) resume: bool,

    /// Nobody else buys on this account: codes behind a lost answer are found by comparing lists
    #[arg(long)]
    pub(crate) exclusive: bool,

    /// The account's token was replaced since the last purchase: go on with the same journal
    #[arg(long)]
    pub(crate) token_replaced: bool,

    /// Only show what would be bought
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    /// Ask above this total of traffic
    #[arg(
        long,
        value_name = "TRAFFIC",
        env = "THORDATA_CDK_CONFIRM_ABOVE",
        default_value_t = 500
    )]
    pub(crate) confirm_above: u64,

    /// How many vouchers one purchase holds at the most [default: 1000, or what the order to resume said]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) chunk: Option<u32>,

    /// How long to look for the vouchers behind a lost answer
    #[arg(long, value_name = "DURATION", default_value = "120s", value_parser = time::duration)]
    pub(crate) window: Duration,
}

/// Vouchers in one purchase unless told otherwise.
const CHUNK: u32 = 1000;

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk create --traffic 5 --count 20 --label webshop --out webshop.txt
  $ thordata-cdk create --traffic 1 --count 2500 --out codes.txt --yes
  $ thordata-cdk create --traffic 20 --count 300 --dry-run
  $ thordata-cdk create --resume --yes";

fn label(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
        return Err("use 1 to 100 characters on one line".to_owned());
    }
    Ok(text.to_owned())
}

impl Options {
    /// How many vouchers one purchase holds at the most.
    pub(crate) fn purchase_size(&self) -> u32 {
        self.chunk.unwrap_or(CHUNK)
    }

    pub(crate) fn settings(&self, options: IssuerOptions) -> IssuerOptions {
        let first_look = Duration::from_secs(1).min(self.window.checked_div(8).unwrap_or_default());
        options
            .max_count(self.purchase_size())
            .window(self.window)
            .token_replaced(self.token_replaced)
            .first_look(first_look)
    }
}
