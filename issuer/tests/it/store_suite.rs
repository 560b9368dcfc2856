//! The published suite of the store, on the embedded one.

use thordata_cdk_issuer::SqliteStore;
use thordata_cdk_issuer::store::suite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_store_passes_the_suite() {
    let folder = tempfile::tempdir().unwrap();
    suite::check_all(async |name| SqliteStore::open(folder.path().join(name)).await.unwrap()).await;
}
