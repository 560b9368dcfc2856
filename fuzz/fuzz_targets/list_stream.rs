#![no_main]

use std::iter;

use libfuzzer_sys::fuzz_target;
use thordata_cdk::fuzzing::list;
use thordata_cdk::{Cdk, Envelope};

const LONGEST_ROW: usize = 64 * 1024;

// The decoder of lists against serde, on the whole and in pieces.
fuzz_target!(|body: &[u8]| {
    let whole = serde_json::from_slice::<Envelope<Vec<Cdk>>>(body)
        .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(body)));
    let whole = whole.ok();
    // Each piece has the row so far looked at again: a long one comes in larger pieces.
    let piece = 1 + body.len() % 11 + body.len() / 256;
    for read in [list::read(iter::once(body)), list::read(body.chunks(piece))] {
        // A row beyond the limit is refused, which serde knows nothing of.
        if read.is_some() || body.len() <= LONGEST_ROW {
            agrees(whole.as_ref(), read);
        }
    }
});

fn agrees(whole: Option<&Envelope<Vec<Cdk>>>, read: Option<(Envelope<()>, Vec<Cdk>)>) {
    let (Some(whole), Some((envelope, rows))) = (whole, &read) else {
        assert_eq!(whole.is_some(), read.is_some(), "only one of them reads it");
        return;
    };
    assert_eq!(envelope.code(), whole.code());
    assert_eq!(envelope.message(), whole.message());
    assert_eq!(envelope.data().map(|()| rows), whole.data());
}
