//! What a subscriber of `tracing` sees of purchases: a span for each, an event for each step and for each
//! record of the journal. No code, no hash.

use std::time::Instant;

use futures_util::FutureExt;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::journal::{Durability, JournalError, Record};
use super::options::Step;
use super::verdict::{IntentId, IssueError, Issued, Verdict};
use crate::trace::{elapsed, failed, kind, started as began};
use crate::types::NewCdks;

/// The span of one purchase, under that of whoever asked for it.
pub(crate) fn purchase(order: NewCdks) -> Span {
    tracing::info_span!(
        target: "thordata_cdk",
        "thordata_cdk.issue",
        otel.name = "cdk issue",
        otel.status_code = Empty,
        error.r#type = Empty,
        thordata_cdk.operation = "issue",
        thordata_cdk.traffic = order.traffic.as_i64(),
        thordata_cdk.count = order.count,
        thordata_cdk.intent = Empty,
        thordata_cdk.attempts = Empty,
        thordata_cdk.code = Empty,
        thordata_cdk.outcome = Empty,
        thordata_cdk.verdict = Empty,
        elapsed_ms = Empty,
    )
}

/// The span of the search for what became of earlier orders.
pub(crate) fn recovery() -> Span {
    tracing::info_span!(
        target: "thordata_cdk",
        "thordata_cdk.recover",
        otel.name = "cdk recover",
        otel.status_code = Empty,
        error.r#type = Empty,
        thordata_cdk.operation = "recover",
        thordata_cdk.orders = Empty,
        elapsed_ms = Empty,
    )
}

/// `run` inside `span`, on which `tell` notes how it ended.
pub(crate) fn within<T>(
    span: Span,
    run: impl Future<Output = Result<T, IssueError>>,
    tell: fn(&Span, &T),
) -> impl Future<Output = Result<T, IssueError>> {
    let began: Option<Instant> = began(&span);
    run.instrument(span.clone()).map(move |result| {
        if began.is_some() {
            elapsed(&span, began);
            match &result {
                Ok(value) => tell(&span, value),
                Err(error) => {
                    span.record("otel.status_code", "ERROR");
                    span.record("error.type", issue_kind(error));
                }
            }
        }
        result
    })
}

/// How a purchase ended.
pub(crate) fn issued(span: &Span, issued: &Issued) {
    span.record("thordata_cdk.intent", issued.id.0);
    let (verdict, outcome) = match &issued.verdict {
        Verdict::Created { .. } => ("created", "applied"),
        Verdict::Recovered { .. } => ("recovered", "applied"),
        Verdict::Partial { .. } => ("partial", "applied"),
        Verdict::Rejected { .. } => ("rejected", "not_applied"),
        Verdict::NotObserved { .. } => ("not_observed", "unknown"),
        Verdict::Unknown { .. } => ("unknown", "unknown"),
    };
    if let Verdict::Rejected { error } = &issued.verdict {
        failed(span, error);
    }
    span.record("thordata_cdk.verdict", verdict);
    span.record("thordata_cdk.outcome", outcome);
}

/// How many earlier orders a recovery handed over.
pub(crate) fn recovered(span: &Span, orders: &[Issued]) {
    span.record("thordata_cdk.orders", orders.len());
}

/// What a purchase has reached.
pub(crate) fn step(step: Step) {
    let (name, intent, attempt, look) = match step {
        Step::Baseline => ("baseline", None, None, None),
        Step::Intended(id) => ("intended", Some(id), None, None),
        Step::Sending { id, attempt } => ("sending", Some(id), Some(attempt), None),
        Step::Answered(id) => ("answered", Some(id), None, None),
        Step::Looking { id, look } => ("looking", Some(id), None, Some(look)),
        Step::Recorded(id) => ("recorded", Some(id), None, None),
    };
    tracing::debug!(
        target: "thordata_cdk",
        step = name,
        intent = intent.map(|IntentId(id)| id),
        attempt,
        look,
        "purchase"
    );
}

/// Records that are about to be written to the journal.
pub(crate) fn writing(records: &[(Record, Durability)]) {
    for (record, durability) in records {
        let (name, intent, vouchers) = record.summary();
        tracing::debug!(
            target: "thordata_cdk",
            record = name,
            intent,
            vouchers,
            durable = *durability == Durability::Durable,
            "writing to the journal"
        );
    }
}

/// The records before were not written.
pub(crate) fn not_written(error: &JournalError) {
    tracing::warn!(
        target: "thordata_cdk",
        error = error as &dyn std::error::Error,
        "the journal cannot be written"
    );
}

fn issue_kind(error: &IssueError) -> &'static str {
    match error {
        IssueError::Client(error) => kind(error),
        IssueError::Journal(_) => "journal",
        IssueError::Blocked { .. } => "blocked",
        IssueError::ListIncomplete { .. } => "list_incomplete",
        IssueError::Unresolved { .. } => "unresolved",
        IssueError::NoSuchIntent { .. } => "no_such_intent",
        IssueError::Stopped => "stopped",
    }
}
