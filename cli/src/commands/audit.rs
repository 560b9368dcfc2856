//! `audit`: vouchers that no order explains.

use clap::Args;
use thordata_cdk::Timestamp;
use thordata_cdk_issuer::IssuerOptions;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Format, Origin, VOUCHER};
use crate::ui::counted;

/// Show vouchers that no order of the store explains
///
/// Somebody else bought them, they are older than the store, or their order was lost with a store. Late vouchers of an
/// order whose answer was lost become the surplus of that order, if `create --exclusive` said that nobody else buys.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Only those created since a date, or within an age such as 30d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Declare again that only this store buys on the account
    #[arg(long)]
    declare_exclusive: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk audit
  $ thordata-cdk audit --since 7d -o csv > unexplained.csv";

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
    let mut rows = context.rows(&VOUCHER, Format::Table)?;
    // To look is no declaration: on an account that others use too, their vouchers would become some order's surplus.
    let issuer = context.issuer(IssuerOptions::as_declared()).await?;
    if options.declare_exclusive {
        issuer.declare_exclusive().await?;
    }
    let report = issuer.audit(since.map(Timestamp)).await?;
    for unexplained in report.unexplained {
        rows.push(output::voucher(unexplained.cdk, Origin::default()))?;
    }
    rows.finish()?;
    if report.new_surplus > 0 {
        context.ui.note(format!(
            "{} came late and now belong to their order as surplus.",
            counted(report.new_surplus, "voucher")
        ));
    }
    context.ui.note(format!(
        "{} listed, {} explained by orders, {} not.",
        counted(report.listed, "voucher"),
        report.explained,
        report.unexplained_count
    ));
    let exclusive = issuer.exclusive().await?;
    if let Some(why) = exclusive.ended_because {
        context.ui.warn(format!(
            "the account no longer counts as used by this store alone: {why}"
        ));
        context
            .ui
            .next("if nobody else buys, run `thordata-cdk audit --declare-exclusive`");
    }
    if report.unreadable == 0 {
        return Ok(Exit::Success);
    }
    context.ui.warn(format!(
        "{} of the list's rows cannot be read; they may be vouchers that no order explains, and are left out",
        report.unreadable
    ));
    Ok(Exit::Partial)
}
