//! The parts of a fault: what it waits for, reads, carries out, answers, and what follows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::serde_helpers;

/// Which requests or connections a fault is for.
///
/// ```
/// use thordata_cdk_sandbox::{Answer, Fault, Operation};
///
/// let fault = Fault::on(Operation::List).answer(Answer::Reset);
/// ```
///
/// Guide: [what can go wrong](crate#what-can-go-wrong).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `POST /api/cdk/create`.
    Create,
    /// `GET /api/cdk/list`.
    List,
    /// `GET /api/cdk/info`.
    Get,
    /// `POST /api/cdk/revoke`.
    Revoke,
    /// The next of the four, whichever it is.
    Any,
    /// The next accepted connection, before a byte of it is read. The admin API's connections count
    /// too.
    Connect,
}

impl Operation {
    /// The operation that a request line names.
    pub(crate) fn of_request(method: &[u8], path: &[u8]) -> Option<Self> {
        match (method, path) {
            (b"POST", b"/api/cdk/create") => Some(Self::Create),
            (b"GET", b"/api/cdk/list") => Some(Self::List),
            (b"GET", b"/api/cdk/info") => Some(Self::Get),
            (b"POST", b"/api/cdk/revoke") => Some(Self::Revoke),
            _ => None,
        }
    }
}

/// How much of the request the server reads before it goes on. For [`Fault::read`](crate::Fault::read).
///
/// ```
/// use thordata_cdk_sandbox::{Answer, Fault, Operation, Read};
///
/// let fault = Fault::on(Operation::Create).read(Read::Half).answer(Answer::Close);
/// ```
///
/// Guide: [what can go wrong](crate#what-can-go-wrong).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// All of it.
    #[default]
    All,
    /// Nothing. On a connection's first request the server peeks to see which operation it is, and leaves everything in
    /// the socket. On a later one it has read the head already.
    Nothing,
    /// The head, and nothing of the body.
    Head,
    /// The head, and half of the body that `Content-Length` announces.
    Half,
}

/// Whether and when the request is carried out, even if the client has left. For
/// [`Fault::commit`](crate::Fault::commit).
///
/// ```
/// use std::time::Duration;
/// use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation};
///
/// // The client gets no answer, and the order is carried out five seconds later.
/// let fault = Fault::on(Operation::Create).commit(Commit::Later(Duration::from_secs(5))).answer(Answer::Close);
/// ```
///
/// Guide: [what can go wrong](crate#what-can-go-wrong).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commit {
    /// Never. If the answer is a success even so, it is wrong: it has random codes, or reports a revocation that did not
    /// take place.
    No,
    /// Before the answer.
    Yes,
    /// Twice in a row, as if a proxy sent it again. The answer is that of the second time.
    Twice,
    /// For this many of the ordered vouchers only. The answer names only these.
    Some(u32),
    /// For this many of the ordered vouchers at once, and for as many more after each further list reply, until all are
    /// there. The answer names all of them.
    PerList(u32),
    /// For one ordered voucher after the other, evenly over this time, in at most 1,000 steps: of a larger order several
    /// vouchers appear at a time. The answer names all.
    #[serde(rename = "spread_ms", with = "serde_helpers")]
    Spread(Duration),
    /// After this time.
    #[serde(rename = "later_ms", with = "serde_helpers")]
    Later(Duration),
    /// After this many further list replies, none of which shows it.
    AfterLists(u32),
    /// When [`Sandbox::commit_held`](crate::Sandbox::commit_held) is called. On
    /// [`Operation::Connect`] the connection is not read until then.
    Held,
}

