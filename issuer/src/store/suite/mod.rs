//! Tests that every [`Store`] must pass. For whoever writes another one: call [`check_all`] in a test.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let folder = tempfile::tempdir().unwrap();
//! use thordata_cdk_issuer::SqliteStore;
//! use thordata_cdk_issuer::store::suite;
//!
//! suite::check_all(async |name| SqliteStore::open(folder.path().join(name)).await.unwrap()).await;
//! # }
//! ```

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // these are tests

mod orders;
mod purchases;
mod settling;
mod support;

use super::Store;

/// Runs every test, each on a store of its own. `open` gets a name of lower-case letters and `_`: it returns a new, empty
/// store for a name that is new, and another handle on the same store for one that it had before.
///
/// # Panics
/// At the first rule that the store breaks, or if a method of the store fails.
///
/// # Cancel safety
/// Dropped, it runs no further test. The stores that it opened keep what was written: begin again with new ones.
pub async fn check_all<S: Store>(open: impl AsyncFn(&'static str) -> S) {
    macro_rules! check {
        ($($module:ident: $($name:ident),+;)+) => {$($(
            let (store, other) = (open(stringify!($name)).await, open(stringify!($name)).await);
            $module::$name(&store, &other).await;
        )+)+};
    }
    check! {
        orders: binds_to_one_account, inserts_an_order_once, returns_orders_newest_first, forgets_codes_when_acknowledged,
            acknowledges_a_complete_order_once,
            buys_nothing_for_a_closed_order, abandons_no_order_that_is_complete_or_has_a_purchase_under_way,
            abandons_an_order_or_begins_its_purchase, gives_vouchers_away_once, finds_the_order_of_a_voucher, remembers_whether_exclusive;
        purchases: begins_what_an_order_lacks, reads_a_purchase_past_its_deadline_as_in_doubt, begins_the_same_purchase_once, begins_no_purchase_again_past_its_deadline,
            begins_one_purchase_for_a_key_asked_for_at_once,
            begins_no_more_than_may_be_in_flight,
            keeps_an_answer, puts_an_answer_with_a_known_code_in_doubt,
            makes_candidates_of_a_late_answer_with_a_known_code, keeps_what_a_short_answer_names,
            keeps_what_a_long_answer_names, buys_again_what_was_not_bought, keeps_a_late_answer,
            keeps_an_answer_to_what_a_list_completed, keeps_an_answer_after_a_retry_as_surplus, shares_the_pace;
        settling: closes_the_gate_when_a_deadline_passes, waits_for_purchases_that_are_sending, grants_one_lease_at_a_time,
            writes_what_was_observed, writes_what_is_unclear, leaves_an_answer_that_came_meanwhile, takes_all_verdicts_or_none,
            adds_late_vouchers_as_surplus;
    }
}
