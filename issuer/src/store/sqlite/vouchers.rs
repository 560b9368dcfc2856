//! Which vouchers are known, whose they are, and to whom they are given.

use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::super::{CodeHash, Origin, Voucher, VoucherRole};
use super::row::Answer;

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

/// How many vouchers an order lacks, and how many of these a purchase may still bring.
pub(super) fn missing_and_blocked(db: &Connection, order_id: i64) -> rusqlite::Result<(u32, u32)> {
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

/// Whether no voucher belongs to another purchase, or to none, as more than a candidate.
pub(super) fn are_free(db: &Connection, id: Uuid, vouchers: &[Voucher]) -> rusqlite::Result<bool> {
    // `IS` and not `=`, which is NULL for a voucher that was adopted and has no purchase.
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
pub(super) fn give(
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
        // Nothing is written for a voucher that is certain already, and `missing` does not count it.
        if written > 0 {
            missing = missing.saturating_sub(1);
        }
    }
    Ok(())
}

/// Writes vouchers as candidates of a purchase, except for those that the store has. Whether there was one.
pub(super) fn add_candidates(
    db: &Connection,
    order_id: i64,
    purchase: Uuid,
    vouchers: &[Voucher],
) -> rusqlite::Result<bool> {
    let mut written = 0_usize;
    for voucher in vouchers {
        let added = db
            .prepare_cached(
                "INSERT INTO vouchers (hash, order_id, purchase_id, code, role)
                 VALUES (?1, ?2, ?3, ?4, 'candidate') ON CONFLICT (hash) DO NOTHING",
            )?
            .execute(params![
                voucher.hash.0,
                order_id,
                purchase.as_bytes(),
                voucher.code.as_str()
            ])?;
        written = written.saturating_add(added);
    }
    Ok(written > 0)
}
