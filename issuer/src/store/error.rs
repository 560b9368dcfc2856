//! Why a store failed.

use std::error::Error as StdError;
use std::fmt;

/// The kind of a [`StoreError`], for programs that react to it.
///
/// ```
/// # fn f(error: thordata_cdk_issuer::store::StoreError) {
/// use thordata_cdk_issuer::store::StoreErrorKind;
///
/// match error.kind() {
///     StoreErrorKind::Unavailable => println!("try again later: {error}"),
///     _ => println!("a person must look: {error}"),
/// }
/// # }
/// ```
///
/// Guide: [what a store holds](crate::guide::gate).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It belongs to another account.
    OtherAccount,
    /// It was written by a newer version of this crate.
    Newer,
    /// It is not a store, or it is damaged.
    Damaged,
    /// Others can read or write its files.
    Exposed,
    /// It cannot be written: read-only, a full disk, a lost connection.
    Unavailable,
}

/// Why a store failed. It holds no code, no token and no password.
///
/// ```
/// use thordata_cdk_issuer::store::{StoreError, StoreErrorKind};
///
/// let error = StoreError::new(StoreErrorKind::Unavailable, "the disk is full; free some space");
/// assert_eq!(error.to_string(), "the disk is full; free some space");
/// ```
///
/// Guide: [what a store holds](crate::guide::gate).
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    what: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// An error without a cause. `what` says what happened, why, and what to do. It must hold no secrets.
    pub fn new(kind: StoreErrorKind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            source: None,
        }
    }

    /// Adds the cause, which [`source`](StdError::source) returns.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
