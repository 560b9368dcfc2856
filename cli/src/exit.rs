//! How the program ends: the exit codes, in one place.

use std::process::ExitCode;

/// The exit codes, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything that was asked for was done.
    Success,
    /// It failed, and nothing more precise is known.
    Error,
    /// Wrong usage, a setting that is missing, or a question that was cancelled.
    Usage,
    /// Some of it was done.
    Partial,
    /// The credentials are refused.
    Credentials,
    /// It may pass: try again later.
    TryLater,
    /// It may or may not have been carried out.
    Unknown,
    /// Ctrl-C, or a signal to end.
    Interrupted,
}

impl Exit {
    const fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::Credentials => 4,
            Self::TryLater => 5,
            Self::Unknown => 6,
            // As shells report a program that Ctrl-C ended: 128 + SIGINT.
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// For `--help`.
pub(crate) const TABLE: &str = "\
Exit codes:
  0    done
  1    error
  2    wrong usage, or cancelled
  3    partly done
  4    credentials refused
  5    try again later
  6    outcome unknown: look before you repeat it
  130  interrupted";
