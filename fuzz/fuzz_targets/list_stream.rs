#![no_main]

use std::iter;

use libfuzzer_sys::fuzz_target;
use thordata_cdk::fuzzing::list;
use thordata_cdk::{Cdk, Envelope};

const LONGEST_ROW: usize = 64 * 1024;

// The decoder of lists: what it makes of a whole and of its pieces is the same, and what serde reads it reads too. It
// reads more: one odd row costs that row alone.
fuzz_target!(|body: &[u8]| {
    let whole = serde_json::from_slice::<Envelope<Vec<Cdk>>>(body)
        .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(body)));
    // Each piece has the row so far looked at again: a long one comes in larger pieces.
    let piece = 1 + body.len() % 11 + body.len() / 256;
    let at_once = list::read(iter::once(body));
    let in_pieces = list::read(body.chunks(piece));
    match (&at_once, &in_pieces) {
        (Some((one, rows)), Some((other, same_rows))) => {
            assert_eq!(
                (one.code(), one.message(), rows),
                (other.code(), other.message(), same_rows)
            );
        }
        (one, other) => assert_eq!(one.is_some(), other.is_some(), "only one is read"),
    }
    match (whole, at_once) {
        (Ok(whole), Some((envelope, rows))) => {
            assert_eq!(envelope.code(), whole.code());
            assert_eq!(envelope.message(), whole.message());
            assert_eq!(envelope.data().map(|()| &rows), whole.data());
        }
        // A row beyond the limit is refused, which serde knows nothing of.
        (Ok(_), None) => assert!(body.len() > LONGEST_ROW, "only serde reads it"),
        (Err(_), _) => {}
    }
});
