//! The shared pace in the account's row.

use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::pace::Pace;

/// Takes the next slot, and returns how many milliseconds away it is.
pub(super) fn next_slot(db: &Connection, now_ms: i64) -> rusqlite::Result<i64> {
    let mut pace = load(db)?;
    let wait = pace.take_slot(now_ms);
    save(db, pace)?;
    Ok(wait)
}

pub(super) fn on_throttled(db: &Connection, id: Uuid, now_ms: i64) -> rusqlite::Result<()> {
    // By id, which begins with the time and has an index.
    let (began_ms, begun) = db.query_row(
        "SELECT started_ms, (SELECT count(*) FROM (SELECT started_ms FROM purchases ORDER BY id DESC LIMIT 1000)
                             WHERE started_ms > ?2 - 1000)
         FROM purchases WHERE id = ?1",
        params![id.as_bytes(), now_ms],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let mut pace = load(db)?;
    pace.on_throttled(now_ms, began_ms, begun);
    save(db, pace)
}

pub(super) fn on_accepted(db: &Connection) -> rusqlite::Result<()> {
    let mut pace = load(db)?;
    pace.on_accepted();
    save(db, pace)
}

fn load(db: &Connection) -> rusqlite::Result<Pace> {
    db.prepare_cached("SELECT rate, search, accepted, next_slot_ms, slowed_ms FROM account")?
        .query_row([], |row| {
            Ok(Pace {
                rate: row.get(0)?,
                search: row.get(1)?,
                accepted: row.get(2)?,
                next_slot_ms: row.get(3)?,
                slowed_ms: row.get(4)?,
            })
        })
}

fn save(db: &Connection, pace: Pace) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE account SET rate = ?1, search = ?2, accepted = ?3, next_slot_ms = ?4, slowed_ms = ?5",
    )?
    .execute(params![
        pace.rate,
        pace.search,
        pace.accepted,
        pace.next_slot_ms,
        pace.slowed_ms
    ])
    .map(drop)
}
