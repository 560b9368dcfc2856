//! What went wrong, why as far as known, and what to do next.

#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;

use thordata_cdk::{Error, Outcome};
use thordata_cdk_issuer::IssueError;
use thordata_cdk_issuer::store::{StoreError, StoreErrorKind};

use crate::exit::Exit;
use crate::redact;

/// An error as a person sees it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) what: String,
    pub(crate) why: Vec<String>,
    pub(crate) next: Option<String>,
    /// Somebody chose not to go on: no error, though nothing was done.
    pub(crate) cancelled: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            why: Vec::new(),
            next: None,
            cancelled: false,
        }
    }

    /// A question that was answered with no.
    pub(crate) fn cancelled(undone: &str) -> Self {
        Self {
            cancelled: true,
            ..Self::usage(format!("Cancelled; {undone}."))
        }
    }

    /// What to do next, whatever happened.
    pub(crate) fn next_step(&self) -> &str {
        let usual = match self.exit {
            Exit::Usage => "`thordata-cdk help COMMAND` shows what a command takes, with examples",
            Exit::TryLater => "repeat the command in a few minutes",
            Exit::Unknown => {
                "look before you repeat it: `thordata-cdk list`, `thordata-cdk orders`"
            }
            _ => "`thordata-cdk doctor` looks for what may be in the way",
        };
        self.next.as_deref().unwrap_or(usual)
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

    /// The same, if it is known.
    pub(crate) fn whys(mut self, why: Option<&str>) -> Self {
        self.why.extend(why.map(str::to_owned));
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
        let mut failure = Self::error(without_calls(&error.to_string()));
        failure.why = error.chain().skip(1).map(cause_in_words).collect();
        // Some errors repeat their cause in their own text.
        failure.why.dedup();
        failure.why.retain(|why| *why != failure.what);
        for cause in error.chain() {
            if let Some(issue) = cause.downcast_ref::<IssueError>() {
                failure.advise_on_issue(issue, None);
            }
            if let Some(store) = cause.downcast_ref::<StoreError>() {
                failure.advise_on_store(store);
            }
            if let Some(client) = cause.downcast_ref::<Error>() {
                failure.advise_on_client(client);
            }
        }
        failure
    }

    /// One of the library's errors.
    pub(crate) fn of_client(error: &Error) -> Self {
        let mut failure = Self::error(without_calls(&error.to_string()));
        let mut cause = error.source();
        while let Some(error) = cause {
            failure.why.push(error.to_string());
            cause = error.source();
        }
        failure.advise_on_client(error);
        failure
    }

    fn advise(&mut self, exit: Exit, next: &str) {
        // The outer error knows best what to do, the inner one which exit code is right.
        self.exit = exit;
        self.next.get_or_insert_with(|| next.to_owned());
    }

    fn advise_on_client(&mut self, error: &Error) {
        match error {
            // First of all: no other advice may lead to a second purchase.
            _ if error.outcome() == Outcome::Unknown => self.advise(
                Exit::Unknown,
                "do not repeat it before you have looked: `thordata-cdk list`; after a purchase, `thordata-cdk \
                 orders`",
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
            Error::InvalidInput(_) => self.advise(
                Exit::Usage,
                "correct what was typed in, and repeat the command",
            ),
            // "Insufficient stock", by the vendor's table.
            _ if error.api_code().is_some_and(|code| code.as_i64() == 10_005) => self.advise(
                Exit::TryLater,
                "buy fewer at once (--chunk), or repeat the command later",
            ),
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

    /// An error of the issuer about the order with this key.
    pub(crate) fn of_issue(error: &IssueError, key: &str) -> Self {
        // A code may have been typed where a key belongs.
        let mut failure = Self::error(redact::masked(&in_words(error)));
        let mut cause = error.source();
        while let Some(error) = cause {
            failure.why.push(cause_in_words(error));
            cause = error.source();
        }
        failure.advise_on_issue(error, Some(key));
        failure
    }

    fn advise_on_issue(&mut self, error: &IssueError, key: Option<&str>) {
        let resume = match key {
            Some(key) => format!("`thordata-cdk create --resume {key}`"),
            None => "`thordata-cdk create --resume KEY`".to_owned(),
        };
        match error {
            IssueError::KeyConflict { .. } => {
                self.advise(Exit::Usage, "name another --order KEY");
            }
            IssueError::UnknownKey { .. } => {
                self.advise(
                    Exit::Usage,
                    "`thordata-cdk orders` shows the orders of this store",
                );
            }
            IssueError::InvalidOrder { .. } => self.advise(
                Exit::Usage,
                "correct --order, --traffic or --count, and repeat the command",
            ),
            IssueError::WrongState { .. } => self.advise(
                Exit::Usage,
                "`thordata-cdk orders` shows how far each order is",
            ),
            IssueError::Busy { .. } => self.advise(
                Exit::TryLater,
                &format!("wait until the other purchase has ended, then run {resume}"),
            ),
            IssueError::Client(_) | IssueError::Stopped => self.advise(
                Exit::Unknown,
                &format!("check the network (`thordata-cdk doctor`), then run {resume}"),
            ),
            IssueError::Store(error) => self.advise_on_store(error),
            _ => {}
        }
    }

    fn advise_on_store(&mut self, error: &StoreError) {
        match error.kind() {
            StoreErrorKind::OtherAccount => self.advise(
                Exit::Usage,
                "use one --profile, or one --store, for each account. If the token of this account was replaced: \
                 `thordata-cdk create --resume --token-replaced` goes on with the same store",
            ),
            StoreErrorKind::Exposed => self.advise(
                Exit::Credentials,
                "run the command that is named above, then repeat yours",
            ),
            StoreErrorKind::Newer => {
                self.advise(Exit::Usage, "update this program, then repeat the command");
            }
            StoreErrorKind::Damaged => self.advise(
                Exit::Usage,
                "name another file with --store, or put a copy back from a backup; do not begin with an empty one while \
                 orders are open",
            ),
            _ => self.advise(
                Exit::Error,
                "check the disk, the folder and its permissions, or the database; then repeat the command. Nothing is \
                 lost",
            ),
        }
    }
}

/// Without the names of the library's calls.
fn without_calls(text: &str) -> String {
    text.replace(
        "`ClientBuilder::allow_plain_http` (the command's `--allow-plain-http`)",
        "--allow-plain-http",
    )
}

/// Without the path of a temporary file, which says nothing to anybody.
pub(crate) fn without_path(error: &std::io::Error) -> String {
    let text = error.to_string();
    // As the crate `tempfile` writes it.
    let before = text.split(" at path ").next();
    before.map_or_else(String::new, str::to_owned)
}

/// What happened, without the names of the library's calls.
fn in_words(error: &IssueError) -> String {
    match error {
        IssueError::InvalidOrder { reason } => format!("the order is not valid: {reason}"),
        IssueError::KeyConflict {
            key,
            existing: (traffic, count),
        } => format!(
            "the order `{key}` exists, of {count} vouchers with traffic {traffic}; nothing was bought"
        ),
        IssueError::UnknownKey { key } => format!("there is no order `{key}`"),
        IssueError::WrongState { key, reason } => {
            // What follows names calls of the library.
            let reason = reason.split("; call `").next().unwrap_or(reason);
            let reason = reason.replace("is acknowledged", "is delivered");
            format!("the order `{key}` {reason}")
        }
        IssueError::Busy { waited } => format!(
            "another purchase on the account did not end within {} s; nothing was bought",
            waited.as_secs()
        ),
        IssueError::Client(_) => "the list of vouchers cannot be read".to_owned(),
        other => other.to_string(),
    }
}

/// A cause, without the names of the library's settings.
fn cause_in_words(cause: &(dyn StdError + 'static)) -> String {
    match cause.downcast_ref::<StoreError>().map(StoreError::kind) {
        Some(StoreErrorKind::OtherAccount) => "the store belongs to another account".to_owned(),
        _ => cause.to_string(),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Failure {}
