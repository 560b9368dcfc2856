//! `resolve ID`: a person's decision on a purchase that the journal can't attribute.

use std::path::PathBuf;

use clap::Args;
use thordata_cdk::CdkCode;
use thordata_cdk::issue::{IntentId, Issued, Resolution, Verdict};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::code_args::CodeArgs;
use crate::orders::ledger::Order;
use crate::orders::session::{self, OrderSession, Sink};
use crate::output::progress;
use crate::output::{Column, Format, Value};
use crate::ui::counted;

/// Decide on a purchase whose answer was lost and that a list cannot attribute
///
/// Without a decision it shows the vouchers in question. Those that are adopted belong to the purchase
/// and go where its codes go; the others are orphans from then on.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The number of the purchase, as `create` printed it
    #[arg(required_unless_present = "forget_missing")]
    id: Option<u64>,

    /// These vouchers belong to it; `-` reads codes from standard input
    #[arg(long, value_name = "CODE", num_args = 1.., group = "decision")]
    adopt: Vec<String>,

    /// The vouchers in this file belong to it
    #[arg(long, value_name = "FILE", group = "decision")]
    adopt_file: Option<PathBuf>,

    /// All vouchers in question belong to it
    #[arg(long, group = "decision")]
    adopt_all: bool,

    /// None of them does
    #[arg(long, group = "decision")]
    discard: bool,

    /// Accept that vouchers which were there before are gone from the service's list for good
    #[arg(long, conflicts_with_all = ["id", "decision"])]
    forget_missing: bool,

    /// Where adopted codes go instead of where `create` was to put them
    #[arg(long, value_name = "FILE", requires = "decision")]
    out: Option<PathBuf>,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk resolve 1 || true
  $ thordata-cdk resolve 1 --adopt-all --yes
  $ thordata-cdk resolve --forget-missing --yes";

const CANDIDATE: [Column; 2] = [
    Column::text("cdk", "CODE"),
    Column::number("purchase", "PURCHASE"),
];

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let bar = progress::bar(&context.ui, 0);
    let kind = session::kind(context.ledger()?.unfinished(), false);
    let session = OrderSession::open(context, kind, |defaults| defaults, &bar).await?;
    bar.finish_and_clear();
    let Some(id) = options.id else {
        let question = "Forget vouchers that the list does not show any more?";
        context.ui.confirm(options.yes, question)?;
        let count = session.issuer.forget_missing().await?;
        context
            .ui
            .note(format!("Forgot {}.", counted(count, "voucher")));
        return Ok(Exit::Success);
    };
    let found = session.issuer.recover().await?;
    let waiting = found.into_iter().find(|issued| issued.id.0 == id);
    let Some((issued, candidates)) = waiting.as_ref().and_then(in_question) else {
        return Err(
            Failure::usage(format!("purchase {id} waits for no decision"))
                .next("`thordata-cdk create --resume` tells what is open")
                .into(),
        );
    };
    match decision(context, &options, candidates)? {
        None => show(context, issued, candidates),
        Some(adopted) => decide(context, &options, session, issued, adopted).await,
    }
}

fn in_question(issued: &Issued) -> Option<(&Issued, &[CdkCode])> {
    match &issued.verdict {
        Verdict::Unknown { candidates } => Some((issued, candidates)),
        _ => None,
    }
}

/// The codes to adopt, none for a refusal of all.
fn decision(
    context: &Context,
    options: &Options,
    candidates: &[CdkCode],
) -> anyhow::Result<Option<Vec<CdkCode>>> {
    if options.discard {
        return Ok(Some(Vec::new()));
    }
    if options.adopt_all {
        return Ok(Some(candidates.to_vec()));
    }
    let named = CodeArgs {
        codes: options.adopt.clone(),
        file: options.adopt_file.clone(),
    };
    if named.is_empty() {
        return Ok(None);
    }
    let codes = named.read(&context.ui)?;
    if let Some(other) = codes.iter().find(|code| !candidates.contains(code)) {
        let what = format!("{} is not among the vouchers in question", other.masked());
        return Err(Failure::usage(what).into());
    }
    Ok(Some(codes))
}

fn show(context: &Context, issued: &Issued, candidates: &[CdkCode]) -> anyhow::Result<Exit> {
    let mut rows = context.rows(&CANDIDATE, Format::Table)?;
    for code in candidates {
        rows.push(vec![Value::Code(code.clone()), Value::count(issued.id.0)])?;
    }
    rows.finish()?;
    let order = issued.order;
    let what = format!(
        "purchase {} of {} with traffic {} waits for a decision on {}",
        issued.id,
        counted(order.count, "voucher"),
        order.traffic,
        counted(candidates.len(), "voucher")
    );
    Err(Failure::usage(what)
        .next("repeat it with --adopt CODE…, --adopt-file FILE, --adopt-all or --discard")
        .into())
}

async fn decide(
    context: &Context,
    options: &Options,
    mut session: OrderSession,
    issued: &Issued,
    adopted: Vec<CdkCode>,
) -> anyhow::Result<Exit> {
    let id = issued.id;
    let question = match adopted.len() {
        0 => format!("None of the vouchers in question belongs to purchase {id}?"),
        count => format!("Adopt {} for purchase {id}?", counted(count, "voucher")),
    };
    context.ui.confirm(options.yes, &question)?;
    let known = session.ledger.order_of_intent(id.0);
    let order = known.map_or_else(
        || unknown_order(context, issued),
        |progress| progress.order.clone(),
    );
    let out = options.out.as_ref().or(order.out.as_ref());
    let mut sink = Sink::open(context, out.map(PathBuf::as_path))?;
    if !adopted.is_empty() {
        // A code that is written twice can be removed; a lost one cannot be found.
        session.store(&mut sink, &order, id, &adopted, true)?;
    }
    let count = adopted.len();
    let resolution = match count {
        0 => Resolution::Discard,
        _ => Resolution::Adopt(adopted),
    };
    session.issuer.resolve(IntentId(id.0), resolution).await?;
    sink.finish()?;
    context.ui.note(format!(
        "Purchase {id} is settled: {} adopted.",
        counted(count, "voucher")
    ));
    if session.ledger.left_of(order.order) > 0 {
        context
            .ui
            .next("`thordata-cdk create --resume` buys what is missing from the batch");
    }
    Ok(Exit::Success)
}

/// An order that the ledger does not know, such as after it was lost.
fn unknown_order(context: &Context, issued: &Issued) -> Order {
    super::resume::unknown_order(context, issued)
}
