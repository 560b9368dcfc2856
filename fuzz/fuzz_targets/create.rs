#![no_main]

use libfuzzer_sys::fuzz_target;
use thordata_cdk::raw::types::CreatedCdks;
use thordata_cdk_fuzz::{comes_back, reply};

fuzz_target!(|body: &[u8]| reply::<CreatedCdks>("create", body, comes_back));
