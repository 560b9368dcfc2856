//! Decoding from memory: `cargo bench -p thordata-cdk-peers`.

#![allow(clippy::unwrap_used)] // of texts made here

use divan::{Bencher, black_box, counter::BytesCount};
use thordata_cdk::{Cdk, CdkCode, CdkDetails, Envelope};
use thordata_cdk_peers::{CODE, hand, server, stock};

const DETAILS: &str = r#"{"code":200,"data":{"cdk":"LCoum2cHq1XSmTGi","status":1,"create_time":1748253271,"traffic":2,"traffic_duration":7776000,"use_username":"","use_time":0},"msg":"success"}"#;

fn main() {
    divan::main();
}

#[divan::bench]
fn a_code_from_text() -> CdkCode {
    CdkCode::new(black_box(CODE)).unwrap()
}

#[divan::bench]
fn a_code_cloned(bencher: Bencher<'_, '_>) {
    let code = CdkCode::new(CODE).unwrap();
    bencher.bench(|| black_box(&code).clone());
}

#[divan::bench]
fn the_reply_to_a_look_up() -> Envelope<CdkDetails> {
    serde_json::from_str(black_box(DETAILS)).unwrap()
}

#[divan::bench]
fn the_reply_to_a_look_up_by_hand() -> hand::Envelope<hand::Cdk> {
    serde_json::from_str(black_box(DETAILS)).unwrap()
}

/// A list of a thousand rows.
fn list() -> String {
    let rows = server::rows(1000);
    format!(
        r#"{{"code":200,"data":[{}],"msg":"success"}}"#,
        rows.trim_end_matches(',')
    )
}

#[divan::bench]
fn a_thousand_rows_by_serde(bencher: Bencher<'_, '_>) {
    let list = list();
    let bytes = BytesCount::of_str(&list);
    bencher
        .counter(bytes)
        .bench(|| serde_json::from_str::<Envelope<Vec<Cdk>>>(black_box(&list)).unwrap());
}

#[divan::bench]
fn a_thousand_rows_by_hand(bencher: Bencher<'_, '_>) {
    let list = list();
    let bytes = BytesCount::of_str(&list);
    bencher.counter(bytes).bench(|| {
        serde_json::from_str::<hand::Envelope<Vec<hand::Cdk>>>(black_box(&list)).unwrap()
    });
}

#[divan::bench]
fn a_thousand_rows_by_stock(bencher: Bencher<'_, '_>) {
    let list = list();
    let bytes = BytesCount::of_str(&list);
    bencher
        .counter(bytes)
        .bench(|| serde_json::from_str::<stock::types::ListCdksSuccess>(black_box(&list)).unwrap());
}
