//! Why a journal cannot be used.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a journal cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum JournalError {
    /// Another issuer, in this process or another, has it open.
    Locked,
    /// It was begun with another token, so it belongs to another account, unless the token was replaced:
    /// then see [`IssuerOptions::token_replaced`](crate::issue::IssuerOptions::token_replaced).
    OtherAccount,
    /// Others than its owner can read or write it.
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this library wrote it. Nothing was changed.
    Newer {
        /// The first line that this version does not know, counted from 1.
        line: u64,
    },
    /// It is damaged in a place other than its end, or it is no journal. Nothing was changed.
    Damaged {
        /// Counted from 1.
        line: u64,
        /// What is wrong with that line.
        what: &'static str,
    },
    /// The system gave no random key.
    Random,
    /// Classifier or writing failed.
    Io {
        /// What was tried.
        operation: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl JournalError {
    pub(crate) fn io(operation: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { operation, source }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str(
                "another issuer has the journal open; wait until it is done, or use that one",
            ),
            Self::OtherAccount => f.write_str(
                "the journal was begun with another token; use one file for each account, or, if the \
                 token of this account was replaced, declare it with `IssuerOptions::token_replaced`",
            ),
            Self::Exposed { path } => write!(
                f,
                "others can read or write the journal; run `chmod 600 {}`",
                path.display()
            ),
            Self::Newer { line } => write!(
                f,
                "line {line} of the journal was written by a newer version of this library; nothing \
                 was changed. Use that version: this one would lose sight of orders"
            ),
            Self::Damaged { line, what } => write!(
                f,
                "the journal is damaged at line {line}: {what}; nothing was changed. Restore the file \
                 from a backup, or put it aside and begin a new one: then compare the account's \
                 vouchers with your own records"
            ),
            Self::Random => f.write_str("the system gave no random key for a new journal"),
            Self::Io { operation, .. } => write!(f, "the journal's file failed to {operation}"),
        }
    }
}

impl StdError for JournalError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
