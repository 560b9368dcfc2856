#![no_main]

use libfuzzer_sys::fuzz_target;
use thordata_cdk::Cdk;
use thordata_cdk_fuzz::{comes_back, reply};

fuzz_target!(|body: &[u8]| reply::<Vec<Cdk>>("list", body, comes_back));
