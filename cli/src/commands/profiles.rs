//! `profiles`: the stored accounts, and where each value comes from.

use clap::{Args, Subcommand};

use crate::account::{self, Account, Folders, Profile, check_name, last_four};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{Column, Format, Rows, Value};

/// Show the stored accounts, and where each value comes from
///
/// Secrets are shown by their last four characters. The profile in use is the one of --profile, else the one of
/// `profiles use`, else `default`; credentials in the environment come before those of its file.
#[derive(Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Use this profile from now on, where --profile names no other
    Use {
        /// The name of a stored profile
        #[arg(value_parser = check_name)]
        name: String,
    },
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk profiles
  $ thordata-cdk profiles use default || true
  $ thordata-cdk profiles -o json";

const SETTING: [Column; 5] = [
    Column::text("profile", "PROFILE"),
    Column::text("in_use", "IN USE"),
    Column::text("setting", "SETTING"),
    Column::text("value", "VALUE"),
    Column::text("source", "SOURCE"),
];

pub(crate) fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let folders = Folders::find()?;
    if let Some(Action::Use { name }) = options.action {
        if !folders.profile_file(&name).exists() {
            return Err(account::no_such_profile(&folders, &name).into());
        }
        folders.choose(&name)?;
        context
            .ui
            .note(format!("From now on the profile `{name}` is used."));
        return Ok(Exit::Success);
    }
    let mut rows = context.rows(&SETTING, Format::Table)?;
    let in_use = context.profile();
    let mut exit = Exit::Success;
    let account = match context.global.sandbox {
        true => context.account().cloned().map(Some),
        false => Account::find(&folders, in_use, context.global.profile.is_some()),
    };
    match account {
        Ok(Some(account)) => describe(&mut rows, in_use, true, &account)?,
        Ok(None) => {
            put(&mut rows, in_use, true, "token", "not set", "")?;
            context.ui.next("run `thordata-cdk login`");
        }
        Err(failure) => {
            put(&mut rows, in_use, true, "token", "refused", &failure.what)?;
            context.ui.failure(&failure);
            exit = failure.exit;
        }
    }
    let data = context.data_folder()?.display().to_string();
    put(&mut rows, in_use, true, "records", &data, "")?;
    for name in folders.profile_names()? {
        if name == in_use {
            continue;
        }
        let path = folders.profile_file(&name);
        match Profile::read(&path) {
            Ok(Some(profile)) => {
                describe(
                    &mut rows,
                    &name,
                    false,
                    &Account::of_profile(&profile, &path),
                )?;
            }
            Ok(None) => {}
            Err(failure) => {
                // No exit code: a profile that is not used is in nobody's way.
                put(&mut rows, &name, false, "token", "refused", &failure.what)?;
                context.ui.failure(&failure);
            }
        }
    }
    rows.finish()?;
    Ok(exit)
}

fn describe(rows: &mut Rows, name: &str, in_use: bool, account: &Account) -> std::io::Result<()> {
    for (setting, secret) in [("token", &account.token), ("key", &account.key)] {
        let value = last_four(&secret.value);
        put(
            rows,
            name,
            in_use,
            setting,
            &value,
            &secret.source.to_string(),
        )?;
    }
    let url = &account.base_url;
    put(
        rows,
        name,
        in_use,
        "base_url",
        &url.value,
        &url.source.to_string(),
    )
}

fn put(
    rows: &mut Rows,
    name: &str,
    in_use: bool,
    setting: &str,
    value: &str,
    source: &str,
) -> std::io::Result<()> {
    rows.push(vec![
        Value::text(name),
        Value::Bool(in_use),
        Value::text(setting),
        Value::text(value),
        Value::maybe(Some(source).filter(|source| !source.is_empty())),
    ])
}
