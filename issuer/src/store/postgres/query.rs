//! Statements.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::failure::Failure;

/// Runs a statement that is prepared once for each connection. Futures that are polled together share a round trip.
pub(super) async fn query<const N: usize>(
    db: &Transaction<'_>,
    sql: &str,
    values: [&(dyn ToSql + Sync); N],
) -> Result<Vec<Row>, Failure> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.query(&statement, &values).await?)
}
