//! The account's row: its lock, its clock, whose it is, its pace, and whether it is exclusive.

use std::time::Duration;

use deadpool_postgres::Transaction;
use uuid::Uuid;

use super::failure::Failure;
use super::query::query;
use crate::pace::Pace;
use crate::store::{Exclusive, StoreError, StoreErrorKind};

/// The account's row, which everybody who decides about purchases locks first.
pub(super) struct Account {
    pub(super) lease_holder: Option<Uuid>,
    pub(super) lease_until_ms: i64,
    pub(super) pace: Pace,
}

impl Account {
    pub(super) fn lease_held_by(&self, holder: Uuid, now_ms: i64) -> bool {
        self.lease_holder == Some(holder) && self.lease_until_ms > now_ms
    }
}

pub(super) fn damaged(what: &str) -> Failure {
    let what = format!("the store is damaged: {what}; restore a backup");
    StoreError::new(StoreErrorKind::Damaged, what).into()
}

pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn duration(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// Until the end of the transaction nobody else decides about purchases. Await it alone: a statement that is sent together
/// with it can be carried out before it, when a connection has prepared one of them and not the other. And what this
/// statement reads may be older than the lock, except for the row itself.
pub(super) async fn lock(db: &Transaction<'_>) -> Result<Account, Failure> {
    let sql = "SELECT lease_holder, lease_until_ms, rate, search, accepted, next_slot_ms, slowed_ms
               FROM account FOR UPDATE";
    let rows = query(db, sql, []).await?;
    let row = rows
        .first()
        .ok_or_else(|| damaged("its account is missing"))?;
    Ok(Account {
        lease_holder: row.try_get(0)?,
        lease_until_ms: row.try_get(1)?,
        pace: Pace {
            rate: row.try_get(2)?,
            search: row.try_get(3)?,
            // Only the speed of the search depends on it, so a strange value is no reason to stop.
            accepted: u32::try_from(row.try_get::<_, i64>(4)?).unwrap_or(0),
            next_slot_ms: row.try_get(5)?,
            slowed_ms: row.try_get(6)?,
        },
    })
}

/// The server's clock now, not at the start of the transaction, which may have waited for the lock.
pub(super) async fn now_ms(db: &Transaction<'_>) -> Result<i64, Failure> {
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    let rows = query(db, sql, []).await?;
    let row = rows
        .first()
        .ok_or_else(|| damaged("its clock does not answer"))?;
    Ok(row.try_get(0)?)
}

pub(super) async fn save_pace(
    db: &Transaction<'_>,
    before: Pace,
    pace: Pace,
) -> Result<(), Failure> {
    // Mostly no pace is kept: then nothing is written to the row that everybody locks.
    if pace != before {
        let sql = "UPDATE account SET rate = $1, search = $2, accepted = $3, next_slot_ms = $4, slowed_ms = $5";
        let accepted = i64::from(pace.accepted);
        query(
            db,
            sql,
            [
                &pace.rate,
                &pace.search,
                &accepted,
                &pace.next_slot_ms,
                &pace.slowed_ms,
            ],
        )
        .await?;
    }
    Ok(())
}

pub(super) async fn hash_key(db: &Transaction<'_>) -> Result<[u8; 32], Failure> {
    let rows = query(db, "SELECT hash_key FROM account", []).await?;
    let key: Option<&[u8]> = rows.first().map(|row| row.try_get(0)).transpose()?;
    key.and_then(|key| key.try_into().ok())
        .ok_or_else(|| damaged("its key is missing"))
}

pub(super) async fn bind(
    db: &Transaction<'_>,
    account: [u8; 32],
    replace: bool,
) -> Result<(), Failure> {
    lock(db).await?;
    let rows = query(db, "SELECT account FROM account", []).await?;
    let bound: Option<&[u8]> = match rows.first() {
        Some(row) => row.try_get(0)?,
        None => None,
    };
    if bound.is_some_and(|bound| bound != account) && !replace {
        let what = "the store belongs to another account; use one store for each account. If this account's \
                    token was replaced, say so with `token_replaced`";
        return Err(StoreError::new(StoreErrorKind::OtherAccount, what).into());
    }
    if bound != Some(&account) {
        query(db, "UPDATE account SET account = $1", [&account.as_slice()]).await?;
    }
    Ok(())
}

pub(super) async fn exclusive(db: &Transaction<'_>) -> Result<Exclusive, Failure> {
    let rows = query(db, "SELECT exclusive, exclusive_ended FROM account", []).await?;
    let row = rows
        .first()
        .ok_or_else(|| damaged("its account is missing"))?;
    Ok(Exclusive {
        holds: row.try_get(0)?,
        ended_because: row.try_get(1)?,
    })
}

pub(super) async fn set_exclusive(
    db: &Transaction<'_>,
    ended_because: Option<&str>,
) -> Result<(), Failure> {
    let sql = "UPDATE account SET exclusive = $1::text IS NULL, exclusive_ended = $1";
    query(db, sql, [&ended_because]).await.map(drop)
}
