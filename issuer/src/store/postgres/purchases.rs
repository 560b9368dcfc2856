//! Purchases: how they begin and end. The rules are in `crate::gate`.

use deadpool_postgres::Transaction;
use tokio::try_join;
use uuid::Uuid;

use super::account::{self, damaged, duration, millis};
use super::failure::Failure;
use super::gate;
use super::orders::{count, state};
use super::query::query;
use super::vouchers::{MISSING, add, are_free, give_missing, owned};
use crate::gate::{MayBegin, is_overdue};
use crate::pace::Pace;
use crate::store::{Begin, BeginPurchase, Finish, PurchaseState, Voucher, VoucherRole};

pub(super) async fn begin(db: &Transaction<'_>, begin: &BeginPurchase) -> Result<Begin, Failure> {
    // What an order lacks, and how much of that a purchase may still bring.
    let order = format!(
        "SELECT o.id, {MISSING},
                (SELECT coalesce(sum(p.count - (SELECT count(*) FROM vouchers v
                                                WHERE v.purchase_id = p.id AND v.role = 'certain')), 0)::bigint
                 FROM purchases p
                 WHERE p.order_id = o.id AND p.state IN ('sending', 'in_doubt', 'not_observed', 'unclear'))
         FROM orders o WHERE o.key = $1 AND o.acknowledged_ms IS NULL AND o.abandoned_ms IS NULL"
    );
    let earlier = "SELECT count, state, deadline_ms FROM purchases WHERE id = $1";
    let account = account::lock(db).await?;
    let (gate, order, earlier) = try_join!(
        gate::read(db, &account),
        query(db, &order, [&begin.key]),
        query(db, earlier, [&begin.id]),
    )?;
    let Some(order) = order.first() else {
        return Ok(Begin::NothingToBuy);
    };
    if let Some(earlier) = earlier.first() {
        // It was written down before, and the caller did not hear of it.
        let deadline: i64 = earlier.try_get(2)?;
        let without_wait = gate.now_ms.saturating_add(millis(begin.lifetime));
        return Ok(match state(earlier, 1)? {
            // The row was read beside the gate, so before the gate put it in doubt. It must not be sent then.
            state if is_overdue(state, deadline, gate.now_ms) => Begin::NothingToBuy,
            PurchaseState::Sending => Begin::Begun {
                count: count(earlier, 0)?,
                wait: duration(deadline.saturating_sub(without_wait)),
            },
            _ => Begin::NothingToBuy,
        });
    }
    let order_id: i64 = order.try_get(0)?;
    let (missing, blocked): (i64, i64) = (order.try_get(1)?, order.try_get(2)?);
    let to_buy = missing.max(0).saturating_sub(blocked).max(0);
    let count = u32::try_from(to_buy)
        .unwrap_or(u32::MAX)
        .min(begin.max_count);
    // Asked before the gate: an order that needs nothing need not wait for it.
    if count == 0 {
        return Ok(Begin::NothingToBuy);
    }
    match gate.may_begin(begin.in_flight) {
        MayBegin::GateClosed => return Ok(Begin::GateClosed),
        MayBegin::Full => return Ok(Begin::Full),
        MayBegin::Yes => {}
    }
    let mut pace = account.pace;
    // Only now: a slot that is taken and not used delays everybody.
    let wait = pace.take_slot(gate.now_ms);
    let deadline = gate
        .now_ms
        .saturating_add(wait)
        .saturating_add(millis(begin.lifetime));
    let insert =
        "INSERT INTO purchases (id, order_id, count, state, started_ms, deadline_ms, service_time)
                  VALUES ($1, $2, $3, 'sending', $4, $5, $6)";
    let asked = i64::from(count);
    try_join!(
        query(
            db,
            insert,
            [
                &begin.id,
                &order_id,
                &asked,
                &gate.now_ms,
                &deadline,
                &begin.service_time,
            ],
        ),
        account::save_pace(db, account.pace, pace),
    )?;
    let wait = duration(wait);
    Ok(Begin::Begun { count, wait })
}

