//! How many requests are under way at once.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::support::{EMPTY_LIST, Server, at_once, builder, json};

/// A server that answers nothing and adds a permit for each request that came in.
async fn silent() -> (String, Arc<Semaphore>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let came = Arc::new(Semaphore::new(0));
    let count = Arc::clone(&came);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut bytes = [0; 1024];
                assert_ne!(stream.read(&mut bytes).await.unwrap(), 0);
                count.add_permits(1);
                while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    (url, came)
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_in_flight_over_all_clones() {
    let (url, came) = silent().await;
    let client = builder(url).max_in_flight(2).build().unwrap();
    let mut tasks: Vec<_> = (0..3)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.list(None).await })
        })
        .collect();
    came.acquire_many(2).await.unwrap().forget();
    // Time enough for a third: ten calls of another client come and go.
    let other = Server::start(vec![json(200, EMPTY_LIST); 10]).await;
    for _ in 0..10 {
        at_once(&other.base_url).list(None).await.unwrap();
    }
    assert_eq!(came.available_permits(), 0);
    // A call that is dropped makes room.
    tasks.remove(0).abort();
    came.acquire().await.unwrap().forget();
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn without_a_limit_all_are_in_flight() {
    let (url, came) = silent().await;
    let client = builder(url).build().unwrap();
    let mut calls: FuturesUnordered<_> = (0..20).map(|_| client.list(None)).collect();
    tokio::select! {
        _ = calls.next() => panic!("nothing was answered"),
        all = came.acquire_many(20) => all.unwrap().forget(),
    }
}
