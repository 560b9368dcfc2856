//! The proof that a request never left.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Whether the connection has taken the body's one frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct BodyTaken(Arc<AtomicBool>);

impl BodyTaken {
    /// `false` after an error proves that the request was not carried out: no byte of the body was
    /// ever handed to a connection. `true` proves nothing.
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A request body of one frame, which notes when a connection takes that frame.
///
/// It cannot be cloned, so no layer below (redirects, reqwest's or the user's own retries, HTTP/2) is
/// able to send it a second time. It must not be empty: an empty body has no frame to take.
#[derive(Debug)]
pub(crate) struct OneShotBody {
    frame: Option<Bytes>,
    taken: BodyTaken,
}

impl OneShotBody {
    /// `None` if `body` is empty, since then there is nothing to witness.
    pub(crate) fn new(body: Bytes, taken: BodyTaken) -> Option<Self> {
        (!body.is_empty()).then_some(Self {
            frame: Some(body),
            taken,
        })
    }
}

impl Body for OneShotBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.frame.take();
        if frame.is_some() {
            self.taken.0.store(true, Ordering::Release);
        }
        Poll::Ready(frame.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.frame.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.frame.as_ref().map_or(0, |frame| frame.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_handed_out_once_and_leaves_a_note() {
        let taken = BodyTaken::default();
        let mut body = OneShotBody::new(Bytes::from_static(b"cdk=x"), taken.clone()).unwrap();
        assert_eq!(body.size_hint().exact(), Some(5));
        assert!(!taken.get());

        let mut context = Context::from_waker(std::task::Waker::noop());
        let first = Pin::new(&mut body).poll_frame(&mut context);
        assert!(matches!(first, Poll::Ready(Some(Ok(frame))) if frame.is_data()));
        assert!(taken.get());

        let second = Pin::new(&mut body).poll_frame(&mut context);
        assert!(matches!(second, Poll::Ready(None)));
        assert!(body.is_end_stream());
    }

    #[test]
    fn an_empty_body_has_no_witness() {
        assert!(OneShotBody::new(Bytes::new(), BodyTaken::default()).is_none());
    }
}
