//! The account's row: its hash key, whose store this is, and whether it is used by this store alone.

use rusqlite::{Connection, params};

use super::super::{Exclusive, StoreError, StoreErrorKind};
use super::row::Answer;

pub(super) fn hash_key(db: &Connection) -> Answer<[u8; 32]> {
    db.query_row("SELECT hash_key FROM account", [], |row| row.get(0))
        .map(Ok)
}

pub(super) fn bind_account(db: &Connection, account: [u8; 32], replace: bool) -> Answer<()> {
    let bound: Option<[u8; 32]> =
        db.query_row("SELECT account FROM account", [], |row| row.get(0))?;
    if bound.is_some_and(|bound| bound != account) && !replace {
        let what = "the store belongs to another account; use one store for each account. If this account's \
                    token was replaced, say so with `token_replaced`";
        return Ok(Err(StoreError::new(StoreErrorKind::OtherAccount, what)));
    }
    if bound != Some(account) {
        db.execute("UPDATE account SET account = ?1", params![account])?;
    }
    Ok(Ok(()))
}

pub(super) fn exclusive(db: &Connection) -> Answer<Exclusive> {
    db.query_row(
        "SELECT exclusive, exclusive_ended FROM account",
        [],
        |row| {
            Ok(Exclusive {
                holds: row.get(0)?,
                ended_because: row.get(1)?,
            })
        },
    )
    .map(Ok)
}

pub(super) fn set_exclusive(db: &Connection, ended_because: Option<&str>) -> Answer<()> {
    db.execute(
        "UPDATE account SET exclusive = ?1 IS NULL, exclusive_ended = ?1",
        [ended_because],
    )?;
    Ok(Ok(()))
}
