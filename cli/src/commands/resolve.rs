//! `resolve KEY`: a person's decision on an order whose vouchers the list cannot tell from others.

use std::path::PathBuf;

use clap::Args;
use thordata_cdk::CdkCode;
use thordata_cdk_issuer::{IssuerOptions, Order, OrderState};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::code_args::CodeArgs;
use crate::orders;
use crate::orders::buy::{self, LastRefusal};
use crate::orders::deliver::Sink;
use crate::orders::meta::Meta;
use crate::output::{Column, Format, Value};
use crate::ui::counted;

/// Decide which vouchers belong to an order whose answer was lost
///
/// Without a decision it shows the vouchers in question. Those that are adopted belong to the order and go where its
/// codes go. If none belongs to it, `create --resume KEY --retry-unseen` buys again, and `orders abandon KEY` gives up.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The key of the order
    key: String,

    /// These vouchers belong to it; `-` reads codes from standard input
    #[arg(long, value_name = "CODE", num_args = 1.., group = "decision")]
    adopt: Vec<String>,

    /// The vouchers in this file belong to it
    #[arg(long, value_name = "FILE", group = "decision")]
    adopt_file: Option<PathBuf>,

    /// All vouchers in question belong to it
    #[arg(long, group = "decision")]
    adopt_all: bool,

    /// Where the codes go instead of where `create` was to put them
    #[arg(long, value_name = "FILE", requires = "decision")]
    out: Option<PathBuf>,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk resolve A-17 || true
  $ thordata-cdk resolve A-17 --adopt-all --yes || true";

const CANDIDATE: [Column; 2] = [
    Column::text("cdk", "CODE").whole(),
    Column::text("order", "ORDER"),
];

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let key = &*options.key;
    let issuer = context.issuer(IssuerOptions::shared()).await?;
    let order = issuer.order(key).await;
    let order = order.map_err(|error| Failure::of_issue(&error, key))?;
    let decides = options.adopt_all || !options.adopt.is_empty() || options.adopt_file.is_some();
    if order.is_complete() && !order.surplus().is_empty() && !decides {
        rows(context, &order)?;
        context.ui.note(format!(
            "The order {key} is {}; these {} were paid for beyond its count.",
            orders::in_words(order.state()),
            counted(order.surplus().len(), "voucher")
        ));
        return Ok(Exit::Success);
    }
    if order.is_complete() || *order.state() == OrderState::Abandoned {
        let what = format!(
            "the order {key} is {}: nothing is left to decide",
            orders::in_words(order.state())
        );
        return Err(Failure::usage(what)
            .next("`thordata-cdk orders` shows which orders are open")
            .into());
    }
    let Some(adopted) = decision(context, &options, &order)? else {
        return show(context, &order);
    };
    let question = format!(
        "Adopt {} for the order {key}?",
        counted(adopted.len(), "voucher")
    );
    context
        .ui
        .confirm(options.yes, &question, "nothing was adopted")?;
    let out = options.out.or(Meta::of(&order).out);
    // Before the decision, which cannot be taken back: a bad file is found out here.
    let sink = Sink::open(context, out.as_deref())?;
    let order = issuer.adopt(key, &adopted).await;
    let order = order.map_err(|error| Failure::of_issue(&error, key))?;
    context.log_decision("adopt", key, Some(adopted.len()))?;
    context
        .ui
        .note(format!("{} adopted.", counted(adopted.len(), "voucher")));
    buy::conclude(
        context,
        &issuer,
        sink,
        &order,
        &LastRefusal::default(),
        false,
    )
    .await
}

/// The codes to adopt; `None` if nothing was decided.
fn decision(
    context: &Context,
    options: &Options,
    order: &Order,
) -> anyhow::Result<Option<Vec<CdkCode>>> {
    if options.adopt_all {
        return Ok(Some(order.candidates().to_vec()));
    }
    let named = CodeArgs {
        codes: options.adopt.clone(),
        file: options.adopt_file.clone(),
        column: None,
    };
    match named.is_empty() {
        true => Ok(None),
        false => named.read(&context.ui).map(Some),
    }
}

/// The vouchers in question, and those beyond the order's count.
fn rows(context: &Context, order: &Order) -> anyhow::Result<()> {
    let mut rows = context.rows(&CANDIDATE, Format::Table)?;
    for code in order.candidates().iter().chain(order.surplus()) {
        rows.push(vec![
            Value::Code(code.clone()),
            Value::text(order.key.clone()),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

fn show(context: &Context, order: &Order) -> anyhow::Result<Exit> {
    rows(context, order)?;
    if !order.codes().is_empty() {
        context.ui.note(format!(
            "{} of {} came before: `thordata-cdk create --resume {}` prints them.",
            order.codes().len(),
            counted(order.count, "voucher"),
            order.key
        ));
    }
    let what = format!(
        "the order {} ({} with traffic {}): {}",
        order.key,
        counted(order.count, "voucher"),
        order.traffic,
        order.state()
    );
    Err(Failure::usage(what)
        .next(format!(
            "repeat it with --adopt CODE…, --adopt-file FILE or --adopt-all; if none belongs to it, `thordata-cdk \
             create --resume {} --retry-unseen` buys again",
            order.key
        ))
        .into())
}
