#![no_main]

use libfuzzer_sys::fuzz_target;
use thordata_cdk::CdkDetails;
use thordata_cdk_fuzz::{comes_back, reply};

fuzz_target!(|body: &[u8]| reply::<CdkDetails>("get", body, comes_back));
