//! One client, and no runtime, half a one, or several.

use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use thordata_cdk::{Client, Error, Outcome};
use tokio::runtime::{Builder, Runtime};

use crate::support::{CREATED, EMPTY_LIST, ORDER, builder};

fn server() -> String {
    counting_server().0
}

/// Answers every request on a thread of its own, over connections that stay open, and counts these.
fn counting_server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut request) {
                    let post = request[..read].starts_with(b"POST");
                    let body = if post { CREATED } else { EMPTY_LIST };
                    let length = body.len();
                    let reply =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
                    if stream.write_all(reply.as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (base_url, connections)
}

/// As an executor that knows nothing of tokio runs it.
fn ready<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn is_config(error: &Error, start: &str) {
    assert!(matches!(error, Error::Config(_)), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    let start = format!("cannot set up the client: {start}");
    assert!(error.to_string().starts_with(&start), "{error}");
}

fn client() -> Client {
    builder(server()).build().unwrap()
}

#[test]
fn without_a_runtime_a_call_is_an_error_and_nothing_is_sent() {
    let client = client();
    let outside = "a call was made outside a tokio runtime; make it inside one";
    is_config(&ready(client.create(ORDER)).unwrap_err(), outside);
    is_config(&ready(client.list(None)).unwrap_err(), outside);
    is_config(
        &ready(client.revoke(&crate::support::code())).unwrap_err(),
        outside,
    );
    let mut stream = client.list_stream(None);
    let first = ready(futures_util::StreamExt::next(&mut stream)).unwrap();
    is_config(&first.unwrap_err(), outside);
}

#[test]
fn on_a_runtime_without_timers_or_io_a_call_is_an_error_and_nothing_is_sent() {
    let client = client();
    let without_timers = Builder::new_current_thread().enable_io().build().unwrap();
    let error = without_timers.block_on(client.create(ORDER)).unwrap_err();
    is_config(
        &error,
        "the tokio runtime has no timers; build it with `enable_all`",
    );
    let without_io = Builder::new_current_thread().enable_time().build().unwrap();
    let error = without_io.block_on(client.create(ORDER)).unwrap_err();
    is_config(
        &error,
        "the tokio runtime has no I/O; build it with `enable_all`",
    );
    // The client is as good as before.
    let whole = Runtime::new().unwrap();
    assert_eq!(whole.block_on(client.create(ORDER)).unwrap().len(), 2);
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_client_goes_from_one_runtime_to_the_next() {
    let client = client();
    for _ in 0..20 {
        let runtime = one_thread();
        assert_eq!(runtime.block_on(client.create(ORDER)).unwrap().len(), 2);
        assert_eq!(runtime.block_on(client.list(None)).unwrap(), []);
    }
}

/// A connection of a runtime that nobody drives would keep the request until its time is over.
#[test]
fn a_client_works_on_two_runtimes_in_turn_while_one_is_idle() {
    let client = client();
    let (first, second) = (one_thread(), one_thread());
    for _ in 0..3 {
        for runtime in [&first, &second] {
            assert_eq!(runtime.block_on(client.create(ORDER)).unwrap().len(), 2);
        }
    }
}

#[test]
fn each_runtime_keeps_its_connection_for_its_next_call() {
    let (url, connections) = counting_server();
    let client = builder(url).build().unwrap();
    let runtimes: Vec<Runtime> = (0..3)
        .map(|_| Builder::new_current_thread().enable_all().build().unwrap())
        .collect();
    for runtime in runtimes.iter().chain(&runtimes) {
        runtime.block_on(client.list(None)).unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}
