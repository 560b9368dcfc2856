//! One operation, start to end: attempt, classify, retry.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Request, Response};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::classify::Reading;
use crate::delivery::pace::{Leave, Pacer};
use crate::delivery::retry::{self, Budget, RetryPolicy};
use crate::envelope::Envelope;
use crate::error::{Error, InvalidInput};
use crate::hooks::{Settings, Unmade, Unsent};
use crate::incoming::Incoming;
use crate::model::CdkCode;
use crate::notes::{Head, Notes};
use crate::raw;
use crate::trace;

/// What makes a request from what the contract says.
pub(crate) type Made<R> = Result<Unsent<R>, Unmade>;

/// What reqwest makes of a request.
pub(crate) trait Sent: Future<Output = reqwest::Result<Response>> {}
impl<F: Future<Output = reqwest::Result<Response>>> Sent for F {}

/// The four operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    List,
    Get,
    Revoke,
}

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::List => "list",
            Self::Get => "get",
            Self::Revoke => "revoke",
        }
    }

    pub(crate) fn method(self) -> &'static str {
        if self.changes_something() {
            "POST"
        } else {
            "GET"
        }
    }

    /// The contract's path, for the reader of a trace: nothing is sent there by it.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Create => "/api/cdk/create",
            Self::List => "/api/cdk/list",
            Self::Get => "/api/cdk/info",
            Self::Revoke => "/api/cdk/revoke",
        }
    }

    pub(crate) fn changes_something(self) -> bool {
        matches!(self, Self::Create | Self::Revoke)
    }
}

/// One attempt of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) operation: Operation,
    /// The code that the request holds.
    pub(crate) code: Option<&'a CdkCode>,
    /// How often it was sent before.
    pub(crate) resend_count: u32,
}

/// What the calls of a client and its clones share.
pub(crate) struct Caller {
    pub(crate) raw: raw::Client,
    pub(crate) settings: Arc<Settings>,
    pub(crate) policy: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) pacer: Pacer,
    /// One for each request that may be under way.
    pub(crate) places: Option<Semaphore>,
}

impl Caller {
    /// Sends once, after waiting for its turn.
    pub(crate) async fn once<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
        make: impl FnOnce(&raw::Client) -> Made<Envelope<T>>,
    ) -> Result<Envelope<T>, Error> {
        let mut turn = self.turn(call).await;
        turn.exchange(make).await
    }

    /// The request that a generated method makes.
    pub(crate) fn made<R>(
        &self,
        make: impl FnOnce(&raw::Client) -> Made<R>,
    ) -> Result<Request, Error> {
        let made = make(&self.raw).map_err(|why| InvalidInput::new("request", why.0))?;
        Ok(made.request)
    }

    /// Waits for a call's turn.
    pub(crate) async fn turn<'a>(&'a self, call: Call<'a>) -> Turn<'a> {
        let place = match &self.places {
            Some(places) => places.acquire().await.ok(), // never closed
            None => None,
        };
        let leave = self.pacer.leave().await;
        let peer = self.settings.peer.as_ref();
        let (span, began) = trace::attempt(call.operation, call.resend_count, peer);
        Turn {
            caller: self,
            call,
            _place: place,
            leave,
            span,
            began,
            notes: Notes::default(),
        }
    }

    /// A call that changes nothing: made until it succeeds, or the policy ends it. `attempt` is told how
    /// often it was made before.
    pub(crate) async fn read<T, F, Fut>(&self, operation: Operation, attempt: F) -> Result<T, Error>
    where
        F: Fn(u32) -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        let patiently = async || {
            let mut patience = Patience::new(self);
            loop {
                match attempt(patience.begin()).await {
                    Ok(answer) => {
                        self.budget.refill();
                        return Ok(answer);
                    }
                    Err(error) if retry::may_read_again(&error) && patience.wait(&error).await => {}
                    Err(error) => return Err(error),
                }
            }
        };
        trace::call(operation, patiently).await
    }
}

/// One attempt under way.
pub(crate) struct Turn<'a> {
    caller: &'a Caller,
    call: Call<'a>,
    _place: Option<SemaphorePermit<'a>>,
    leave: Leave,
    pub(crate) span: Span,
    /// If anybody wants to know.
    pub(crate) began: Option<std::time::Instant>,
    pub(crate) notes: Notes,
}

