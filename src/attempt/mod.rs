//! One attempt of one request, start to end, and what the attempts of a client share.
//!
//! The order of things: wait for a permit ([`ClientInner::begin_attempt`]), prepare the request
//! ([`prepare`]), send it, note the facts ([`facts`]), read the body within limits ([`body`]), classify
//! ([`classify`]). [`attempts`] decides whether there is another.

mod attempts;
pub(crate) mod body;
pub(crate) mod classify;
pub(crate) mod clock;
pub(crate) mod facts;
mod foreign;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(not(feature = "gzip"))]
#[path = "no_gzip.rs"]
mod gzip;
mod one_shot_body;
pub(crate) mod pace;
pub(crate) mod prepare;
pub(crate) mod retry;
pub(crate) mod runtime;

use std::error::Error as _;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::{Request, Response};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{Instrument, Span};

pub(crate) use self::attempts::Attempts;
use self::body::ResponseBody;
use self::classify::Classifier;
use self::clock::ServiceClock;
use self::facts::{AttemptFacts, ResponseHead};
use self::pace::{Pacer, Permit};
use self::prepare::{BuildRequestError, PreparedRequest, RequestSettings};
use self::retry::{Budget, RetryPolicy, is_retryable_read};
use self::runtime::Runtimes;
use crate::deadline::Deadline;
use crate::envelope::Envelope;
use crate::error::{Error, InvalidInput, TransportError};
use crate::operation::Operation;
use crate::payload::Payload;
use crate::raw;
use crate::trace;
use crate::types::CdkCode;

/// What reqwest returns for a request that it sends.
pub(crate) trait ResponseFuture: Future<Output = reqwest::Result<Response>> {}
impl<F: Future<Output = reqwest::Result<Response>>> ResponseFuture for F {}

/// Which request an attempt sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) operation: Operation,
    /// The voucher that the request names.
    pub(crate) code: Option<&'a CdkCode>,
    /// How many attempts of the same call came before.
    pub(crate) resend_count: u32,
}

/// A client's inside: how it sends, and what it shares.
#[derive(Clone)]
pub(crate) struct ClientInner {
    pub(crate) raw: raw::Client,
    pub(crate) settings: Arc<RequestSettings>,
    pub(crate) policy: RetryPolicy,
    /// No POST is sent after this moment.
    pub(crate) send_before: Option<Deadline>,
    /// How long a call may take, with all its attempts.
    pub(crate) call_timeout: Option<Duration>,
    /// When this call ends: set by [`ClientInner::for_call`].
    pub(crate) deadline: Option<tokio::time::Instant>,
    /// The caller's, for spans and metrics.
    pub(crate) tag: Option<Arc<str>>,
    pub(crate) limits: SharedLimits,
    pub(crate) shared: Arc<Shared>,
    pub(crate) runtimes: Arc<Runtimes>,
}

/// The limits of one account, for [`Shared`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct SharedLimits {
    pub(crate) requests_per_second: Option<f64>,
    pub(crate) adaptive: bool,
    pub(crate) in_flight: Option<usize>,
}

impl Shared {
    pub(crate) fn new(policy: &RetryPolicy, limits: SharedLimits) -> Self {
        Self {
            budget: Budget::new(policy),
            pacer: Pacer::new(limits.requests_per_second, limits.adaptive),
            in_flight: limits.in_flight.map(Semaphore::new),
            clock: ServiceClock::default(),
        }
    }
}

/// What a client, its clones and those made of it by `with_options` share.
pub(crate) struct Shared {
    pub(crate) budget: Budget,
    pub(crate) pacer: Pacer,
    /// One permit for each request that may be in flight.
    pub(crate) in_flight: Option<Semaphore>,
    pub(crate) clock: ServiceClock,
}

impl ClientInner {
    /// These settings for one call, with its deadline if the options set a limit.
    pub(crate) fn for_call(self: &Arc<Self>) -> Arc<Self> {
        // Most calls have no limit: for these no copy is made. A call within a call keeps the deadline that it has.
        let (Some(limit), None) = (self.call_timeout, self.deadline) else {
            return Arc::clone(self);
        };
        let mut inner = Self::clone(self);
        // A limit beyond what the clock can hold is no limit.
        inner.deadline = tokio::time::Instant::now().checked_add(limit);
        Arc::new(inner)
    }

