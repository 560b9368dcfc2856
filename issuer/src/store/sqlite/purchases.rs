//! When a purchase may begin, by the rules of `gate.rs`, and how it ended.

use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::super::{Begin, BeginPurchase, Finish, PurchaseState, Voucher};
use super::pace;
use super::row::{Answer, damaged, duration, millis, now_ms, state};
use super::vouchers::{add_candidates, are_free, give, missing_and_blocked};
use crate::gate::{self, Gate, MayBegin};

/// The gate now, after purchases past their deadline were put in doubt.
pub(super) fn gate(db: &Connection, now_ms: i64) -> rusqlite::Result<Gate> {
    let mut sending =
        db.prepare_cached("SELECT id, deadline_ms FROM purchases WHERE state = 'sending'")?;
    let sending = sending.query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get(1)?)))?;
    let mut gate = Gate {
        now_ms,
        sending: 0,
        last_deadline_ms: 0,
        in_doubt: 0,
        lease_until_ms: 0,
    };
    for purchase in sending {
        let (id, deadline_ms) = purchase?;
        if gate::is_overdue(PurchaseState::Sending, deadline_ms, now_ms) {
            // While the rows are read: one that is put in doubt leaves the range that is read, so none is met
            // twice.
            db.execute(
                "UPDATE purchases SET state = 'in_doubt', doubt_ms = ?2, \
                 reason = 'the process that sent it did not report its end' WHERE id = ?1",
                params![id, now_ms],
            )?;
        } else {
            gate.sending = gate.sending.saturating_add(1);
            gate.last_deadline_ms = gate.last_deadline_ms.max(deadline_ms);
        }
    }
    gate.in_doubt = db
        .prepare_cached("SELECT count(*) FROM purchases WHERE state = 'in_doubt'")?
        .query_row([], |row| row.get(0))?;
    gate.lease_until_ms = db
        .prepare_cached("SELECT lease_until_ms FROM account")?
        .query_row([], |row| row.get(0))?;
    Ok(gate)
}

