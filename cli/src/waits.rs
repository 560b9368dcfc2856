//! Reports waits, which otherwise look like a program that hangs.

use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::ui::Ui;

/// Shorter waits are not worth a word.
const NOTABLE_MS: u64 = 1000;

/// Reports waits on standard error, from the library's events; `docs/tracing.md` lists them.
pub(crate) fn layer<S>(ui: Ui) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // No spans, which would cost something.
    let events =
        |metadata: &Metadata<'_>| metadata.is_event() && metadata.target() == "thordata_cdk";
    Waits { ui }.with_filter(filter_fn(events))
}

struct Waits {
    ui: Ui,
}

impl<S: Subscriber> Layer<S> for Waits {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut seen = Seen::default();
        event.record(&mut seen);
        if let Some(text) = seen.text() {
            self.ui.note(text);
        }
    }
}

/// The fields of an event that say how long, and why.
#[derive(Default)]
struct Seen {
    wait_ms: Option<u64>,
    requests_per_second: Option<f64>,
    status: Option<u64>,
    code: Option<i64>,
    kind: Option<String>,
}

impl Seen {
    fn text(&self) -> Option<String> {
        if let Some(wait) = self.wait_ms.filter(|wait| *wait >= NOTABLE_MS) {
            let why = match (self.code, self.status, self.kind.as_deref()) {
                (Some(code), _, _) => format!("the service answered {code}"),
                (None, Some(status), _) => format!("the service answered HTTP {status}"),
                (None, None, Some("timeout")) => "no answer came in time".to_owned(),
                (None, None, Some("connect")) => "there was no connection".to_owned(),
                _ => "the answer could not be read".to_owned(),
            };
            let seconds = wait.div_euclid(1000);
            return Some(format!("Waiting {seconds} s, then trying again: {why}."));
        }
        let slow = self.requests_per_second.filter(|rate| *rate < 1.0)?;
        Some(format!(
            "The service refuses frequent requests: from now on one every {:.0} s.",
            slow.recip()
        ))
    }
}

impl Visit for Seen {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "wait_ms" => self.wait_ms = Some(value),
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
        if field.name() == "requests_per_second" {
            self.requests_per_second = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "error.type" {
            self.kind = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn only_waits_of_a_second_and_more_are_reported() {
        let waits = |wait_ms| Seen {
            wait_ms: Some(wait_ms),
            status: Some(429),
            ..Seen::default()
        };
        assert_eq!(waits(999).text(), None);
        assert_eq!(
            waits(12_400).text().unwrap(),
            "Waiting 12 s, then trying again: the service answered HTTP 429."
        );
        let paced = |rate| Seen {
            requests_per_second: Some(rate),
            ..Seen::default()
        };
        assert_eq!(paced(1.0).text(), None);
        assert_eq!(
            paced(0.25).text().unwrap(),
            "The service refuses frequent requests: from now on one every 4 s."
        );
    }
}
