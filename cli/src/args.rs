//! The command line: flags that every command takes, and the list of commands.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::output::Format;
use crate::profile::check_name;
use crate::ui::ColorChoice;
use crate::when;

/// Issues and accounts for prepaid Thordata CDK vouchers
///
/// Buys vouchers without losing or doubling any, lists and revokes them, tells which are redeemed, and
/// adds them up. Try any command with --sandbox: it then runs against a throw-away local server.
#[derive(Parser)]
#[command(
    name = "thordata-cdk",
    version,
    max_term_width = 100,
    after_help = format!("{EXAMPLES}\n\n{}", crate::exit::TABLE),
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk --sandbox list
  $ thordata-cdk --sandbox create --traffic 5 --count 10 --label webshop
  $ thordata-cdk --sandbox report";

#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Which account: a stored profile, and the records that belong to it
    #[arg(long, global = true, env = "THORDATA_CDK_PROFILE", value_name = "NAME", value_parser = check_name)]
    pub(crate) profile: Option<String>,

    /// How records are written
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<Format>,

    /// Only these fields, in this order, by their names in JSON
    #[arg(long, global = true, value_delimiter = ',', value_name = "NAME,…")]
    pub(crate) fields: Vec<String>,

    /// When to colour
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub(crate) color: ColorChoice,

    /// Tell on standard error what is sent, and how it went; without secrets and codes
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    /// Run against a throw-away local server with sample data
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,

    /// How long one request may take
    #[arg(
        long, global = true, env = "THORDATA_CDK_TIMEOUT", value_name = "DURATION",
        default_value = "60s", value_parser = when::duration, hide_env = true
    )]
    pub(crate) timeout: Duration,

    /// Send the parameters of reads as a form body too, should the service ignore the query
    #[arg(long, global = true, env = "THORDATA_CDK_GET_BODY", hide_env = true,
        value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::Set,
        num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true)]
    pub(crate) get_params_in_body: bool,

    /// The longest reply that is read; a voucher takes about 110 bytes
    #[arg(
        long, global = true, env = "THORDATA_CDK_MAX_RESPONSE_BYTES", value_name = "BYTES",
        default_value_t = 256 * 1024 * 1024, hide_env = true
    )]
    pub(crate) max_response_bytes: usize,
}

/// One file in `commands/` for each.
#[derive(Subcommand)]
pub(crate) enum Command {
    Create(commands::create::Options),
    List(commands::list::Options),
    Show(commands::show::Options),
    Revoke(commands::revoke::Options),
    Watch(commands::watch::Options),
    Report(commands::report::Options),
    Orphans(commands::orphans::Options),
    Resolve(commands::resolve::Options),
    Doctor(commands::doctor::Options),
    Login(commands::login::Options),
    Profiles(commands::profiles::Options),
    Sandbox(commands::sandbox::Options),
    Spec(commands::spec::Options),
    Completions(commands::completions::Options),
    Man(commands::completions::ManOptions),
}
