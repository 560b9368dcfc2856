//! The shared pace in the account's row.

use rusqlite::{Connection, params};

use crate::pace::Pace;

/// Takes the next slot, and returns how many milliseconds away it is.
pub(super) fn next_slot(db: &Connection, now_ms: i64) -> rusqlite::Result<i64> {
    let mut pace = load(db)?;
    let wait = pace.take_slot(now_ms);
    save(db, pace)?;
    Ok(wait)
}

pub(super) fn on_throttled(db: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    let sent: u32 = db.query_row(
        "SELECT count(*) FROM (SELECT started_ms FROM purchases ORDER BY id DESC LIMIT 1000)
         WHERE started_ms > ?1 - 1000",
        [now_ms],
        |row| row.get(0),
    )?;
    let mut pace = load(db)?;
    pace.on_throttled(now_ms, sent);
    save(db, pace)
}

pub(super) fn on_success(db: &Connection) -> rusqlite::Result<()> {
    let mut pace = load(db)?;
    pace.on_success();
    save(db, pace)
}

fn load(db: &Connection) -> rusqlite::Result<Pace> {
    db.prepare_cached("SELECT rate, next_slot_ms, slowed_ms FROM account")?
        .query_row([], |row| {
            Ok(Pace {
                rate: row.get(0)?,
                next_slot_ms: row.get(1)?,
                slowed_ms: row.get(2)?,
            })
        })
}

fn save(db: &Connection, pace: Pace) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE account SET rate = ?1, next_slot_ms = ?2, slowed_ms = ?3")?
        .execute(params![pace.rate, pace.next_slot_ms, pace.slowed_ms])
        .map(drop)
}
