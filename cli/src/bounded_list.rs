//! A list that ends, whatever the service does.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::stream::Stream;
use thordata_cdk::{Cdk, CdkStatus, Client, ListStream, UnreadableRows};
use tokio::time::{Instant, Sleep, sleep};

use crate::exit::Exit;
use crate::failure::Failure;

/// The rows of a list. From the first on, they may take as long together as a request may: the library itself bounds
/// only each pause between them. Time in which nobody takes rows, as when a pager waits, does not count.
pub(crate) struct BoundedList {
    list: Pin<Box<ListStream>>,
    timeout: Duration,
    /// The end of the time that all rows may take; `None` before the first row.
    left: Option<Duration>,
    /// Since when a row is waited for.
    asked: Option<Instant>,
    /// What ends the wait for a row that was not there at once.
    end: Option<Pin<Box<Sleep>>>,
}

impl BoundedList {
    pub(crate) fn new(client: &Client, status: Option<CdkStatus>, timeout: Duration) -> Self {
        Self {
            list: Box::pin(client.list_stream(status)),
            timeout,
            left: None,
            asked: None,
            end: None,
        }
    }

    /// Rows that were left out.
    pub(crate) fn unreadable(&self) -> &UnreadableRows {
        self.list.unreadable()
    }

    fn too_long(&self) -> Failure {
        Failure::new(
            Exit::TryLater,
            format!(
                "the list did not end within {} s",
                self.timeout.as_secs_f64()
            ),
        )
        .next("a long list needs a larger --timeout")
    }
}

impl Stream for BoundedList {
    type Item = Result<Cdk, Failure>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        // Not only by the timer, which rows that are always ready never reach.
        if this.left.is_some_and(|left| left.is_zero()) {
            return Poll::Ready(Some(Err(this.too_long())));
        }
        let asked = *this.asked.get_or_insert_with(Instant::now);
        if let Poll::Ready(row) = this.list.as_mut().poll_next(cx) {
            this.asked = None;
            this.end = None;
            this.left = Some(match this.left {
                Some(left) => left.saturating_sub(asked.elapsed()),
                None => this.timeout,
            });
            return Poll::Ready(row.map(|row| row.map_err(|error| Failure::of_client(&error))));
        }
        // Until the first row the library's own limit of a request holds.
        let Some(left) = this.left else {
            return Poll::Pending;
        };
        let end = this.end.get_or_insert_with(|| Box::pin(sleep(left)));
        ready!(end.as_mut().poll(cx));
        this.left = Some(Duration::ZERO);
        Poll::Ready(Some(Err(this.too_long())))
    }
}
