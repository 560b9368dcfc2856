//! What a transaction fails with, and whether it is tried again.

use std::error::Error as StdError;
use std::time::{Duration, Instant};

use deadpool_postgres::PoolError;
use tokio_postgres::error::{DbError, SqlState};

use crate::store::{StoreError, StoreErrorKind};

/// How long one transaction may take.
pub(super) const LIMIT: Duration = Duration::from_secs(30);
/// How long transactions are tried again while the server is not there: as long as a restart takes.
const RETRY_FOR: Duration = Duration::from_secs(15);
/// At least this many attempts: a process that was suspended finds its connections closed, and its time used up.
const ATTEMPTS: u32 = 5;
/// The wait after the first failure; it doubles, with jitter, up to a second.
const BACKOFF: Duration = Duration::from_millis(20);

/// Why a transaction failed. Without `Debug`, which would show the server's detail: it may hold a code.
pub(super) enum Failure {
    /// The store's own answer, such as that it belongs to another account.
    Refused(StoreError),
    /// The server or the connection failed.
    Database(tokio_postgres::Error),
    /// No connection could be had, or the transaction took too long.
    NoConnection(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error)
            | PoolError::PostCreateHook(deadpool_postgres::HookError::Backend(error)) => {
                Self::Database(error)
            }
            // The others come from the pool alone, such as its time limits.
            error => Self::NoConnection(error.to_string()),
        }
    }
}

impl Failure {
    /// Whether the same may succeed on another connection. It may have been committed all the same: every method of the
    /// store is safe to call again.
    fn is_transient(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::NoConnection(_) => true,
            Self::Database(error) => match error.as_db_error() {
                Some(error) => is_transient_state(error.code()),
                // A lost connection, or none that could be made; a value that cannot be read will not change.
                None => error.is_closed() || io_cause(error).is_some(),
            },
        }
    }

    /// The error for the caller, without bound values.
    fn into_store_error(self) -> StoreError {
        let unavailable = |what: &str| StoreError::new(StoreErrorKind::Unavailable, what);
        match self {
            Self::Refused(error) => error,
            Self::NoConnection(reason) => unavailable(
                "the store did not answer in time; check the server, and call again with the same key",
            )
            .caused_by(reason),
            Self::Database(error) => match error.as_db_error() {
                Some(error) => of_server(error),
                None if error.is_closed() || io_cause(&error).is_some() => unavailable(
                    "the connection to the store failed; check the server and the network, and call again with the same \
                     key",
                )
                .caused_by(describe(&error)),
                None => StoreError::new(
                    StoreErrorKind::Damaged,
                    "the store's answer cannot be read; is it changed by another program?",
                )
                .caused_by(describe(&error)),
            },
        }
    }
}

/// Lost connections, a server that starts or stops, a lock that came too late, too many connections, and a server that
/// became read-only in a failover.
fn is_transient_state(state: &SqlState) -> bool {
    let class = state.code().get(..2);
    matches!(class, Some("08" | "40" | "53" | "57")) && *state != SqlState::DISK_FULL
        || [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(state)
}

fn of_server(error: &DbError) -> StoreError {
    let what = match error.code() {
        code if *code == SqlState::DISK_FULL => {
            "the disk of the store is full; make room, and call again with the same key"
        }
        code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
            "the store can only be read; name the primary server, and call again with the same key"
        }
        code if *code == SqlState::LOCK_NOT_AVAILABLE => {
            "another process has kept the store locked for too long; call again with the same key"
        }
        code if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            "the user of the store may not create or write its tables; grant it CREATE on the database"
        }
        code if code.code().starts_with("28") => {
            "the store refuses the user or the password; check both in its URL"
        }
        code if *code == SqlState::INVALID_CATALOG_NAME => {
            "the database of the store does not exist; create it"
        }
        _ => "the store failed; call again with the same key",
    };
    // Not the detail: it may hold a row, and a row holds a code.
    let cause = format!("{} (SQLSTATE {})", error.message(), error.code().code());
    StoreError::new(StoreErrorKind::Unavailable, what).caused_by(cause)
}

fn io_cause(error: &tokio_postgres::Error) -> Option<&std::io::Error> {
    error.source()?.downcast_ref()
}

/// The error with its cause, in one line.
fn describe(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The attempts at one transaction.
pub(super) struct Attempts {
    started: Instant,
    failures: u32,
    backoff: Duration,
}

impl Attempts {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            failures: 0,
            backoff: BACKOFF,
        }
    }

    /// Waits until the next attempt, or returns the error if there is none.
    pub(super) async fn next(&mut self, failure: Failure) -> Result<(), StoreError> {
        self.failures = self.failures.saturating_add(1);
        let over = self.failures >= ATTEMPTS && self.started.elapsed() >= RETRY_FOR;
        let is_transient = failure.is_transient();
        let error = failure.into_store_error();
        if over || !is_transient {
            return Err(error);
        }
        let cause = error.source().map(ToString::to_string);
        tracing::debug!(%error, cause, "the store failed, and is asked again");
        // With jitter: after a restart of the server all processes come at once.
        tokio::time::sleep(self.backoff.mul_f64(0.5 + fastrand::f64())).await;
        self.backoff = self.backoff.saturating_mul(2).min(Duration::from_secs(1));
        Ok(())
    }
}
