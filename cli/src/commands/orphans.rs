//! `orphans`: vouchers that no order of this journal explains.

use clap::Args;
use thordata_cdk::issue::IssuerKind;

use crate::context::Context;
use crate::exit::Exit;
use crate::orders::session::OrderSession;
use crate::output::progress;
use crate::output::{self, Format, Origin, VOUCHER};
use crate::ui::counted;

/// Show vouchers that appeared and that no order of this machine explains
///
/// Somebody else bought them, or they are an order's that was carried out long after its answer was
/// lost. The first run takes note of all vouchers that exist.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Take note of those that are shown, so that they are not shown again
    #[arg(long)]
    dismiss: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk orphans
  $ thordata-cdk orphans --dismiss --yes -o csv > orphans.csv";

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let mut rows = context.rows(&VOUCHER, Format::Table)?;
    let bar = progress::bar(&context.ui, 0);
    // So that an orphan which is seen here ends what `create --exclusive` declared.
    let session =
        OrderSession::open(context, IssuerKind::Exclusive, |defaults| defaults, &bar).await?;
    bar.finish_and_clear();
    let orphans = session.issuer.orphans().await?;
    let codes: Vec<_> = orphans.iter().map(|cdk| cdk.cdk.clone()).collect();
    for cdk in orphans {
        rows.push(output::voucher(cdk, Origin::default()))?;
    }
    if rows.finish()? == 0 {
        context.ui.note("No orphan is known.");
        return Ok(Exit::Success);
    }
    if options.dismiss {
        let question = format!("Show {} no more?", counted(codes.len(), "voucher"));
        context.ui.confirm(options.yes, &question)?;
        session.issuer.dismiss_orphans(&codes).await?;
    }
    Ok(Exit::Success)
}
