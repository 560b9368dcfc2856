//! What a subscriber of `tracing` sees, as OpenTelemetry's SDK would export it.

use std::collections::BTreeMap;
use std::time::Duration;

use opentelemetry::trace::{SpanKind, Status, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use thordata_cdk::{NewCdks, RetryPolicy, Traffic};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

use crate::faults::support::builder;
use crate::support::{Reply, Server, at_once, json};

const ONE: NewCdks = NewCdks {
    traffic: Traffic(1),
    count: 1,
};

/// Exports the spans of this thread, on which the test's runtime runs, into memory.
struct Export {
    exporter: InMemorySpanExporter,
    _provider: SdkTracerProvider,
    _guard: DefaultGuard,
    _second: tracing::Dispatch,
}

impl Export {
    fn start() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        // With one dispatcher alone, tracing asks that of whichever thread comes by first, and other
        // tests' threads have none.
        let second = tracing::Dispatch::new(tracing_subscriber::registry());
        tracing::callsite::rebuild_interest_cache();
        Self {
            exporter,
            _provider: provider,
            _guard: guard,
            _second: second,
        }
    }

    /// In the order in which they ended, without those of the layers below.
    fn spans(&self) -> Vec<Span> {
        let spans = self.exporter.get_finished_spans().unwrap();
        let own = |span: &SpanData| {
            let target = |name: &str| span.attributes.iter().any(|a| a.key.as_str() == name);
            target("thordata_cdk.operation") || span.name == "the shop"
        };
        spans.into_iter().filter(own).map(Span).collect()
    }
}

struct Span(SpanData);

impl Span {
    /// As text, by name, without where in the code it is.
    fn attributes(&self) -> BTreeMap<String, String> {
        let all = self.0.attributes.iter();
        all.map(|a| (a.key.to_string(), a.value.to_string()))
            .filter(|(name, _)| !name.starts_with("code.") && !name.starts_with("thread."))
            .filter(|(name, _)| !["busy_ns", "idle_ns", "target", "level"].contains(&name.as_str()))
            .collect()
    }

    fn get(&self, name: &str) -> Option<String> {
        self.attributes().remove(name)
    }

    fn is_child_of(&self, parent: &Self) -> bool {
        self.0.parent_span_id == parent.0.span_context.span_id()
    }

    /// `message name=value …`, of the library's own events.
    fn events(&self) -> Vec<String> {
        let events = self.0.events.iter().map(|event| {
            let fields = event.attributes.iter();
            let fields: String = fields
                .filter(|a| !["target", "level"].contains(&a.key.as_str()))
                .filter(|a| !a.key.as_str().starts_with("code."))
                .map(|a| format!(" {}={}", a.key, a.value))
                .collect();
            format!("{}{fields}", event.name)
        });
        let own = [
            "will be",
            "purchase",
            "writing",
            "slowed",
            "sped",
            "the journal",
        ];
        events
            .filter(|event| own.iter().any(|start| event.starts_with(start)))
            .collect()
    }
}

