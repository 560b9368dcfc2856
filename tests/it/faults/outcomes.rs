//! `Error::outcome` of a plain `create`: proof, or none.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thordata_cdk::reqwest::dns::{Name, Resolve, Resolving};
use thordata_cdk::{Client, ClientBuilder, Credentials, Error, Outcome, RetryPolicy, reqwest};
use thordata_cdk_sandbox::{AfterReply, Answer, Commit, Fault, Operation, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::support::ORDER;

fn builder(base_url: &str) -> ClientBuilder {
    Client::builder(Credentials::new("token", "key").unwrap())
        .base_url(base_url)
        .retry(RetryPolicy::none())
        .create_timeout(Duration::from_millis(300))
        .allow_plain_http(true)
}

async fn create(base_url: &str) -> Error {
    builder(base_url)
        .build()
        .unwrap()
        .create(ORDER)
        .await
        .unwrap_err()
}

/// A server that does `with` to each connection.
async fn server<F, Fut>(with: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(with(stream));
        }
    });
    address
}

async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[tokio::test]
async fn a_closed_port_proves_it() {
    let error = create(&format!("http://127.0.0.1:{}", closed_port().await)).await;
    assert!(error.is_connect());
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(
        error.to_string(),
        "no connection could be made; nothing was carried out"
    );
}

#[tokio::test]
async fn a_name_that_does_not_resolve_proves_it() {
    let nowhere = builder("http://no-such-host.invalid")
        .configure(|http| http.dns_resolver(Arc::new(NoSuchName)))
        .build()
        .unwrap();
    let error = nowhere.create(ORDER).await.unwrap_err();
    assert!(error.is_connect());
    assert_eq!(error.outcome(), Outcome::NotApplied);
}

/// Knows no name. The system's resolver may take longer to say so than the test has time.
struct NoSuchName;

impl Resolve for NoSuchName {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err("no such name".into()) })
    }
}

/// A listener whose queue is full answers no further connection attempt. Lasts as long as what it returns.
async fn full_queue() -> (SocketAddr, impl Sized) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut fillers = Vec::new();
    for _ in 0..4 {
        let connect = TcpStream::connect(address);
        fillers.push(tokio::time::timeout(Duration::from_millis(200), connect).await);
    }
    assert!(fillers.iter().any(Result::is_err), "the queue is not full");
    (address, (listener, fillers))
}

#[tokio::test]
async fn an_unanswered_connection_attempt_proves_it_though_no_predicate_says_so() {
    let (address, _full) = full_queue().await;
    let error = create(&format!("http://{address}")).await;
    assert!(error.is_timeout(), "{error}");
    assert!(!error.is_connect());
    assert_eq!(error.outcome(), Outcome::NotApplied);
}

/// Rows 4 and 8.
#[tokio::test]
async fn a_connection_that_takes_longer_than_its_own_limit_proves_it() {
    let (unanswered, _full) = full_queue().await;
    let silent = server(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    });
    for url in [
        format!("http://{unanswered}"),
        format!("https://{}", silent.await),
    ] {
        let client = builder(&url)
            .connect_timeout(Duration::from_millis(100))
            .create_timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        let error = client.create(ORDER).await.unwrap_err();
        assert!(error.is_connect(), "{url}: {error}");
        assert_eq!(error.outcome(), Outcome::NotApplied);
    }
}

/// Another crate of these tests has switched reqwest's feature `http2` on, as one of a user's may.
#[tokio::test]
async fn the_default_client_offers_no_http2() {
    let (reported, hello) = tokio::sync::oneshot::channel();
    let reported = std::sync::Mutex::new(Some(reported));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let peer = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = vec![0; 4096];
        let read = stream.read(&mut bytes).await.unwrap();
        bytes.truncate(read);
        let reported = reported.lock().unwrap().take().unwrap();
        reported.send(bytes).unwrap();
    });
    create(&url).await;
    peer.await.unwrap();
    let hello = hello.await.unwrap();
    let offers = |name: &[u8]| hello.windows(name.len()).any(|part| part == name);
    assert!(!offers(b"\x02h2"), "it offers HTTP/2");
}

#[tokio::test]
async fn a_tls_handshake_that_is_closed_or_hangs_proves_it() {
    let closing = server(|mut stream| async move {
        let _ = stream.read(&mut [0; 64]).await;
    });
    let error = create(&format!("https://{}", closing.await)).await;
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");

    let plain = server(|mut stream| async move {
        let _ = stream.read(&mut [0; 64]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    });
    let error = create(&format!("https://{}", plain.await)).await;
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");

    let silent = server(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    });
    let error = create(&format!("https://{}", silent.await)).await;
    assert!(error.is_timeout());
    assert_eq!(error.outcome(), Outcome::NotApplied, "{error}");
}

#[tokio::test]
async fn silence_after_the_request_was_sent_proves_nothing() {
    let address = server(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    });
    let error = create(&format!("http://{}", address.await)).await;
    assert!(error.is_timeout());
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(
        error.to_string(),
        "no reply came in time; whether the request was carried out is unknown"
    );
}

