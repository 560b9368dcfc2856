//! What goes wrong, and when: one fault, in Rust and as JSON.

pub(crate) mod fault_spec;
pub(crate) mod pending;
mod serde_helpers;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::fault_spec::{AfterReply, Answer, Commit, Operation, Read, html};

/// Makes requests go wrong: which ones, and in what way. Give it to [`Sandbox::inject`](crate::Sandbox::inject) or
/// [`SandboxBuilder::fault`](crate::SandboxBuilder::fault).
///
/// Each of these can be combined with any other: how much is read, whether and when the request is carried out, what is
/// answered, and what happens to the connection. As JSON (command line and admin API) only `on` is needed:
/// `{"on": "create", "commit": "yes", "answer": "close"}`.
///
/// Faults wait in a queue. The first fault that fits a request and has nothing left to skip takes it. Faults before it
/// count the request as skipped; faults behind it do not see it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation, Sandbox};
///
/// let sandbox = Sandbox::start().await?;
/// // The second order is carried out, and its connection is closed without an answer.
/// sandbox.inject(Fault::on(Operation::Create).skip(1).commit(Commit::Yes).answer(Answer::Close));
/// assert_eq!(sandbox.pending_faults(), 1);
/// # Ok(()) }
/// ```
///
/// Guide: [what can go wrong](crate#what-can-go-wrong).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Fault {
    on: Operation,
    #[serde(default)]
    skip: u32,
    #[serde(default = "once")]
    times: Option<u32>,
    #[serde(default)]
    read: Read,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<Commit>,
    #[serde(default = "normal")]
    answer: Answer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    then: Option<AfterReply>,
    #[serde(default, rename = "latency_ms", with = "serde_helpers")]
    latency: Duration,
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's own type")]
fn once() -> Option<u32> {
    Some(1)
}

fn normal() -> Answer {
    Answer::Normal
}

impl Fault {
    /// A fault that waits for `operation`, happens once, and so far changes nothing.
    pub fn on(operation: Operation) -> Self {
        Self {
            on: operation,
            skip: 0,
            times: Some(1),
            read: Read::All,
            commit: None,
            answer: Answer::Normal,
            then: None,
            latency: Duration::ZERO,
        }
    }

    /// Lets this many fitting requests pass first. Default 0.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Happens this many times. Default 1.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Happens every time, until the faults are cleared. In JSON `"times": null`.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// How much is read. Default all. A create or revoke whose body was not read whole is not carried out.
    pub fn read(mut self, read: Read) -> Self {
        self.read = read;
        self
    }

    /// Whether and when the request is carried out. The default depends on the answer: yes if the
    /// client gets a whole success, else no.
    pub fn commit(mut self, commit: Commit) -> Self {
        self.commit = Some(commit);
        self
    }

    /// What the client gets. Default [`Answer::Normal`].
    pub fn answer(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }

    /// What happens to the connection after the answer. By default it is kept alive after a whole answer, and closed
    /// after anything less.
    pub fn then(mut self, then: AfterReply) -> Self {
        self.then = Some(then);
        self
    }

    /// How long to wait between carrying the request out and answering. Default none. On [`Operation::Connect`] nothing
    /// is read meanwhile.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Carries the request out, then closes the connection without an answer.
    pub fn commit_then_drop(operation: Operation) -> Self {
        Self::on(operation)
            .commit(Commit::Yes)
            .answer(Answer::Close)
    }

    /// Carries the request out, then resets the connection.
    pub fn commit_then_reset(operation: Operation) -> Self {
        Self::on(operation)
            .commit(Commit::Yes)
            .answer(Answer::Reset)
    }

    /// Reads the request, then closes the connection and carries nothing out.
    pub fn drop_before_commit(operation: Operation) -> Self {
        Self::on(operation).commit(Commit::No).answer(Answer::Close)
    }

    /// Refuses with a vendor code and carries nothing out.
    pub fn refuse(operation: Operation, code: i64, message: impl Into<String>) -> Self {
        let answer = Answer::Code {
            code,
            msg: message.into(),
        };
        Self::on(operation).commit(Commit::No).answer(answer)
    }

    /// Answers with an HTTP status and a small HTML page, and carries nothing out.
    pub fn gateway_error(operation: Operation, status: u16) -> Self {
        let body = format!("<html><body><h1>{status}</h1></body></html>");
        let answer = Answer::Status {
            status,
            content_type: html(),
            body,
            headers: Vec::new(),
        };
        Self::on(operation).commit(Commit::No).answer(answer)
    }

    /// Redirects to `location` and carries nothing out.
    pub fn redirect(operation: Operation, status: u16, location: impl Into<String>) -> Self {
        let headers = vec![(String::from("location"), location.into())];
        let answer = Answer::Status {
            status,
            content_type: html(),
            body: String::new(),
            headers,
        };
        Self::on(operation).commit(Commit::No).answer(answer)
    }

    /// Resets the next accepted connection, before a byte of it is read.
    pub fn refuse_connection() -> Self {
        Self::on(Operation::Connect).answer(Answer::Reset)
    }

    /// Answers normally after `latency`.
    pub fn slow(operation: Operation, latency: Duration) -> Self {
        Self::on(operation).latency(latency)
    }

    /// What this fault waits for.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.on
    }

    pub(crate) fn parts(&self) -> Parts<'_> {
        let whole_success = matches!(
            self.answer,
            Answer::Normal
                | Answer::FewerCodes(_)
                | Answer::MoreCodes(_)
                | Answer::DuplicateCodes
                | Answer::EmptyData
                | Answer::EmptyList
                | Answer::NullData
                | Answer::NoData
                | Answer::StaleByNewest(_)
                | Answer::ShrunkByOldest(_)
        );
        let default = if whole_success {
            Commit::Yes
        } else {
            Commit::No
        };
        Parts {
            read: self.read,
            commit: self.commit.unwrap_or(default),
            answer: &self.answer,
            then: self.then,
            latency: self.latency,
        }
    }

    /// Whether this fault takes a request of `operation`; counts it if it is to be skipped.
    pub(crate) fn takes(&mut self, operation: Operation) -> bool {
        if !self.fits(operation) {
            return false;
        }
        if self.skip > 0 {
            self.skip = self.skip.saturating_sub(1);
            return false;
        }
        self.times = self.times.map(|times| times.saturating_sub(1));
        true
    }

    /// Whether it would take a request of `operation` right now.
    pub(crate) fn would_take(&self, operation: Operation) -> bool {
        self.fits(operation) && self.skip == 0
    }

    fn fits(&self, operation: Operation) -> bool {
        // Not a connection: the fault would be gone before the request that it is for.
        let any = self.on == Operation::Any && operation != Operation::Connect;
        (any || self.on == operation) && self.times != Some(0)
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.times == Some(0)
    }

    /// Whether it has to look at a new connection's first request without reading it.
    pub(crate) fn reads_nothing(&self) -> bool {
        // A fault of connections has taken its own before there is a request.
        self.read == Read::Nothing && self.on != Operation::Connect
    }
}

/// A fault's choices, with the defaults filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) read: Read,
    pub(crate) commit: Commit,
    pub(crate) answer: &'a Answer,
    pub(crate) then: Option<AfterReply>,
    pub(crate) latency: Duration,
}