    /// `limit`, or what is left of the call's time if that is less.
    pub(crate) fn within_call(&self, limit: Duration) -> Duration {
        let left = self
            .deadline
            .map(|at| at.saturating_duration_since(tokio::time::Instant::now()));
        left.map_or(limit, |left| left.min(limit))
    }

    /// One attempt: waits for a permit, sends, and reads the reply.
    pub(crate) async fn attempt_once<T: Payload>(
        &self,
        call: Call<'_>,
        build: impl FnOnce(&raw::Client) -> Result<PreparedRequest<Envelope<T>>, BuildRequestError>,
    ) -> Result<Envelope<T>, Error> {
        let mut attempt = self.begin_attempt(call).await?;
        attempt.exchange(build).await
    }

    /// The attempts of one call.
    pub(crate) fn attempts(&self) -> Attempts<'_> {
        Attempts::new(&self.policy, &self.shared.budget, self.deadline)
    }

    /// Reports to the metrics hook how an attempt ended.
    pub(crate) fn observe(
        &self,
        call: Call<'_>,
        started: Option<Instant>,
        facts: &AttemptFacts,
        error: Option<&Error>,
    ) {
        if let Some(observer) = &self.settings.observer {
            let elapsed = started.map(|started| started.elapsed()).unwrap_or_default();
            let which = (call.operation, call.resend_count);
            observer.notify(which, facts.status(), elapsed, error, self.tag.as_deref());
        }
    }

    /// Waits until the request may be sent: for a place among those in flight, then for the pace. An error if no
    /// runtime can send it.
    pub(crate) async fn begin_attempt<'a>(&'a self, call: Call<'a>) -> Result<Attempt<'a>, Error> {
        // First: a call that this runtime cannot send must not wait in the queue before it says so.
        let http = match call.operation {
            Operation::Create => self.runtimes.for_purchase(&self.raw.client)?,
            _ => self.runtimes.http_client(&self.raw.client)?,
        };
        // In this order: a request that has its slot of the pace must leave then, and not wait for others to end.
        let permits = async {
            let place = match &self.shared.in_flight {
                // Tried first: a wait takes a timer, and most calls find a free place.
                Some(in_flight) => match in_flight.try_acquire() {
                    Ok(place) => Some(place),
                    // Never closed.
                    Err(_) => trace::permit("in_flight", in_flight.acquire()).await.ok(),
                },
                None => None,
            };
            (place, self.shared.pacer.acquire().await)
        };
        let (place, permit) = match self.deadline {
            Some(at) => tokio::time::timeout_at(at, permits)
                .await
                .map_err(TransportError::before_sending)?,
            None => permits.await,
        };
        // After the wait: the span and the hook measure the service, not the queue.
        let (tag, peer) = (self.tag.as_deref(), self.settings.peer.as_deref());
        let (span, started) = trace::attempt(call.operation, call.resend_count, tag, peer);
        // A hook needs the time even if no subscriber does.
        let started = started.or_else(|| self.settings.observer.is_some().then(Instant::now));
        Ok(Attempt {
            inner: self,
            http,
            call,
            _place: place,
            permit,
            span,
            started,
            facts: AttemptFacts::default(),
        })
    }

    /// Repeats a call that changes nothing until it succeeds or the policy ends it. `attempt` is given the
    /// number of attempts before it.
    pub(crate) async fn read_with_retries<T, F, Fut>(
        &self,
        operation: Operation,
        attempt: F,
    ) -> Result<T, Error>
    where
        F: Fn(u32) -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        let with_retries = async || {
            let mut attempts = self.attempts();
            loop {
                match attempt(attempts.begin()).await {
                    Ok(answer) => {
                        self.shared.budget.refill();
                        return Ok(answer);
                    }
                    Err(error) if is_retryable_read(&error) && attempts.wait(&error).await => {}
                    Err(error) => return Err(error),
                }
            }
        };
        trace::call(operation, self.tag.as_deref(), with_retries).await
    }
}

/// Whether the head of a reply had more fields than the HTTP client has room for.
fn has_too_many_headers(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            // Its own predicate for this is there for servers alone.
            return error.is_parse() && error.to_string().contains("too large");
        }
        cause = error.source();
    }
    false
}

