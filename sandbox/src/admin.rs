//! The admin API under `/_sandbox/`.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::state::Shared;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/_sandbox/health", get(async || "ok"))
}
