//! The seeded random walk of `examples/faults`, short enough for every test run. `WALK_SEED=…` takes
//! another way.

#[path = "../../../examples/faults/menu.rs"]
mod menu;
#[path = "../../../examples/faults/walk.rs"]
#[allow(clippy::module_inception)]
mod walk;

use walk::Tally;

const ORDERS: usize = 2000;
const PER_ACCOUNT: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_orders_over_faults_and_crashes_lose_nothing_and_buy_nothing_twice() {
    let seed: u64 = match std::env::var("WALK_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => 1,
    };
    println!("to repeat: WALK_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    let mut running = tokio::task::JoinSet::new();
    for part in 0..ORDERS / PER_ACCOUNT {
        if running.len() == 8 {
            tally.add(running.join_next().await.unwrap().unwrap());
        }
        let folder = folder.path().to_owned();
        running.spawn(async move {
            let seed = seed.wrapping_add(part as u64);
            walk::walk(seed, PER_ACCOUNT, folder).await.unwrap()
        });
    }
    while let Some(part) = running.join_next().await {
        tally.add(part.unwrap());
    }
    assert_eq!(tally.losses, Vec::<String>::new(), "WALK_SEED={seed}");
    assert_eq!(
        (tally.bought_twice, tally.given_twice, tally.lost),
        (0, 0, 0),
        "WALK_SEED={seed}"
    );
    assert_eq!(tally.orders, ORDERS);
    assert!(
        tally.crashes > 0 && tally.dropped > 0 && tally.vouchers > ORDERS,
        "{tally:?}"
    );
}
