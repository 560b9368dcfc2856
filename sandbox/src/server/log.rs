//! The request log: what came in, in order. Two limits bound it: a number of requests, and a number of bytes.

use std::collections::VecDeque;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::fault::fault_spec::Operation;

/// A request that the sandbox received, for tests to look at. From [`Sandbox::requests`](crate::Sandbox::requests).
///
/// Requests to the four operations and to unknown paths are logged, those to the admin API are not. It holds codes and
/// credentials in full, so that tests can compare them; `Debug` shows neither.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = thordata_cdk_sandbox::Sandbox::start().await?;
/// for request in sandbox.requests() {
///     println!("{} {} {:?}", request.method, request.path, request.header("user-agent"));
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    /// Counts requests from 1. Vouchers name it as their `request_id`.
    pub id: u64,
    /// Which operation it called; none for an unknown path or a wrong method.
    pub operation: Option<Operation>,
    /// The method, as sent.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, as sent, without its question mark.
    pub query: Option<String>,
    /// Names in lower case and values (unreadable bytes replaced), in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body as far as it was read, but no more than 64 KiB of it. In JSON a string.
    #[serde(serialize_with = "as_text")]
    pub body: Vec<u8>,
    /// Whether the whole request was read. False while it is still arriving, if the client broke off, and if a fault
    /// stopped reading.
    pub complete: bool,
    /// Whether a fault took this request.
    pub faulted: bool,
    /// When it came in, in Unix seconds of the sandbox's clock.
    pub received_at: i64,
}

impl LoggedRequest {
    /// The first value of a header. `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedRequest")
            .field("id", &self.id)
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body_bytes", &self.body.len())
            .field("complete", &self.complete)
            .field("faulted", &self.faulted)
            .finish_non_exhaustive()
    }
}

fn as_text<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(body))
}

impl LoggedRequest {
    /// The memory that it takes, roughly.
    fn bytes(&self) -> usize {
        // 48 bytes are the two `String`s of a header, and 200 about what else a request has.
        let headers = self.headers.iter();
        let texts = headers
            .map(|(name, value)| name.len().saturating_add(value.len()).saturating_add(48))
            .chain([self.path.len(), self.body.len()])
            .chain(self.query.as_ref().map(String::len));
        texts.fold(200, usize::saturating_add)
    }
}

/// The newest requests. Their ids follow each other without a gap.
#[derive(Debug)]
pub(crate) struct RequestLog {
    requests: VecDeque<LoggedRequest>,
    bytes: usize,
    capacity: usize,
    max_bytes: usize,
    last_id: u64,
}

impl RequestLog {
    /// `last_id` is the newest id that vouchers of an earlier start name.
    pub(crate) fn new(capacity: usize, max_bytes: usize, last_id: u64) -> Self {
        Self {
            requests: VecDeque::new(),
            bytes: 0,
            capacity,
            max_bytes,
            last_id,
        }
    }

    /// Notes a request whose head has come in, and gives it its id.
    pub(crate) fn begin(&mut self, mut request: LoggedRequest) -> u64 {
        self.last_id = self.last_id.saturating_add(1);
        request.id = self.last_id;
        // Counted even if nothing is kept: vouchers name the request that created them.
        if self.capacity == 0 {
            return self.last_id;
        }
        self.bytes = self.bytes.saturating_add(request.bytes());
        self.requests.push_back(request);
        self.trim();
        self.last_id
    }

    /// Drops the oldest requests until both bounds hold.
    fn trim(&mut self) {
        while self.requests.len() > self.capacity || self.bytes > self.max_bytes {
            let Some(oldest) = self.requests.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(oldest.bytes());
        }
    }

    /// Notes what was read of a body, unless the request was pushed out meanwhile.
    pub(crate) fn finish(&mut self, id: u64, body: &[u8], complete: bool) {
        let first = self.requests.front().map_or(0, |request| request.id);
        let at = id
            .checked_sub(first)
            .and_then(|at| usize::try_from(at).ok());
        if let Some(request) = at.and_then(|at| self.requests.get_mut(at)) {
            request.body = body.to_vec();
            request.complete = complete;
            self.bytes = self.bytes.saturating_add(body.len());
            self.trim();
        }
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.requests.iter().cloned().collect()
    }

    pub(crate) fn last_id(&self) -> u64 {
        self.last_id
    }

    pub(crate) fn clear(&mut self) {
        self.requests.clear();
        self.bytes = 0;
    }
}
