//! Several operators on one PostgreSQL: `just test-postgres`. They need the server that `issuer/tools/with-postgres`
//! starts, so a plain `cargo test` leaves them out.

use crate::support::{Ended, Running, Shop, ended};

/// An operator: a folder of his own, the shop's account, and the shared store.
fn operator(shop: &Shop, name: &str, arguments: &str) -> std::process::Command {
    let mut command = shop.command(arguments);
    command
        .env(
            "THORDATA_CDK_CONFIG_DIR",
            shop.path(format!("{name}/config")),
        )
        .env("THORDATA_CDK_DATA_DIR", shop.path(format!("{name}/data")))
        .env("THORDATA_CDK_STORE", database());
    command
}

/// One test uses one database; the schema has a fixed name.
fn database() -> String {
    std::env::var("POSTGRES_URL").expect("`just test-postgres` sets POSTGRES_URL")
}

#[test]
#[ignore = "needs PostgreSQL: just test-postgres"]
fn operators_share_orders_labels_and_keys_on_one_database() {
    let shop = Shop::open();
    let run =
        |name: &str, arguments: &str| -> Ended { ended(operator(&shop, name, arguments), "") };

    run(
        "anna",
        "create --order A --traffic 5 --count 2 --label webshop",
    )
    .exits(0);
    run("ben", "orders -o csv --fields order,state,bought,label")
        .exits(0)
        .prints("order,state,bought,label\nA,acknowledged,2,webshop\n");
    // The same order again, by another operator: nothing is bought.
    run("ben", "create --order A --traffic 5 --count 2");
    assert_eq!((shop.codes().len(), shop.requests("create")), (2, 1));
    let labels = run("ben", "list --label webshop -o csv --fields label,order").exits(0);
    assert_eq!(labels.out, "label,order\nwebshop,A\nwebshop,A\n");

    // Both at once, under one key.
    let both = ["anna", "ben"].map(|name| {
        Running::start(operator(
            &shop,
            name,
            "create --order B --traffic 1 --count 3 --wait 30s",
        ))
    });
    let printed: Vec<String> = both.into_iter().map(|running| running.end().out).collect();
    assert_eq!(shop.codes().len(), 5);
    // Whoever bought them printed them; the other did so too only if he read them before they were acknowledged.
    assert!(
        printed.iter().any(|out| out.lines().count() == 3),
        "{printed:?}"
    );
    assert!(!shop.path("anna/data/default/orders.db").exists());
}
