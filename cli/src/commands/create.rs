//! `create`: buys vouchers.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use thordata_cdk::issue::IssuerOptions;
use thordata_cdk::{NewCdks, Traffic};

use crate::buying::{Buying, Ended};
use crate::context::Context;
use crate::desk::{self, Desk, Sink};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::ledger::Order;
use crate::output::{Column, Format, Value};
use crate::ui::counted;
use crate::{private, progress, when};

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
    traffic: Option<i64>,

    /// How many vouchers
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=0x7fff_ffff),
        required_unless_present = "resume", conflicts_with = "resume")]
    count: Option<u32>,

    /// A name for this batch, kept on this machine: a customer, a campaign, a shop
    #[arg(long, conflicts_with = "resume", value_parser = label)]
    label: Option<String>,

    /// Add the codes to this file, one a line; it is created for its owner alone
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,

    /// Finish what a crash, Ctrl-C or a lost answer left open
    #[arg(long)]
    resume: bool,

    /// Nobody else buys on this account: codes behind a lost answer are found by comparing lists
    #[arg(long)]
    pub(super) exclusive: bool,

    /// The account's token was replaced since the last purchase: go on with the same journal
    #[arg(long)]
    token_replaced: bool,

    /// Only show what would be bought
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,

    /// Ask above this total of traffic
    #[arg(
        long,
        value_name = "TRAFFIC",
        env = "THORDATA_CDK_CONFIRM_ABOVE",
        default_value_t = 500
    )]
    confirm_above: u64,

    /// How many vouchers one purchase holds at the most [default: 1000, or what the order to resume said]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(super) chunk: Option<u32>,

    /// How long to look for the vouchers behind a lost answer
    #[arg(long, value_name = "DURATION", default_value = "120s", value_parser = when::duration)]
    pub(super) window: Duration,
}

/// Vouchers in one purchase unless told otherwise.
const CHUNK: u32 = 1000;

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk create --traffic 5 --count 20 --label webshop --out webshop.txt
  $ thordata-cdk create --traffic 1 --count 2500 --out codes.txt --yes
  $ thordata-cdk create --traffic 20 --count 300 --dry-run
  $ thordata-cdk create --resume --yes";

const PLAN: [Column; 6] = [
    Column::number("count", "COUNT"),
    Column::number("traffic", "TRAFFIC"),
    Column::number("total_traffic", "TOTAL TRAFFIC"),
    Column::number("purchases", "PURCHASES"),
    Column::text("label", "LABEL"),
    Column::text("out", "OUT"),
];

fn label(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
        return Err("use 1 to 100 characters on one line".to_owned());
    }
    Ok(text.to_owned())
}

impl Options {
    pub(super) fn settings(&self, options: IssuerOptions) -> IssuerOptions {
        let first_look = Duration::from_secs(1).min(self.window.checked_div(8).unwrap_or_default());
        options
            .max_count(self.chunk.unwrap_or(CHUNK))
            .window(self.window)
            .token_replaced(self.token_replaced)
            .first_look(first_look)
    }
}

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let (Some(traffic), Some(count)) = (options.traffic, options.count) else {
        return super::resume::run(context, options).await;
    };
    let total = traffic.unsigned_abs().saturating_mul(u64::from(count));
    if options.dry_run {
        return plan(context, &options, traffic, count, total);
    }
    let bar = progress::bar(&context.ui, u64::from(count));
    let kind = desk::kind(None, options.exclusive);
    let mut desk = Desk::open(context, kind, |defaults| options.settings(defaults), &bar).await?;
    if total > options.confirm_above {
        let question = format!(
            "Buy {} with traffic {traffic} each, {total} in total?",
            counted(count, "voucher")
        );
        bar.suspend(|| context.ui.confirm(options.yes, &question))?;
    }
    let mut sink = Sink::open(context, options.out.as_deref())?;
    let order = Order {
        order: desk.ledger.next_number(),
        at: context.clock.now,
        label: options.label.clone(),
        traffic,
        count,
        chunk: options.chunk,
        exclusive: options.exclusive,
        out: options.out.as_deref().map(private::absolute),
    };
    desk.begin(&order)?;
    let goods = NewCdks {
        traffic: Traffic(traffic),
        count,
    };
    let mut interrupt = Interrupt::caught()?;
    let ended = Buying {
        ui: &context.ui,
        desk: &mut desk,
        sink: &mut sink,
        order: &order,
        bar: &bar,
        interrupt: &mut interrupt,
    }
    .run(goods)
    .await;
    settle(context, &mut desk, sink, &order, ended)
}

/// Closes the books on what was bought, and says how it stands.
pub(super) fn settle(
    context: &Context,
    desk: &mut Desk,
    sink: Sink,
    order: &Order,
    ended: Ended,
) -> anyhow::Result<Exit> {
    let left = desk.ledger.left_of(order.order);
    let delivered = order.count.saturating_sub(left);
    if left == 0 || (delivered == 0 && ended.nothing_was_bought) {
        desk.end(order)?;
    }
    let place = match &sink {
        Sink::File(file) => format!(", in {}", file.path().display()),
        Sink::Standard(_) => String::new(),
    };
    match (&ended.failure, sink.finish()) {
        // The same trouble may meet the end of the output again.
        (Some(failure), _) => context.ui.failure(failure),
        (None, finished) => finished?,
    }
    let number = order.order;
    if left == 0 {
        let total = order.traffic.saturating_mul(i64::from(order.count));
        context.ui.note(format!(
            "Bought {} with traffic {} each, {total} in total{place} (batch {number}).",
            counted(delivered, "voucher"),
            order.traffic
        ));
        return Ok(Exit::Done);
    }
    context.ui.note(format!(
        "Bought {delivered} of {}{place} (batch {number}).",
        counted(order.count, "voucher")
    ));
    if ended.exit == Exit::Interrupted || (delivered > 0 && ended.failure.is_none()) {
        context
            .ui
            .next("`thordata-cdk create --resume` tells what is open and buys the rest");
    }
    Ok(match ended.exit {
        exit @ (Exit::Interrupted | Exit::Unknown) => exit,
        _ if delivered > 0 => Exit::Partly,
        exit => exit,
    })
}

fn plan(
    context: &Context,
    options: &Options,
    traffic: i64,
    count: u32,
    total: u64,
) -> anyhow::Result<Exit> {
    let mut rows = context.rows(&PLAN, Format::Table)?;
    let out = options.out.as_ref().map(|path| path.display().to_string());
    rows.push(vec![
        Value::count(count),
        Value::Number(traffic),
        Value::count(total),
        Value::count(count.div_ceil(options.chunk.unwrap_or(CHUNK))),
        Value::maybe(options.label.as_deref()),
        Value::maybe(out.as_deref()),
    ])?;
    rows.finish()?;
    context.ui.note("Nothing was bought.");
    if total > options.confirm_above {
        let limit = options.confirm_above;
        context.ui.note(format!(
            "Without --yes it would ask first: {total} is above {limit}."
        ));
    }
    Ok(Exit::Done)
}
