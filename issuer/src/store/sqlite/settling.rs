//! What is in doubt, who settles it, and the verdicts.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::super::{Doubt, Lease, PurchaseState, Verdict, Voucher};
use super::purchases::{gate, set_state};
use super::row::{Answer, duration, millis, now_ms};
use super::vouchers::{add_candidates, are_free, give};
use crate::gate::MaySettle;

pub(super) fn lease(db: &Connection, holder: Uuid, lifetime: Duration) -> Answer<Lease> {
    let now = now_ms();
    let gate = gate(db, now)?;
    match gate.may_settle(holds_lease(db, holder, now)?) {
        MaySettle::NothingInDoubt => return Ok(Ok(Lease::NothingInDoubt)),
        MaySettle::NotBefore(at) => return Ok(Ok(Lease::Wait(duration(at.saturating_sub(now))))),
        MaySettle::Yes => {}
    }
    db.execute(
        "UPDATE account SET lease_holder = ?1, lease_until_ms = ?2",
        params![holder.as_bytes(), now.saturating_add(millis(lifetime))],
    )?;
    let mut doubts = db.prepare_cached(
        "SELECT p.id, o.key, o.traffic,
                max(0, p.count - (SELECT count(*) FROM vouchers v
                                  WHERE v.purchase_id = p.id AND v.role <> 'candidate')),
                p.service_time, p.deadline_ms - p.started_ms, ?1 - p.doubt_ms
         FROM purchases p JOIN orders o ON o.id = p.order_id WHERE p.state = 'in_doubt' ORDER BY p.id",
    )?;
    let doubts: rusqlite::Result<Vec<Doubt>> = doubts.query_map([now], doubt)?.collect();
    doubts.map(|doubts| Ok(Lease::Granted(doubts)))
}

fn doubt(row: &Row<'_>) -> rusqlite::Result<Doubt> {
    Ok(Doubt {
        id: Uuid::from_bytes(row.get(0)?),
        key: row.get(1)?,
        traffic: row.get(2)?,
        count: row.get(3)?,
        service_time: row.get(4)?,
        lifetime: duration(row.get(5)?),
        age: duration(row.get(6)?),
    })
}

pub(super) fn unobserved(db: &Connection, limit: u32) -> Answer<Vec<Doubt>> {
    let mut doubts = db.prepare_cached(
        "SELECT p.id, o.key, o.traffic, p.count, p.service_time, p.deadline_ms - p.started_ms,
                ?1 - coalesce(p.doubt_ms, p.started_ms)
         FROM purchases p JOIN orders o ON o.id = p.order_id
         WHERE p.state IN ('not_observed', 'released') ORDER BY p.id DESC LIMIT ?2",
    )?;
    let doubts: rusqlite::Result<Vec<Doubt>> =
        doubts.query_map(params![now_ms(), limit], doubt)?.collect();
    doubts.map(Ok)
}

pub(super) fn add_surplus(db: &Connection, id: Uuid, vouchers: &[Voucher]) -> Answer<()> {
    for voucher in vouchers {
        db.prepare_cached(
            "INSERT INTO vouchers (hash, order_id, purchase_id, code, role)
             SELECT ?1, order_id, id, ?2, 'surplus' FROM purchases WHERE id = ?3
             ON CONFLICT (hash) DO NOTHING",
        )?
        .execute(params![
            voucher.hash.0,
            voucher.code.as_str(),
            id.as_bytes()
        ])?;
    }
    Ok(Ok(()))
}

fn holds_lease(db: &Connection, holder: Uuid, now_ms: i64) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT lease_holder IS ?1 AND lease_until_ms > ?2 FROM account")?
        .query_row(params![holder.as_bytes(), now_ms], |row| row.get(0))
}

pub(super) fn settle(db: &Connection, holder: Uuid, verdicts: &[(Uuid, Verdict)]) -> Answer<bool> {
    if !holds_lease(db, holder, now_ms())? {
        return Ok(Ok(false));
    }
    // All are checked before one is written: `false` must leave nothing behind.
    let mut settled = Vec::with_capacity(verdicts.len());
    for (id, verdict) in verdicts {
        let order_id = db
            .prepare_cached("SELECT order_id FROM purchases WHERE id = ?1 AND state = 'in_doubt'")?
            .query_row([id.as_bytes()], |row| row.get::<_, i64>(0))
            .optional()?;
        // An answer came meanwhile: the verdicts share out vouchers that it may have taken, or left over.
        match order_id {
            Some(order_id) if are_free(db, *id, verdict.vouchers())? => {
                settled.push((id, order_id, verdict));
            }
            _ => return Ok(Ok(false)),
        }
    }
    for (id, order_id, verdict) in settled {
        match verdict {
            Verdict::Observed(vouchers) => {
                give(db, order_id, Some(*id), vouchers)?;
                let state = match outstanding(db, *id)? {
                    0 => PurchaseState::Bought,
                    _ => PurchaseState::NotObserved,
                };
                set_state(db, *id, state, None, None)?;
            }
            Verdict::Unclear(vouchers) => {
                add_candidates(db, order_id, *id, vouchers)?;
                set_state(db, *id, PurchaseState::Unclear, None, None)?;
            }
        }
    }
    // The next doubt need not wait for the end of a lease that nobody uses.
    db.execute(
        "UPDATE account SET lease_until_ms = 0, lease_holder = NULL
         WHERE NOT EXISTS (SELECT 1 FROM purchases WHERE state = 'in_doubt')",
        [],
    )?;
    Ok(Ok(true))
}

fn outstanding(db: &Connection, id: Uuid) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "SELECT count - (SELECT count(*) FROM vouchers v WHERE v.purchase_id = p.id AND v.role = 'certain')
         FROM purchases p WHERE id = ?1",
    )?
    .query_row([id.as_bytes()], |row| row.get(0))
}
