//! The schema: made on a new database, checked on another.

use deadpool_postgres::Transaction;

use super::failure::Failure;
use crate::store::{StoreError, StoreErrorKind};

/// The schema that this version writes and reads.
const VERSION: i32 = 1;
const SCHEMA: &str = include_str!("schema.sql");
/// Names the lock that lets one process migrate at a time; random.
const LOCK: i64 = 0x5443_4449_6d69_6772;

/// Writes the schema if it is not there. Processes that start at once take turns.
pub(super) async fn migrate(db: &Transaction<'_>, schema: &str) -> Result<(), Failure> {
    db.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    let tables = "SELECT coalesce(bool_or(tablename = 'account'), false), count(*)
                  FROM pg_tables WHERE schemaname = $1";
    let tables = db.query_one(tables, &[&schema]).await?;
    let (ours, count): (bool, i64) = (tables.try_get(0)?, tables.try_get(1)?);
    if count == 0 {
        return create(db, schema).await;
    }
    let version = match ours {
        true => version(db).await,
        false => None,
    };
    let (kind, what) = match version {
        Some(VERSION) => return Ok(()),
        Some(newer) => (
            StoreErrorKind::Newer,
            format!(
                "the schema {schema:?} was written by a newer version of this program (version {newer}, this one knows \
                 {VERSION}); update the program"
            ),
        ),
        None => (
            StoreErrorKind::Damaged,
            format!("the schema {schema:?} holds tables of another program; name another schema"),
        ),
    };
    Err(StoreError::new(kind, what).into())
}

async fn version(db: &Transaction<'_>) -> Option<i32> {
    // A table of this name without the column is another program's. The error ends the transaction, which the
    // refusal ends anyway.
    let row = db.query_opt("SELECT version FROM account", &[]).await;
    row.ok().flatten()?.try_get(0).ok()
}

async fn create(db: &Transaction<'_>, schema: &str) -> Result<(), Failure> {
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key).map_err(|error| {
        StoreError::new(
            StoreErrorKind::Unavailable,
            "the system has no random numbers",
        )
        .caused_by(error)
    })?;
    let missing = "SELECT NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)";
    if db.query_one(missing, &[&schema]).await?.try_get(0)? {
        db.batch_execute(&format!("CREATE SCHEMA \"{schema}\""))
            .await?;
    }
    db.batch_execute(SCHEMA).await?;
    db.execute(
        "INSERT INTO account (id, version, hash_key) VALUES (1, $1, $2)",
        &[&VERSION, &key.as_slice()],
    )
    .await?;
    Ok(())
}
