//! The proof that a request was never sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::deadline::Deadline;

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
    /// After this moment the frame is not handed out any more.
    send_before: Option<Deadline>,
}

impl OneShotBody {
    /// `None` if `body` is empty: an empty body has no frame that could be taken.
    pub(crate) fn new(
        body: Bytes,
        taken: BodyTaken,
        send_before: Option<Deadline>,
    ) -> Option<Self> {
        (!body.is_empty()).then_some(Self {
            frame: Some(body),
            taken,
            send_before,
        })
    }
}

impl Body for OneShotBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        // Here and not before the request is handed over: a process may be stopped in between for longer
        // than its purchase is valid.
        if self.frame.is_some()
            && self
                .send_before
                .is_some_and(|deadline| deadline.remaining().is_zero())
        {
            let late = "the time to send this request is over";
            return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, late))));
        }
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
        // Exact, so that it is sent with `Content-Length`: not every server reads a chunked form.
        SizeHint::with_exact(self.frame.as_ref().map_or(0, |frame| frame.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_handed_out_once_and_leaves_a_note() {
        let taken = BodyTaken::default();
        let mut body = OneShotBody::new(Bytes::from_static(b"cdk=x"), taken.clone(), None).unwrap();
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
    fn an_empty_body_has_no_frame_to_take() {
        assert!(OneShotBody::new(Bytes::new(), BodyTaken::default(), None).is_none());
    }

    #[test]
    fn a_body_that_is_too_late_is_never_taken() {
        let taken = BodyTaken::default();
        let bytes = Bytes::from_static(b"flow=3&num=2");
        let mut body = OneShotBody::new(
            bytes,
            taken.clone(),
            Some(Deadline::after(std::time::Duration::ZERO)),
        )
        .unwrap();
        let mut context = Context::from_waker(std::task::Waker::noop());
        let first = Pin::new(&mut body).poll_frame(&mut context);
        assert!(matches!(first, Poll::Ready(Some(Err(_)))));
        assert!(!taken.get());
    }
}
