//! HTTP to store and back: the four operations, and what every other request gets.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Request, State as Shares};
use axum::http::request::Parts as Head;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::body;
use super::respond::respond;
use super::wire;
use crate::fault::Fault;
use crate::fault::fault_spec::{Operation, Read};
use crate::ledger::refusal::Refusal;
use crate::server::connection::RawConnection;
use crate::server::execute::Timers;
use crate::server::incoming::Incoming;
use crate::server::log::LoggedRequest;
use crate::server::reply::Reply;
use crate::state::{Shared, State};

/// The contract's four operations.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/cdk/create", post(create))
        .route("/api/cdk/list", get(list))
        .route("/api/cdk/info", get(info))
        .route("/api/cdk/revoke", post(revoke))
}

type Shares_ = Shares<Arc<Shared>>;

async fn create(
    shared: Shares_,
    connection: Extension<RawConnection>,
    request: Request,
) -> Response {
    operation(Operation::Create, shared.0, connection.0, request).await
}

async fn list(shared: Shares_, connection: Extension<RawConnection>, request: Request) -> Response {
    operation(Operation::List, shared.0, connection.0, request).await
}

async fn info(shared: Shares_, connection: Extension<RawConnection>, request: Request) -> Response {
    operation(Operation::Get, shared.0, connection.0, request).await
}

async fn revoke(
    shared: Shares_,
    connection: Extension<RawConnection>,
    request: Request,
) -> Response {
    operation(Operation::Revoke, shared.0, connection.0, request).await
}

pub(crate) async fn unknown_path(Shares(shared): Shares_, request: Request) -> Response {
    log_other(&shared, request).await;
    respond(Reply::page_not_exists(), &shared.http_date())
}

pub(crate) async fn method_not_allowed(Shares(shared): Shares_, request: Request) -> Response {
    if !request.uri().path().starts_with(super::ADMIN_PREFIX) {
        log_other(&shared, request).await;
    }
    respond(Reply::method_not_allowed(), &shared.http_date())
}

async fn log_other(shared: &Shared, request: Request) {
    let (head, body) = request.into_parts();
    let id = shared.lock().begin(&head, None, false);
    let received = body::receive(body, Read::All).await;
    shared
        .lock()
        .log
        .finish(id, &received.bytes, received.complete);
}

/// One call of an operation. It runs in a task of its own, so that a whole request is carried out even if the client has
/// left meanwhile.
async fn operation(
    operation: Operation,
    shared: Arc<Shared>,
    connection: RawConnection,
    request: Request,
) -> Response {
    match tokio::spawn(handle(operation, shared, connection, request)).await {
        Ok(Some(response)) => response,
        // The fault has taken the connection over: hyper must not write anything to it.
        Ok(None) => std::future::pending().await,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn handle(
    operation: Operation,
    shared: Arc<Shared>,
    connection: RawConnection,
    request: Request,
) -> Option<Response> {
    let (head, body) = request.into_parts();
    let (id, fault) = {
        // One lock for both: requests get their faults in the order of their ids.
        let mut state = shared.lock();
        let fault = state.take_fault(operation);
        (state.begin(&head, Some(operation), fault.is_some()), fault)
    };
    let no_fault = Fault::on(operation);
    let parts = fault.as_ref().unwrap_or(&no_fault).parts();
    // Without the lock: a client may take long to send its body.
    let received = body::receive(body, parts.read).await;
    let mut timers = Timers::new();
    let (reply, date) = shared.change(|state| {
        state.log.finish(id, &received.bytes, received.complete);
        let incoming = Incoming {
            id,
            operation,
            head: &head,
            received: &received,
        };
        let reply = incoming.answer(&shared, state, &parts, &mut timers);
        (reply, state.clock.http_date())
    });
    start(&shared, timers);
    if received.broken {
        return Some(respond(Reply::broken_body(), &date));
    }
    if !parts.latency.is_zero() {
        tokio::time::sleep(parts.latency).await;
    }
    let is_list = operation == Operation::List;
    let reply =
        Reply::of_answer(parts.answer, is_list).unwrap_or_else(|| saved(&shared, operation, reply));
    match wire::script(&parts, &reply, &date) {
        Some(script) => {
            connection.run(script);
            None
        }
        None => Some(respond(reply, &date)),
    }
}

/// A change that is not in the state file must not be reported as done. What was refused changed nothing.
fn saved(shared: &Shared, operation: Operation, reply: Reply) -> Reply {
    let changes = matches!(operation, Operation::Create | Operation::Revoke);
    if changes && !reply.is_refusal() && shared.lock().save_error.is_some() {
        // HTTP 500 in both modes: this program failed, and the vendor has no code for that.
        return Reply::refusal(Refusal::StateNotSaved, false, true);
    }
    reply
}

/// Sets the timers of work that was put off.
fn start(shared: &Arc<Shared>, timers: Timers) {
    for (number, delay) in timers {
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            shared.change(|state| {
                let ripe = state.pending.after_timer(number);
                state.carry_out(ripe)
            });
        });
    }
}

impl State {
    /// Logs a request whose head has come in.
    fn begin(&mut self, head: &Head, operation: Option<Operation>, faulted: bool) -> u64 {
        let request = LoggedRequest {
            id: 0,
            operation,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: readable(&head.headers),
            body: Vec::new(),
            complete: false,
            faulted,
            received_at: self.clock.now(),
        };
        self.log.begin(request)
    }
}

fn readable(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}
