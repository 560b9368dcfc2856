//! Many codes at once: results in completion order, with bounded concurrency and memory.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;

use crate::client::Client;
use crate::error::Error;
use crate::raw::promised::CdkDetails;
use crate::types::CdkCode;

/// How many requests of one bulk call are in flight unless you say otherwise. More hardly helps: 16
/// saturate a core, and the pace is the service's.
const IN_FLIGHT: usize = 16;

type Running<T> = Pin<Box<dyn Future<Output = (CdkCode, Result<T, Error>)> + Send>>;

/// A bulk call under way: a [`Stream`] of one result for each code, in completion order.
///
/// Codes are taken from the iterator only as results are taken from the stream, so a million of them
/// need no more memory than a few.
///
/// **To stop early** call [`stop`](Self::stop) and take what is left: it ends after the requests that are
/// in flight. Dropping it instead leaves those in doubt; [`in_flight`](Self::in_flight) names them.
pub struct Bulk<I, T> {
    client: Client,
    codes: Option<I>,
    start: fn(Client, CdkCode) -> Running<T>,
    running: FuturesUnordered<Running<T>>,
    in_flight: Vec<CdkCode>,
    limit: usize,
}

impl<I, T> Bulk<I, T> {
    /// How many requests are in flight at the most. Default 16; 0 counts as 1.
    #[must_use]
    pub fn concurrency(mut self, limit: usize) -> Self {
        self.limit = limit.max(1);
        self
    }

    /// Takes no further code. The stream ends after what is in flight.
    pub fn stop(&mut self) {
        self.codes = None;
    }

    /// The codes whose request has begun and whose result has not been handed out.
    #[must_use]
    pub fn in_flight(&self) -> &[CdkCode] {
        &self.in_flight
    }
}

impl<I, T> Stream for Bulk<I, T>
where
    I: Iterator<Item = CdkCode> + Unpin,
{
    type Item = (CdkCode, Result<T, Error>);

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while this.running.len() < this.limit {
            let Some(code) = this.codes.as_mut().and_then(Iterator::next) else {
                this.codes = None;
                break;
            };
            this.in_flight.push(code.clone());
            this.running.push((this.start)(this.client.clone(), code));
        }
        match Pin::new(&mut this.running).poll_next(context) {
            Poll::Ready(Some((code, result))) => {
                if let Some(place) = this.in_flight.iter().position(|other| *other == code) {
                    this.in_flight.remove(place); // mostly near the front: they end about as they began
                }
                Poll::Ready(Some((code, result)))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<I, T> fmt::Debug for Bulk<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk")
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Revokes each code; one result each, in completion order. A failure does not end it.
    ///
    /// ```no_run
    /// # async fn f(client: thordata_cdk::Client, codes: Vec<thordata_cdk::CdkCode>) {
    /// use futures_util::StreamExt;
    ///
    /// let mut results = client.revoke_all(codes);
    /// while let Some((code, result)) = results.next().await {
    ///     match result {
    ///         Ok(()) => println!("{}: revoked", code.masked()),
    ///         Err(error) => println!("{}: {error}", code.masked()),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn revoke_all<I>(&self, codes: I) -> Bulk<I::IntoIter, ()>
    where
        I: IntoIterator<Item = CdkCode>,
    {
        self.bulk(codes, |client, code| {
            Box::pin(async move {
                let result = client.revoke(&code).await;
                (code, result)
            })
        })
    }

    /// Looks each code up; one result each, in completion order. A failure does not end it.
    pub fn get_all<I>(&self, codes: I) -> Bulk<I::IntoIter, CdkDetails>
    where
        I: IntoIterator<Item = CdkCode>,
    {
        self.bulk(codes, |client, code| {
            Box::pin(async move {
                let result = client.get(&code).await;
                (code, result)
            })
        })
    }

    fn bulk<I, T>(&self, codes: I, start: fn(Client, CdkCode) -> Running<T>) -> Bulk<I::IntoIter, T>
    where
        I: IntoIterator<Item = CdkCode>,
    {
        Bulk {
            client: self.clone(),
            codes: Some(codes.into_iter()),
            start,
            running: FuturesUnordered::new(),
            in_flight: Vec::new(),
            limit: IN_FLIGHT,
        }
    }
}
