//! What went wrong, why as far as known, and what to do next.

use std::error::Error as StdError;
use std::fmt;

use thordata_cdk::issue::{Block, IssueError, JournalError};
use thordata_cdk::{Error, Outcome};

use crate::exit::Exit;

/// An error as a person sees it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) what: String,
    pub(crate) why: Vec<String>,
    pub(crate) next: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            why: Vec::new(),
            next: None,
        }
    }

    /// Wrong usage, or something that is missing.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    pub(crate) fn error(what: impl Into<String>) -> Self {
        Self::new(Exit::Error, what)
    }

    pub(crate) fn why(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// An error of whatever kind, with its causes and what is known to help.
    pub(crate) fn explain(error: &anyhow::Error) -> Self {
        if let Some(failure) = error.downcast_ref::<Self>() {
            return failure.clone();
        }
        let mut failure = Self::error(error.to_string());
        failure.why = error.chain().skip(1).map(ToString::to_string).collect();
        failure.why.dedup();
        for cause in error.chain() {
            if let Some(issue) = cause.downcast_ref::<IssueError>() {
                failure.advise_on_issue(issue);
            }
            if let Some(journal) = cause.downcast_ref::<JournalError>() {
                failure.advise_on_journal(journal);
            }
            if let Some(client) = cause.downcast_ref::<Error>() {
                failure.advise_on_client(client);
            }
        }
        failure
    }

    /// One of the library's errors.
    pub(crate) fn of_client(error: &Error) -> Self {
        let mut failure = Self::error(error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            failure.why.push(error.to_string());
            cause = error.source();
        }
        failure.advise_on_client(error);
        failure
    }

    fn advise(&mut self, exit: Exit, next: &str) {
        self.exit = exit;
        self.next.get_or_insert_with(|| next.to_owned());
    }

    fn advise_on_client(&mut self, error: &Error) {
        match error {
            _ if error.outcome() == Outcome::Unknown => self.advise(
                Exit::Unknown,
                "do not repeat it before you have looked: `thordata-cdk list`, or `thordata-cdk \
                 create --resume` after a purchase",
            ),
            _ if error.is_auth() => self.advise(
                Exit::Credentials,
                "compare the token and the key with \"My Account\" on the vendor's dashboard; \
                 `thordata-cdk profiles` shows where each came from, `thordata-cdk login` stores new \
                 ones",
            ),
            _ if error.is_rate_limited() => {
                self.advise(Exit::TryLater, "wait a few minutes, then repeat the command");
            }
            _ if error.is_insufficient_funds() => self.advise(
                Exit::Error,
                "top up the wallet on the vendor's dashboard, then repeat the command",
            ),
            Error::Config(_) => self.advise(
                Exit::Usage,
                "`thordata-cdk profiles` shows where each setting comes from",
            ),
            Error::InvalidInput(_) => self.exit = Exit::Usage,
            Error::Transport(_) => self.advise(
                Exit::TryLater,
                "check the network, then repeat the command; `thordata-cdk doctor` looks at each part \
                 of the way",
            ),
            Error::Status(status) if status.status >= 500 => self.advise(
                Exit::TryLater,
                "the service or a gateway before it failed: repeat the command later",
            ),
            Error::Decode(_) => self.advise(
                Exit::Error,
                "a reply that is too long needs a larger --max-response-bytes; otherwise \
                 `thordata-cdk doctor --contract` shows where the answers differ from the contract",
            ),
            _ => {}
        }
    }

    fn advise_on_issue(&mut self, error: &IssueError) {
        match error {
            IssueError::Blocked {
                block: Block::NeedsDecision,
                id,
            } => self.advise(
                Exit::Unknown,
                &format!("`thordata-cdk resolve {id}` shows the vouchers in question"),
            ),
            IssueError::Blocked { .. } => {
                self.advise(Exit::Unknown, "run `thordata-cdk create --resume`");
            }
            IssueError::Unresolved { .. } | IssueError::Stopped => self.advise(
                Exit::Unknown,
                "run `thordata-cdk create --resume` later; do not order again before",
            ),
            IssueError::ListIncomplete { .. } => self.advise(
                Exit::TryLater,
                "repeat it later; if those vouchers are gone for good, run `thordata-cdk resolve \
                 --forget-missing`",
            ),
            IssueError::NoSuchIntent { .. } => self.advise(
                Exit::Usage,
                "`thordata-cdk create --resume` tells which orders are open",
            ),
            _ => {}
        }
    }

    fn advise_on_journal(&mut self, error: &JournalError) {
        match error {
            JournalError::Locked => self.advise(
                Exit::TryLater,
                "wait until the other `thordata-cdk` that buys on this account is done",
            ),
            JournalError::OtherAccount => self.advise(
                Exit::Usage,
                "use one --profile for each account: each has a journal of its own. If the token of this \
                 account was replaced, repeat `create` or `create --resume` with --token-replaced",
            ),
            _ => {}
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Failure {}