pub(super) async fn finish(
    db: &Transaction<'_>,
    id: Uuid,
    finish: &Finish,
) -> Result<bool, Failure> {
    let vouchers = match finish {
        Finish::Bought(vouchers) | Finish::Named { vouchers, .. } => vouchers.as_slice(),
        Finish::NotBought { .. } | Finish::InDoubt { .. } => &[],
    };
    let purchase = format!(
        "SELECT p.order_id, p.state, p.started_ms, {MISSING}
         FROM purchases p JOIN orders o ON o.id = p.order_id WHERE p.id = $1"
    );
    let account = account::lock(db).await?;
    let (now, purchase, owned) = try_join!(
        account::now_ms(db),
        query(db, &purchase, [&id]),
        owned(db, vouchers),
    )?;
    let purchase = purchase
        .first()
        .ok_or_else(|| damaged("a purchase that was begun is not there"))?;
    let (order_id, state) = (purchase.try_get(0)?, state(purchase, 1)?);
    let mut pace = account.pace;
    match finish {
        Finish::Bought(vouchers) => {
            if !are_free(id, &owned) {
                let new = vouchers.iter().any(|v| !owned.contains_key(&v.hash));
                contradicted(db, (id, order_id), (state, now), vouchers, new).await?;
                return Ok(false);
            }
            // What it names was paid for, whatever was decided meanwhile. If it was bought again since, it is
            // surplus.
            note_accepted(&mut pace, state);
            let missing = purchase.try_get(3)?;
            try_join!(
                give_missing(db, order_id, Some(id), vouchers, missing, &owned),
                set_state(db, id, PurchaseState::Bought, None, None),
                account::save_pace(db, account.pace, pace),
            )?;
        }
        Finish::Named { vouchers, reason } => {
            let sending = state == PurchaseState::Sending;
            if !are_free(id, &owned) {
                let new = vouchers.iter().any(|v| !owned.contains_key(&v.hash));
                contradicted(db, (id, order_id), (state, now), vouchers, new).await?;
                return Ok(false);
            }
            note_accepted(&mut pace, state);
            let missing = purchase.try_get(3)?;
            give_missing(db, order_id, Some(id), vouchers, missing, &owned).await?;
            account::save_pace(db, account.pace, pace).await?;
            if unnamed(db, id).await? <= 0 {
                set_state(db, id, PurchaseState::Bought, Some(reason), None).await?;
            } else if sending {
                set_state(db, id, PurchaseState::InDoubt, Some(reason), Some(now)).await?;
            }
        }
        Finish::NotBought { reason, throttled } => {
            // Even if the purchase was settled meanwhile: the refusal says something of the pace.
            if *throttled {
                let begun = begun_since(db, now.saturating_sub(1000)).await?;
                pace.on_throttled(now, purchase.try_get(2)?, begun);
                account::save_pace(db, account.pace, pace).await?;
            }
            let open = [
                PurchaseState::Sending,
                PurchaseState::InDoubt,
                PurchaseState::NotObserved,
            ];
            if open.contains(&state) {
                set_state(db, id, PurchaseState::NotBought, Some(reason), None).await?;
            }
        }
        Finish::InDoubt { reason } => {
            // Whatever was decided meanwhile knows more.
            if state == PurchaseState::Sending {
                set_state(db, id, PurchaseState::InDoubt, Some(reason), Some(now)).await?;
            }
        }
    }
    Ok(true)
}

/// The answer names a voucher of another purchase, so it is not this one's own, or a list gave that voucher away. A list
/// decides; if one has decided already, a person does.
async fn contradicted(
    db: &Transaction<'_>,
    (id, order_id): (Uuid, i64),
    (state, now): (PurchaseState, i64),
    vouchers: &[Voucher],
    some_are_new: bool,
) -> Result<(), Failure> {
    let reason = Some("the answer names a voucher of another purchase");
    match state {
        PurchaseState::Sending => {
            set_state(db, id, PurchaseState::InDoubt, reason, Some(now)).await
        }
        PurchaseState::InDoubt => Ok(()),
        _ => {
            add(db, order_id, id, vouchers, VoucherRole::Candidate).await?;
            match state {
                PurchaseState::NotObserved if some_are_new => {
                    set_state(db, id, PurchaseState::Unclear, reason, None).await
                }
                _ => Ok(()),
            }
        }
    }
}

/// An answer that is written a second time is no further one.
fn note_accepted(pace: &mut Pace, before: PurchaseState) {
    if before != PurchaseState::Bought {
        pace.on_accepted();
    }
}

/// How many vouchers of a purchase are missing, those that are its order's surplus not among them.
async fn unnamed(db: &Transaction<'_>, id: Uuid) -> Result<i64, Failure> {
    let sql = "SELECT p.count - (SELECT count(*) FROM vouchers v
                                 WHERE v.purchase_id = p.id AND v.role <> 'candidate')
               FROM purchases p WHERE p.id = $1";
    let rows = query(db, sql, [&id]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// How many purchases began after this moment, of the newest 1,000.
async fn begun_since(db: &Transaction<'_>, since_ms: i64) -> Result<u32, Failure> {
    // By id, which begins with the time and has an index.
    let sql = "SELECT count(*) FROM (SELECT started_ms FROM purchases ORDER BY id DESC LIMIT 1000) AS newest
               WHERE started_ms > $1";
    let rows = query(db, sql, [&since_ms]).await?;
    rows.first().map_or(Ok(0), |row| count(row, 0))
}

pub(super) async fn set_state(
    db: &Transaction<'_>,
    id: Uuid,
    state: PurchaseState,
    reason: Option<&str>,
    doubt_ms: Option<i64>,
) -> Result<(), Failure> {
    let sql = "UPDATE purchases
               SET state = $2, reason = coalesce($3, reason), doubt_ms = coalesce($4, doubt_ms) WHERE id = $1";
    query(db, sql, [&id, &state.name(), &reason, &doubt_ms])
        .await
        .map(drop)
}

/// The purchases of an order that wait for the caller's decision.
pub(super) async fn to_release(db: &Transaction<'_>, key: &str) -> Result<Vec<Uuid>, Failure> {
    let sql = "SELECT p.id FROM purchases p JOIN orders o ON o.id = p.order_id
               WHERE o.key = $1 AND p.state IN ('not_observed', 'unclear')";
    let rows = query(db, sql, [&key]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(super) async fn release(db: &Transaction<'_>, ids: &[Uuid]) -> Result<(), Failure> {
    account::lock(db).await?;
    let sql = "UPDATE purchases SET state = 'released'
               WHERE id = ANY($1) AND state IN ('not_observed', 'unclear')";
    query(db, sql, [&ids]).await.map(drop)
}