pub(super) fn begin_purchase(db: &Connection, begin: &BeginPurchase) -> Answer<Begin> {
    let order: Option<(i64, bool)> = db
        .prepare_cached(
            "SELECT id, acknowledged_ms IS NULL AND abandoned_ms IS NULL FROM orders WHERE key = ?1",
        )?
        .query_row([&begin.key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((order_id, true)) = order else {
        return Ok(Ok(Begin::NothingToBuy));
    };
    let now = now_ms();
    // Before the look at the purchase itself: it may be past its deadline, and must not be sent then.
    let gate = gate(db, now)?;
    let earlier = db
        .prepare_cached("SELECT count, state, deadline_ms FROM purchases WHERE id = ?1")?
        .query_row([begin.id.as_bytes()], |row| {
            Ok((row.get(0)?, state(row, 1)?, row.get::<_, i64>(2)?))
        })
        .optional()?;
    if let Some((count, state, deadline)) = earlier {
        // It was written down before, and the caller did not hear of it.
        let wait = deadline.saturating_sub(now.saturating_add(millis(begin.lifetime)));
        return Ok(Ok(match state {
            PurchaseState::Sending => Begin::Begun {
                count,
                wait: duration(wait),
            },
            _ => Begin::NothingToBuy,
        }));
    }
    let (missing, blocked) = missing_and_blocked(db, order_id)?;
    let count = missing.saturating_sub(blocked).min(begin.max_count);
    // Asked before the gate: an order that needs nothing need not wait for it.
    if count == 0 {
        return Ok(Ok(Begin::NothingToBuy));
    }
    match gate.may_begin(begin.in_flight) {
        MayBegin::GateClosed => return Ok(Ok(Begin::GateClosed)),
        MayBegin::Full => return Ok(Ok(Begin::Full)),
        MayBegin::Yes => {}
    }
    // Only now: a slot that is taken and not used delays everybody.
    let wait = pace::next_slot(db, now)?;
    let deadline = now
        .saturating_add(wait)
        .saturating_add(millis(begin.lifetime));
    db.prepare_cached(
        "INSERT INTO purchases (id, order_id, count, state, started_ms, deadline_ms, service_time)
         VALUES (?1, ?2, ?3, 'sending', ?4, ?5, ?6)",
    )?
    .execute(params![
        begin.id.as_bytes(),
        order_id,
        count,
        now,
        deadline,
        begin.service_time
    ])?;
    let wait = duration(wait);
    Ok(Ok(Begin::Begun { count, wait }))
}

pub(super) fn finish_purchase(db: &Connection, id: Uuid, finish: &Finish) -> Answer<bool> {
    let purchase = db
        .prepare_cached("SELECT order_id, state FROM purchases WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| {
            Ok((row.get::<_, i64>(0)?, state(row, 1)?))
        })
        .optional()?;
    let Some((order_id, state)) = purchase else {
        return Ok(Err(damaged("a purchase that was begun is not there")));
    };
    let now = now_ms();
    match finish {
        Finish::Bought(vouchers) => {
            if !are_free(db, id, vouchers)? {
                contradicted(db, id, order_id, state, vouchers)?;
                return Ok(Ok(false));
            }
            // What it names was paid for, whatever was decided meanwhile. If it was bought again since, it is
            // surplus.
            give(db, order_id, Some(id), vouchers)?;
            set_state(db, id, PurchaseState::Bought, None, None)?;
            note_accepted(db, state)?;
        }
        Finish::Named { vouchers, reason } => {
            let sending = state == PurchaseState::Sending;
            if !are_free(db, id, vouchers)? {
                contradicted(db, id, order_id, state, vouchers)?;
                return Ok(Ok(false));
            }
            give(db, order_id, Some(id), vouchers)?;
            note_accepted(db, state)?;
            if unnamed(db, id)? <= 0 {
                set_state(db, id, PurchaseState::Bought, Some(reason), None)?;
            } else if sending {
                set_state(db, id, PurchaseState::InDoubt, Some(reason), Some(now))?;
            }
        }
        Finish::NotBought { reason, throttled } => {
            // Even if the purchase was settled meanwhile: the refusal says something of the pace.
            if *throttled {
                pace::on_throttled(db, id, now)?;
            }
            let open = [
                PurchaseState::Sending,
                PurchaseState::InDoubt,
                PurchaseState::NotObserved,
            ];
            if open.contains(&state) {
                set_state(db, id, PurchaseState::NotBought, Some(reason), None)?;
            }
        }
        Finish::InDoubt { reason } => {
            // Whatever was decided meanwhile knows more.
            if state == PurchaseState::Sending {
                set_state(db, id, PurchaseState::InDoubt, Some(reason), Some(now))?;
            }
        }
    }
    Ok(Ok(true))
}

/// The answer names a voucher of another purchase, so it is not this one's own, or a list gave that voucher away. A list
/// decides; if one has decided already, a person does.
fn contradicted(
    db: &Connection,
    id: Uuid,
    order_id: i64,
    state: PurchaseState,
    vouchers: &[Voucher],
) -> rusqlite::Result<()> {
    let reason = Some("the answer names a voucher of another purchase");
    match state {
        PurchaseState::Sending => set_state(db, id, PurchaseState::InDoubt, reason, Some(now_ms())),
        PurchaseState::InDoubt => Ok(()),
        _ => {
            let new = add_candidates(db, order_id, id, vouchers)?;
            match state {
                PurchaseState::NotObserved if new => {
                    set_state(db, id, PurchaseState::Unclear, reason, None)
                }
                _ => Ok(()),
            }
        }
    }
}

/// An answer that is written a second time is no further one.
fn note_accepted(db: &Connection, before: PurchaseState) -> rusqlite::Result<()> {
    match before {
        PurchaseState::Bought => Ok(()),
        _ => pace::on_accepted(db),
    }
}

/// How many vouchers of a purchase are missing, those that are its order's surplus not among them.
fn unnamed(db: &Connection, id: Uuid) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "SELECT count - (SELECT count(*) FROM vouchers v WHERE v.purchase_id = p.id AND v.role <> 'candidate')
         FROM purchases p WHERE id = ?1",
    )?
    .query_row([id.as_bytes()], |row| row.get(0))
}

pub(super) fn set_state(
    db: &Connection,
    id: Uuid,
    state: PurchaseState,
    reason: Option<&str>,
    doubt_ms: Option<i64>,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE purchases SET state = ?2, reason = coalesce(?3, reason), doubt_ms = coalesce(?4, doubt_ms)
         WHERE id = ?1",
    )?
    .execute(params![id.as_bytes(), state.name(), reason, doubt_ms])
    .map(drop)
}
