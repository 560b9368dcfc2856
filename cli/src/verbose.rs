//! `-v` and `-vv`: what the library does, on standard error. No secrets, no codes, no URLs.

use std::fmt;
use std::io::{self, Write as _};

use tracing::Subscriber;
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::trace_fields::{Fields, REQUEST};
use crate::ui::Ui;
use crate::waits;

/// Not at all: only waits are reported. Once: a line for each request too, in words. Twice: every span and event, as the
/// library names them.
pub(crate) fn begin(times: u8, ui: Ui) {
    // No other target: the HTTP client's own events may hold bodies, and with them codes.
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
            // Waits are not reported beside it: their events are among these lines.
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
#[derive(Default)]
struct Request(Fields);

/// `list: answered in 0.21 s`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = &self.0;
        let what = match fields.text("thordata_cdk.operation").unwrap_or_default() {
            "" => "request",
            "get" => "look up a voucher",
            "create" => "buy vouchers",
            "list" => "list vouchers",
            "revoke" => "revoke a voucher",
            other => other,
        };
        let seconds = fields.number("elapsed_ms").unwrap_or(0.0) / 1000.0;
        let attempt = fields.number("thordata_cdk.attempt").unwrap_or(1_u64);
        let status: Option<u16> = fields.number("http.response.status_code");
        let code: Option<i64> = fields.number("thordata_cdk.code");
        write!(f, "{what}")?;
        if attempt > 1 {
            write!(f, " (attempt {attempt})")?;
        }
        match (fields.text("error.type"), status, code) {
            (None, _, _) => write!(f, ": answered in {seconds:.2} s"),
            // The code before the status: a failure may come as HTTP 200.
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
                let error = match error {
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

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for InWords {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != REQUEST {
            return;
        }
        if let Some(span) = context.span(id) {
            let mut request = Request::default();
            attributes.record(&mut request.0);
            span.extensions_mut().insert(request);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(request) = span.extensions_mut().get_mut::<Request>()
        {
            values.record(&mut request.0);
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
