//! The methods of the store, each inside one transaction. The rules are in `gate.rs`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use thordata_cdk::CdkCode;
use uuid::Uuid;

use super::super::{
    Begin, BeginPurchase, CodeHash, Doubt, Exclusive, Finish, Lease, NewOrder, OrderFilter,
    OrderRow, Origin, PurchaseRow, PurchaseState, StoreError, StoreErrorKind, Verdict, Voucher,
    VoucherRole, VoucherRow,
};
use super::pace;
use crate::gate::{self, Gate, MayBegin, MaySettle};

type Answer<T> = rusqlite::Result<Result<T, StoreError>>;

/// The store's clock: this machine's.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn duration(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn damaged(what: &str) -> StoreError {
    let what = format!("the store is damaged: {what}; restore a backup");
    StoreError::new(StoreErrorKind::Damaged, what)
}

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

pub(super) fn insert_order(db: &Connection, order: &NewOrder) -> Answer<OrderRow> {
    db.prepare_cached(
        "INSERT INTO orders (key, traffic, count, label, created_ms, meta) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (key) DO NOTHING",
    )?
    .execute(params![
        order.key,
        order.traffic,
        order.count,
        order.label,
        now_ms(),
        order.meta
    ])?;
    let row = load(db, &order.key)?;
    Ok(row.ok_or_else(|| damaged("an order that was inserted is not there")))
}

pub(super) fn order(db: &Connection, key: &str) -> Answer<Option<OrderRow>> {
    load(db, key).map(Ok)
}

pub(super) fn orders(db: &Connection, filter: &OrderFilter) -> Answer<Vec<OrderRow>> {
    let open = "SELECT key FROM orders WHERE acknowledged_ms IS NULL AND abandoned_ms IS NULL \
                ORDER BY id DESC LIMIT ?1";
    let all = "SELECT key FROM orders ORDER BY id DESC LIMIT ?1";
    let mut keys = db.prepare_cached(if filter.open_only { open } else { all })?;
    let limit = filter.limit.map_or(-1, i64::from);
    let keys = keys.query_map([limit], |row| row.get::<_, String>(0))?;
    let mut orders = Vec::new();
    for key in keys {
        orders.extend(load(db, &key?)?);
    }
    Ok(Ok(orders))
}

fn load(db: &Connection, key: &str) -> rusqlite::Result<Option<OrderRow>> {
    let order = db
        .prepare_cached(
            "SELECT id, traffic, count, label, created_ms, acknowledged_ms IS NOT NULL, abandoned_ms IS NOT NULL, meta
             FROM orders WHERE key = ?1",
        )?
        .query_row([key], |row| {
            let order = OrderRow {
                key: key.to_owned(),
                traffic: row.get(1)?,
                count: row.get(2)?,
                label: row.get(3)?,
                created_at_ms: row.get(4)?,
                acknowledged: row.get(5)?,
                abandoned: row.get(6)?,
                meta: row.get(7)?,
                purchases: Vec::new(),
                vouchers: Vec::new(),
            };
            Ok((row.get::<_, i64>(0)?, order))
        })
        .optional()?;
    let Some((id, mut order)) = order else {
        return Ok(None);
    };
    let mut purchases = db.prepare_cached(
        "SELECT id, count, state, reason,
                count - (SELECT count(*) FROM vouchers v WHERE v.purchase_id = p.id AND v.role = 'certain'),
                deadline_ms
         FROM purchases p WHERE order_id = ?1 ORDER BY id",
    )?;
    for purchase in purchases.query_map([id], purchase_row)? {
        order.purchases.push(purchase?);
    }
    let mut vouchers = db
        .prepare_cached("SELECT hash, code, role FROM vouchers WHERE order_id = ?1 ORDER BY seq")?;
    for voucher in vouchers.query_map([id], voucher_row)? {
        order.vouchers.push(voucher?);
    }
    Ok(Some(order))
}

