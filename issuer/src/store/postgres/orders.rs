//! Orders with what belongs to them.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use thordata_cdk::CdkCode;
use tokio::try_join;
use tokio_postgres::Row;

use super::account::{self, damaged};
use super::failure::Failure;
use super::query::query;
use super::vouchers::hash;
use crate::gate::is_overdue;
use crate::store::{
    NewOrder, OrderFilter, OrderRow, PurchaseRow, PurchaseState, VoucherRole, VoucherRow,
};

pub(super) async fn insert(db: &Transaction<'_>, order: &NewOrder) -> Result<OrderRow, Failure> {
    let sql = "INSERT INTO orders (key, traffic, count, label, meta, created_ms)
               VALUES ($1, $2, $3, $4, $5, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
               ON CONFLICT (key) DO NOTHING";
    let count = i64::from(order.count);
    let NewOrder {
        key, label, meta, ..
    } = order;
    query(db, sql, [key, &order.traffic, &count, label, meta]).await?;
    let inserted = one(db, &order.key).await?;
    inserted.ok_or_else(|| damaged("an order that was inserted is not there"))
}

pub(super) async fn one(db: &Transaction<'_>, key: &str) -> Result<Option<OrderRow>, Failure> {
    let sql =
        "SELECT id, key, traffic, count, label, meta, created_ms, acknowledged_ms IS NOT NULL,
                      abandoned_ms IS NOT NULL FROM orders WHERE key = $1";
    let orders = with_all(db, query(db, sql, [&key]).await?).await?;
    Ok(orders.into_iter().next())
}

pub(super) async fn all(
    db: &Transaction<'_>,
    filter: &OrderFilter,
) -> Result<Vec<OrderRow>, Failure> {
    let open = "SELECT id, key, traffic, count, label, meta, created_ms, FALSE, FALSE FROM orders
                WHERE acknowledged_ms IS NULL AND abandoned_ms IS NULL ORDER BY id DESC LIMIT $1";
    let all =
        "SELECT id, key, traffic, count, label, meta, created_ms, acknowledged_ms IS NOT NULL,
                      abandoned_ms IS NOT NULL FROM orders ORDER BY id DESC LIMIT $1";
    let sql = if filter.open_only { open } else { all };
    let orders = query(db, sql, [&filter.limit.map(i64::from)]).await?;
    with_all(db, orders).await
}

/// The orders of these rows with their purchases and vouchers.
async fn with_all(db: &Transaction<'_>, rows: Vec<Row>) -> Result<Vec<OrderRow>, Failure> {
    let mut orders = Vec::with_capacity(rows.len());
    let mut ids: Vec<i64> = Vec::with_capacity(rows.len());
    for row in &rows {
        ids.push(row.try_get(0)?);
        orders.push(order_row(row)?);
    }
    let purchases = "
        SELECT p.order_id, p.id, p.count,
               -- Whoever settles writes it down; until then it is only read so.
               CASE WHEN p.state = 'sending'
                         AND p.deadline_ms <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint
                    THEN 'in_doubt' ELSE p.state END,
               p.reason,
               p.count - (SELECT count(*) FROM vouchers v WHERE v.purchase_id = p.id AND v.role = 'certain'),
               p.deadline_ms
        FROM purchases p WHERE p.order_id = ANY($1) ORDER BY p.id";
    let vouchers =
        "SELECT order_id, hash, code, role FROM vouchers WHERE order_id = ANY($1) ORDER BY seq";
    let (now_ms, purchases, vouchers) = try_join!(
        account::now_ms(db),
        query(db, purchases, [&ids]),
        query(db, vouchers, [&ids])
    )?;
    let places: HashMap<i64, usize> = ids.into_iter().zip(0..).collect();
    for row in &purchases {
        let place = places.get(&row.try_get(0)?);
        if let Some(order) = place.and_then(|place| orders.get_mut(*place)) {
            order.purchases.push(purchase_row(row, now_ms)?);
        }
    }
    for row in &vouchers {
        let place = places.get(&row.try_get(0)?);
        if let Some(order) = place.and_then(|place| orders.get_mut(*place)) {
            order.vouchers.push(voucher_row(row)?);
        }
    }
    Ok(orders)
}

fn order_row(row: &Row) -> Result<OrderRow, Failure> {
    Ok(OrderRow {
        key: row.try_get(1)?,
        traffic: row.try_get(2)?,
        count: count(row, 3)?,
        label: row.try_get(4)?,
        meta: row.try_get(5)?,
        created_at_ms: row.try_get(6)?,
        acknowledged: row.try_get(7)?,
        abandoned: row.try_get(8)?,
        purchases: Vec::new(),
        vouchers: Vec::new(),
    })
}

fn purchase_row(row: &Row, now_ms: i64) -> Result<PurchaseRow, Failure> {
    let mut state = state(row, 3)?;
    // The process that settles writes it down. Until then it is only read as in doubt.
    if is_overdue(state, row.try_get(6)?, now_ms) {
        state = PurchaseState::InDoubt;
    }
    Ok(PurchaseRow {
        id: row.try_get(1)?,
        count: count(row, 2)?,
        state,
        reason: row.try_get(4)?,
        // Below zero if an answer named more than were asked for, and the order lacked them.
        outstanding: u32::try_from(row.try_get::<_, i64>(5)?).unwrap_or(0),
    })
}

fn voucher_row(row: &Row) -> Result<VoucherRow, Failure> {
    let code: Option<String> = row.try_get(2)?;
    let code = code.map(|code| CdkCode::new(code).map_err(|_| damaged("a code is not readable")));
    let role = VoucherRole::from_name(row.try_get(3)?);
    Ok(VoucherRow {
        hash: hash(row, 1)?,
        code: code.transpose()?,
        role: role.ok_or_else(|| damaged("a voucher's role is not readable"))?,
    })
}

pub(super) fn state(row: &Row, column: usize) -> Result<PurchaseState, Failure> {
    let state = PurchaseState::from_name(row.try_get(column)?);
    state.ok_or_else(|| damaged("a purchase's state is not readable"))
}

pub(super) fn count(row: &Row, column: usize) -> Result<u32, Failure> {
    let count: i64 = row.try_get(column)?;
    u32::try_from(count).map_err(|_| damaged("a count is not readable"))
}

pub(super) async fn acknowledge(db: &Transaction<'_>, key: &str) -> Result<bool, Failure> {
    let sql = "UPDATE orders
               SET acknowledged_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
               WHERE key = $1 AND acknowledged_ms IS NULL RETURNING id";
    let rows = query(db, sql, [&key]).await?;
    let Some(row) = rows.first() else {
        return Ok(false);
    };
    let id: i64 = row.try_get(0)?;
    // Not those of its surplus: the caller may not have them yet.
    let forget = "UPDATE vouchers SET code = NULL WHERE order_id = $1 AND role = 'certain'";
    query(db, forget, [&id]).await?;
    Ok(true)
}

pub(super) async fn abandon(db: &Transaction<'_>, key: &str) -> Result<(), Failure> {
    account::lock(db).await?;
    let sql = "UPDATE orders
               SET abandoned_ms = coalesce(abandoned_ms, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
               WHERE key = $1";
    query(db, sql, [&key]).await.map(drop)
}
