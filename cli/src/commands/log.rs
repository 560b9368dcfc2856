//! `log`: what spent or destroyed something.

use clap::{Args, ValueEnum};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::code_args::CodeArgs;
use crate::output::{Column, Format, Value};
use crate::records::log::{Entry, Filter};

/// Show what spent or destroyed something on this machine
///
/// Each purchase, revocation and decision is written down before it is sent, so that nothing is missing after a crash.
/// A line without a result was begun, and the program ended before it knew: look before you repeat it. Codes are
/// masked; name a code to see what was done with it. Nothing is sent.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    codes: CodeArgs,

    /// Only this kind
    #[arg(long, value_enum)]
    action: Option<Action>,

    /// Only what was done for the order with this key
    #[arg(long, value_name = "KEY")]
    order: Option<String>,

    /// Only what was done under this label
    #[arg(long)]
    label: Option<String>,

    /// Only since a date, or within an age such as 30d
    #[arg(long, value_name = "TIME")]
    since: Option<String>,

    /// Only before a date, or longer ago than an age such as 30d
    #[arg(long, value_name = "TIME")]
    until: Option<String>,

    /// Only what has no result
    #[arg(long)]
    open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    Create,
    Revoke,
    Adopt,
    Abandon,
    Import,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk log --since 7d
  $ thordata-cdk log --action revoke -o csv > revocations.csv
  $ thordata-cdk log nozzapqOWJOCcWlX";

const LINE: [Column; 10] = [
    Column::text("at", "AT").whole(),
    Column::text("action", "ACTION").whole(),
    Column::text("voucher", "VOUCHER").rank(2),
    Column::text("order", "ORDER").rank(3),
    Column::text("label", "LABEL").rank(4),
    Column::number("count", "COUNT").rank(5),
    Column::number("traffic", "TRAFFIC").rank(6),
    Column::text("result", "RESULT").rank(1),
    Column::text("detail", "DETAIL").rank(7),
    Column::text("account", "ACCOUNT").hidden(),
];

pub(crate) fn run(context: &Context, options: &Options) -> anyhow::Result<Exit> {
    let moment = |flag: &str, text: Option<&str>| {
        let at = text.map(|text| context.clock.moment(text)).transpose();
        at.map_err(|why| {
            Failure::usage(format!("{flag} is not understood"))
                .why(why)
                .next(format!("write it like {flag} 30d or {flag} 2026-05-01"))
        })
    };
    let action = options.action.and_then(|action| action.to_possible_value());
    let filter = Filter {
        since: moment("--since", options.since.as_deref())?,
        until: moment("--until", options.until.as_deref())?,
        action: action.map(|action| action.get_name().to_owned()),
        order: options.order.clone(),
        label: options.label.clone(),
        open: options.open,
    };
    let codes = options.codes.read(&context.ui)?;
    let mut rows = context.rows(&LINE, Format::Table)?;
    let lines = match context.records_if_any()? {
        Some(records) => records.log(&filter, &codes)?,
        None => Vec::new(),
    };
    let open = lines.iter().filter(|line| line.result.is_none()).count();
    for line in lines {
        rows.push(record(line))?;
    }
    if rows.finish()? == 0 {
        context.ui.note("Nothing in the log matches.");
    } else if open > 0 {
        context
            .ui
            .note("A line without a result may have been carried out.");
        context
            .ui
            .next("look: `thordata-cdk list` for vouchers, `thordata-cdk orders` for orders");
    }
    Ok(Exit::Success)
}

fn record(line: Entry) -> Vec<Value> {
    let text = |text: Option<String>| text.map_or(Value::Absent, Value::Text);
    let number = |number: Option<i64>| number.map_or(Value::Absent, Value::Number);
    vec![
        Value::Time(line.at),
        Value::text(line.action),
        text(line.masked),
        text(line.order),
        text(line.label),
        number(line.count),
        number(line.traffic),
        text(line.result),
        text(line.detail),
        Value::text(line.account),
    ]
}
