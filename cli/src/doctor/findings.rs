//! The findings of `doctor`, printed as they come.

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Column, Format, Rows, Value};
use crate::ui::Ui;

const CHECK: [Column; 4] = [
    Column::text("check", "CHECK").whole(),
    Column::text("result", "RESULT").whole(),
    Column::text("detail", "DETAIL"),
    Column::text("next", "NEXT").hidden(),
];

/// The result of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Ok,
    Warn,
    Fail,
    /// It could not be looked at, because of what failed before.
    Skipped,
}

/// The findings, printed as they come.
pub(crate) struct Findings {
    rows: Rows,
    first_failure: Exit,
    /// In a table a long step would be cut: whole steps follow it.
    steps: Option<Vec<(String, String, String)>>,
    ui: Ui,
}

impl Findings {
    pub(crate) fn begin(context: &Context) -> Result<Self, Failure> {
        let rows = context.rows(&CHECK, Format::Table)?;
        let steps = (rows.format() == Format::Table).then(Vec::new);
        Ok(Self {
            rows,
            first_failure: Exit::Success,
            steps,
            ui: context.ui,
        })
    }

    /// The exit code of the first check that failed.
    pub(crate) fn finish(self) -> anyhow::Result<Exit> {
        self.rows.finish()?;
        for (check, detail, next) in self.steps.into_iter().flatten() {
            self.ui.note(format!("{check}: {detail}"));
            self.ui.next(next);
        }
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
            Health::Skipped => "skipped",
        };
        let detail = detail.into();
        if let (Some(steps), Some(next)) = (&mut self.steps, next) {
            steps.push((check.to_owned(), detail.clone(), next.to_owned()));
        }
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
        // What fails later is often a consequence.
        if self.first_failure == Exit::Success {
            self.first_failure = exit;
        }
        self.put(check, Health::Fail, detail, next)
    }
}
