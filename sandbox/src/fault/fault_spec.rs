//! What a fault can be made of: what it waits for, reads, carries out, answers and leaves behind.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::serde_helpers;

/// What a fault waits for.
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
    /// Whichever of the four comes next.
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

/// How much of the request the server reads before it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Read {
    /// All of it.
    #[default]
    All,
    /// Not a byte. On a connection's first request the server peeks to see which operation it is
    /// and leaves everything in the socket; on a later one it cannot help having read the head.
    Nothing,
    /// The head, and nothing of the body.
    Head,
    /// The head, and half of the body that `Content-Length` announces.
    Half,
}

/// Whether and when the request is carried out. It happens even if the client has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commit {
    /// Never. If the answer is a success nevertheless, it is a lie: made-up codes, or a revocation
    /// that did not take place.
    No,
    /// Before the answer.
    Yes,
    /// Two times in a row, like a proxy that sends one copy again. The answer is the second one's.
    Twice,
    /// Only so many of the ordered vouchers. The answer names just these.
    Some(u32),
    /// This many of the ordered vouchers at once, as many more after each further list reply, until
    /// all are there. The answer names all of them.
    PerList(u32),
    /// The ordered vouchers one after the other, evenly over this time. The answer names all.
    #[serde(rename = "spread_ms", with = "serde_helpers")]
    Spread(Duration),
    /// After this time.
    #[serde(rename = "later_ms", with = "serde_helpers")]
    Later(Duration),
    /// Once so many further list replies have gone out without it: the first list that shows it is
    /// the one after.
    AfterLists(u32),
    /// When [`Sandbox::commit_held`](crate::Sandbox::commit_held) is called. On
    /// [`Operation::Connect`] the connection is not read until then.
    Held,
}

/// How the connection goes on after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterReply {
    /// Ends with a FIN, unannounced.
    Close,
    /// Ends with a RST.
    Reset,
    /// Stays open and silent until the client leaves.
    Hang,
    /// A `408 Request Timeout` that nobody asked for follows, then a FIN: on a kept-alive
    /// connection the client may take it for the answer to its next request.
    Stale408,
}

/// What the client gets to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// What a sound server would answer.
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
        /// The status code, 100 to 999.
        status: u16,
        /// The `Content-Type`.
        #[serde(default = "html")]
        content_type: String,
        /// The body, any text.
        #[serde(default)]
        body: String,
        /// Further headers, such as `Location`.
        #[serde(default)]
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
    /// Half of the normal body, delimited by the end of the connection alone, so that nothing but
    /// the JSON shows that it was cut.
    CloseDelimitedTruncated,
    /// These bytes, whatever they are.
    #[serde(with = "crate::fault::serde_helpers::raw")]
    Raw(Vec<u8>),
    /// The normal create reply without its last codes, this many of them.
    FewerCodes(u32),
    /// The normal create reply with so many made-up codes after the real ones.
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
    /// The list as a replica behind the times has it: without the newest vouchers, this many.
    StaleByNewest(u32),
    /// The list without the oldest vouchers, this many.
    ShrunkByOldest(u32),
}

/// The content type of a gateway's error page.
pub(crate) fn html() -> String {
    String::from("text/html")
}
