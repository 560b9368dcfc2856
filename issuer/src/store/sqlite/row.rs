//! What every query needs: the clock, times, and rows of the schema as values.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::Row;
use thordata_cdk::CdkCode;
use uuid::Uuid;

use super::super::{
    CodeHash, PurchaseRow, PurchaseState, StoreError, StoreErrorKind, VoucherRole, VoucherRow,
};
use crate::gate::{self};

pub(super) type Answer<T> = rusqlite::Result<Result<T, StoreError>>;

/// The store's clock: this machine's.
pub(super) fn now_ms() -> i64 {
    // No monotonic clock: it must mean the same to all processes, and after a restart.
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn duration(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

pub(super) fn damaged(what: &str) -> StoreError {
    let what = format!("the store is damaged: {what}; restore a backup");
    StoreError::new(StoreErrorKind::Damaged, what)
}

pub(super) fn purchase_row(row: &Row<'_>) -> rusqlite::Result<PurchaseRow> {
    let outstanding: i64 = row.get(4)?;
    let mut state = state(row, 2)?;
    // The process that settles writes it down. Until then it is only read as in doubt.
    if gate::is_overdue(state, row.get(5)?, now_ms()) {
        state = PurchaseState::InDoubt;
    }
    Ok(PurchaseRow {
        id: Uuid::from_bytes(row.get(0)?),
        count: row.get(1)?,
        state,
        reason: row.get(3)?,
        // Below zero if an answer named more than were asked for, and the order lacked them.
        outstanding: u32::try_from(outstanding).unwrap_or(0),
    })
}

pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<PurchaseState> {
    let name: String = row.get(column)?;
    PurchaseState::from_name(&name).ok_or_else(|| unreadable(column, "a purchase's state"))
}

pub(super) fn voucher_row(row: &Row<'_>) -> rusqlite::Result<VoucherRow> {
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
pub(super) fn unreadable(column: usize, what: &str) -> rusqlite::Error {
    let why = format!("{what} is not readable");
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why.into())
}
