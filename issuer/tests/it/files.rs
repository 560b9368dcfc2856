//! The file of the embedded store.

use thordata_cdk_issuer::store::StoreErrorKind;
use thordata_cdk_issuer::thordata_cdk::{Client, Credentials};
use thordata_cdk_issuer::{IssueError, Issuer, IssuerOptions, SqliteStore};

use crate::support::{Shop, TWO, codes, lost_answer, quick, sorted};

async fn kind_of(shop: &Shop) -> StoreErrorKind {
    SqliteStore::open(shop.path()).await.unwrap_err().kind()
}

#[cfg(unix)]
#[tokio::test]
async fn its_files_are_for_their_owner_alone_and_open_ones_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("A", TWO).await.unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(shop.folder.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        files += 1;
    }
    assert_eq!(files, 3); // the database, -wal and -shm
    std::fs::set_permissions(shop.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(kind_of(&shop).await, StoreErrorKind::Exposed);
}

#[tokio::test]
async fn another_accounts_store_is_refused_unless_the_token_was_replaced() {
    let shop = Shop::open().await;
    drop(shop.exclusive().await);
    let other = || {
        Client::builder(Credentials::new("another-token", "key").unwrap())
            .base_url(shop.sandbox.base_url())
            .build()
            .unwrap()
    };
    let store = SqliteStore::open(shop.path()).await.unwrap();
    let options = quick(IssuerOptions::exclusive());
    let error = Issuer::new(other(), store.clone(), options.clone()).await;
    match error {
        Err(IssueError::Store(error)) => assert_eq!(error.kind(), StoreErrorKind::OtherAccount),
        other => panic!("{other:?}"),
    }
    let replaced = options.token_replaced(true);
    Issuer::new(other(), store, replaced).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_and_not_changed() {
    let shop = Shop::open().await;
    let text = "nozzapqOWJOCcWIX\nuJQJFnycHOpSEw5N\n".repeat(100);
    std::fs::write(shop.path(), &text).unwrap();
    own(&shop);
    assert_eq!(kind_of(&shop).await, StoreErrorKind::Damaged);
    assert_eq!(std::fs::read_to_string(shop.path()).unwrap(), text);
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let shop = Shop::open().await;
    let db = rusqlite::Connection::open(shop.path()).unwrap();
    db.execute_batch("CREATE TABLE songs (title TEXT)").unwrap();
    drop(db);
    own(&shop);
    assert_eq!(kind_of(&shop).await, StoreErrorKind::Damaged);
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let shop = Shop::open().await;
    drop(SqliteStore::open(shop.path()).await.unwrap());
    let db = rusqlite::Connection::open(shop.path()).unwrap();
    db.pragma_update(None, "user_version", 2).unwrap();
    drop(db);
    assert_eq!(kind_of(&shop).await, StoreErrorKind::Newer);
}

#[tokio::test]
async fn a_damaged_store_is_refused() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    issuer.issue("A", TWO).await.unwrap();
    let mut bytes = std::fs::read(shop.path()).unwrap();
    bytes.truncate(100);
    bytes.extend([0x5a; 40_000]);
    // Beside the open one, which would repair it from its log.
    let shop = Shop::open().await;
    std::fs::write(shop.path(), bytes).unwrap();
    own(&shop);
    assert_eq!(kind_of(&shop).await, StoreErrorKind::Damaged);
}

fn own(shop: &Shop) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(shop.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let _ = shop;
}

#[tokio::test]
async fn a_restored_backup_sells_no_code_twice_and_the_audit_reports_what_it_cannot_know() {
    let shop = Shop::open().await;
    let issuer = shop.exclusive().await;
    let known = issuer.issue("known", TWO).await.unwrap();
    let backup = shop.folder.path().join("backup.db");
    let db = rusqlite::Connection::open(shop.path()).unwrap();
    db.execute("VACUUM INTO ?1", [backup.to_str().unwrap()])
        .unwrap();
    drop(db);
    let later = issuer.issue("later", TWO).await.unwrap();
    issuer.acknowledge("later").await.unwrap();
    drop(issuer);
    for ending in ["-wal", "-shm"] {
        let path = format!("{}{ending}", shop.path().display());
        drop(std::fs::remove_file(path));
    }
    std::fs::rename(&backup, shop.path()).unwrap();
    own(&shop);
    let restored = shop.exclusive().await;
    assert_eq!(restored.issue("known", TWO).await.unwrap(), known);
    let report = restored.audit(None).await.unwrap();
    assert_eq!((report.listed, report.explained), (4, 2));
    let unexplained = report
        .unexplained
        .iter()
        .map(|voucher| voucher.cdk.cdk.to_string());
    assert_eq!(sorted(unexplained), codes(&later));
    // A lost answer is not settled with vouchers that were sold before the purchase began.
    shop.sandbox.advance(std::time::Duration::from_secs(3600));
    restored.issue("now", TWO).await.unwrap();
    shop.sandbox.inject(lost_answer());
    let order = restored.issue("new", TWO).await.unwrap();
    assert!(order.is_complete());
    assert!(
        codes(&order)
            .iter()
            .all(|code| !codes(&later).contains(code))
    );
}
