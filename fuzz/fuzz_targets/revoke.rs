#![no_main]

use libfuzzer_sys::fuzz_target;
use thordata_cdk::Ignored;
use thordata_cdk_fuzz::reply;

// `data` of a revocation may be anything.
fuzz_target!(|body: &[u8]| reply::<Ignored>("revoke", body, |_| ()));