/// What happens to the connection after the answer. For [`Fault::then`](crate::Fault::then).
///
/// ```
/// use thordata_cdk_sandbox::{AfterReply, Fault, Operation};
///
/// let fault = Fault::on(Operation::Get).then(AfterReply::Stale408);
/// ```
///
/// Guide: [what can go wrong](crate#what-can-go-wrong).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterReply {
    /// Ends with a FIN, without `Connection: close`.
    Close,
    /// Ends with a RST.
    Reset,
    /// Stays open and silent until the client leaves.
    Hang,
    /// A `408 Request Timeout` that nobody asked for follows, then a FIN: on a kept-alive
    /// connection the client may take it for the answer to its next request.
    Stale408,
}

/// What the client gets. For [`Fault::answer`](crate::Fault::answer).
///
/// ```
/// use thordata_cdk_sandbox::{Answer, Fault, Operation};
///
/// let answer = Answer::Code { code: 10011, msg: "frequent operations".into() };
/// let fault = Fault::on(Operation::Any).times(3).answer(answer);
/// ```
///
/// Guide: [what can go wrong](crate#what-can-go-wrong).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// The answer of a server without faults.
    Normal,
    /// The vendor's failure envelope with this code, as HTTP 200.
    Code {
        /// The envelope's `code`.
        code: i64,
        /// The envelope's `msg`.
        #[serde(default)]
        msg: String,
    },
    /// An HTTP reply of its own: a gateway's error page, a redirect, a 429 with `Retry-After`.
    Status {
        /// The status code, 100 to 999. In JSON any other number is refused; from Rust it is answered as 502. After a code
        /// below 200 the connection is closed, and no other answer follows.
        #[serde(deserialize_with = "serde_helpers::status")]
        status: u16,
        /// The `Content-Type`, a header as those below.
        #[serde(default = "html", deserialize_with = "serde_helpers::value")]
        content_type: String,
        /// The body, any text.
        #[serde(default)]
        body: String,
        /// Further headers, such as `Location`. In JSON a name or a value that no header may have is refused; from Rust such a
        /// header is left out.
        #[serde(default, deserialize_with = "serde_helpers::headers")]
        headers: Vec<(String, String)>,
    },
    /// Nothing: a FIN.
    Close,
    /// Nothing: a RST.
    Reset,
    /// Nothing, for this time and then a FIN, or until the client leaves.
    #[serde(rename = "hang_ms", with = "serde_helpers::option")]
    Hang(Option<Duration>),
    /// `HTTP/1.1 2`, and no more.
    HalfStatusLine,
    /// The status line and a header and a half.
    HalfHeaders,
    /// Something that is not HTTP where the status line should be.
    GarbageStatusLine,
    /// An informational `103 Early Hints`, and no answer after it.
    Informational103,
    /// The normal head, and half of the body that it announces.
    HalfBody,
    /// The whole normal body under a `Content-Length` of this many bytes: a larger one than the
    /// body's cuts the reply short, a smaller one cuts the JSON.
    WrongContentLength(u64),
    /// Half of the normal body as one chunk, and no more.
    ChunkedTruncated,
    /// The whole normal body as one chunk, without the last, empty chunk.
    ChunkedUnended,
    /// Half of the normal body without a length: only the end of the connection ends it, so only the JSON shows that it
    /// was cut.
    CloseDelimitedTruncated,
    /// These bytes, whatever they are.
    #[serde(with = "crate::fault::serde_helpers::raw")]
    Raw(Vec<u8>),
    /// The normal create reply without this many of its last codes.
    FewerCodes(u32),
    /// The normal create reply with this many random codes after the real ones.
    MoreCodes(u32),
    /// The normal create reply, its last code replaced by the first (or the only one twice).
    DuplicateCodes,
    /// Success, with `data` as `{}`.
    EmptyData,
    /// Success, with `data` as `[]`.
    EmptyList,
    /// Success, with `data` as `null`.
    NullData,
    /// Success, without `data`.
    NoData,
    /// The list without this many of the newest vouchers, as from a replica that lags behind.
    StaleByNewest(u32),
    /// The list without this many of the oldest vouchers.
    ShrunkByOldest(u32),
}

/// The content type of a gateway's error page.
pub(crate) fn html() -> String {
    String::from("text/html")
}
