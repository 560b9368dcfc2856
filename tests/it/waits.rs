//! Waits that a subscriber of `tracing` hears of.

use std::fmt::{Debug, Write as _};
use std::time::Duration;

use thordata_cdk::{Client, RetryPolicy};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::support::{EMPTY_LIST, Server, builder, json, with_headers};

/// The library's events of this thread, on which the test's runtime runs: `SPAN LEVEL message name=value …`.
struct Heard {
    events: mpsc::UnboundedReceiver<String>,
    _guard: DefaultGuard,
    _second: tracing::Dispatch,
}

struct Tell(mpsc::UnboundedSender<String>);

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => write!(self.fields, " {name}={value:?}").unwrap(),
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Tell {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let about = event.metadata();
        if about.target() != "thordata_cdk" {
            return;
        }
        let mut text = Text::default();
        event.record(&mut text);
        let span = context.event_span(event).map_or("none", |span| span.name());
        let level = about.level();
        let _ = self
            .0
            .send(format!("{span} {level} {}{}", text.message, text.fields));
    }
}

impl Heard {
    fn start() -> Self {
        let (tell, events) = mpsc::unbounded_channel();
        let listening = tracing_subscriber::registry().with(Tell(tell));
        let guard = tracing::subscriber::set_default(listening);
        // As in the tests of spans: with one dispatcher alone, other tests' threads decide what is listened to.
        let second = tracing::Dispatch::new(tracing_subscriber::registry());
        tracing::callsite::rebuild_interest_cache();
        Self {
            events,
            _guard: guard,
            _second: second,
        }
    }

    /// The first event while `client` asks for a list, which it must not get.
    async fn during_a_list(&mut self, client: &Client) -> String {
        tokio::select! {
            list = client.list(None) => panic!("{list:?}"),
            event = self.events.recv() => event.unwrap(),
        }
    }
}

fn refused(retry_after: u32) -> crate::support::Reply {
    let header = format!("retry-after: {retry_after}\r\n");
    with_headers(429, &header, r#"{"code":429,"data":{},"msg":"slowly"}"#)
}

#[tokio::test]
async fn a_wait_of_more_than_a_second_before_another_attempt_is_reported_at_info() {
    let mut heard = Heard::start();
    let server = Server::start([refused(7), refused(0), json(200, EMPTY_LIST)]).await;
    let client = builder(&server.base_url)
        .retry(RetryPolicy::default().base_delay(Duration::ZERO))
        .adaptive_rate_limit(false)
        .build()
        .unwrap();
    assert_eq!(
        heard.during_a_list(&client).await,
        "thordata_cdk.call INFO will be sent again attempts=1 wait_ms=7000 error.type=\"api\" \
         http.response.status_code=429 thordata_cdk.code=429"
    );
    client.list(None).await.unwrap();
    assert_eq!(
        heard.events.recv().await.unwrap(),
        "thordata_cdk.call DEBUG will be sent again attempts=1 wait_ms=0 error.type=\"api\" \
         http.response.status_code=429 thordata_cdk.code=429"
    );
}

#[tokio::test]
async fn a_second_of_waiting_for_the_pace_is_reported_at_info() {
    let mut heard = Heard::start();
    let server = Server::start([json(200, EMPTY_LIST)]).await;
    let client = builder(&server.base_url).max_requests_per_second(0.1);
    let client = client.adaptive_rate_limit(false).build().unwrap();
    client.list(None).await.unwrap();
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    assert_eq!(
        heard.during_a_list(&client).await,
        "thordata_cdk.call INFO waits for a permit waited_ms=1000 thordata_cdk.permit=\"pace\""
    );
    let waited = began.elapsed().as_millis();
    assert!((1000..1100).contains(&waited), "{waited} ms");
}

#[tokio::test]
async fn those_behind_the_first_in_the_queue_are_reported_too() {
    let mut heard = Heard::start();
    let server = Server::start([json(200, EMPTY_LIST)]).await;
    // Each but the first waits for half a second once it is its turn, and in all for more than one.
    let client = builder(&server.base_url).max_requests_per_second(2.0);
    let client = client.adaptive_rate_limit(false).build().unwrap();
    client.list(None).await.unwrap();
    tokio::time::pause();
    let all = futures_util::future::join_all((0..4).map(|_| client.list(None)));
    tokio::select! {
        all = all => panic!("{all:?}"),
        event = heard.events.recv() => assert_eq!(
            event.unwrap(),
            "thordata_cdk.call INFO waits for a permit waited_ms=1000 thordata_cdk.permit=\"pace\""
        ),
    }
}

#[tokio::test]
async fn a_second_of_waiting_for_a_place_in_flight_is_reported_at_info() {
    let mut heard = Heard::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let client = builder(base_url).max_in_flight(1).build().unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.list(None).await }
    });
    // It has left, and gets no answer.
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.read_u8().await.unwrap();
    tokio::time::pause();
    assert_eq!(
        heard.during_a_list(&client).await,
        "thordata_cdk.call INFO waits for a permit waited_ms=1000 thordata_cdk.permit=\"in_flight\""
    );
    first.abort();
}

#[tokio::test]
async fn shorter_waits_are_not_reported() {
    let mut heard = Heard::start();
    let server = Server::start(vec![json(200, EMPTY_LIST); 3]).await;
    let client = builder(&server.base_url)
        .max_requests_per_second(50.0)
        .max_in_flight(1)
        .adaptive_rate_limit(false)
        .build()
        .unwrap();
    let all = futures_util::future::join_all((0..3).map(|_| client.list(None))).await;
    assert!(all.iter().all(Result::is_ok));
    assert!(heard.events.try_recv().is_err());
}
