#![no_main]

use std::iter;

use libfuzzer_sys::fuzz_target;
use thordata_cdk::fuzzing::list;
use thordata_cdk::{Cdk, Envelope};

const LONGEST_ROW: usize = 64 * 1024;

// The decoder of lists: what it makes of a whole and of its pieces is the same, and what serde reads it reads too, but
// for rows that are too long. It reads more: one odd row costs that row alone.
fuzz_target!(|body: &[u8]| {
    let whole = serde_json::from_slice::<Envelope<Vec<Cdk>>>(body)
        .or_else(|_| serde_json::from_str(&String::from_utf8_lossy(body)));
    let piece = 1 + body.len() % 11;
    let at_once = list::read(iter::once(body));
    let in_pieces = list::read(body.chunks(piece));
    match (&at_once, &in_pieces) {
        (Some((one, rows, odd)), Some((other, same_rows, same_odd))) => {
            assert_eq!(
                (one.code(), one.message(), rows, odd),
                (other.code(), other.message(), same_rows, same_odd)
            );
        }
        (one, other) => assert_eq!(one.is_some(), other.is_some(), "only one is read"),
    }
    match (whole, at_once) {
        (Ok(whole), Some((envelope, rows, left_out))) => {
            assert_eq!(envelope.code(), whole.code());
            assert_eq!(envelope.message(), whole.message());
            if left_out.is_empty() {
                assert_eq!(envelope.data().map(|()| &rows), whole.data());
            } else {
                // Serde knows of no limit for a row.
                assert!(body.len() > LONGEST_ROW, "only serde reads a row of it");
                let all = whole.into_data().unwrap();
                assert_eq!(rows.len() as u64 + left_out.count(), all.len() as u64);
                let mut all = all.into_iter();
                assert!(rows.iter().all(|row| all.any(|other| other == *row)));
            }
        }
        // No row is left, or a field is beyond the limit.
        (Ok(_), None) => assert!(body.len() > LONGEST_ROW, "only serde reads it"),
        (Err(_), _) => {}
    }
});
