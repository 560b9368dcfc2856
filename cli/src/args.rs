//! The options that every command takes.

use std::time::Duration;

use clap::Args;

use crate::account::check_name;
use crate::output::Format;
use crate::time;
use crate::ui::ColorChoice;

// Not `Debug`: the URL of a store may hold a password.
#[derive(Args, Clone)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Which account: a stored profile, and the records that belong to it
    #[arg(long, global = true, env = "THORDATA_CDK_PROFILE", value_name = "NAME", value_parser = check_name)]
    pub(crate) profile: Option<String>,

    /// The store of orders: a file, or postgres://USER@HOST/DATABASE for several machines; a password belongs into
    /// THORDATA_CDK_STORE [default: a file for each profile]
    #[arg(
        long,
        hide_short_help = true,
        global = true,
        env = "THORDATA_CDK_STORE",
        value_name = "STORE",
        // Help would show the variable with its value, and so a password.
        hide_env = true
    )]
    pub(crate) store: Option<String>,

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
        hide_short_help = true,
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub(crate) color: ColorChoice,

    /// Log each request to standard error, without secrets and codes; -vv logs spans, for developers
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Run against a throw-away local server with sample data, and a store of its own
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,

    /// How long one request may take; of a list, its rows together from the first on
    #[arg(
        long, global = true, hide_short_help = true, env = "THORDATA_CDK_TIMEOUT", value_name = "DURATION",
        default_value = "60s", value_parser = time::duration, hide_env = true
    )]
    pub(crate) timeout: Duration,

    /// Send the parameters of reads as a form body too, should the service ignore the query
    #[arg(long, global = true, hide_short_help = true, env = "THORDATA_CDK_GET_PARAMS_IN_BODY", hide_env = true,
        value_parser = clap::builder::BoolishValueParser::new(), action = clap::ArgAction::Set,
        // With a blank in place of `=` the command's name would be taken for the value.
        num_args = 0..=1, require_equals = true, default_value_t = false,
        default_missing_value = "true", hide_default_value = true, hide_possible_values = true)]
    pub(crate) get_params_in_body: bool,

    /// Send the credentials over plain http to a host that is not this machine
    #[arg(long, global = true)]
    pub(crate) allow_plain_http: bool,

    /// The longest reply that is read; a voucher takes about 110 bytes
    #[arg(
        long, global = true, hide_short_help = true, env = "THORDATA_CDK_MAX_RESPONSE_BYTES", value_name = "BYTES",
        default_value_t = 256 * 1024 * 1024, hide_env = true
    )]
    pub(crate) max_response_bytes: usize,
}