fn purchase_row(row: &Row<'_>) -> rusqlite::Result<PurchaseRow> {
    let outstanding: i64 = row.get(4)?;
    let mut state = state(row, 2)?;
    // Whoever settles writes it down; until then it is only read so.
    if gate::is_overdue(state, row.get(5)?, now_ms()) {
        state = PurchaseState::InDoubt;
    }
    Ok(PurchaseRow {
        id: Uuid::from_bytes(row.get(0)?),
        count: row.get(1)?,
        state,
        reason: row.get(3)?,
        outstanding: u32::try_from(outstanding).unwrap_or(0),
    })
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<PurchaseState> {
    let name: String = row.get(column)?;
    PurchaseState::from_name(&name).ok_or_else(|| unreadable(column, "a purchase's state"))
}

fn voucher_row(row: &Row<'_>) -> rusqlite::Result<VoucherRow> {
    let code: Option<String> = row.get(1)?;
    let code = code.map(|code| CdkCode::new(code).map_err(|_| unreadable(1, "a voucher's code")));
    let role: String = row.get(2)?;
    Ok(VoucherRow {
        hash: CodeHash(row.get(0)?),
        code: code.transpose()?,
        role: VoucherRole::from_name(&role).ok_or_else(|| unreadable(2, "a voucher's role"))?,
    })
}

/// Names what cannot be read and never shows it.
fn unreadable(column: usize, what: &str) -> rusqlite::Error {
    let why = format!("{what} is not readable");
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why.into())
}

/// The gate now, after purchases past their deadline were put in doubt.
fn gate(db: &Connection, now_ms: i64) -> rusqlite::Result<Gate> {
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

/// How many vouchers an order lacks, and how many of these a purchase may still bring.
fn missing_and_blocked(db: &Connection, order_id: i64) -> rusqlite::Result<(u32, u32)> {
    let missing: i64 = db
        .prepare_cached(
            "SELECT count - (SELECT count(*) FROM vouchers v WHERE v.order_id = o.id AND v.role = 'certain')
             FROM orders o WHERE id = ?1",
        )?
        .query_row([order_id], |row| row.get(0))?;
    let blocked: i64 = db
        .prepare_cached(
            "SELECT coalesce(sum(count - (SELECT count(*) FROM vouchers v
                                          WHERE v.purchase_id = p.id AND v.role = 'certain')), 0)
             FROM purchases p
             WHERE order_id = ?1 AND state IN ('sending', 'in_doubt', 'not_observed', 'unclear')",
        )?
        .query_row([order_id], |row| row.get(0))?;
    let count = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
    Ok((count(missing), count(blocked)))
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
    if count == 0 {
        return Ok(Ok(Begin::NothingToBuy));
    }
    match gate.may_begin(begin.in_flight) {
        MayBegin::GateClosed => return Ok(Ok(Begin::GateClosed)),
        MayBegin::Full => return Ok(Ok(Begin::Full)),
        MayBegin::Yes => {}
    }
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
            if gate::on_answer(state) == gate::Answer::Ignore {
                return Ok(Ok(true));
            }
            if !are_free(db, id, vouchers)? {
                if state == PurchaseState::Sending {
                    let reason = "the answer names a voucher of another purchase";
                    set_state(db, id, PurchaseState::InDoubt, Some(reason), Some(now))?;
                }
                return Ok(Ok(false));
            }
            give(db, order_id, Some(id), vouchers)?;
            set_state(db, id, PurchaseState::Bought, None, None)?;
            pace::on_accepted(db)?;
        }
        Finish::NotBought { reason, throttled } => {
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
            if state == PurchaseState::Sending {
                set_state(db, id, PurchaseState::InDoubt, Some(reason), Some(now))?;
            }
        }
    }
    Ok(Ok(true))
}

fn set_state(
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

/// Whether no voucher belongs to another purchase for certain, or to none.
fn are_free(db: &Connection, id: Uuid, vouchers: &[Voucher]) -> rusqlite::Result<bool> {
    let mut owner = db.prepare_cached(
        "SELECT role = 'candidate' OR purchase_id IS ?2 FROM vouchers WHERE hash = ?1",
    )?;
    for voucher in vouchers {
        let free = owner.query_row(params![voucher.hash.0, id.as_bytes()], |row| row.get(0));
        if free.optional()? == Some(false) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Gives vouchers to an order: certain as far as its count goes, surplus beyond it.
fn give(
    db: &Connection,
    order_id: i64,
    purchase: Option<Uuid>,
    vouchers: &[Voucher],
) -> rusqlite::Result<()> {
    let (mut missing, _) = missing_and_blocked(db, order_id)?;
    for voucher in vouchers {
        let role = match missing {
            0 => VoucherRole::Surplus,
            _ => VoucherRole::Certain,
        };
        let written = db
            .prepare_cached(
                "INSERT INTO vouchers (hash, order_id, purchase_id, code, role) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (hash) DO UPDATE SET
                     order_id = excluded.order_id, purchase_id = excluded.purchase_id,
                     code = excluded.code, role = excluded.role
                 WHERE vouchers.role <> 'certain'",
            )?
            .execute(params![
                voucher.hash.0,
                order_id,
                purchase.map(Uuid::into_bytes),
                voucher.code.as_str(),
                role.name()
            ])?;
        if written > 0 {
            missing = missing.saturating_sub(1);
        }
    }
    Ok(())
}

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
        "SELECT p.id, o.key, o.traffic, p.count, p.service_time, p.deadline_ms - p.started_ms, ?1 - p.doubt_ms
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
                for voucher in vouchers {
                    db.prepare_cached(
                        "INSERT INTO vouchers (hash, order_id, purchase_id, code, role)
                         VALUES (?1, ?2, ?3, ?4, 'candidate') ON CONFLICT (hash) DO NOTHING",
                    )?
                    .execute(params![
                        voucher.hash.0,
                        order_id,
                        id.as_bytes(),
                        voucher.code.as_str()
                    ])?;
                }
                set_state(db, *id, PurchaseState::Unclear, None, None)?;
            }
        }
    }
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

