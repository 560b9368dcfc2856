//! A list that ends, whatever the service does.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::Stream;
use thordata_cdk::{Cdk, CdkStatus, Client, ListStream, UnreadableRows};
use tokio::time::{Instant, Sleep};

use crate::exit::Exit;
use crate::failure::Failure;

/// The rows of a list. From the first on, they may take as long together as a request may: the library itself bounds
/// only each pause between them. Time in which nobody takes rows, as when a pager waits, does not count.
pub(crate) struct BoundedList {
    list: ListStream,
    timeout: Duration,
    /// What is left of it; `None` before the first row, which the library bounds, retries included.
    left: Option<Duration>,
    waiting: Option<Waiting>,
    ended: bool,
}

/// Somebody waits for a row.
struct Waiting {
    since: Instant,
    limit: Pin<Box<Sleep>>,
}

impl BoundedList {
    pub(crate) fn new(client: &Client, status: Option<CdkStatus>, timeout: Duration) -> Self {
        Self {
            list: client.list_stream(status),
            timeout,
            left: None,
            waiting: None,
            ended: false,
        }
    }

    /// The rows so far that cannot be read.
    pub(crate) fn unreadable(&self) -> &UnreadableRows {
        self.list.unreadable()
    }
}

impl Stream for BoundedList {
    type Item = Result<Cdk, Failure>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        if let Poll::Ready(row) = Pin::new(&mut this.list).poll_next(context) {
            let waited = this.waiting.take().map(|waiting| waiting.since.elapsed());
            this.left = Some(match this.left {
                // Without any time left, only a row that is there already is taken.
                Some(left) => left.saturating_sub(waited.unwrap_or_default()),
                None => this.timeout,
            });
            let row = row.map(|row| row.map_err(|error| Failure::of_client(&error)));
            return Poll::Ready(row);
        }
        let Some(left) = this.left else {
            return Poll::Pending;
        };
        let waiting = this.waiting.get_or_insert_with(|| Waiting {
            since: Instant::now(),
            limit: Box::pin(tokio::time::sleep(left)),
        });
        if waiting.limit.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        this.ended = true;
        Poll::Ready(Some(Err(too_long(this.timeout))))
    }
}

fn too_long(timeout: Duration) -> Failure {
    Failure::new(
        Exit::TryLater,
        format!("the list did not end within {} s", timeout.as_secs_f64()),
    )
    .next("a long list needs a larger --timeout")
}
