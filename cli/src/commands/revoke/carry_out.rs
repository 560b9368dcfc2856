//! Sends the revocations, and writes each result down as it comes.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use thordata_cdk::{CdkCode, CdkStatus, Client, Error, Outcome};

use super::plan::{Plan, Standing};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::lookalike::{self, Listed, Place};
use crate::interrupt::Interrupt;
use crate::output::{Format, Record, Rows, Value, progress};
use crate::records::Records;
use crate::records::log::{Entry, LineId};

/// What became of one code.
struct CodeResult {
    result: &'static str,
    detail: Option<String>,
    alike: Option<CdkCode>,
}

impl CodeResult {
    fn of(result: &'static str) -> Self {
        Self {
            result,
            detail: None,
            alike: None,
        }
    }
}

pub(super) struct Revocation<'a> {
    context: &'a Context,
    client: &'a Client,
    rows: Rows,
    records: Records,
    lines: HashMap<CdkCode, LineId>,
    listed: Listed,
    revoked: usize,
    before: usize,
    failed: usize,
    last: Exit,
    /// Why results cannot be written any more, such as a terminal that was closed.
    unwritten: Option<std::io::Error>,
}

impl<'a> Revocation<'a> {
    pub(super) fn new(
        context: &'a Context,
        client: &'a Client,
        rows: Rows,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            context,
            client,
            rows,
            records: context.records()?,
            lines: HashMap::new(),
            listed: Listed::default(),
            revoked: 0,
            before: 0,
            failed: 0,
            last: Exit::Error,
            unwritten: None,
        })
    }

    pub(super) async fn run(mut self, plan: Plan) -> anyhow::Result<Exit> {
        let mut interrupt = Interrupt::caught()?;
        let mut interrupted = false;
        self.log(&plan)?;
        let codes: Vec<CdkCode> = plan.to_send().map(|item| item.code.clone()).collect();
        let count = u64::try_from(codes.len()).unwrap_or(u64::MAX);
        let bar = progress::bar_beside_rows(&self.context.ui, count);
        for item in plan.items.into_iter().filter(|item| !item.is_sent()) {
            let code_result = match item.standing {
                Standing::Used => CodeResult::of("used"),
                Standing::NotListed(alike) => CodeResult {
                    alike,
                    ..CodeResult::of("not_found")
                },
                _ => CodeResult::of("already_revoked"),
            };
            bar.suspend(|| self.report(&item.code, code_result))?;
        }
        let mut results = self.client.revoke_all(codes.clone());
        loop {
            let next = tokio::select! {
                next = results.next() => next,
                () = interrupt.next() => {
                    if std::mem::replace(&mut interrupted, true) {
                        break;
                    }
                    results.stop();
                    bar.suspend(|| self.context.ui.note("Finishing what is under way; Ctrl-C again leaves it."));
                    continue;
                }
            };
            let Some((code, result)) = next else { break };
            bar.inc(1);
            let is_auth = result.as_ref().is_err_and(Error::is_auth);
            let code_result = self.judge(&code, result).await;
            bar.suspend(|| self.report(&code, code_result))?;
            if is_auth || self.unwritten.is_some() {
                // The other codes would fail with the same error; or nobody would learn what became of them.
                results.stop();
            }
        }
        for code in codes {
            // `report` takes the line of each code out: what is left has no result.
            if self.lines.contains_key(&code) {
                let in_flight = results.in_flight().contains(&code);
                let code_result = CodeResult::of(if in_flight { "unknown" } else { "not_tried" });
                bar.suspend(|| self.report(&code, code_result))?;
            }
        }
        bar.finish_and_clear();
        self.end(interrupted)
    }

    fn end(self, interrupted: bool) -> anyhow::Result<Exit> {
        let unwritten = match self.unwritten {
            None => self.rows.finish().err(),
            unwritten => unwritten,
        };
        let Self {
            context,
            revoked,
            before,
            failed,
            last,
            ..
        } = self;
        let before_them = match before {
            0 => String::new(),
            before => format!(", {before} revoked before"),
        };
        context
            .ui
            .note(format!("{revoked} revoked{before_them}, {failed} failed."));
        if let Some(error) = unwritten {
            let failure = Failure::new(Exit::Partial, "the results cannot be written any more")
                .why(error.to_string())
                .next("`thordata-cdk log --action revoke` shows what was revoked");
            return Err(failure.into());
        }
        Ok(
            match (interrupted, revoked.saturating_add(before), failed) {
                (true, _, _) => Exit::Interrupted,
                (_, _, 0) => Exit::Success,
                (_, 0, _) => last,
                _ => Exit::Partial,
            },
        )
    }

    /// Every revocation is on disk before the first is sent.
    fn log(&mut self, plan: &Plan) -> anyhow::Result<()> {
        let entry = Entry {
            at: self.context.clock.current(),
            action: "revoke".to_owned(),
            account: self.context.whose()?,
            ..Entry::default()
        };
        let lines: Vec<_> = plan
            .to_send()
            .map(|item| {
                let entry = Entry {
                    masked: Some(item.code.masked().to_string()),
                    order: item.origin.order.clone(),
                    label: item.origin.label.clone(),
                    count: Some(1),
                    traffic: item.unused.as_ref().map(|cdk| cdk.traffic.as_i64()),
                    ..entry.clone()
                };
                (entry, Some(&item.code))
            })
            .collect();
        let ids = self.records.begin_log(&lines)?;
        self.lines = lines
            .iter()
            .filter_map(|(_, code)| code.cloned())
            .zip(ids)
            .collect();
        Ok(())
    }

    /// Into the log, then to whoever reads, at once.
    fn report(&mut self, code: &CdkCode, code_result: CodeResult) -> anyhow::Result<()> {
        let is_revoked = match code_result.result {
            "revoked" => {
                self.revoked = self.revoked.saturating_add(1);
                true
            }
            "already_revoked" => {
                self.before = self.before.saturating_add(1);
                true
            }
            _ => {
                self.failed = self.failed.saturating_add(1);
                false
            }
        };
        // The log first: once the output is closed, only it tells what was revoked.
        if let Some(line) = self.lines.remove(code) {
            self.records
                .end_log(line, code_result.result, code_result.detail.as_deref())?;
        }
        // A list of bare codes must not hold one that was not revoked.
        if self.unwritten.is_none() && (is_revoked || self.rows.format() != Format::Codes) {
            let written = self
                .rows
                .push(row(code, code_result))
                .and_then(|()| self.rows.flush());
            self.unwritten = written.err();
        }
        Ok(())
    }

    async fn judge(&mut self, code: &CdkCode, result: Result<(), Error>) -> CodeResult {
        let Err(error) = result else {
            return CodeResult::of("revoked");
        };
        let place = match lookalike::may_be_unknown(&error) || error.outcome() == Outcome::Unknown {
            // One list for all. If it is older than the attempt, it shows `unused`, which proves
            // nothing.
            true => self.listed.find(self.client, code).await.ok(),
            false => None,
        };
        let mut alike = None;
        let result = match (place, error.outcome()) {
            (Some(Place::Listed(cdk)), _) if cdk.status == CdkStatus::Revoked => {
                return CodeResult::of("already_revoked");
            }
            (Some(Place::Listed(cdk)), _) if cdk.status == CdkStatus::Used => "used",
            (Some(Place::Nowhere(found)), _) => {
                alike = found.into_iter().next();
                "not_found"
            }
            (_, Outcome::Unknown) => "unknown",
            _ => "refused",
        };
        let failure = Failure::of_client(&error);
        self.last = match self.last {
            // Outweighs the others: a script must look before it repeats.
            Exit::Unknown => Exit::Unknown,
            _ => failure.exit,
        };
        CodeResult {
            result,
            detail: Some(failure.what),
            alike,
        }
    }
}

fn row(code: &CdkCode, code_result: CodeResult) -> Record {
    vec![
        Value::Code(code.clone()),
        Value::text(code_result.result),
        Value::maybe(code_result.detail.as_deref()),
        code_result.alike.map_or(Value::Absent, Value::Code),
    ]
}
