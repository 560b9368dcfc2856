//! Rows 38 to 44, on a user's own HTTP/2 client with reqwest's defaults: what a peer may claim not to have
//! processed is sent once all the same.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use h2::Reason;
use thordata_cdk::{Client, Credentials, Outcome};
use tokio::net::TcpListener;

use super::support::ORDER;

#[derive(Clone, Copy)]
enum Ending {
    /// RST_STREAM with this reason.
    Stream(Reason),
    /// GOAWAY with this reason, and then the connection closes.
    Connection(Reason),
}

/// Counts whole requests, and ends each in the same way.
async fn server(ending: Ending) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let whole = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&whole);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await?;
                while let Some(request) = connection.accept().await {
                    let (request, mut respond) = request?;
                    let reading = tokio::spawn(async move {
                        let mut body = request.into_body();
                        let mut bytes = 0;
                        while let Some(Ok(part)) = body.data().await {
                            bytes += part.len();
                        }
                        bytes
                    });
                    // The connection has to be driven while the body is read.
                    let mut reading = reading;
                    let bytes = loop {
                        tokio::select! {
                            bytes = &mut reading => break bytes.unwrap_or_default(),
                            _ = connection.accept() => {}
                        }
                    };
                    count.fetch_add(
                        usize::from(bytes == b"flow=3&num=3".len()),
                        Ordering::SeqCst,
                    );
                    match ending {
                        Ending::Stream(reason) => respond.send_reset(reason),
                        Ending::Connection(reason) => connection.abrupt_shutdown(reason),
                    }
                }
                Ok::<_, h2::Error>(())
            });
        }
    });
    (address, whole)
}

#[tokio::test]
async fn an_http2_peer_that_claims_not_to_have_processed_a_purchase_gets_no_second_copy() {
    let endings = [
        Ending::Stream(Reason::REFUSED_STREAM),
        Ending::Stream(Reason::CANCEL),
        Ending::Stream(Reason::INTERNAL_ERROR),
        Ending::Connection(Reason::NO_ERROR),
        Ending::Connection(Reason::INTERNAL_ERROR),
    ];
    for ending in endings {
        let (address, whole) = server(ending).await;
        let http = crate::support::own_http()
            .http2_prior_knowledge()
            .build()
            .unwrap();
        let client = Client::builder(Credentials::new("token", "key").unwrap())
            .base_url(format!("http://{address}"))
            .http_client(http)
            .build()
            .unwrap();
        let error = client.create(ORDER).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(whole.load(Ordering::SeqCst), 1);
    }
}
