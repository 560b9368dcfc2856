//! `doctor`: what could be in the way, from the credentials to the answers.

mod answers;
mod way;

use clap::Args;

use crate::context::Context;
use crate::exit::Exit;
use crate::output::{Column, Format, Rows, Value};

/// Look for what could be in the way: credentials, records, host, clock, a read-only request
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

const CHECK: [Column; 4] = [
    Column::text("check", "CHECK"),
    Column::text("result", "RESULT"),
    Column::text("detail", "DETAIL"),
    Column::text("next", "NEXT"),
];

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Ok,
    Warn,
    Fail,
}

/// The findings, printed as they come.
struct Findings {
    rows: Rows,
    worst: Exit,
}

impl Findings {
    fn put(
        &mut self,
        check: &str,
        health: Health,
        detail: impl Into<String>,
        next: Option<&str>,
    ) -> std::io::Result<()> {
        let result = match health {
            Health::Ok => "ok",
            Health::Warn => "warning",
            Health::Fail => "failed",
        };
        self.rows.push(vec![
            Value::text(check),
            Value::text(result),
            Value::text(detail),
            Value::maybe(next),
        ])
    }

    fn failed(
        &mut self,
        check: &str,
        exit: Exit,
        detail: impl Into<String>,
        next: Option<&str>,
    ) -> std::io::Result<()> {
        if self.worst == Exit::Done {
            self.worst = exit;
        }
        self.put(check, Health::Fail, detail, next)
    }
}

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let mut findings = Findings {
        rows: context.rows(&CHECK, Format::Table)?,
        worst: Exit::Done,
    };
    if let Some(http) = way::look(context, &mut findings).await?
        && options.contract
    {
        answers::compare(context, &http, &mut findings).await?;
    }
    findings.rows.finish()?;
    Ok(findings.worst)
}
