//! Orders: placed, looked up, acknowledged, released, abandoned; and vouchers that one adopts.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::{NewOrder, OrderFilter, OrderRow, Voucher};
use super::row::{Answer, damaged, now_ms, purchase_row, voucher_row};
use super::vouchers::give;

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
    // SQLite takes a negative limit for none.
    let limit = filter.limit.map_or(-1, i64::from);
    let keys = keys.query_map([limit], |row| row.get::<_, String>(0))?;
    let mut orders = Vec::new();
    for key in keys {
        orders.extend(load(db, &key?)?);
    }
    Ok(Ok(orders))
}

pub(super) fn load(db: &Connection, key: &str) -> rusqlite::Result<Option<OrderRow>> {
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

pub(super) fn acknowledge(db: &Connection, key: &str) -> Answer<bool> {
    let found = db
        .prepare_cached(
            "UPDATE orders SET acknowledged_ms = ?2 WHERE key = ?1 AND acknowledged_ms IS NULL",
        )?
        .execute(params![key, now_ms()])?;
    db.prepare_cached(
        // Not those of its surplus: the caller may not have them yet.
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
