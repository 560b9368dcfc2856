//! Reading a request's body, as far as a fault lets it be read.

use axum::body::{Body, HttpBody as _};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::fault::fault_spec::Read;
use crate::server::connection::BODY_TIMEOUT;

/// The largest body that is kept and understood.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// How much of a larger body is still read, so that the refusal reaches a client that writes first
/// and reads later.
const MAX_DRAINED: usize = 16 * 1024 * 1024;

/// What came of a body.
#[derive(Default)]
pub(crate) struct Received {
    /// The bytes, up to [`MAX_BODY`].
    pub(crate) bytes: Vec<u8>,
    /// Whether the end of the body was seen.
    pub(crate) complete: bool,
    /// Whether there was more than [`MAX_BODY`].
    pub(crate) too_large: bool,
    /// Whether the client broke off in the middle.
    pub(crate) broken: bool,
}

/// Reads a body whole, half, or not at all.
pub(crate) async fn receive(mut body: Body, read: Read) -> Received {
    let mut received = Received::default();
    let announced = body.size_hint().exact();
    let limit = match read {
        Read::All => u64::MAX,
        // A body in chunks announces no length, so nobody knows where its half ends.
        Read::Half => announced.unwrap_or(0) / 2,
        Read::Head | Read::Nothing => 0,
    };
    let mut seen = 0_u64;
    while seen < limit {
        let Ok(frame) = timeout(BODY_TIMEOUT, body.frame()).await else {
            received.broken = true;
            break;
        };
        match frame {
            None => {
                received.complete = true;
                break;
            }
            Some(Err(_)) => {
                received.broken = true;
                break;
            }
            Some(Ok(frame)) => {
                let data = frame.into_data().unwrap_or_default();
                seen = seen.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
                let room = MAX_BODY.saturating_sub(received.bytes.len());
                received.too_large |= data.len() > room;
                received.bytes.extend(data.iter().take(room));
                if seen > u64::try_from(MAX_DRAINED).unwrap_or(u64::MAX) {
                    break;
                }
            }
        }
    }
    if read != Read::All {
        // One segment may have held more than the fault wants to have read.
        received
            .bytes
            .truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        // Without a body the request is whole with its head.
        received.complete = announced == Some(0);
    }
    received
}
