//! Vouchers: whose they are, and how they are given to an order.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::Transaction;
use tokio::try_join;
use tokio_postgres::Row;
use uuid::Uuid;

use super::account::{self, damaged};
use super::failure::Failure;
use super::query::query;
use crate::store::{CodeHash, Origin, Voucher, VoucherRole};

pub(super) fn hash(row: &Row, column: usize) -> Result<CodeHash, Failure> {
    let bytes: &[u8] = row.try_get(column)?;
    let bytes = bytes.try_into();
    bytes
        .map(CodeHash)
        .map_err(|_| damaged("a voucher's hash is not readable"))
}

fn bytes(hashes: impl IntoIterator<Item = CodeHash>) -> Vec<Vec<u8>> {
    let bytes = hashes.into_iter().map(|hash| hash.0.to_vec());
    bytes.collect()
}

/// What an order `o` lacks of its count.
pub(super) const MISSING: &str =
    "(o.count - (SELECT count(*) FROM vouchers v WHERE v.order_id = o.id AND v.role = 'certain'))";

/// A voucher as the store has it.
pub(super) struct Owned {
    role: VoucherRole,
    order_id: i64,
    purchase: Option<Uuid>,
}

pub(super) async fn owned(
    db: &Transaction<'_>,
    vouchers: &[Voucher],
) -> Result<HashMap<CodeHash, Owned>, Failure> {
    let sql = "SELECT hash, role, order_id, purchase_id FROM vouchers WHERE hash = ANY($1)";
    let hashes = bytes(vouchers.iter().map(|voucher| voucher.hash));
    let mut owned = HashMap::new();
    for row in query(db, sql, [&hashes]).await? {
        let role = VoucherRole::from_name(row.try_get(1)?);
        let owner = Owned {
            role: role.ok_or_else(|| damaged("a voucher's role is not readable"))?,
            order_id: row.try_get(2)?,
            purchase: row.try_get(3)?,
        };
        owned.insert(hash(&row, 0)?, owner);
    }
    Ok(owned)
}

/// Whether no voucher belongs to another purchase, or to none, as more than a candidate.
pub(super) fn are_free(id: Uuid, owned: &HashMap<CodeHash, Owned>) -> bool {
    let is_free =
        |owner: &Owned| owner.role == VoucherRole::Candidate || owner.purchase == Some(id);
    owned.values().all(is_free)
}

/// Gives vouchers to an order: certain as far as its count goes, surplus beyond it. Those that are certain already stay.
/// Needs the account's lock.
pub(super) async fn give(
    db: &Transaction<'_>,
    order_id: i64,
    purchase: Option<Uuid>,
    vouchers: &[Voucher],
) -> Result<(), Failure> {
    let missing = format!("SELECT {MISSING} FROM orders o WHERE o.id = $1");
    let (missing, owned) = try_join!(query(db, &missing, [&order_id]), owned(db, vouchers))?;
    let missing = missing
        .first()
        .ok_or_else(|| damaged("an order is missing"))?;
    give_missing(
        db,
        order_id,
        purchase,
        vouchers,
        missing.try_get(0)?,
        &owned,
    )
    .await
}

/// Like the function above, for an order that lacks `missing` vouchers, and for vouchers that the store has already.
pub(super) async fn give_missing(
    db: &Transaction<'_>,
    order_id: i64,
    purchase: Option<Uuid>,
    vouchers: &[Voucher],
    mut missing: i64,
    owned: &HashMap<CodeHash, Owned>,
) -> Result<(), Failure> {
    let mut given = HashSet::new();
    let mut free = Vec::new();
    let mut roles = Vec::new();
    for voucher in vouchers {
        let owner = owned.get(&voucher.hash);
        let is_certain = owner.is_some_and(|owner| owner.role == VoucherRole::Certain);
        // A code that is named twice is one voucher; and PostgreSQL refuses to write a row twice in one
        // statement.
        if is_certain || !given.insert(voucher.hash) {
            continue;
        }
        // In the order of the answer: the first ones are the order's, the rest is surplus.
        let role = match missing > 0 {
            true => VoucherRole::Certain,
            false => VoucherRole::Surplus,
        };
        missing = missing.saturating_sub(1);
        free.push(voucher.clone());
        roles.push(role.name());
    }
    let sql = "
        INSERT INTO vouchers (order_id, purchase_id, hash, code, role)
        SELECT $1, $2, hash, code, role
        FROM unnest($3::bytea[], $4::text[], $5::text[]) WITH ORDINALITY AS new (hash, code, role, place)
        ORDER BY place
        ON CONFLICT (hash) DO UPDATE SET
            order_id = excluded.order_id, purchase_id = excluded.purchase_id,
            code = excluded.code, role = excluded.role";
    write(db, sql, order_id, purchase, &free, &roles).await
}

