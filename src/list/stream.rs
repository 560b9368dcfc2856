//! Rows as they arrive.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec;

use futures_core::Stream;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use super::open::{self, Extent};
use super::reader::Reader;
use super::summary::ListSummary;
use super::unreadable::{CdkList, UnreadableRows};
use crate::attempt::ClientInner;
use crate::attempt::classify::Classifier;
use crate::attempt::facts::AttemptFacts;
use crate::error::Error;
use crate::operation::Operation;
use crate::raw::promised::Cdk;
use crate::trace;
use crate::types::CdkStatus;

/// What one step brought, and then the rest of the reply, its end, or what broke it off.
type Step = (CdkList, Result<Option<Reply>, Error>);

/// A list under way: a [`Stream`] of its rows. From [`Client::list_stream`](crate::Client::list_stream).
///
/// An error is the last item. Dropping it ends the request.
///
/// ```no_run
/// # async fn f(client: thordata_cdk::Client) -> Result<(), thordata_cdk::Error> {
/// use futures_util::TryStreamExt;
///
/// let mut rows = client.list_stream(None);
/// while let Some(cdk) = rows.try_next().await? {
///     println!("{}: {}", cdk.cdk.masked(), cdk.status);
/// }
/// rows.unreadable().check()?; // else rows are missing
/// # Ok(()) }
/// ```
///
/// Guide: [what a list shows](crate::guide::decisions).
pub struct ListStream {
    rows: vec::IntoIter<Cdk>,
    step: Option<Pin<Box<dyn Future<Output = Step> + Send>>>,
    /// What comes after `rows`.
    error: Option<Error>,
    unreadable: UnreadableRows,
}

impl ListStream {
    pub(super) fn new(inner: Arc<ClientInner>, status: Option<CdkStatus>) -> Self {
        let opening = async move {
            let inner = inner.for_call();
            let attempt = |sent| first_rows(&inner, status, sent);
            match inner.read_with_retries(Operation::List, attempt).await {
                Ok((list, reply)) => (list, Ok(reply)),
                Err(error) => (CdkList::default(), Err(error)),
            }
        };
        Self {
            rows: Vec::new().into_iter(),
            step: Some(Box::pin(opening)),
            error: None,
            unreadable: UnreadableRows::default(),
        }
    }

    /// The rows so far that cannot be read. They are left out: the rows that were handed out are the whole list
    /// only if this is empty at the end.
    #[must_use]
    pub fn unreadable(&self) -> &UnreadableRows {
        &self.unreadable
    }

    fn take(&mut self, (list, then): Step) {
        self.unreadable.append(list.unreadable);
        self.rows = list.rows.into_iter();
        self.step = None;
        match then {
            Ok(Some(reply)) => self.step = Some(Box::pin(reply.next(Duration::MAX))),
            Ok(None) => {}
            Err(error) => self.error = Some(error),
        }
    }
}

impl Stream for ListStream {
    type Item = Result<Cdk, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(row) = this.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            let Some(step) = &mut this.step else {
                return Poll::Ready(this.error.take().map(Err));
            };
            let step = ready!(step.as_mut().poll(context));
            this.take(step);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let ready = self.rows.len();
        let ready = ready.saturating_add(usize::from(self.error.is_some()));
        (ready, self.step.is_none().then_some(ready))
    }
}

impl fmt::Debug for ListStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListStream")
            .field("has_ended", &self.step.is_none())
            .finish_non_exhaustive()
    }
}

/// A reply of which rows have been handed out.
struct Reply {
    inner: Arc<ClientInner>,
    reader: Reader,
    facts: AttemptFacts,
    span: Span,
    started: Option<std::time::Instant>,
    /// How many rows came last.
    batch: usize,
    /// How long the service was waited for, since the first rows came.
    waited: Duration,
    resend_count: u32,
}

