//! Reports waits, which otherwise look like a program that hangs.

use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::trace_fields::Fields;
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
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(text) = text(&fields) {
            self.ui.note(text);
        }
    }
}

/// How long the wait is, and why, if the event is about one that is worth a word.
fn text(fields: &Fields) -> Option<String> {
    let wait: Option<u64> = fields.number("wait_ms");
    if let Some(wait) = wait.filter(|wait| *wait >= NOTABLE_MS) {
        let code = fields.text("thordata_cdk.code");
        let status = fields.text("http.response.status_code");
        let why = match (code, status, fields.text("error.type")) {
            (Some(code), _, _) => format!("the service answered {code}"),
            (None, Some(status), _) => format!("the service answered HTTP {status}"),
            (None, None, Some("timeout")) => "no answer came in time".to_owned(),
            (None, None, Some("connect")) => "there was no connection".to_owned(),
            _ => "the answer could not be read".to_owned(),
        };
        let seconds = wait.div_euclid(1000);
        return Some(format!("Waiting {seconds} s, then trying again: {why}."));
    }
    let rate: Option<f64> = fields.number("requests_per_second");
    let slow = rate.filter(|rate| *rate < 1.0)?;
    Some(format!(
        "The service refuses frequent requests: from now on one every {:.0} s.",
        slow.recip()
    ))
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::trace_fields::Fields;

    #[test]
    fn only_waits_of_a_second_and_more_are_reported() {
        let waits = |wait_ms| {
            text(&Fields::from([
                ("wait_ms", wait_ms),
                ("http.response.status_code", "429"),
            ]))
        };
        assert_eq!(waits("999"), None);
        assert_eq!(
            waits("12400").unwrap(),
            "Waiting 12 s, then trying again: the service answered HTTP 429."
        );
        let paced = |rate| text(&Fields::from([("requests_per_second", rate)]));
        assert_eq!(paced("1.0"), None);
        assert_eq!(
            paced("0.25").unwrap(),
            "The service refuses frequent requests: from now on one every 4 s."
        );
    }
}
