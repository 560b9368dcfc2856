//! A list that ends, whatever the service does.

use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt as _};
use thordata_cdk::{Cdk, CdkStatus, Client};
use tokio::time::Instant;

use crate::exit::Exit;
use crate::failure::Failure;

/// The rows of a list. From the first on, they may take as long together as a request may: the library itself bounds
/// only each pause between them. Time in which nobody takes rows, as when a pager waits, does not count.
pub(crate) fn rows(
    client: &Client,
    status: Option<CdkStatus>,
    timeout: Duration,
) -> impl Stream<Item = Result<Cdk, Failure>> {
    let list = Box::pin(client.list_stream(status));
    stream::unfold((list, None), move |(mut list, left)| async move {
        let Some(limit) = left else {
            // With its retries, before any row has come.
            let first = list.next().await?;
            let first = first.map_err(|error| Failure::of_client(&error));
            return Some((first, (list, Some(timeout))));
        };
        let asked = Instant::now();
        let row = match tokio::time::timeout(limit, list.next()).await {
            Ok(row) => row?.map_err(|error| Failure::of_client(&error)),
            Err(_) => Err(too_long(timeout)),
        };
        // Without any time left, only a row that is there already is taken.
        let left = limit.saturating_sub(asked.elapsed());
        Some((row, (list, Some(left))))
    })
}

fn too_long(timeout: Duration) -> Failure {
    Failure::new(
        Exit::TryLater,
        format!("the list did not end within {} s", timeout.as_secs_f64()),
    )
    .next("a long list needs a larger --timeout")
}
