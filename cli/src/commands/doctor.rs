//! `doctor`: what could be in the way, from the credentials to the answers.

use clap::Args;

use crate::context::Context;
use crate::doctor::findings::Findings;
use crate::doctor::{connectivity, contract_check};
use crate::exit::Exit;

/// Look for what could be in the way: credentials, records, host, clock, a read-only request
///
/// Every part is looked at, whatever the one before has found, and each finding says what helps.
///
/// With --contract it also compares live answers with the contract: unknown fields, statuses and codes,
/// and whether parameters are taken from the query or from the body. It changes nothing.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Compare live answers with openapi.yaml too
    #[arg(long)]
    contract: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk doctor
  $ thordata-cdk doctor --contract";

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let mut findings = Findings::begin(context)?;
    if let Some(http) = connectivity::check(context, &mut findings).await?
        && options.contract
    {
        contract_check::compare(context, &http, &mut findings).await?;
    }
    findings.finish()
}
