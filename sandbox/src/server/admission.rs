//! Holds requests against the [`Guard`](super::guard::Guard), before anything else is done with them.

use std::sync::Arc;

use axum::extract::{Request, State as Shares};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::json;

use super::reply::{REASON, Reply};
use super::respond::respond;
use crate::state::Shared;

/// For every request, before anything of it is logged or counted.
pub(crate) async fn names(
    Shares(shared): Shares<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    match shared.guard.check_names(&request) {
        Ok(()) => next.run(request).await,
        Err((status, reason)) if request.uri().path().starts_with(super::ADMIN_PREFIX) => {
            refuse(&shared, status, reason)
        }
        Err((status, reason)) => {
            // An envelope: clients of the operations show its message.
            let mut reply = Reply::failure(i64::from(status.as_u16()), reason, false);
            reply.status = status;
            let reason = (String::from(REASON), reason.to_owned());
            reply.headers.push(reason);
            respond(reply, &shared.http_date())
        }
    }
}

/// For the admin API, before a body is read.
pub(crate) async fn admin(
    Shares(shared): Shares<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    match shared.guard.check_admin(&request) {
        Ok(()) => next.run(request).await,
        Err((status, reason)) => refuse(&shared, status, reason),
    }
}

fn refuse(shared: &Shared, status: StatusCode, reason: &str) -> Response {
    let body = json!({ "error": reason }).to_string().into_bytes();
    respond(Reply::json(status, body), &shared.http_date())
}