pub(super) fn known(db: &Connection, hashes: &[CodeHash]) -> Answer<Vec<bool>> {
    let mut exists = db.prepare_cached("SELECT 1 FROM vouchers WHERE hash = ?1")?;
    let known: rusqlite::Result<Vec<bool>> =
        hashes.iter().map(|hash| exists.exists([hash.0])).collect();
    known.map(Ok)
}

pub(super) fn origins(db: &Connection, hashes: &[CodeHash]) -> Answer<Vec<Option<Origin>>> {
    let mut origin = db.prepare_cached(
        "SELECT o.key, o.label FROM vouchers v JOIN orders o ON o.id = v.order_id
         WHERE v.hash = ?1 AND v.role <> 'candidate'",
    )?;
    let mut origins = Vec::with_capacity(hashes.len());
    for hash in hashes {
        let found = origin.query_row([hash.0], |row| {
            Ok(Origin {
                key: row.get(0)?,
                label: row.get(1)?,
            })
        });
        origins.push(found.optional()?);
    }
    Ok(Ok(origins))
}

pub(super) fn newest(db: &Connection, limit: u32) -> Answer<Vec<CodeHash>> {
    let mut newest = db.prepare_cached(
        "SELECT hash FROM vouchers WHERE role = 'certain' ORDER BY seq DESC LIMIT ?1",
    )?;
    let newest = newest.query_map([limit], |row| row.get(0).map(CodeHash))?;
    newest.collect::<rusqlite::Result<_>>().map(Ok)
}

pub(super) fn acknowledge(db: &Connection, key: &str) -> Answer<bool> {
    let found = db
        .prepare_cached(
            "UPDATE orders SET acknowledged_ms = ?2 WHERE key = ?1 AND acknowledged_ms IS NULL",
        )?
        .execute(params![key, now_ms()])?;
    db.prepare_cached(
        "UPDATE vouchers SET code = NULL
         WHERE role = 'certain' AND order_id = (SELECT id FROM orders WHERE key = ?1)",
    )?
    .execute([key])?;
    Ok(Ok(found > 0))
}

pub(super) fn release(db: &Connection, key: &str) -> Answer<()> {
    db.execute(
        "UPDATE purchases SET state = 'released'
         WHERE state IN ('not_observed', 'unclear') AND order_id = (SELECT id FROM orders WHERE key = ?1)",
        [key],
    )?;
    Ok(Ok(()))
}

pub(super) fn abandon(db: &Connection, key: &str) -> Answer<()> {
    db.execute(
        "UPDATE orders SET abandoned_ms = coalesce(abandoned_ms, ?2) WHERE key = ?1",
        params![key, now_ms()],
    )?;
    Ok(Ok(()))
}

pub(super) fn adopt(db: &Connection, key: &str, vouchers: &[Voucher]) -> Answer<bool> {
    let order_id: Option<i64> = db
        .prepare_cached("SELECT id FROM orders WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    let Some(order_id) = order_id else {
        return Ok(Ok(false));
    };
    let mut other = db.prepare_cached(
        "SELECT 1 FROM vouchers WHERE hash = ?1 AND role = 'certain' AND order_id <> ?2",
    )?;
    for voucher in vouchers {
        if other.exists(params![voucher.hash.0, order_id])? {
            return Ok(Ok(false));
        }
    }
    give(db, order_id, None, vouchers)?;
    Ok(Ok(true))
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
