//! One attempt at a list, up to the open reply.

use std::time::Duration;

use tracing::Instrument;

use super::reader::Reader;
use super::unreadable::CdkList;
use crate::attempt::body::ResponseBody;
use crate::attempt::{Attempt, Call, ClientInner};
use crate::error::Error;
use crate::operation::Operation;
use crate::types::CdkStatus;

/// Within which limits a list is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Extent {
    /// All rows are kept: a bounded body, within the time limit of the whole request.
    Kept,
    /// Rows are handed out as they arrive: a body of any length, with limits on what brings no row.
    Streamed,
}

pub(super) fn call(resend_count: u32) -> Call<'static> {
    Call {
        operation: Operation::List,
        code: None,
        resend_count,
    }
}

/// Sends the request and opens the reply.
pub(super) async fn open(
    inner: &ClientInner,
    attempt: &mut Attempt<'_>,
    status: Option<CdkStatus>,
    extent: Extent,
) -> Result<Reader, Error> {
    let request = attempt.build_request(|raw| raw.list_cdks_request(status.as_ref()))?;
    let settings = &inner.settings;
    let time_limit = match extent {
        Extent::Kept => inner.within_call(settings.read_timeout),
        // The caller may take rows slowly, so nothing bounds the whole.
        Extent::Streamed => Duration::MAX,
    };
    let response = attempt.send_within(time_limit, request);
    let response = attempt.head(response).await?;
    let body = |response| match extent {
        Extent::Kept => ResponseBody::limited(response, settings.max_response_bytes),
        Extent::Streamed => ResponseBody::unlimited(response),
    };
    Reader::open(response, &attempt.classifier(), body).await
}

/// One attempt at a list whose rows are all kept.
pub(super) async fn collect(
    inner: &ClientInner,
    status: Option<CdkStatus>,
    resend_count: u32,
) -> Result<CdkList, Error> {
    let mut attempt = inner.begin_attempt(call(resend_count)).await?;
    let span = attempt.span.clone();
    let rows = async {
        let mut reader = open(inner, &mut attempt, status, Extent::Kept).await?;
        let mut rows = Vec::new();
        while reader.next(&attempt.classifier(), &mut rows).await? {}
        let unreadable = reader.take_unreadable();
        Ok(CdkList { rows, unreadable })
    };
    let rows = rows.instrument(span).await;
    attempt.finish(rows.as_ref().err());
    rows
}
