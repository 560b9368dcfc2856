//! The published suite.

use thordata_cdk_issuer::store::suite;

use crate::support::{schema, store};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the server of `just test-postgres`"]
async fn the_store_passes_the_suite() {
    let prefix = schema();
    suite::check_all(async |name| {
        let name: String = format!("{prefix}_{name}").chars().take(63).collect();
        store(&name).await
    })
    .await;
}
