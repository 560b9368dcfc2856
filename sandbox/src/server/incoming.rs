//! One request of an operation: whether it may be carried out, and what it gets for an answer.

use axum::http::request::Parts as Head;
use axum::http::{HeaderValue, header};

use crate::fault::Parts;
use crate::fault::fault_spec::{Commit, Operation};
use crate::ledger::refusal::Refusal;
use crate::server::body::Received;
use crate::server::execute::{Call, Timers};
use crate::server::params::Params;
use crate::server::reply::Reply;
use crate::state::{Shared, State};

/// A request as far as it was read.
pub(crate) struct Incoming<'a> {
    pub(crate) id: u64,
    pub(crate) operation: Operation,
    pub(crate) head: &'a Head,
    pub(crate) received: &'a Received,
}

impl Incoming<'_> {
    /// The reply of a sound server, or one whose payload a fault has changed.
    pub(crate) fn answer(
        &self,
        shared: &Shared,
        state: &mut State,
        parts: &Parts<'_>,
        timers: &mut Timers,
    ) -> Reply {
        let result = self.check(shared, state).and_then(|params| {
            // A request whose body did not arrive whole is not carried out.
            let commit = if self.received.broken {
                Commit::No
            } else {
                parts.commit
            };
            let (request_id, operation, answer) = (self.id, self.operation, parts.answer);
            let call = Call {
                request_id,
                operation,
                params: &params,
                commit,
                answer,
            };
            state.execute(&call, timers)
        });
        let is_list = self.operation == Operation::List;
        let http_failures = shared.settings.http_failures;
        result.unwrap_or_else(|refusal| Reply::refusal(refusal, is_list, http_failures))
    }

    /// Credentials first, then the rate limit, then the parameters: a guess.
    fn check(&self, shared: &Shared, state: &mut State) -> Result<Params, Refusal> {
        let header = |name: &str| self.head.headers.get(name).map(HeaderValue::as_bytes);
        if header("token") != Some(shared.credentials.token.as_bytes()) {
            return Err(Refusal::WrongToken);
        }
        if header("key") != Some(shared.credentials.key.as_bytes()) {
            return Err(Refusal::WrongKey);
        }
        if !state.limiter.admit() {
            return Err(Refusal::TooFrequent);
        }
        if self.received.too_large {
            return Err(Refusal::BodyTooLarge);
        }
        let content_type = self.head.headers.get(header::CONTENT_TYPE);
        // Any word does that `from_body` does not know: it refuses the body.
        let content_type = content_type.map(|value| value.to_str().unwrap_or("unreadable"));
        // Of a GET, too: the vendor's pages list its parameters under "Body" (decision 2).
        let body = Params::from_body(content_type, &self.received.bytes)?.refuse_duplicates()?;
        match self.operation {
            Operation::List | Operation::Get => {
                let query = self.head.uri.query().unwrap_or_default();
                Params::from_form(query.as_bytes())
                    .refuse_duplicates()?
                    .merged(body)
            }
            // The contract knows no query of a POST, so that it is ignored like any unknown name.
            _ => Ok(body),
        }
    }
}
