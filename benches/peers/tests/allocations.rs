//! How often the client allocates: not once for each row of a list.

#![allow(clippy::expect_used)] // a test

use allocation_counter::AllocationInfo;
use futures_util::StreamExt;
use thordata_cdk::Client;
use thordata_cdk_peers::{our_client, server};
use tokio::runtime::{Builder, Runtime};

/// A client of a list of `rows`, and the runtime that runs it on this thread, which alone is counted.
fn client(rows: usize) -> (Runtime, Client) {
    let runtime = Builder::new_current_thread().enable_all().build();
    let (base_url, _) = server::serve(rows).expect("no server");
    let client = our_client(&base_url).expect("no client");
    (runtime.expect("no runtime"), client)
}

/// What `read` allocates for a list of `rows`, once the connection is there.
fn counted(rows: usize, read: impl AsyncFn(&Client) -> usize) -> AllocationInfo {
    let (runtime, client) = client(rows);
    assert_eq!(runtime.block_on(read(&client)), rows);
    allocation_counter::measure(|| {
        assert_eq!(runtime.block_on(read(&client)), rows);
    })
}

/// The allocations of 20,000 rows more than a thousand. A piece of the body is an allocation or two, and holds
/// dozens of rows at the least.
fn for_20_000_rows(read: impl AsyncFn(&Client) -> usize) -> u64 {
    let few = counted(1_000, &read).count_total;
    let many = counted(21_000, &read).count_total;
    many.saturating_sub(few)
}

/// How many rows a stream hands out.
async fn streamed(client: &Client) -> usize {
    let rows = client.list_stream(None);
    rows.filter_map(async |row| row.ok()).count().await
}

#[test]
fn a_list_allocates_nothing_for_a_row() {
    let more = for_20_000_rows(async |client| client.list(None).await.map_or(0, |rows| rows.len()));
    assert!(more < 200, "{more} allocations for 20,000 rows");
}

#[test]
fn a_stream_allocates_nothing_for_a_row() {
    let more = for_20_000_rows(streamed);
    assert!(more < 200, "{more} allocations for 20,000 rows");
}

#[test]
fn a_stream_holds_as_much_of_a_long_list_as_of_a_short_one() {
    let held = |rows| counted(rows, streamed).bytes_max;
    let (short, long) = (held(20_000), held(400_000));
    assert!(long < 2 * 1024 * 1024, "{long} bytes at once");
    assert!(
        long < short * 4,
        "{long} bytes for 20 times the rows, {short} before"
    );
}
