//! The options of `create`, for a new order and for one to resume.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use thordata_cdk_issuer::IssuerOptions;

use super::meta::Meta;
use crate::records::money::{self, Money, Price};
use crate::time;

/// Buy vouchers; spends money
///
/// An order is bought once under its key: the same key again prints the same codes and buys nothing more. Every purchase
/// is written to the store before it is sent. The codes go to standard output or to --out FILE when the order is
/// complete. After a crash, a lost answer or Ctrl-C run `create --resume KEY`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Traffic of each voucher, in the unit of the vendor's shop
    #[arg(long, value_name = "N", value_parser = value_parser!(i64).range(1..),
        required_unless_present = "resume", conflicts_with = "resume")]
    pub(crate) traffic: Option<i64>,

    /// How many vouchers
    // The contract's type has 32 bits, with a sign.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=0x7fff_ffff),
        required_unless_present = "resume", conflicts_with = "resume")]
    pub(crate) count: Option<u32>,

    /// Your key for the order, such as the number of an invoice; one is made up if it is left out
    #[arg(long, value_name = "KEY", conflicts_with = "resume", value_parser = key)]
    pub(crate) order: Option<String>,

    /// A name for people: a customer, a campaign, a shop
    #[arg(long, conflicts_with = "resume", value_parser = label)]
    pub(crate) label: Option<String>,

    /// Add the codes to this file, one a line; it is created for its owner alone. If it holds something, an order of this
    /// store must have begun it. `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Go on with an order that a crash, Ctrl-C, a refusal or a lost answer left open
    #[arg(long, value_name = "KEY", num_args = 0..=1, value_parser = key)]
    pub(crate) resume: Option<Option<String>>,

    /// Buy again what no list showed after an answer was lost; late vouchers of the first purchase are surplus
    #[arg(long, requires = "resume")]
    pub(crate) retry_unseen: bool,

    /// Only this store buys on the account: codes behind a lost answer are found in the list
    #[arg(long)]
    pub(crate) exclusive: bool,

    /// The account's token was replaced since the last purchase: go on with the same store
    #[arg(long)]
    pub(crate) token_replaced: bool,

    /// Only show what would be bought
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    /// What one voucher costs you, such as 2.50, for the margins in `report`
    #[arg(
        long,
        value_name = "AMOUNT",
        requires = "currency",
        conflicts_with = "resume"
    )]
    pub(crate) cost: Option<Money>,

    /// What you sell one voucher for
    #[arg(
        long,
        value_name = "AMOUNT",
        requires = "currency",
        conflicts_with = "resume"
    )]
    pub(crate) price: Option<Money>,

    /// The currency of both, such as EUR
    #[arg(long, value_name = "CODE", env = "THORDATA_CDK_CURRENCY", hide_env = true, value_parser = money::currency)]
    pub(crate) currency: Option<String>,

    /// Ask if the total of traffic is this or more
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

    /// How long to wait while another purchase on the account is in progress
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = time::duration)]
    pub(crate) wait: Duration,

    /// How long to look for the vouchers behind a lost answer
    #[arg(long, value_name = "DURATION", default_value = "120s", value_parser = time::duration)]
    pub(crate) window: Duration,
}

/// Vouchers in one purchase unless the caller says otherwise.
const CHUNK: u32 = 1000;

/// A purchase that was not sent by then is not sent any more. Short, since a crash leaves the order waiting for it.
const SEND_WITHIN: Duration = Duration::from_secs(10);

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk create --traffic 5 --count 20 --label webshop --out webshop.txt
  $ thordata-cdk create --traffic 1 --count 2500 --out codes.txt --yes
  $ thordata-cdk create --traffic 20 --count 300 --dry-run
  $ thordata-cdk create --order A-17 --traffic 5 --count 2 --cost 2.50 --price 4 --currency EUR
  $ thordata-cdk create --resume A-17 --yes || true";

impl Options {
    /// The prices of the order, if any were said.
    pub(crate) fn prices(&self) -> Option<Price> {
        let any = self.cost.is_some() || self.price.is_some();
        self.currency.clone().filter(|_| any).map(|currency| Price {
            cost: self.cost,
            price: self.price,
            currency,
        })
    }

    /// How many vouchers one purchase holds at the most.
    pub(crate) fn purchase_size(&self) -> u32 {
        self.chunk.unwrap_or(CHUNK)
    }

    /// Settings for an order that was begun with `meta`.
    pub(crate) fn issuer(&self, meta: &Meta, timeout: Duration) -> IssuerOptions {
        // A short window still leaves time for several lists.
        let first_look = Duration::from_secs(1).min(self.window.checked_div(8).unwrap_or_default());
        // Said once, it holds for the order: `--resume` does not need it again.
        let options = match self.exclusive || meta.exclusive {
            true => IssuerOptions::exclusive(),
            false => IssuerOptions::shared(),
        };
        options
            .max_count(self.chunk.or(meta.chunk).unwrap_or(CHUNK))
            .window(self.window)
            .token_replaced(self.token_replaced)
            .send_within(SEND_WITHIN.min(timeout))
            .wait(self.wait)
            .first_look(first_look)
    }
}

fn key(text: &str) -> Result<String, String> {
    // Messages repeat it in commands to paste, so that it must be one line.
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err("use 1 to 200 characters on one line".to_owned());
    }
    Ok(text.to_owned())
}

fn label(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
        return Err("use 1 to 100 characters on one line".to_owned());
    }
    Ok(text.to_owned())
}
