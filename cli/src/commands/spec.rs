//! `spec`: the contract that this program was built from.

use std::io::{self, Write as _};

use clap::Args;

use crate::exit::Exit;

/// Print the contract that this program was built from
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// As JSON instead of YAML, in the form for generators
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk spec > openapi.yaml
  $ thordata-cdk spec --json > openapi.json";

pub(crate) fn run(options: &Options) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    if options.json {
        out.write_all(thordata_cdk_sandbox::OPENAPI_JSON.as_bytes())?;
    } else {
        out.write_all(thordata_cdk::OPENAPI.as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Success)
}