fn text(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

#[tokio::test]
async fn a_call_is_a_span_with_a_span_for_each_attempt() {
    let export = Export::start();
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    sandbox.inject(Fault::refuse(Operation::Create, 10011, "slowly"));
    let _ = client.create(ONE).await.unwrap();

    let spans = export.spans();
    let [first, second, call] = spans.as_slice() else {
        panic!("{} spans", spans.len());
    };
    let port = sandbox.base_url().rsplit(':').next().unwrap();
    let common = [
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("server.address", "127.0.0.1"),
        ("server.port", port),
        ("url.scheme", "http"),
        ("url.template", "/api/cdk/create"),
        ("thordata_cdk.operation", "create"),
    ];
    let mut attributes = first.attributes();
    assert!(
        attributes
            .remove("elapsed_ms")
            .unwrap()
            .parse::<f64>()
            .unwrap()
            > 0.0
    );
    let mut refused = text(&common);
    refused.extend(text(&[
        ("error.type", "api"),
        ("thordata_cdk.attempt", "1"),
        ("thordata_cdk.code", "10011"),
        ("thordata_cdk.outcome", "not_applied"),
    ]));
    assert_eq!(attributes, refused);

    let mut attributes = second.attributes();
    attributes.remove("elapsed_ms").unwrap();
    let mut served = text(&common);
    served.extend(text(&[
        ("http.request.resend_count", "1"),
        ("thordata_cdk.attempt", "2"),
        ("thordata_cdk.outcome", "applied"),
    ]));
    assert_eq!(attributes, served);

    let mut attributes = call.attributes();
    attributes.remove("elapsed_ms").unwrap();
    let whole = [
        ("thordata_cdk.operation", "create"),
        ("thordata_cdk.attempts", "2"),
        ("thordata_cdk.outcome", "applied"),
    ];
    assert_eq!(attributes, text(&whole));

    for (span, name, kind, status) in [
        (
            first,
            "POST /api/cdk/create",
            SpanKind::Client,
            Status::error(""),
        ),
        (
            second,
            "POST /api/cdk/create",
            SpanKind::Client,
            Status::Unset,
        ),
        (call, "cdk create", SpanKind::Internal, Status::Unset),
    ] {
        assert_eq!(span.0.name, name);
        assert_eq!(span.0.span_kind, kind);
        assert_eq!(span.0.status, status);
    }
    assert!(first.is_child_of(call) && second.is_child_of(call));
}

#[tokio::test]
async fn the_template_of_each_operation_is_the_path_that_was_asked_for() {
    let export = Export::start();
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let codes = client.create(ONE).await.unwrap();
    client.list(None).await.unwrap();
    client.get(&codes[0]).await.unwrap();
    client.revoke(&codes[0]).await.unwrap();
    let reported: Vec<String> = export
        .spans()
        .iter()
        .filter(|span| span.0.span_kind == SpanKind::Client)
        .map(|span| span.0.name.to_string())
        .collect();
    let asked: Vec<String> = sandbox
        .requests()
        .iter()
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    assert_eq!(reported, asked);
    assert_eq!(
        reported,
        [
            "POST /api/cdk/create",
            "GET /api/cdk/list",
            "GET /api/cdk/info",
            "POST /api/cdk/revoke"
        ]
    );
}

#[tokio::test]
async fn a_retry_is_an_event_that_says_why() {
    let export = Export::start();
    let script = [
        json(502, "<h1>Bad gateway</h1>"),
        Reply::Lose,
        json(200, r#"{"code":10011,"data":null,"msg":"slowly"}"#),
        json(200, r#"{"code":200,"data":[],"msg":"ok"}"#),
    ];
    let server = Server::start(script).await;
    at_once(&server.base_url).list(None).await.unwrap();
    let spans = export.spans();
    let call = spans.last().unwrap();
    assert_eq!(
        call.events(),
        [
            "will be sent again attempts=1 wait_ms=0 error.type=status http.response.status_code=502",
            "will be sent again attempts=2 wait_ms=0 error.type=transport",
            "will be sent again attempts=3 wait_ms=0 error.type=api http.response.status_code=200 \
             thordata_cdk.code=10011",
        ]
    );
    assert_eq!(spans[0].get("error.type").unwrap(), "502");
    assert_eq!(call.get("thordata_cdk.attempts").unwrap(), "4");
}

#[tokio::test]
async fn a_change_of_pace_is_an_event() {
    let export = Export::start();
    let slowly = json(200, r#"{"code":10011,"data":null,"msg":"slowly"}"#);
    let server = Server::start([slowly, json(200, r#"{"code":200,"data":[],"msg":"ok"}"#)]).await;
    let client = crate::support::builder(&server.base_url)
        .retry(RetryPolicy::default().base_delay(Duration::ZERO))
        .build()
        .unwrap();
    client.list(None).await.unwrap();
    let spans = export.spans();
    let events = spans.last().unwrap().events();
    assert_eq!(events[0], "slowed down requests_per_second=2");
    assert_eq!(events[2], "sped up requests_per_second=2.1");
}

#[tokio::test]
async fn an_attempt_without_a_reply_does_not_change_the_pace() {
    let export = Export::start();
    let slowly = json(200, r#"{"code":10011,"data":null,"msg":"slowly"}"#);
    let server = Server::start([slowly, Reply::Lose]).await;
    let client = crate::support::builder(&server.base_url).build().unwrap();
    client.list(None).await.unwrap_err();
    let lost = client.list(None).await.unwrap_err();
    assert!(matches!(lost, thordata_cdk::Error::Transport(_)));
    let spans = export.spans();
    let events: Vec<_> = spans.iter().flat_map(Span::events).collect();
    assert_eq!(events, ["slowed down requests_per_second=2"]);
}

#[tokio::test]
async fn no_exported_span_or_event_holds_a_code_or_a_secret() {
    let export = Export::start();
    let sandbox = Sandbox::start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let codes = client.create(ONE).await.unwrap();
    for code in &codes {
        client.get(code).await.unwrap();
        client.revoke(code).await.unwrap();
        client.revoke(code).await.unwrap_err();
    }
    let everything = format!("{:?}", export.exporter.get_finished_spans().unwrap());
    assert!(everything.contains("/api/cdk/info"));
    let secrets = sandbox.credentials();
    let codes = codes.iter().map(|code| code.as_str());
    for secret in codes.chain([secrets.token.as_str(), secrets.key.as_str()]) {
        assert!(!everything.contains(secret), "{secret}");
    }
}
