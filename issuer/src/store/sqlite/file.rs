//! The file of the store: who may read it, whose it is, and its schema.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior, params};

use crate::store::{StoreError, StoreErrorKind};

/// Marks the file as ours, in SQLite's own header field.
const APPLICATION_ID: i32 = 0x5443_4449;

/// The schema that this version writes and reads.
const VERSION: i32 = 1;

const SCHEMA: &str = include_str!("schema.sql");

/// How long a process waits for another's transaction.
const BUSY: Duration = Duration::from_secs(30);

pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    create_or_check(path)?;
    let damaged = |error: rusqlite::Error| {
        let kind = match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
                StoreErrorKind::Damaged
            }
            _ => StoreErrorKind::Unavailable,
        };
        let advice = match kind {
            StoreErrorKind::Damaged => {
                "is not a store of orders, or is damaged; name another file, or restore a backup. An empty \
                 store does not know which orders were bought"
            }
            _ => {
                "cannot be opened for writing; check the disk, the folder and the file's permissions"
            }
        };
        StoreError::new(kind, format!("{} {advice}", path.display())).caused_by(error)
    };
    let mut db = Connection::open(path).map_err(damaged)?;
    db.busy_timeout(BUSY).map_err(damaged)?;
    let (application, version): (i32, i32) = db
        .query_row(
            "SELECT a.application_id, v.user_version FROM pragma_application_id a, pragma_user_version v",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map_err(damaged)?;
    let tables: i64 = db
        .query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))
        .map_err(damaged)?;
    // A new file has no tables, and no mark yet.
    if tables > 0 && application != APPLICATION_ID {
        let what = format!(
            "{} is a database of another program; name another file",
            path.display()
        );
        return Err(StoreError::new(StoreErrorKind::Damaged, what));
    }
    if version > VERSION {
        let what = format!(
            "{} was written by a newer version of this program (schema {version}, this one knows {VERSION}); \
             update the program",
            path.display()
        );
        return Err(StoreError::new(StoreErrorKind::Newer, what));
    }
    // In this order: `journal_mode` writes to the file.
    db.pragma_update(None, "journal_mode", "WAL")
        .map_err(damaged)?;
    // With less, a power failure takes the last commits back, and with them purchases that were sent.
    db.pragma_update(None, "synchronous", "FULL")
        .map_err(damaged)?;
    // SQLite's own default is off, for each connection anew.
    db.pragma_update(None, "foreign_keys", true)
        .map_err(damaged)?;
    // Codes that are acknowledged are overwritten, not only forgotten.
    db.pragma_update(None, "secure_delete", true)
        .map_err(damaged)?;
    migrate(&mut db).map_err(damaged)?;
    Ok(db)
}

/// Writes the schema into a new file. Two processes may try at once: the second finds it there.
fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let write = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i32 = write.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        write.execute_batch(SCHEMA)?;
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(|error| {
            // Of rusqlite's variants one that can carry any error; it has none for this.
            rusqlite::Error::ToSqlConversionFailure(io::Error::other(error.to_string()).into())
        })?;
        write.execute(
            "INSERT INTO account (id, hash_key) VALUES (1, ?1)",
            params![key],
        )?;
        write.pragma_update(None, "application_id", APPLICATION_ID)?;
        write.pragma_update(None, "user_version", VERSION)?;
    }
    write.commit()
}

/// The file exists afterwards, for its owner alone: SQLite gives `-wal` and `-shm` the same permissions.
fn create_or_check(path: &Path) -> Result<(), StoreError> {
    let unavailable = |error: io::Error| {
        let what = format!(
            "{} cannot be created or opened; check the folder and its permissions",
            path.display()
        );
        StoreError::new(StoreErrorKind::Unavailable, what).caused_by(error)
    };
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(unavailable)?;
    refuse_exposed(&file, path)
}

#[cfg(unix)]
fn refuse_exposed(file: &File, path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = file
        .metadata()
        .map(|metadata| metadata.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 == 0) {
        return Ok(());
    }
    let what = format!(
        "others than its owner can read or write {}, which holds voucher codes; run: chmod 600 {0}",
        path.display()
    );
    Err(StoreError::new(StoreErrorKind::Exposed, what))
}

#[cfg(not(unix))]
fn refuse_exposed(_: &File, _: &Path) -> Result<(), StoreError> {
    Ok(())
}
