//! `-v` and `-vv`: what the library does, on standard error. No secrets, no codes, no URLs.

use std::fmt;
use std::io::{self, Write as _};

use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::ui::Ui;
use crate::waits;

/// Not at all: only waits are reported. Once: a line for each request too, in words. Twice: every span and event, as the
/// library names them.
pub(crate) fn begin(times: u8, ui: Ui) {
    let ours = |level| Targets::new().with_target("thordata_cdk", level);
    let registry = tracing_subscriber::registry();
    // There is no other subscriber, so that this one is taken.
    drop(match times {
        0 => registry.with(waits::layer(ui)).try_init(),
        1 => registry
            .with(waits::layer(ui))
            .with(InWords.with_filter(ours(LevelFilter::INFO)))
            .try_init(),
        _ => {
            let lines = tracing_subscriber::fmt::layer()
                .with_writer(io::stderr)
                .with_ansi(ui.color_err)
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
                .without_time();
            registry
                .with(lines.with_filter(ours(LevelFilter::DEBUG)))
                .try_init()
        }
    });
}

/// What is known of a request when it ends.
#[derive(Debug, Default)]
struct Request {
    operation: String,
    attempt: u64,
    status: Option<u64>,
    code: Option<i64>,
    error: Option<String>,
    elapsed_ms: f64,
}

impl Visit for Request {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "error.type" {
            self.error = Some(format!("{value:?}").trim_matches('"').to_owned());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "thordata_cdk.operation" => self.operation = value.to_owned(),
            "error.type" => self.error = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "thordata_cdk.attempt" => self.attempt = value,
            "http.response.status_code" => self.status = Some(value),
            _ => {}
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "thordata_cdk.code" {
            self.code = Some(value);
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_ms" {
            self.elapsed_ms = value;
        }
    }
}

/// `list: answered in 0.21 s`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.operation.as_str() {
            "" => "request",
            "get" => "look up a voucher",
            "create" => "buy vouchers",
            "list" => "list vouchers",
            "revoke" => "revoke a voucher",
            other => other,
        };
        let seconds = self.elapsed_ms / 1000.0;
        write!(f, "{what}")?;
        if self.attempt > 1 {
            write!(f, " (attempt {})", self.attempt)?;
        }
        match (&self.error, self.status, self.code) {
            (None, _, _) => write!(f, ": answered in {seconds:.2} s"),
            (Some(_), _, Some(code)) => {
                write!(f, ": refused with code {code} after {seconds:.2} s")
            }
            (Some(error), Some(status), _) => {
                write!(
                    f,
                    ": failed with HTTP {status} ({error}) after {seconds:.2} s"
                )
            }
            (Some(error), None, None) => {
                let error = match error.as_str() {
                    "timeout" => "no answer in time",
                    "connect" => "no connection",
                    other => other,
                };
                write!(f, ": {error}, after {seconds:.2} s")
            }
        }
    }
}

/// A line for each request that ends.
struct InWords;

const REQUEST: &str = "thordata_cdk.request";

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for InWords {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != REQUEST {
            return;
        }
        if let Some(span) = context.span(id) {
            let mut request = Request::default();
            attributes.record(&mut request);
            span.extensions_mut().insert(request);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(request) = span.extensions_mut().get_mut::<Request>()
        {
            values.record(request);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if let Some(span) = context.span(&id)
            && let Some(request) = span.extensions().get::<Request>()
        {
            // Nothing can be done for a standard error that is closed.
            let _ = writeln!(io::stderr(), "{request}");
        }
    }
}
