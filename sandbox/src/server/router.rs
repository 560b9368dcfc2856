//! The whole server: the contract's paths, the admin API, the page, and the vendor's answer to the rest.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;

use super::{admission, operations};
use crate::state::Shared;
use crate::{admin, page};

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    operations::routes()
        .merge(admin::routes(&shared))
        .merge(page::routes())
        // After the routes: it is set for those that are there already.
        .method_not_allowed_fallback(operations::method_not_allowed)
        .fallback(operations::unknown_path)
        // Last: a layer covers what was added before it, and this one the fallbacks too.
        .layer(from_fn_with_state(Arc::clone(&shared), admission::names))
        .with_state(shared)
}
