//! What a fault puts on the socket instead of a sound reply: the bytes, and the ending.

use std::time::Duration;

use crate::fault::Parts;
use crate::fault::fault_spec::{AfterReply, Answer};
use crate::server::reply::Reply;

/// A reply to nothing, as a server sends that has grown tired of an idle connection.
const STALE_408: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Bytes to write by hand, and how the connection ends after them.
pub(crate) struct Script {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ending: Ending,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Close,
    Reset,
    /// Silence for so long, or until the client leaves; then a FIN.
    Hang(Option<Duration>),
}

impl From<AfterReply> for Ending {
    fn from(then: AfterReply) -> Self {
        match then {
            AfterReply::Close | AfterReply::Stale408 => Self::Close,
            AfterReply::Reset => Self::Reset,
            AfterReply::Hang => Self::Hang(None),
        }
    }
}

/// The script of an answer; none if hyper can send it and keep the connection.
pub(crate) fn script(parts: &Parts<'_>, reply: &Reply, date: &str) -> Option<Script> {
    let ending = Ending::from(parts.then.unwrap_or(AfterReply::Close));
    let length = reply.body.len();
    let half = reply.body.get(..length / 2).unwrap_or_default();
    let mut bytes = match parts.answer {
        Answer::Close => {
            return Some(Script {
                bytes: Vec::new(),
                ending,
            });
        }
        // Like `Hang`, an ending by itself: `then` has no say.
        Answer::Reset => {
            return Some(Script {
                bytes: Vec::new(),
                ending: Ending::Reset,
            });
        }
        Answer::Hang(time) => {
            return Some(Script {
                bytes: Vec::new(),
                ending: Ending::Hang(*time),
            });
        }
        Answer::HalfStatusLine => b"HTTP/1.1 2".to_vec(),
        Answer::HalfHeaders => {
            format!("HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-ty").into_bytes()
        }
        Answer::GarbageStatusLine => b"BANANA/9.9 what?\r\n\r\n".to_vec(),
        Answer::Informational103 => {
            b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n".to_vec()
        }
        Answer::HalfBody => message(reply, date, &framed_by(length), half),
        Answer::WrongContentLength(wrong) => message(
            reply,
            date,
            &format!("content-length: {wrong}"),
            &reply.body,
        ),
        Answer::ChunkedTruncated => message(
            reply,
            date,
            "transfer-encoding: chunked",
            &chunk(length, half, ""),
        ),
        Answer::ChunkedUnended => message(
            reply,
            date,
            "transfer-encoding: chunked",
            &chunk(length, &reply.body, "\r\n"),
        ),
        Answer::CloseDelimitedTruncated => message(reply, date, "connection: close", half),
        Answer::Raw(bytes) => bytes.clone(),
        // A whole answer: by hand only if something is to follow it.
        _ => {
            parts.then?;
            message(reply, date, &framed_by(length), &reply.body)
        }
    };
    if parts.then == Some(AfterReply::Stale408) {
        bytes.extend_from_slice(STALE_408);
    }
    Some(Script { bytes, ending })
}

fn framed_by(length: usize) -> String {
    format!("content-length: {length}")
}

/// A chunk of `announced` bytes, of which `data` are there.
fn chunk(announced: usize, data: &[u8], end: &str) -> Vec<u8> {
    [
        format!("{announced:x}\r\n").as_bytes(),
        data,
        end.as_bytes(),
    ]
    .concat()
}

/// A reply as bytes, with `framing` as the header that says where its body ends.
fn message(reply: &Reply, date: &str, framing: &str, body: &[u8]) -> Vec<u8> {
    let status = reply.status.as_u16();
    let reason = reply.status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {status} {reason}\r\ndate: {date}\r\n");
    head.push_str(&format!(
        "content-type: {}\r\n{framing}\r\n",
        reply.content_type
    ));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}
