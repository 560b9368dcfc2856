//! `logout`: forgets stored credentials.

use std::io;

use clap::Args;

use crate::account::{self, Folders};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Forget an account's token and key
///
/// Removes the profile's file. Orders, customers, prices and the log stay where they are.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk logout --yes || true
  $ thordata-cdk logout --profile second-account --yes || true";

pub(crate) fn run(context: &Context, options: &Options) -> anyhow::Result<Exit> {
    let folders = Folders::find()?;
    let name = context.profile();
    let path = folders.profile_file(name);
    if !path.exists() {
        return Err(account::no_such_profile(&folders, name).into());
    }
    let question = format!("Forget the credentials of the profile `{name}`?");
    context
        .ui
        .confirm(options.yes, &question, "they are still stored")?;
    std::fs::remove_file(&path).map_err(|error: io::Error| {
        Failure::error(format!("{} cannot be removed", path.display()))
            .why(error.to_string())
            .next("check the folder and its permissions")
    })?;
    context.ui.note(format!(
        "The profile `{name}` is forgotten. Its orders and records stay."
    ));
    Ok(Exit::Success)
}
