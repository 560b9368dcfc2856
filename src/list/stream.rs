//! Rows as they arrive.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::vec;

use futures_core::Stream;
use tracing::{Instrument, Span};

use super::call;
use super::reader::Reader;
use super::summary::ListSummary;
use crate::call::{Caller, Operation};
use crate::classify::Reading;
use crate::error::Error;
use crate::incoming::Incoming;
use crate::model::CdkStatus;
use crate::notes::Notes;
use crate::raw::types::Cdk;
use crate::trace;

/// The rows that one step brought, and then the rest of the reply, its end, or what broke it off.
type Step = (Vec<Cdk>, Result<Option<Reply>, Error>);

/// A list under way: a [`Stream`] of its rows. From [`Client::list_stream`](crate::Client::list_stream).
///
/// An error is the last item. Dropping it ends the request.
pub struct ListStream {
    rows: vec::IntoIter<Cdk>,
    step: Option<Pin<Box<dyn Future<Output = Step> + Send>>>,
    /// What comes after `rows`.
    error: Option<Error>,
}

impl ListStream {
    pub(super) fn new(caller: Arc<Caller>, status: Option<CdkStatus>) -> Self {
        let opening = async move {
            let attempt = |sent| open(&caller, status, sent);
            match caller.read(Operation::List, attempt).await {
                Ok((rows, reply)) => (rows, Ok(reply)),
                Err(error) => (Vec::new(), Err(error)),
            }
        };
        Self {
            rows: Vec::new().into_iter(),
            step: Some(Box::pin(opening)),
            error: None,
        }
    }

    fn take(&mut self, (rows, then): Step) {
        self.rows = rows.into_iter();
        self.step = None;
        match then {
            Ok(Some(reply)) => self.step = Some(Box::pin(reply.next())),
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
    caller: Arc<Caller>,
    reader: Reader,
    notes: Notes,
    span: Span,
    began: Option<std::time::Instant>,
    /// How many rows came last.
    batch: usize,
}

impl Reply {
    /// The next rows.
    async fn next(mut self) -> Step {
        let span = self.span.clone();
        let mut rows = Vec::with_capacity(self.batch);
        let outcome = async {
            let reading = Reading {
                operation: Operation::List,
                notes: &self.notes,
                code: None,
                settings: &self.caller.settings,
            };
            while self.reader.next(&reading, &mut rows).await? {
                if !rows.is_empty() {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let outcome: Result<bool, Error> = outcome.instrument(span).await;
        if !matches!(outcome, Ok(true)) {
            let error = outcome.as_ref().err();
            trace::answered(&self.span, self.began, self.notes.status(), error);
        }
        self.batch = rows.len();
        (rows, outcome.map(|goes_on| goes_on.then_some(self)))
    }
}

/// One attempt at the first rows.
async fn open(
    caller: &Arc<Caller>,
    status: Option<CdkStatus>,
    resend_count: u32,
) -> Result<(Vec<Cdk>, Option<Reply>), Error> {
    let mut turn = caller.turn(call(resend_count)).await;
    let span = turn.span.clone();
    let request = caller.made(|raw| raw.list_cdks_request(status.as_ref()))?;
    let sent = turn.send_within(Duration::MAX, request);
    let limit = caller.settings.read_timeout;
    let mut rows = Vec::new();
    let outcome = async {
        let opening = async {
            let response = turn.head(sent).await?;
            let reading = turn.reading();
            let endless = |response| Incoming::endless(response, limit);
            let mut reader = Reader::open(response, &reading, endless).await?;
            while reader.next(&reading, &mut rows).await? {
                if reader.may_hand_out(&rows) {
                    return Ok(Some(reader));
                }
            }
            Ok(None)
        };
        match tokio::time::timeout(limit, opening).await {
            Ok(opened) => opened,
            Err(elapsed) => Err(turn.reading().late(elapsed)),
        }
    };
    let outcome = outcome.instrument(span).await;
    let Ok(Some(reader)) = outcome else {
        turn.ended(outcome.as_ref().err());
        return outcome.map(|_| (rows, None));
    };
    caller.pacer.served();
    let reply = Reply {
        caller: Arc::clone(caller),
        reader,
        batch: rows.len(),
        span: turn.span,
        began: turn.began,
        notes: turn.notes,
    };
    Ok((rows, Some(reply)))
}

/// See [`Client::summarize`](crate::Client::summarize).
pub(super) async fn summarize(
    caller: &Arc<Caller>,
    status: Option<CdkStatus>,
) -> Result<ListSummary, Error> {
    caller
        .read(Operation::List, |resend_count| async move {
            let mut summary = ListSummary::default();
            let (mut rows, mut reply) = open(caller, status, resend_count).await?;
            loop {
                summary.extend(&rows);
                let Some(more) = reply else {
                    return Ok(summary);
                };
                let (next, then) = more.next().await;
                (rows, reply) = (next, then?);
            }
        })
        .await
}