/// Writes vouchers with this role, except for those that the store has.
pub(super) async fn add(
    db: &Transaction<'_>,
    order_id: i64,
    purchase: Uuid,
    vouchers: &[Voucher],
    role: VoucherRole,
) -> Result<(), Failure> {
    let sql = "
        INSERT INTO vouchers (order_id, purchase_id, hash, code, role)
        SELECT $1, $2, hash, code, role
        FROM unnest($3::bytea[], $4::text[], $5::text[]) WITH ORDINALITY AS new (hash, code, role, place)
        ORDER BY place
        ON CONFLICT (hash) DO NOTHING";
    let roles = vec![role.name(); vouchers.len()];
    write(db, sql, order_id, Some(purchase), vouchers, &roles).await
}

async fn write(
    db: &Transaction<'_>,
    sql: &str,
    order_id: i64,
    purchase: Option<Uuid>,
    vouchers: &[Voucher],
    roles: &[&str],
) -> Result<(), Failure> {
    if vouchers.is_empty() {
        return Ok(());
    }
    let hashes = bytes(vouchers.iter().map(|voucher| voucher.hash));
    let codes: Vec<&str> = vouchers.iter().map(|v| v.code.as_str()).collect();
    query(db, sql, [&order_id, &purchase, &hashes, &codes, &roles])
        .await
        .map(drop)
}

pub(super) async fn add_surplus(
    db: &Transaction<'_>,
    id: Uuid,
    vouchers: &[Voucher],
) -> Result<(), Failure> {
    account::lock(db).await?;
    let sql = "SELECT order_id FROM purchases WHERE id = $1";
    let rows = query(db, sql, [&id]).await?;
    let Some(row) = rows.first() else {
        return Ok(());
    };
    let order_id = row.try_get(0)?;
    add(db, order_id, id, vouchers, VoucherRole::Surplus).await
}

pub(super) async fn adopt(
    db: &Transaction<'_>,
    key: &str,
    vouchers: &[Voucher],
) -> Result<bool, Failure> {
    account::lock(db).await?;
    let rows = query(db, "SELECT id FROM orders WHERE key = $1", [&key]).await?;
    let Some(row) = rows.first() else {
        return Ok(false);
    };
    let order_id: i64 = row.try_get(0)?;
    let owned = owned(db, vouchers).await?;
    let is_taken = |owner: &Owned| owner.role == VoucherRole::Certain && owner.order_id != order_id;
    if owned.values().any(is_taken) {
        return Ok(false);
    }
    give(db, order_id, None, vouchers).await?;
    Ok(true)
}

pub(super) async fn known(db: &Transaction<'_>, hashes: &[CodeHash]) -> Result<Vec<bool>, Failure> {
    let sql = "SELECT hash FROM vouchers WHERE hash = ANY($1)";
    let mut known = HashSet::new();
    for row in query(db, sql, [&bytes(hashes.iter().copied())]).await? {
        known.insert(hash(&row, 0)?);
    }
    Ok(hashes.iter().map(|hash| known.contains(hash)).collect())
}

pub(super) async fn origins(
    db: &Transaction<'_>,
    hashes: &[CodeHash],
) -> Result<Vec<Option<Origin>>, Failure> {
    let sql = "SELECT v.hash, o.key, o.label FROM vouchers v JOIN orders o ON o.id = v.order_id
               WHERE v.hash = ANY($1) AND v.role <> 'candidate'";
    let mut origins = HashMap::new();
    for row in query(db, sql, [&bytes(hashes.iter().copied())]).await? {
        let origin = Origin {
            key: row.try_get(1)?,
            label: row.try_get(2)?,
        };
        origins.insert(hash(&row, 0)?, origin);
    }
    Ok(hashes
        .iter()
        .map(|hash| origins.get(hash).cloned())
        .collect())
}

pub(super) async fn newest(db: &Transaction<'_>, limit: u32) -> Result<Vec<CodeHash>, Failure> {
    let sql = "SELECT hash FROM vouchers WHERE role = 'certain' ORDER BY seq DESC LIMIT $1";
    let rows = query(db, sql, [&i64::from(limit)]).await?;
    rows.iter().map(|row| hash(row, 0)).collect()
}
