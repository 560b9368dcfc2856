//! The pace that all processes share. No pace is kept until the service refuses a purchase as too frequent.

use rusqlite::{Connection, params};

/// Each refusal takes this share off the rate.
const SLOW_DOWN: f64 = 0.8;
/// Each purchase that is not refused adds this share.
const SPEED_UP: f64 = 1.01;
/// Refusals alone slow it down no further: one purchase in five seconds.
const SLOWEST: f64 = 0.2;
/// Faster than this no pace is kept.
const UNLIMITED: f64 = 1000.0;

/// Takes the next slot, and returns how many milliseconds away it is.
pub(super) fn next_slot(db: &Connection, now_ms: i64) -> rusqlite::Result<i64> {
    let (rate, next): (Option<f64>, i64) = db
        .prepare_cached("SELECT rate, next_slot_ms FROM account")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some(rate) = rate else { return Ok(0) };
    let slot = next.max(now_ms);
    db.prepare_cached("UPDATE account SET next_slot_ms = ?1")?
        .execute([slot.saturating_add(interval_ms(rate))])?;
    Ok(slot.saturating_sub(now_ms))
}

/// A purchase was refused as too frequent. Those that were sent at the old rate slow it down once.
pub(super) fn on_throttled(db: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    let (rate, slowed): (Option<f64>, i64) =
        db.query_row("SELECT rate, slowed_ms FROM account", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let rate = match rate {
        Some(rate) if now_ms.saturating_sub(slowed) < interval_ms(rate).saturating_mul(2) => {
            return Ok(());
        }
        Some(rate) => rate * SLOW_DOWN,
        None => {
            // What was sent within the last second is a first estimate of the limit.
            let sent: u32 = db.query_row(
                "SELECT count(*) FROM (SELECT started_ms FROM purchases ORDER BY id DESC LIMIT 1000)
                 WHERE started_ms > ?1 - 1000",
                [now_ms],
                |row| row.get(0),
            )?;
            f64::from(sent) * SLOW_DOWN
        }
    };
    let rate = rate.max(SLOWEST);
    db.execute(
        "UPDATE account SET rate = ?1, slowed_ms = ?2, next_slot_ms = max(next_slot_ms, ?2) + ?3",
        params![rate, now_ms, interval_ms(rate)],
    )?;
    Ok(())
}

pub(super) fn on_success(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE account SET rate = nullif(min(rate * ?1, ?2), ?2) WHERE rate IS NOT NULL",
    )?
    .execute(params![SPEED_UP, UNLIMITED])
    .map(drop)
}

fn interval_ms(rate: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation)] // at most five seconds
    let interval = (1000.0 / rate.max(SLOWEST)) as i64;
    interval
}
