//! `assign`: who a voucher was sold to.

use clap::Args;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::code_args::CodeArgs;
use crate::input::lookalike::{self, Listed, Place};
use crate::ui::counted;

/// Note which customer has which vouchers
///
/// The service knows no customers: they are kept on this machine. `list --customer` and `report` use them. Each code is
/// looked up first, so that a slip is found.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    codes: CodeArgs,

    /// The customer's name
    #[arg(long, value_name = "NAME", value_parser = name, required_unless_present = "nobody")]
    customer: Option<String>,

    /// Forget whose they are
    #[arg(long, conflicts_with = "customer")]
    nobody: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk assign nozzapqOWJOCcWlX --customer 'Café Müller'
  $ thordata-cdk assign --file webshop.txt --customer northwind
  $ thordata-cdk assign nozzapqOWJOCcWlX --nobody";

/// At most this many codes are reported one by one.
const COMPLAINTS: usize = 10;

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let codes = options.codes.read(&context.ui)?;
    if codes.is_empty() {
        return Err(Failure::usage("no code was given")
            .next("name codes, or `-` for standard input, or --file FILE")
            .into());
    }
    let client = context.client()?;
    let mut listed = Listed::default();
    let mut complaints = Vec::new();
    let mut missing = 0_usize;
    for code in &codes {
        if let Place::Nowhere(alike) = listed.find(&client, code).await? {
            missing = missing.saturating_add(1);
            let like = alike.first().map(|other| {
                format!(
                    "; {} looks like it: {}",
                    other.masked(),
                    lookalike::difference(code, other)
                )
            });
            if complaints.len() < COMPLAINTS {
                complaints.push(format!("{}{}", code.masked(), like.unwrap_or_default()));
            }
        }
    }
    if missing > 0 {
        let mut failure = Failure::usage(format!(
            "{missing} of {} codes not found among the account's vouchers; nothing was assigned",
            codes.len()
        ))
        .next("correct these codes, and repeat the command");
        failure.why = complaints;
        return Err(failure.into());
    }
    // Only now: after a slip nothing is written, and no file is made.
    let mut records = context.records()?;
    let had = records.assign(&codes, options.customer.as_deref())?;
    let count = counted(codes.len(), "voucher");
    context.ui.note(match &options.customer {
        Some(customer) => format!("Assigned {count} to {customer}."),
        None => format!("Assigned {count} to nobody."),
    });
    if had > 0 {
        context
            .ui
            .note(format!("{had} of them had another customer before."));
    }
    Ok(Exit::Success)
}

/// For a flag.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
        return Err("use 1 to 100 characters on one line".to_owned());
    }
    Ok(text.to_owned())
}