#[tokio::test]
async fn a_purchase_has_a_time_limit_of_its_own() {
    let sandbox = Sandbox::builder().vouchers(1).start().await.unwrap();
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .retry(RetryPolicy::none())
        .timeout(Duration::from_millis(100))
        .create_timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    let slow = |operation| Fault::on(operation).latency(Duration::from_millis(500));
    sandbox.inject(slow(Operation::Create));
    assert_eq!(client.create(ORDER).await.unwrap().len(), 3);
    sandbox.inject(slow(Operation::List));
    assert!(client.list(None).await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_connection_that_breaks_without_a_reply_is_unknown_once_the_body_was_taken() {
    for reset in [false, true] {
        let address = server(move |mut stream| async move {
            let mut request = Vec::new();
            while !request.ends_with(b"flow=3&num=3") {
                let mut part = [0; 512];
                let read = stream.read(&mut part).await.unwrap();
                request.extend_from_slice(&part[..read]);
            }
            if reset {
                #[allow(deprecated)]
                // it is what makes the kernel send a RST, and it blocks nothing here
                stream.set_linger(Some(Duration::ZERO)).unwrap();
            }
        });
        let error = create(&format!("http://{}", address.await)).await;
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert!(!error.is_connect() && !error.is_timeout());
    }
}

/// Rows 35 to 37, on a user's own client with reqwest's defaults: redirects on.
#[tokio::test]
async fn a_redirect_on_the_users_own_client_sends_no_second_copy_and_no_proof() {
    let second = Sandbox::start().await.unwrap();
    let targets = [
        format!("http://127.0.0.1:{}/", closed_port().await),
        format!("{}/api/cdk/create", second.base_url()),
        "ftp://127.0.0.1/".to_owned(),
    ];
    for target in targets {
        for status in [301, 302, 303, 307, 308] {
            let sandbox = Sandbox::start().await.unwrap();
            let secrets = sandbox.credentials();
            let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
                .base_url(sandbox.base_url())
                .http_client(crate::support::own_http().build().unwrap())
                .retry(RetryPolicy::none())
                .build()
                .unwrap();
            sandbox.inject(Fault::redirect(Operation::Create, status, &target).commit(Commit::Yes));
            let error = client.create(ORDER).await.unwrap_err();
            assert_eq!(
                error.outcome(),
                Outcome::Unknown,
                "{status} to {target}: {error}"
            );
            assert_eq!(sandbox.vouchers().len(), 3);
            assert!(second.vouchers().is_empty(), "{status}: a second copy");
        }
    }
}

#[tokio::test]
async fn the_default_client_shows_its_credentials_to_no_second_host() {
    let second = Sandbox::start().await.unwrap();
    let sandbox = Sandbox::start().await.unwrap();
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    for operation in [Operation::Create, Operation::List] {
        let target = format!("{}/api/cdk/list", second.base_url());
        sandbox.inject(Fault::redirect(operation, 307, target));
    }
    assert_eq!(client.create(ORDER).await.unwrap_err().status(), Some(307));
    assert_eq!(client.list(None).await.unwrap_err().status(), Some(307));
    assert_eq!(second.requests().len(), 0);
}

/// Rows 32 to 34: a kept-alive connection that the server ends just then.
#[tokio::test]
async fn a_connection_that_ends_between_two_posts_never_doubles_one() {
    let sandbox = Sandbox::builder().balance(u64::MAX).start().await.unwrap();
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .build()
        .unwrap();
    let (mut returned, mut unknown) = (0, 0);
    for round in 0..3000_u32 {
        if round % 3 == 0 {
            let then = if round % 2 == 0 {
                AfterReply::Close
            } else {
                AfterReply::Stale408
            };
            sandbox.inject(
                Fault::on(Operation::Create)
                    .answer(Answer::Normal)
                    .then(then),
            );
        }
        match client.create(ORDER).await {
            Ok(codes) => returned += codes.len(),
            Err(error) => {
                assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
                unknown += 1;
            }
        }
    }
    let held = sandbox.voucher_count();
    assert!(held >= returned, "more codes were returned than exist");
    assert!(
        held <= returned + 3 * unknown,
        "an order was carried out twice"
    );
    assert!(unknown < 3000);
}

#[tokio::test]
async fn a_refusal_is_proof_on_the_users_own_client_only_if_it_follows_no_redirects() {
    let sandbox = Sandbox::start().await.unwrap();
    let secrets = sandbox.credentials();
    for (declared, outcome) in [(false, Outcome::Unknown), (true, Outcome::NotApplied)] {
        let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
            .base_url(sandbox.base_url())
            .http_client(
                crate::support::own_http()
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .unwrap(),
            )
            .assume_no_redirects(declared)
            .build()
            .unwrap();
        sandbox.inject(Fault::refuse(Operation::Create, 10008, "no balance"));
        let error = client.create(ORDER).await.unwrap_err();
        assert!(error.is_insufficient_funds());
        assert_eq!(error.outcome(), outcome);
    }
}
