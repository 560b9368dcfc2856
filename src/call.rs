//! One operation, start to end: attempt, classify, retry.

use std::future::Future;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::Instrument;

use crate::classify::Reading;
use crate::delivery::pace::Pacer;
use crate::delivery::retry::{self, Budget, RetryPolicy};
use crate::envelope::Envelope;
use crate::error::Error;
use crate::hooks::{Attempt, Hooks, Settings};
use crate::model::{CdkCode, Timestamp};
use crate::raw;
use crate::trace;

/// What a generated method returns.
pub(crate) type Reply<T> = Result<raw::ResponseValue<Envelope<T>>, raw::Error<()>>;

/// A success, and the clock of whoever sent it.
pub(crate) struct Answer<T> {
    pub(crate) envelope: Envelope<T>,
    pub(crate) date: Option<Timestamp>,
}

impl<T> Answer<T> {
    pub(crate) fn into_data(self) -> Option<T> {
        self.envelope.into_data()
    }
}

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
    pub(crate) async fn once<T, F, Fut>(&self, call: Call<'_>, send: F) -> Result<Answer<T>, Error>
    where
        T: DeserializeOwned,
        F: FnOnce(raw::Client) -> Fut,
        Fut: Future<Output = Reply<T>>,
    {
        let attempt = Arc::new(Attempt::default());
        let hooks = Hooks {
            settings: Arc::clone(&self.settings),
            attempt: Some(Arc::clone(&attempt)),
        };
        let raw = raw::Client {
            inner: hooks,
            ..self.raw.clone()
        };
        let _place = match &self.places {
            Some(places) => places.acquire().await.ok(), // never closed
            None => None,
        };
        let leave = self.pacer.leave().await;
        let peer = self.settings.peer.as_ref();
        let (span, began) = trace::attempt(call.operation, call.resend_count, peer);
        let [token, key] = self.settings.credentials.secrets();
        let mut hidden = vec![token, key];
        hidden.extend(call.code.map(CdkCode::as_str));
        let reading = Reading {
            operation: call.operation,
            attempt: &attempt,
            hidden,
            settings: &self.settings,
        };
        let sending = async { reading.classify(send(raw).await).await };
        let outcome = sending.instrument(span.clone()).await;
        trace::answered(&span, began, reading.status(), outcome.as_ref().err());
        match &outcome {
            Err(error) if error.is_rate_limited() => self.pacer.refused(leave),
            Err(Error::Transport(_)) => {}
            _ => self.pacer.served(),
        }
        outcome.map(|envelope| Answer {
            envelope,
            date: attempt.date(),
        })
    }

    /// A call that changes nothing: sent until it succeeds, or the policy ends it.
    pub(crate) async fn read<T, F, Fut>(
        &self,
        operation: Operation,
        code: Option<&CdkCode>,
        send: F,
    ) -> Result<Answer<T>, Error>
    where
        T: DeserializeOwned,
        F: Fn(raw::Client) -> Fut,
        Fut: Future<Output = Reply<T>>,
    {
        let patiently = async {
            let mut patience = Patience::new(self);
            loop {
                let call = Call {
                    operation,
                    code,
                    resend_count: patience.begin(),
                };
                match self.once(call, &send).await {
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
