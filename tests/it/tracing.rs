//! What a subscriber of `tracing` is told.

use std::fmt;
use std::sync::{Arc, Mutex};

use thordata_cdk::{NewCdks, Traffic};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::faults::bench::builder;

/// Notes the library's own spans and events, one line for each field.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Visit for &Notes {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{} = {value:?}", field.name()));
    }
}

impl<S: Subscriber> Layer<S> for Notes {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if attributes.metadata().target() == "thordata_cdk" {
            attributes.record(&mut &*self);
        }
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut &*self);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "thordata_cdk" {
            event.record(&mut &*self);
        }
    }
}

#[tokio::test]
async fn a_span_tells_the_operation_the_attempt_the_status_the_code_and_the_outcome() {
    let notes = Notes::default();
    let subscriber = tracing_subscriber::registry().with(notes.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    // With one dispatcher alone, tracing asks that of whichever thread comes by first, and other tests'
    // threads have none.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    tracing::callsite::rebuild_interest_cache();
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();

    sandbox.inject(Fault::refuse(Operation::Create, 10011, "slowly"));
    client
        .create(NewCdks {
            traffic: Traffic(1),
            count: 1,
        })
        .await
        .unwrap();
    let told = std::mem::take(&mut *notes.0.lock().unwrap());
    let expected = [
        "otel.kind = \"client\"",
        "http.request.method = \"POST\"",
        "http.request.resend_count = 0",
        "thordata_cdk.operation = \"create\"",
        "http.response.status_code = 200",
        "error.type = \"api\"",
        "thordata_cdk.code = 10011",
        "thordata_cdk.outcome = \"not_applied\"",
        "message = will be sent again",
        "attempts = 1",
    ];
    for line in expected {
        assert!(
            told.iter().any(|told| told == line),
            "{line} is not in {told:#?}"
        );
    }
    let second = told
        .iter()
        .position(|line| line == "http.request.resend_count = 1")
        .unwrap();
    assert!(told[second..].contains(&"thordata_cdk.outcome = \"applied\"".to_owned()));
}
