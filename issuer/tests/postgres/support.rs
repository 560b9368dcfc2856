//! The server, and a schema of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use thordata_cdk_issuer::PostgresStore;
use tokio_postgres::NoTls;

/// The address of the server that the recipe started.
pub(crate) fn url() -> String {
    std::env::var("POSTGRES_URL").expect("run `just test-postgres`")
}

/// A name that no other test uses.
pub(crate) fn schema() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("test_{}_{number}", std::process::id())
}

pub(crate) async fn store(schema: &str) -> PostgresStore {
    let store = PostgresStore::connect_to_schema(&url(), schema).await;
    store.unwrap()
}

/// Runs statements beside the store.
pub(crate) async fn sql(statements: &str) {
    let (client, connection) = tokio_postgres::connect(&url(), NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(statements).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}
