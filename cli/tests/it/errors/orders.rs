//! Buying, orders and records.

use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation};

use super::cases::{BUY, Case, Section, refused, two_open, undecided, with};

pub(super) const SECTIONS: &[Section] = &[
    Section(
        "Buying",
        &[
            Case("create, the wallet is empty", |shop| {
                shop.sandbox.set_balance(1);
                shop.run(BUY)
            }),
            Case("create, out of stock", |shop| {
                refused(
                    shop,
                    Operation::Create,
                    10_005,
                    "insufficient purchase quantity",
                );
                shop.run(BUY)
            }),
            Case("create, too many at once", |shop| {
                refused(
                    shop,
                    Operation::Create,
                    10_012,
                    "exceeding the quantity limit for a single purchase",
                );
                shop.run(BUY)
            }),
            Case("create, too frequent", |shop| {
                refused(shop, Operation::Create, 10_011, "frequent operations");
                shop.run(BUY)
            }),
            Case("create, wrong key", |shop| {
                refused(shop, Operation::Create, 10_014, "apiKey error");
                shop.run(BUY)
            }),
            Case("create, nothing listens", |shop| {
                shop.run("orders").exits(0);
                with(
                    shop,
                    BUY,
                    &[("THORDATA_CDK_BASE_URL", "http://127.0.0.1:9")],
                )
            }),
            Case(
                "create, the answer is lost, and vouchers are there",
                |shop| {
                    shop.sandbox
                        .inject(Fault::commit_then_drop(Operation::Create));
                    shop.run(BUY)
                },
            ),
            Case("create, the answer is lost, and none is there", |shop| {
                shop.sandbox.inject(
                    Fault::on(Operation::Create)
                        .commit(Commit::No)
                        .answer(Answer::Close),
                );
                shop.run(BUY)
            }),
            Case("create, the key has another order", |shop| {
                shop.run(BUY).exits(0);
                shop.run("create --order A-17 --traffic 5 --count 3")
            }),
            Case("create, the order was abandoned", |shop| {
                shop.sandbox.set_balance(1);
                shop.run(BUY).exits(1);
                shop.run("orders abandon A-17 --yes").exits(0);
                shop.run(BUY)
            }),
            Case("create --out FILE, a name that is not UTF-8", |shop| {
                shop.shell(
                    "thordata-cdk create --traffic 1 --count 1 --out \"$(printf 'codes-\\377')\"",
                )
            }),
            Case("create --out FILE, a file that no order began", |shop| {
                shop.write("letter.txt", "Dear reader,\n");
                shop.run("create --traffic 1 --count 1 --out letter.txt")
            }),
            Case(
                "create --out FILE, an order's file that holds something else now",
                |shop| {
                    shop.run("create --traffic 1 --count 1 --out letter.txt")
                        .exits(0);
                    shop.write("letter.txt", "Dear reader,\n");
                    shop.run("create --traffic 1 --count 1 --out letter.txt")
                },
            ),
            Case("create, standard output is /dev/null", |shop| {
                shop.shell(&format!("thordata-cdk {BUY} > /dev/null"))
            }),
            Case("create --out no/such/folder.txt", |shop| {
                shop.run("create --traffic 1 --count 1 --out no/such/folder.txt")
            }),
            Case("create --resume, two orders are open", |shop| {
                two_open(shop);
                shop.run("create --resume --yes")
            }),
            Case("create --resume A-99", |shop| {
                shop.run("create --resume A-99")
            }),
            Case("create, codes that cannot be written", |shop| {
                shop.shell(&format!("thordata-cdk {BUY} > /dev/full"))
            }),
        ],
    ),
    Section(
        "Orders",
        &[
            Case("resolve A-99", |shop| shop.run("resolve A-99")),
            Case("resolve A-17, nothing is left to decide", |shop| {
                shop.run(BUY).exits(0);
                shop.run("resolve A-17")
            }),
            Case("resolve A-17, undecided", |shop| {
                undecided(shop);
                shop.run("resolve A-17")
            }),
            Case("resolve A-17 --adopt-all, off a terminal", |shop| {
                undecided(shop);
                shop.run("resolve A-17 --adopt-all")
            }),
            Case(
                "resolve A-17 --adopt CODE, which belongs to another order",
                |shop| {
                    shop.run("create --order A-16 --traffic 5 --count 1 --out one.txt")
                        .exits(0);
                    undecided(shop);
                    shop.shell("thordata-cdk resolve A-17 --adopt $(cat one.txt) --yes")
                },
            ),
            Case("orders abandon A-17 --yes, which is complete", |shop| {
                shop.run(BUY).exits(0);
                shop.run("orders abandon A-17 --yes")
            }),
        ],
    ),
    Section(
        "Files of orders and records",
        &[
            Case("orders --store FILE, no database", |shop| {
                shop.write("orders.txt", &"no database ".repeat(200));
                shop.shell("chmod 600 orders.txt && thordata-cdk orders --store orders.txt")
            }),
            Case("orders --store FILE, which others can read", |shop| {
                shop.run("orders --store own.db").exits(0);
                shop.shell("chmod 644 own.db && thordata-cdk orders --store own.db")
            }),
            Case("orders, the store of another account", |shop| {
                shop.run("orders").exits(0);
                with(
                    shop,
                    "orders",
                    &[("THORDATA_PUBLIC_TOKEN", "token-of-another-account-1")],
                )
            }),
            Case("log, records that are no records", |shop| {
                shop.run("orders").exits(0);
                shop.shell("cp data/default/orders.db data/default/records.db && thordata-cdk log")
            }),
        ],
    ),
];
