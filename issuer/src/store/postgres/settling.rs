//! Purchases in doubt: the lease, and verdicts.

use std::time::Duration;

use deadpool_postgres::Transaction;
use tokio::try_join;
use tokio_postgres::Row;
use uuid::Uuid;

use super::account::{self, duration, millis};
use super::failure::Failure;
use super::gate;
use super::orders::count;
use super::purchases::set_state;
use super::query::query;
use super::vouchers::{add, are_free, give, owned};
use crate::gate::MaySettle;
use crate::store::{Doubt, Lease, PurchaseState, Verdict, VoucherRole};

pub(super) async fn lease(
    db: &Transaction<'_>,
    holder: Uuid,
    lifetime: Duration,
) -> Result<Lease, Failure> {
    let account = account::lock(db).await?;
    let gate = gate::read(db, &account).await?;
    let now = gate.now_ms;
    match gate.may_settle(account.lease_held_by(holder, now)) {
        MaySettle::NothingInDoubt => return Ok(Lease::NothingInDoubt),
        MaySettle::NotBefore(at) => return Ok(Lease::Wait(duration(at.saturating_sub(now)))),
        MaySettle::Yes => {}
    }
    let take = "UPDATE account SET lease_holder = $1, lease_until_ms = $2";
    let doubts = "
        SELECT p.id, o.key, o.traffic,
               greatest(0, p.count - (SELECT count(*) FROM vouchers v
                                      WHERE v.purchase_id = p.id AND v.role <> 'candidate')),
               p.service_time, p.deadline_ms - p.started_ms, $1 - p.doubt_ms
        FROM purchases p JOIN orders o ON o.id = p.order_id WHERE p.state = 'in_doubt' ORDER BY p.id";
    let until = now.saturating_add(millis(lifetime));
    let (_, doubts) = try_join!(
        query(db, take, [&holder, &until]),
        query(db, doubts, [&now]),
    )?;
    let doubts: Result<Vec<Doubt>, Failure> = doubts.iter().map(doubt).collect();
    Ok(Lease::Granted(doubts?))
}

fn doubt(row: &Row) -> Result<Doubt, Failure> {
    Ok(Doubt {
        id: row.try_get(0)?,
        key: row.try_get(1)?,
        traffic: row.try_get(2)?,
        count: count(row, 3)?,
        service_time: row.try_get(4)?,
        lifetime: duration(row.try_get(5)?),
        age: duration(row.try_get(6)?),
    })
}

pub(super) async fn settle(
    db: &Transaction<'_>,
    holder: Uuid,
    verdicts: &[(Uuid, Verdict)],
) -> Result<bool, Failure> {
    let account = account::lock(db).await?;
    let now = account::now_ms(db).await?;
    if !account.lease_held_by(holder, now) {
        return Ok(false);
    }
    // All are checked before one is written: `false` must leave nothing behind.
    let mut settled = Vec::with_capacity(verdicts.len());
    for (id, verdict) in verdicts {
        let sql = "SELECT order_id FROM purchases WHERE id = $1 AND state = 'in_doubt'";
        let (rows, owned) = try_join!(query(db, sql, [id]), owned(db, verdict.vouchers()))?;
        // An answer came meanwhile: the verdicts share out vouchers that it may have taken, or left over.
        match rows.first() {
            Some(row) if are_free(*id, &owned) => {
                settled.push((id, row.try_get::<_, i64>(0)?, verdict));
            }
            _ => return Ok(false),
        }
    }
    for (id, order_id, verdict) in settled {
        let state = match verdict {
            Verdict::Observed(vouchers) => {
                give(db, order_id, Some(*id), vouchers).await?;
                match is_outstanding(db, *id).await? {
                    true => PurchaseState::NotObserved,
                    false => PurchaseState::Bought,
                }
            }
            Verdict::Unclear(vouchers) => {
                add(db, order_id, *id, vouchers, VoucherRole::Candidate).await?;
                PurchaseState::Unclear
            }
        };
        set_state(db, *id, state, None, None).await?;
    }
    // The next doubt need not wait for the end of a lease that nobody uses.
    let done = "UPDATE account SET lease_until_ms = 0, lease_holder = NULL
                WHERE NOT EXISTS (SELECT 1 FROM purchases WHERE state = 'in_doubt')";
    query(db, done, []).await?;
    Ok(true)
}

/// Whether some vouchers of a purchase are not certain.
async fn is_outstanding(db: &Transaction<'_>, id: Uuid) -> Result<bool, Failure> {
    let sql = "SELECT p.count > (SELECT count(*) FROM vouchers v WHERE v.purchase_id = p.id AND v.role = 'certain')
               FROM purchases p WHERE p.id = $1";
    let rows = query(db, sql, [&id]).await?;
    rows.first().map_or(Ok(true), |row| Ok(row.try_get(0)?))
}

pub(super) async fn unobserved(db: &Transaction<'_>, limit: u32) -> Result<Vec<Doubt>, Failure> {
    let sql = "
        SELECT p.id, o.key, o.traffic, p.count, p.service_time, p.deadline_ms - p.started_ms,
               $1 - coalesce(p.doubt_ms, p.started_ms)
        FROM purchases p JOIN orders o ON o.id = p.order_id
        WHERE p.state IN ('not_observed', 'released') ORDER BY p.id DESC LIMIT $2";
    let now = account::now_ms(db).await?;
    let rows = query(db, sql, [&now, &i64::from(limit)]).await?;
    rows.iter().map(doubt).collect()
}
