//! What a subscriber of `tracing` sees. Nothing here ever holds a secret, a code or a URL.
//!
//! Names are OpenTelemetry's for HTTP clients where there is one, and `thordata_cdk.*` otherwise.

use tracing::Span;
use tracing::field::Empty;

use crate::call::Operation;
use crate::error::{Error, Outcome};

/// The span of one attempt: how long it lasts is how long the attempt took.
pub(crate) fn attempt(operation: Operation, resend_count: u32) -> Span {
    tracing::info_span!(
        target: "thordata_cdk",
        "thordata_cdk.request",
        otel.kind = "client",
        http.request.method = operation.method(),
        http.request.resend_count = resend_count,
        http.response.status_code = Empty,
        error.r#type = Empty,
        thordata_cdk.operation = operation.name(),
        thordata_cdk.code = Empty,
        thordata_cdk.outcome = Empty,
    )
}

/// Notes on the span how the attempt ended.
pub(crate) fn ended(span: &Span, status: Option<u16>, error: Option<&Error>) {
    if span.is_disabled() {
        return;
    }
    if let Some(status) = status {
        span.record("http.response.status_code", status);
    }
    let Some(error) = error else {
        span.record("thordata_cdk.outcome", "applied");
        return;
    };
    span.record("error.type", kind(error));
    if let Some(code) = error.api_code() {
        span.record("thordata_cdk.code", code.as_i64());
    }
    let outcome = match error.outcome() {
        Outcome::NotApplied => "not_applied",
        Outcome::Unknown => "unknown",
    };
    span.record("thordata_cdk.outcome", outcome);
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Config(_) => "config",
        Error::InvalidInput(_) => "invalid_input",
        Error::Transport(_) if error.is_timeout() => "timeout",
        Error::Transport(_) if error.is_connect() => "connect",
        Error::Transport(_) => "transport",
        Error::Status(_) => "status",
        Error::Api(_) => "api",
        Error::Decode(_) => "decode",
    }
}
