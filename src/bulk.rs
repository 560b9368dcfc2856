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

/// How many requests of one bulk call are in flight by default. More hardly help: 16 saturate a core, and the service
/// sets the pace.
const IN_FLIGHT: usize = 16;

/// The codes of an iterator, as a stream. You meet it in the type of what [`Client::revoke_all`] and
/// [`Client::get_all`] return, and never make one.
///
/// ```
/// use thordata_cdk::{Bulk, CdkCode, Client, Codes};
///
/// struct Cleanup {
///     results: Bulk<Codes<std::vec::IntoIter<CdkCode>>, ()>,
/// }
///
/// fn begin(client: &Client, codes: Vec<CdkCode>) -> Cleanup {
///     Cleanup { results: client.revoke_all(codes) }
/// }
/// ```
///
/// Guide: [what to do after an unknown outcome](crate::guide::delivery).
#[derive(Debug, Clone)]
pub struct Codes<I>(I);

// The iterator is never pinned.
impl<I> Unpin for Codes<I> {}

impl<I: Iterator<Item = CdkCode>> Stream for Codes<I> {
    type Item = CdkCode;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<CdkCode>> {
        Poll::Ready(self.get_mut().0.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

type Running<T> = Pin<Box<dyn Future<Output = (CdkCode, Result<T, Error>)> + Send>>;

/// The results of a bulk call: a [`Stream`] of one result for each code, in completion order.
///
/// Codes are taken from their source only as results are taken from the stream, so a million of them
/// need no more memory than a few.
///
/// **To stop early** call [`stop`](Self::stop) and take the remaining results: it ends after the requests that are
/// in flight. If you drop it instead, their outcome is unknown; [`in_flight`](Self::in_flight) names them.
///
/// Guide: [what to do after an unknown outcome](crate::guide::delivery).
///
/// `C` is where the codes come from: [`Codes`] of an iterator, or a stream of the caller's.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use thordata_cdk::{CdkStatus, Client, Credentials};
/// # let sandbox = thordata_cdk_sandbox::Sandbox::builder().vouchers(40).start().await?;
/// # let secrets = sandbox.credentials();
/// # let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
/// #     .base_url(sandbox.base_url())
/// #     .build()?;
/// use futures_util::{StreamExt, TryStreamExt};
///
/// // Each unsold voucher is revoked as soon as its row of the list has arrived.
/// let rows = client.list_stream(CdkStatus::Unused);
/// let codes = rows.map_ok(|cdk| cdk.cdk).filter_map(async |code| code.ok());
/// let mut results = client.revoke_stream(Box::pin(codes)).concurrency(8);
/// let mut revoked = 0;
/// while let Some((_, result)) = results.next().await {
///     result?;
///     revoked += 1;
///     if revoked == 10 {
///         results.stop(); // the results of requests in flight still come
///     }
/// }
/// assert!((10..=17).contains(&revoked));
/// # Ok(()) }
/// ```
pub struct Bulk<C, T> {
    client: Client,
    codes: Option<C>,
    start: fn(Client, CdkCode) -> Running<T>,
    running: FuturesUnordered<Running<T>>,
    in_flight: Vec<CdkCode>,
    limit: usize,
}

impl<C, T> Bulk<C, T> {
    /// How many requests are in flight at once, at the most. Default 16; 0 counts as 1.
    #[must_use]
    pub fn concurrency(mut self, limit: usize) -> Self {
        self.limit = limit.max(1);
        self
    }

    /// Takes no further code. The stream ends after the requests in flight.
    pub fn stop(&mut self) {
        self.codes = None;
    }

    /// The codes whose request has begun and whose result you have not taken yet.
    #[must_use]
    pub fn in_flight(&self) -> &[CdkCode] {
        &self.in_flight
    }
}

impl<C, T> Stream for Bulk<C, T>
where
    C: Stream<Item = CdkCode> + Unpin,
{
    type Item = (CdkCode, Result<T, Error>);

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while this.running.len() < this.limit {
            let Some(codes) = &mut this.codes else { break };
            let code = match Pin::new(codes).poll_next(context) {
                Poll::Ready(Some(code)) => code,
                // Dropped, since some streams panic if they are polled after their end.
                Poll::Ready(None) => {
                    this.codes = None;
                    break;
                }
                // The source wakes this task when it has a code; requests in flight go on meanwhile.
                Poll::Pending => break,
            };
            this.in_flight.push(code.clone());
            this.running.push((this.start)(this.client.clone(), code));
        }
        match Pin::new(&mut this.running).poll_next(context) {
            Poll::Ready(Some((code, result))) => {
                // One of them: the caller may name a code twice, and each request ends once.
                if let Some(place) = this.in_flight.iter().position(|other| *other == code) {
                    this.in_flight.remove(place); // mostly near the front: they end about as they began
                }
                Poll::Ready(Some((code, result)))
            }
            // Nothing is in flight, but the source may have more.
            Poll::Ready(None) if this.codes.is_some() => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<C, T> fmt::Debug for Bulk<C, T> {
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
    pub fn revoke_all<I>(&self, codes: I) -> Bulk<Codes<I::IntoIter>, ()>
    where
        I: IntoIterator<Item = CdkCode>,
    {
        self.revoke_stream(Codes(codes.into_iter()))
    }

    /// Like [`revoke_all`](Self::revoke_all), for codes that arrive one by one, such as those of
    /// [`list_stream`](Self::list_stream): see [`Bulk`] for an example. Put a stream that is not `Unpin` into a
    /// `Box::pin`.
    pub fn revoke_stream<S>(&self, codes: S) -> Bulk<S, ()>
    where
        S: Stream<Item = CdkCode> + Unpin,
    {
        self.bulk(codes, |client, code| {
            Box::pin(async move {
                let result = client.revoke(&code).await;
                (code, result)
            })
        })
    }

    /// Looks each code up; one result each, in completion order. A failure does not end it.
    pub fn get_all<I>(&self, codes: I) -> Bulk<Codes<I::IntoIter>, CdkDetails>
    where
        I: IntoIterator<Item = CdkCode>,
    {
        self.get_stream(Codes(codes.into_iter()))
    }

    /// Like [`get_all`](Self::get_all), for codes that arrive one by one. Put a stream that is not `Unpin` into a
    /// `Box::pin`.
    pub fn get_stream<S>(&self, codes: S) -> Bulk<S, CdkDetails>
    where
        S: Stream<Item = CdkCode> + Unpin,
    {
        self.bulk(codes, |client, code| {
            Box::pin(async move {
                let result = client.get(&code).await;
                (code, result)
            })
        })
    }

    fn bulk<C, T>(&self, codes: C, start: fn(Client, CdkCode) -> Running<T>) -> Bulk<C, T> {
        Bulk {
            client: self.clone(),
            codes: Some(codes),
            start,
            running: FuturesUnordered::new(),
            in_flight: Vec::new(),
            limit: IN_FLIGHT,
        }
    }
}
