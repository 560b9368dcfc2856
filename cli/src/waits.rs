//! Reports waits, which otherwise look like a program that hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tracing::span::{Attributes, Id};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::trace_fields::{Fields, REQUEST};
use crate::ui::Ui;

/// Shorter waits are not worth a word.
const NOTABLE_MS: u64 = 1000;

/// Reports waits on standard error, from the library's events; `docs/tracing.md` lists them.
pub(crate) fn layer<S>(ui: Ui) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // Somebody who looks at a terminal also wants to know why nothing happens. In a log it says nothing new.
    let requests = ui.err_terminal;
    let wanted = move |metadata: &Metadata<'_>| {
        metadata.target() == "thordata_cdk"
            && (metadata.is_event() || (requests && metadata.name() == REQUEST))
    };
    let waits = Waits {
        ui,
        is_slow: Arc::default(),
    };
    waits.with_filter(filter_fn(wanted))
}

struct Waits {
    ui: Ui,
    /// It was said that answers take long, which is enough for a run.
    is_slow: Arc<AtomicBool>,
}

/// Ends with the span of a request, since its answer is there.
struct Alarm(AbortHandle);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Waits {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // The filter of this layer lets no other spans through than those of requests.
        let (Some(span), Ok(runtime)) = (context.span(id), Handle::try_current()) else {
            return;
        };
        let (ui, is_slow) = (self.ui, Arc::clone(&self.is_slow));
        let alarm = runtime.spawn(async move {
            tokio::time::sleep(Duration::from_millis(NOTABLE_MS)).await;
            if !is_slow.swap(true, Ordering::Relaxed) {
                ui.note("The service has not answered for 1 s. Waiting.");
            }
        });
        span.extensions_mut().insert(Alarm(alarm.abort_handle()));
    }

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