impl Reply {
    /// The next rows, within `limit`.
    async fn next(mut self, limit: Duration) -> Step {
        let span = self.span.clone();
        // The next piece of the body brings about as many as the last one.
        let mut rows = Vec::with_capacity(self.batch);
        let classifier = Classifier {
            operation: Operation::List,
            facts: &self.facts,
            code: None,
            settings: &self.inner.settings,
        };
        let settings = &self.inner.settings;
        let left = settings.list_timeout.saturating_sub(self.waited);
        // Bytes that bring no row are no progress.
        let limit = limit.min(settings.read_timeout).min(left);
        let began = Instant::now();
        let reading = async {
            if limit.is_zero() {
                // Rows that are always there at once would never let the time run out.
                return std::future::pending().await;
            }
            let before = self.reader.ended_rows();
            while self.reader.next(&classifier, &mut rows).await? {
                if self.reader.ended_rows() > before {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let outcome = async {
            match tokio::time::timeout(limit, reading).await {
                Ok(read) => read,
                Err(_) if limit == left => Err(too_slow(&classifier)),
                Err(elapsed) => Err(classifier.timeout_error(elapsed)),
            }
        };
        let outcome: Result<bool, Error> = outcome.instrument(span).await;
        if !matches!(outcome, Ok(true)) {
            let error = outcome.as_ref().err();
            trace::attempt_finished(&self.span, self.started, self.facts.status(), error);
            let call = open::call(self.resend_count);
            self.inner.observe(call, self.started, &self.facts, error);
        }
        self.waited = self.waited.saturating_add(began.elapsed());
        self.batch = rows.len();
        let unreadable = self.reader.take_unreadable();
        let list = CdkList { rows, unreadable };
        (list, outcome.map(|goes_on| goes_on.then_some(self)))
    }
}

/// All the time that a list may take has passed.
fn too_slow(classifier: &Classifier<'_>) -> Error {
    let seconds = classifier.settings.list_timeout.as_secs_f64();
    let why = format!(
        "it did not end within {seconds} s, so it is taken for endless; `list_timeout` allows more"
    );
    classifier.decode_error(&why, true)
}

/// One attempt, up to the first rows that may be handed out.
async fn first_rows(
    inner: &Arc<ClientInner>,
    status: Option<CdkStatus>,
    resend_count: u32,
) -> Result<(CdkList, Option<Reply>), Error> {
    let mut attempt = inner.begin_attempt(open::call(resend_count)).await?;
    let span = attempt.span.clone();
    let limit = inner.within_call(inner.settings.read_timeout);
    let mut list = CdkList::default();
    let opened = async {
        let opening = async {
            let mut reader = open::open(inner, &mut attempt, status, Extent::Streamed).await?;
            while reader.next(&attempt.classifier(), &mut list.rows).await? {
                if reader.may_hand_out(&list.rows) {
                    list.unreadable = reader.take_unreadable();
                    return Ok(Some(reader));
                }
            }
            list.unreadable = reader.take_unreadable();
            Ok(None)
        };
        // Here, since the request has no limit of its own: its rows may take long.
        match tokio::time::timeout(limit, opening).await {
            Ok(opened) => opened,
            Err(elapsed) => Err(attempt.classifier().timeout_error(elapsed)),
        }
    };
    let opened = opened.instrument(span).await;
    let Ok(Some(reader)) = opened else {
        attempt.finish(opened.as_ref().err());
        return opened.map(|_| (list, None));
    };
    // Now and not after the last row, which may be an hour away.
    inner.shared.pacer.on_success();
    let reply = Reply {
        inner: Arc::clone(inner),
        reader,
        batch: list.rows.len(),
        waited: Duration::ZERO,
        span: attempt.span,
        started: attempt.started,
        facts: attempt.facts,
        resend_count,
    };
    Ok((list, Some(reply)))
}

/// See [`Client::summarize`](crate::Client::summarize).
pub(super) async fn summarize(
    inner: &Arc<ClientInner>,
    status: Option<CdkStatus>,
) -> Result<ListSummary, Error> {
    inner
        .read_with_retries(Operation::List, |resend_count| async move {
            let mut summary = ListSummary::default();
            let (mut list, mut reply) = first_rows(inner, status, resend_count).await?;
            loop {
                summary.extend(&list.rows);
                summary.unreadable = summary.unreadable.saturating_add(list.unreadable.count());
                let Some(more) = reply else {
                    return Ok(summary);
                };
                // Unlike a stream, it is one call, whatever its caller does meanwhile.
                let limit = inner.within_call(Duration::MAX);
                let (next, then) = more.next(limit).await;
                (list, reply) = (next, then?);
            }
        })
        .await
}
