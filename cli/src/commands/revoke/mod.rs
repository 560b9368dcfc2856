//! `revoke`: makes unused vouchers worthless.

mod carry_out;
mod plan;

use clap::Args;
use thordata_cdk::{CdkCode, CdkStatus, Client};

use self::carry_out::Revocation;
use self::plan::{Known, Plan};
use super::list::StatusFilter;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::code_args::CodeArgs;
use crate::output::{self, Column, Format, VOUCHER};
use crate::time;
use crate::ui::counted;

/// Revoke unused vouchers, for good
///
/// Looks up what each code is, shows it, and asks. Only what may be unused is sent. Goes on after a failure; writes one
/// result for each code as it happens: revoked, already_revoked, used (somebody redeemed it before), not_found,
/// refused, unknown (look before you repeat it) or not_tried. `-o codes` prints those that are revoked. Each
/// revocation is in the log before it is sent: `thordata-cdk log`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    codes: CodeArgs,

    /// Choose from the list instead of naming codes; only unused vouchers can be revoked
    #[arg(long, value_enum, requires = "older_than", conflicts_with_all = ["codes", "file"])]
    status: Option<StatusFilter>,

    /// Those created longer ago than this
    #[arg(long, value_name = "AGE", value_parser = time::duration, requires = "status")]
    older_than: Option<std::time::Duration>,

    /// Of those, only vouchers that were bought under this label
    #[arg(long, requires = "status")]
    label: Option<String>,

    /// Only show what would be revoked
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk revoke nozzapqOWJOCcWlX --yes
  $ thordata-cdk revoke --status unused --older-than 90d --label kiosk --dry-run
  $ thordata-cdk revoke --status unused --older-than 90d --label kiosk --yes
  $ thordata-cdk list --label spring-sale --status unused -o csv > unsold.csv
  $ thordata-cdk revoke --file unsold.csv --yes -o csv > revoked.csv";

const RESULT: [Column; 4] = [
    Column::text("cdk", "CODE").whole(),
    Column::text("result", "RESULT").whole(),
    Column::text("detail", "DETAIL"),
    Column::text("did_you_mean", "DID YOU MEAN").whole().rank(2),
];

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let client = context.client()?;
    let (codes, known) = select(context, &client, &options).await?;
    let plan = Plan::make(context, &client, codes, known).await?;
    if options.dry_run {
        return dry_run(context, plan);
    }
    let rows = context.rows(&RESULT, Format::Table)?;
    if plan.items.is_empty() {
        rows.finish()?;
        context.ui.note("No voucher to revoke.");
        return Ok(Exit::Success);
    }
    plan.announce(context);
    if plan.to_send().next().is_some() {
        let question = plan.question(context, options.codes.origin())?;
        context
            .ui
            .confirm(options.yes, &question, "nothing was revoked")?;
    }
    Revocation::new(context, &client, rows)?.run(plan).await
}

/// The codes, and what a list has shown of them.
async fn select(
    context: &Context,
    client: &Client,
    options: &Options,
) -> anyhow::Result<(Vec<CdkCode>, Option<Known>)> {
    let Some(status) = options.status else {
        if options.codes.is_empty() {
            return Err(Failure::usage("no voucher was named")
                .next("name codes, or `-`, or --file FILE, or --status unused --older-than AGE")
                .into());
        }
        return Ok((options.codes.read(&context.ui)?, None));
    };
    if status != StatusFilter::Unused {
        return Err(Failure::usage("only unused vouchers can be revoked")
            .next("use --status unused")
            .into());
    }
    let age = options.older_than.unwrap_or_default().as_secs();
    let before = context
        .clock
        .now
        .saturating_sub(i64::try_from(age).unwrap_or(i64::MAX));
    // Before the list, which may be long: a store that cannot be opened is found out here.
    let book = context.book().await?;
    let list = client.list(CdkStatus::Unused).await?;
    context.left_out(list.unreadable());
    let mut list = list.into_rows();
    // The service's own filter may turn out to be ignored.
    list.retain(|cdk| cdk.status == CdkStatus::Unused && cdk.create_time.as_secs() < before);
    if options.label.is_some() {
        let codes: Vec<CdkCode> = list.iter().map(|cdk| cdk.cdk.clone()).collect();
        let mut origins = book.origins(&codes).await?.into_iter();
        // `retain` goes in the order of the list, which is that of the origins.
        list.retain(|_| origins.next().unwrap_or_default().label == options.label);
    }
    let codes = list.iter().map(|cdk| cdk.cdk.clone()).collect();
    let known = list.into_iter().map(|cdk| (cdk.cdk.clone(), cdk)).collect();
    Ok((codes, Some(known)))
}

fn dry_run(context: &Context, plan: Plan) -> anyhow::Result<Exit> {
    let mut rows = context.rows(&VOUCHER, Format::Table)?;
    plan.announce_others(context);
    let refused = plan.refused();
    let sent = plan.to_send().count();
    for item in plan.items {
        if let Some(cdk) = item.unused {
            rows.push(output::voucher(cdk, item.origin))?;
        }
    }
    rows.finish()?;
    // Also those that no list has shown: they would be sent as well.
    context.ui.note(format!(
        "{} would be revoked; nothing was sent.",
        counted(sent, "voucher")
    ));
    Ok(match (refused, sent) {
        (0, _) => Exit::Success,
        (_, 0) => Exit::Error,
        _ => Exit::Partial,
    })
}