impl Turn<'_> {
    /// Sends the request, with the operation's time limit.
    pub(crate) fn send(&mut self, request: Request) -> impl Sent + use<> {
        let settings = &self.caller.settings;
        // Waiting is the cheapest way to learn what became of a purchase, hence its own limit.
        let limit = match self.call.operation {
            Operation::Create => settings.create_timeout,
            Operation::List | Operation::Get | Operation::Revoke => settings.read_timeout,
        };
        self.send_within(limit, request)
    }

    /// Sends the request, with this time limit.
    pub(crate) fn send_within(
        &mut self,
        limit: Duration,
        mut request: Request,
    ) -> impl Sent + use<> {
        self.notes.witness = self.caller.settings.prepare(&mut request, limit);
        let http = &self.caller.raw.client;
        self.span.in_scope(|| http.execute(request))
    }

    /// Notes the head of the reply.
    pub(crate) async fn head(&mut self, sent: impl Sent) -> Result<Response, Error> {
        match sent.await {
            Ok(response) => {
                self.notes.head = Some(head(response.status().as_u16(), response.headers()));
                Ok(response)
            }
            Err(error) => Err(self.reading().broken(error, None)),
        }
    }

    /// Sends a request, and reads the reply whole.
    pub(crate) async fn exchange<T: DeserializeOwned>(
        &mut self,
        make: impl FnOnce(&raw::Client) -> Made<Envelope<T>>,
    ) -> Result<Envelope<T>, Error> {
        let request = self.caller.made(make)?;
        // Sent at once: no future has to carry the request along.
        let sent = self.send(request);
        let body = self.body(sent).await;
        let outcome = body.and_then(|body| self.reading().envelope(&body));
        self.ended(outcome.as_ref().err());
        outcome
    }

    /// The body of the reply: compiled once, whatever is in it.
    async fn body(&mut self, sent: impl Sent) -> Result<Bytes, Error> {
        let span = self.span.clone();
        let longest = self.caller.settings.max_response_bytes;
        let body = async {
            let response = self.head(sent).await?;
            let body = Incoming::limited(response, longest).whole().await;
            body.map_err(|cut| self.reading().cut(cut))
        };
        pin!(body).instrument(span).await
    }

    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading {
            operation: self.call.operation,
            notes: &self.notes,
            code: self.call.code,
            settings: &self.caller.settings,
        }
    }

    /// Tells the pacer and the span how it ended.
    pub(crate) fn ended(&self, error: Option<&Error>) {
        trace::answered(&self.span, self.began, self.notes.status(), error);
        match error {
            Some(error) if error.is_rate_limited() => self.caller.pacer.refused(self.leave),
            Some(Error::Transport(_)) => {}
            _ => self.caller.pacer.served(),
        }
    }
}

fn head(status: u16, headers: &HeaderMap) -> Head {
    let header = |name: HeaderName| headers.get(name).cloned();
    Head {
        status,
        retry_after: header(RETRY_AFTER),
        date: header(DATE),
    }
}

/// The attempts that one call has made, and whether it may make another.
pub(crate) struct Patience<'a> {
    caller: &'a Caller,
    began: Instant,
    begun: u32,
    made: u32,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(caller: &'a Caller) -> Self {
        Self {
            caller,
            began: Instant::now(),
            begun: 0,
            made: 0,
        }
    }

    /// Counts another attempt, and says how many there were before.
    pub(crate) fn begin(&mut self) -> u32 {
        let before = self.begun;
        self.begun = before.saturating_add(1);
        before
    }

    /// Whether the policy knows second attempts at all.
    pub(crate) fn allows_more(&self) -> bool {
        self.caller.policy.allows_more_than(1)
    }

    /// Waits before the next attempt; `false` if there is to be none.
    pub(crate) async fn wait(&mut self, error: &Error) -> bool {
        self.made = self.made.saturating_add(1);
        let asked = error.retry_after();
        let Some(wait) = self
            .caller
            .policy
            .wait(self.made, self.began.elapsed(), asked)
        else {
            return false;
        };
        if !self.caller.budget.take() {
            return false;
        }
        trace::again(self.made, wait, error);
        tokio::time::sleep(wait).await;
        true
    }
}

impl Drop for Patience<'_> {
    fn drop(&mut self) {
        trace::attempts(self.begun);
    }
}
