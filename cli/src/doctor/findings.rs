//! The findings of `doctor`, printed as they come.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Column, Format, Rows, Value};

const CHECK: [Column; 4] = [
    Column::text("check", "CHECK"),
    Column::text("result", "RESULT"),
    Column::text("detail", "DETAIL"),
    Column::text("next", "NEXT"),
];

/// The result of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Ok,
    Warn,
    Fail,
}

/// The findings, printed as they come.
pub(crate) struct Findings {
    rows: Rows,
    first_failure: Exit,
}

impl Findings {
    pub(crate) fn begin(context: &Context) -> Result<Self, Failure> {
        Ok(Self {
            rows: context.rows(&CHECK, Format::Table)?,
            first_failure: Exit::Success,
        })
    }

    /// The exit code of the first check that failed.
    pub(crate) fn finish(self) -> anyhow::Result<Exit> {
        self.rows.finish()?;
        Ok(self.first_failure)
    }

    pub(super) fn put(
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

    pub(super) fn failed(
        &mut self,
        check: &str,
        exit: Exit,
        detail: impl Into<String>,
        next: Option<&str>,
    ) -> std::io::Result<()> {
        if self.first_failure == Exit::Success {
            self.first_failure = exit;
        }
        self.put(check, Health::Fail, detail, next)
    }
}
