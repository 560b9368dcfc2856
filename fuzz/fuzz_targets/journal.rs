#![no_main]

use libfuzzer_sys::fuzz_target;
use thordata_cdk::fuzzing::journal;

// A file as it is, and lines with corrected checksums.
fuzz_target!(|content: &[u8]| {
    holds(content);
    if let Ok(records) = std::str::from_utf8(content) {
        holds(&journal::seal(records).unwrap());
    }
});

fn holds(content: &[u8]) {
    if let Ok(broken) = journal::open(content) {
        assert_eq!(broken, None);
    }
}
