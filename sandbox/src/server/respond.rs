//! A [`Reply`] as hyper sends it.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

use super::reply::Reply;

pub(crate) fn respond(reply: Reply, date: &str) -> Response {
    let mut response = Response::new(axum::body::Body::from(reply.body));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(reply.content_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    if let Ok(value) = HeaderValue::try_from(date) {
        headers.insert(header::DATE, value);
    }
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            // Not `insert`: a fault may give a header twice.
            headers.append(name, value);
        }
    }
    response
}
