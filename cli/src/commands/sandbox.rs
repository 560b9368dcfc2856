//! `sandbox`: the local server, until Ctrl-C.

use clap::Args;
use thordata_cdk_sandbox::cli;

use crate::exit::Exit;

/// Run a local server in place of the vendor's, until Ctrl-C
///
/// Prints the environment variables that lead to it; its credentials are made up. It can lose answers,
/// answer late and refuse on demand: see its own documentation.
#[derive(Args)]
#[group(skip)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    server: cli::Options,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk sandbox --vouchers 100
  $ thordata-cdk sandbox --port 8080 --seed 1 --state vouchers.json";

pub(crate) fn run(options: &Options) -> anyhow::Result<Exit> {
    cli::run(&options.server)?;
    Ok(Exit::Success)
}
