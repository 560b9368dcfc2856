//! What a subscriber of `tracing` sees; `docs/tracing.md` lists it. Nothing here ever holds a secret, a code
//! or a URL.
//!
//! Names are OpenTelemetry's for HTTP clients where there is one, and `thordata_cdk.*` otherwise. Without a
//! subscriber each span and event is one comparison.

use std::pin::pin;
use std::time::{Duration, Instant};

use reqwest::Url;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::error::{Error, Outcome};
use crate::operation::Operation;

/// Where requests go: the base URL's, whatever proxy is in between.
pub(crate) struct Peer {
    scheme: String,
    address: String,
    port: u16,
}

impl Peer {
    pub(crate) fn of(base_url: &str) -> Option<Self> {
        let url = Url::parse(base_url).ok()?;
        Some(Self {
            scheme: url.scheme().to_owned(),
            address: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }
}

/// One call with all its attempts, in its span.
pub(crate) async fn call<T, Fut>(
    operation: Operation,
    tag: Option<&str>,
    run: impl FnOnce() -> Fut,
) -> Result<T, Error>
where
    Fut: Future<Output = Result<T, Error>>,
{
    let span = tracing::info_span!(
        target: "thordata_cdk",
        "thordata_cdk.call",
        otel.name = %format_args!("cdk {}", operation.name()),
        otel.status_code = Empty,
        error.r#type = Empty,
        thordata_cdk.operation = operation.name(),
        thordata_cdk.tag = tag,
        thordata_cdk.attempts = Empty,
        thordata_cdk.code = Empty,
        thordata_cdk.outcome = Empty,
        elapsed_ms = Empty,
    );
    let started = started(&span);
    // Pinned, so that not the whole of it is moved into the span.
    let result = pin!(run()).instrument(span.clone()).await;
    finished(&span, started, result.as_ref().err());
    result
}

/// The span of one attempt, and its start if the span is enabled.
pub(crate) fn attempt(
    operation: Operation,
    resend_count: u32,
    tag: Option<&str>,
    peer: Option<&Peer>,
) -> (Span, Option<Instant>) {
    let attempt = resend_count.saturating_add(1);
    let span = tracing::info_span!(
        target: "thordata_cdk",
        "thordata_cdk.request",
        otel.kind = "client",
        // OpenTelemetry: `{method} {url.template}`.
        otel.name = %format_args!("{} {}", operation.method(), operation.path()),
        otel.status_code = Empty,
        http.request.method = operation.method(),
        // OpenTelemetry: only on a request that was sent before.
        http.request.resend_count = (resend_count > 0).then_some(resend_count),
        http.response.status_code = Empty,
        server.address = peer.map(|peer| peer.address.as_str()),
        server.port = peer.map(|peer| peer.port),
        url.scheme = peer.map(|peer| peer.scheme.as_str()),
        url.template = operation.path(),
        error.r#type = Empty,
        thordata_cdk.operation = operation.name(),
        thordata_cdk.tag = tag,
        thordata_cdk.attempt = attempt,
        thordata_cdk.code = Empty,
        thordata_cdk.outcome = Empty,
        elapsed_ms = Empty,
    );
    let started = started(&span);
    (span, started)
}

/// Notes on the span of a call or a purchase how many attempts it made.
pub(crate) fn attempts(made: u32) {
    Span::current().record("thordata_cdk.attempts", made);
}

/// Notes on the span of an attempt how it ended.
pub(crate) fn attempt_finished(
    span: &Span,
    started: Option<Instant>,
    status: Option<u16>,
    error: Option<&Error>,
) {
    if let Some(status) = status {
        span.record("http.response.status_code", status);
    }
    finished(span, started, error);
}

/// The pace, after a refusal or a served request.
pub(crate) fn pace(requests_per_second: f64, slower: bool) {
    // Up at every served request, down now and then.
    if slower {
        tracing::debug!(target: "thordata_cdk", requests_per_second, "slowed down");
    } else {
        tracing::trace!(target: "thordata_cdk", requests_per_second, "sped up");
    }
}

/// A wait of more than this is reported at `INFO`: somebody may wonder why nothing happens.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// Another attempt follows after `wait`.
pub(crate) fn will_retry(attempts: u32, wait: Duration, error: &Error) {
    // The level is part of the place that an event comes from.
    macro_rules! event {
        ($level:ident) => {
            tracing::$level!(
                target: "thordata_cdk",
                attempts,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                error.r#type = kind(error),
                http.response.status_code = error.status(),
                thordata_cdk.code = error.api_code().map(|code| code.as_i64()),
                "will be sent again"
            )
        };
    }
    if wait > LONG_WAIT {
        event!(info);
    } else {
        event!(debug);
    }
}

/// Waits for a permit to send, and reports it once it has taken more than a second; `kind` says of which kind it is.
pub(crate) async fn permit<T>(kind: &'static str, permit: impl Future<Output = T>) -> T {
    let mut permit = pin!(permit);
    match tokio::time::timeout(LONG_WAIT, permit.as_mut()).await {
        Ok(permit) => permit,
        Err(_) => {
            tracing::info!(
                target: "thordata_cdk",
                waited_ms = u64::try_from(LONG_WAIT.as_millis()).unwrap_or(u64::MAX),
                thordata_cdk.permit = kind,
                "waits for a permit"
            );
            permit.await
        }
    }
}

/// `None` if the span is disabled.
pub(crate) fn started(span: &Span) -> Option<Instant> {
    (!span.is_disabled()).then(Instant::now)
}

pub(crate) fn elapsed(span: &Span, started: Option<Instant>) {
    if let Some(started) = started {
        span.record("elapsed_ms", started.elapsed().as_secs_f64() * 1000.0);
    }
}

fn finished(span: &Span, started: Option<Instant>, error: Option<&Error>) {
    // The span is disabled: nobody would see what is worked out below.
    if started.is_none() {
        return;
    }
    elapsed(span, started);
    let Some(error) = error else {
        span.record("thordata_cdk.outcome", "applied");
        return;
    };
    failed(span, error);
}

pub(crate) fn failed(span: &Span, error: &Error) {
    span.record("otel.status_code", "ERROR");
    match error {
        // OpenTelemetry: the status itself, if that is what failed.
        Error::Status(error) => span.record("error.type", error.status.to_string()),
        error => span.record("error.type", kind(error)),
    };
    if let Some(code) = error.api_code() {
        span.record("thordata_cdk.code", code.as_i64());
    }
    span.record("thordata_cdk.outcome", outcome(error.outcome()));
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotApplied => "not_applied",
        Outcome::Unknown => "unknown",
    }
}

pub(crate) fn kind(error: &Error) -> &'static str {
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
