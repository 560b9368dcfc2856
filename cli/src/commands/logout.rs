//! `logout`: forgets stored credentials.

use clap::Args;

use crate::account::{self, Folders, Profile};
use crate::context::Context;
use crate::exit::Exit;

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
    // Before the question: nobody is asked about a profile that is not there.
    if !path.exists() {
        return Err(account::no_such_profile(&folders, name).into());
    }
    let question = format!("Forget the credentials of the profile `{name}`?");
    context
        .ui
        .confirm(options.yes, &question, "they are still stored")?;
    Profile::remove(&path)?;
    context.ui.note(format!(
        "The profile `{name}` is forgotten. Its orders and records stay."
    ));
    Ok(Exit::Success)
}
