//! Whose database it is.

use thordata_cdk_issuer::PostgresStore;
use thordata_cdk_issuer::store::{Store as _, StoreErrorKind};

use crate::support::{schema, sql, store, url};

async fn kind(schema: &str) -> StoreErrorKind {
    let opened = PostgresStore::connect_to_schema(&url(), schema).await;
    opened.unwrap_err().kind()
}

#[tokio::test]
#[ignore = "needs the server of `just test-postgres`"]
async fn a_schema_of_a_newer_version_is_refused() {
    let name = schema();
    drop(store(&name).await);
    sql(&format!("UPDATE {name}.account SET version = 2")).await;
    assert_eq!(kind(&name).await, StoreErrorKind::Newer);
}

#[tokio::test]
#[ignore = "needs the server of `just test-postgres`"]
async fn a_schema_of_another_program_is_refused_and_not_changed() {
    let name = schema();
    sql(&format!(
        "CREATE SCHEMA {name}; CREATE TABLE {name}.account (name TEXT)"
    ))
    .await;
    assert_eq!(kind(&name).await, StoreErrorKind::Damaged);
    sql(&format!("DROP TABLE {name}.account; DROP SCHEMA {name}")).await;
}

#[tokio::test]
#[ignore = "needs the server of `just test-postgres`"]
async fn an_empty_schema_that_somebody_made_before_is_used() {
    let name = schema();
    sql(&format!("CREATE SCHEMA {name}")).await;
    assert_eq!(store(&name).await.newest(1).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs the server of `just test-postgres`"]
async fn processes_that_start_at_once_make_one_schema() {
    let name = schema();
    let starting: Vec<_> = (0..8)
        .map(|_| {
            let name = name.clone();
            tokio::spawn(async move { store(&name).await.hash_key().await.unwrap() })
        })
        .collect();
    let mut keys = Vec::new();
    for started in starting {
        keys.push(started.await.unwrap());
    }
    keys.dedup();
    assert_eq!(keys.len(), 1);
}

#[tokio::test]
#[ignore = "needs the server of `just test-postgres`"]
async fn errors_name_the_cause_and_never_the_password() {
    let refused = [
        url().replace("/postgres", "/no_such_database"),
        url().replace("cdk@", "nobody:s3cret@"),
    ];
    for url in refused {
        let error = PostgresStore::connect(&url).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("s3cret"), "{text}");
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    }
}
