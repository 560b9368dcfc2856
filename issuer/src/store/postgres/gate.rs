//! The gate's state, read under the account's lock. The rules are in `crate::gate`.

use deadpool_postgres::Transaction;
use tokio::try_join;
use uuid::Uuid;

use super::account::{self, Account};
use super::failure::Failure;
use super::query::query;
use crate::gate::{Gate, is_overdue};
use crate::store::PurchaseState;

/// The gate after purchases past their deadline were put in doubt. `account` is locked.
pub(super) async fn read(db: &Transaction<'_>, account: &Account) -> Result<Gate, Failure> {
    let sending = "SELECT id, deadline_ms FROM purchases WHERE state = 'sending'";
    let in_doubt = "SELECT count(*) FROM purchases WHERE state = 'in_doubt'";
    let (now_ms, sending, in_doubt) = try_join!(
        account::now_ms(db),
        query(db, sending, []),
        query(db, in_doubt, []),
    )?;
    let in_doubt: i64 = match in_doubt.first() {
        Some(row) => row.try_get(0)?,
        None => 0,
    };
    let mut gate = Gate {
        now_ms,
        sending: 0,
        last_deadline_ms: 0,
        in_doubt: u32::try_from(in_doubt).unwrap_or(u32::MAX),
        lease_until_ms: account.lease_until_ms,
    };
    let mut overdue: Vec<Uuid> = Vec::new();
    for purchase in &sending {
        let deadline_ms = purchase.try_get(1)?;
        if is_overdue(PurchaseState::Sending, deadline_ms, now_ms) {
            overdue.push(purchase.try_get(0)?);
            // The query did not count it: the update below comes later.
            gate.in_doubt = gate.in_doubt.saturating_add(1);
        } else {
            gate.sending = gate.sending.saturating_add(1);
            gate.last_deadline_ms = gate.last_deadline_ms.max(deadline_ms);
        }
    }
    if !overdue.is_empty() {
        let sql = "UPDATE purchases SET state = 'in_doubt', doubt_ms = $2,
                          reason = 'the process that sent it did not report its end' WHERE id = ANY($1)";
        query(db, sql, [&overdue, &now_ms]).await?;
    }
    Ok(gate)
}
