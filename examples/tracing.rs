//! Exports what the client does as OpenTelemetry spans: a purchase that is refused once. On a sandbox, and
//! into memory. In a program of yours put `opentelemetry-otlp`'s exporter in the place of the one in memory.
//!
//! ```sh
//! cargo run --example tracing
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::error::Error;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use thordata_cdk::{Client, Credentials, NewCdks, Traffic};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_tracer(provider.tracer("shop"))
        // Retries and steps are events at DEBUG. A filter for the target keeps the layers below out.
        .with_filter(
            tracing_subscriber::filter::Targets::new()
                .with_target("thordata_cdk", LevelFilter::DEBUG),
        );
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;

    let sandbox = Sandbox::start().await?;
    sandbox.inject(Fault::refuse(Operation::Create, 10011, "slowly"));
    let codes = buy(&sandbox).await?;

    let spans = exporter.get_finished_spans()?;
    for span in &spans {
        print_span(span);
    }
    let exported = format!("{spans:?}");
    let secrets = sandbox.credentials();
    let hidden = codes.iter().chain([&secrets.token, &secrets.key]);
    for secret in hidden {
        if exported.contains(secret.as_str()) {
            return Err("a secret was exported".into());
        }
    }
    println!("{} spans, and no code in them", spans.len());
    provider.shutdown()?;
    Ok(())
}

/// One purchase: refused once as too frequent, and then carried out.
async fn buy(sandbox: &Sandbox) -> Result<Vec<String>, Box<dyn Error>> {
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .build()?;
    let order = NewCdks {
        traffic: Traffic(3),
        count: 2,
    };
    let codes = client.create(order).await?;
    Ok(codes.iter().map(|code| code.as_str().to_owned()).collect())
}

fn print_span(span: &SpanData) {
    println!("{} ({:?}, {:?})", span.name, span.span_kind, span.status);
    for attribute in &span.attributes {
        println!("    {} = {}", attribute.key, attribute.value);
    }
    for event in span.events.iter() {
        let fields = event.attributes.iter();
        let fields: String = fields
            .filter(|field| !matches!(field.key.as_str(), "level" | "target"))
            .map(|field| format!(" {}={}", field.key, field.value))
            .collect();
        println!("  - {}{fields}", event.name);
    }
}