/// One attempt in progress.
pub(crate) struct Attempt<'a> {
    inner: &'a ClientInner,
    http: reqwest::Client,
    call: Call<'a>,
    _place: Option<SemaphorePermit<'a>>,
    permit: Permit,
    pub(crate) span: Span,
    /// `None` if the span is disabled.
    pub(crate) started: Option<Instant>,
    pub(crate) facts: AttemptFacts,
}

impl Attempt<'_> {
    /// The request that a generated method builds, with the credentials of a provider if there is one.
    pub(crate) fn build_request<R>(
        &mut self,
        build: impl FnOnce(&raw::Client) -> Result<PreparedRequest<R>, BuildRequestError>,
    ) -> Result<Request, Error> {
        let prepared = build(&self.inner.raw).map_err(|why| InvalidInput::new("request", why.0))?;
        let mut request = prepared.request;
        self.facts.credentials = self.inner.settings.ask_provider(&mut request)?;
        Ok(request)
    }

    /// Sends the request with the operation's time limit. The future borrows nothing (`use<>`), so that the attempt can
    /// note facts while it waits.
    pub(crate) fn send(&mut self, request: Request) -> impl ResponseFuture + use<> {
        let settings = &self.inner.settings;
        // Waiting is the cheapest way to learn the outcome of a purchase, hence a limit of its own.
        let limit = match self.call.operation {
            Operation::Create => settings.create_timeout,
            Operation::List | Operation::Get | Operation::Revoke => settings.read_timeout,
        };
        self.send_within(self.inner.within_call(limit), request)
    }

    /// Sends the request with this time limit.
    pub(crate) fn send_within(
        &mut self,
        limit: Duration,
        mut request: Request,
    ) -> impl ResponseFuture + use<> {
        self.facts.body_taken =
            self.inner
                .settings
                .prepare(&mut request, limit, self.inner.send_before);
        self.span.in_scope(|| self.http.execute(request))
    }

    /// Waits for the head of the reply and notes it.
    pub(crate) async fn head(&mut self, response: impl ResponseFuture) -> Result<Response, Error> {
        match response.await {
            Ok(mut response) => {
                let head = ResponseHead::take(&mut response);
                self.inner.shared.clock.note(&head);
                self.facts.head = Some(head);
                Ok(response)
            }
            Err(error) => {
                if has_too_many_headers(&error) {
                    // For the next attempt: this one is not repeated here, since it may have bought something.
                    self.inner.runtimes.expect_many_headers();
                }
                Err(self.classifier().transport_error(error, None))
            }
        }
    }

    /// Sends a request and reads the whole reply.
    pub(crate) async fn exchange<T: Payload>(
        &mut self,
        build: impl FnOnce(&raw::Client) -> Result<PreparedRequest<Envelope<T>>, BuildRequestError>,
    ) -> Result<Envelope<T>, Error> {
        let request = self.build_request(build)?;
        // Sent here and not in `body`: otherwise each future would carry the request along.
        let response = self.send(request);
        let body = self.body(response).await;
        let outcome = body.and_then(|body| self.classifier().envelope(&body));
        self.finish(outcome.as_ref().err());
        outcome
    }

    /// The body of the reply. Not generic over its content, so that it is compiled once.
    async fn body(&mut self, response: impl ResponseFuture) -> Result<Bytes, Error> {
        let span = self.span.clone();
        let limit = self.inner.settings.max_response_bytes;
        let body = async {
            let response = self.head(response).await?;
            let body = ResponseBody::limited(response, limit).collect().await;
            body.map_err(|error| self.classifier().body_error(error))
        };
        // Pinned, so that the span's future holds a reference and not all of it.
        pin!(body).instrument(span).await
    }

    pub(crate) fn classifier(&self) -> Classifier<'_> {
        Classifier {
            operation: self.call.operation,
            facts: &self.facts,
            code: self.call.code,
            settings: &self.inner.settings,
        }
    }

    /// Reports to the pacer and to the span how the attempt ended.
    pub(crate) fn finish(&self, error: Option<&Error>) {
        trace::attempt_finished(&self.span, self.started, self.facts.status(), error);
        self.inner
            .observe(self.call, self.started, &self.facts, error);
        match error {
            Some(error) if error.is_rate_limited() => {
                self.inner.shared.pacer.on_throttled(self.permit)
            }
            // No reply, so it says nothing about the service's limit.
            Some(Error::Transport(_)) => {}
            // Other failures count as served: the service's limit let the request through.
            _ => self.inner.shared.pacer.on_success(),
        }
    }
}
