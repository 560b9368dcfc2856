#![no_main]

use libfuzzer_sys::fuzz_target;
use thordata_cdk_sandbox::Sandbox;
use thordata_cdk_sandbox::fuzzing::Server;

const LOG_BYTES: usize = 1 << 20;
const ADMIN: &str = "fuzzed-admin-token";

// The bytes of one connection to the sandbox. Small limits, so that a few requests reach them.
fuzz_target!(|bytes: &[u8]| {
    let settings = Sandbox::builder()
        .seed(1)
        .now(1_748_332_399)
        .credentials("tok", "key")
        .admin_token(ADMIN)
        .max_num(20)
        .log_bytes(LOG_BYTES)
        .vouchers(1);
    let server = Server::new(settings).unwrap();
    let answer = server.answer(bytes);
    let (vouchers, faults, logged) = server.holds();
    assert!(logged <= LOG_BYTES);
    let given = |secret: &str| {
        bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes())
    };
    // With the token an input may add vouchers and faults, and a fault may answer any bytes.
    if !given(ADMIN) {
        assert_eq!(faults, 0, "a fault without the admin token");
        if !(given("tok") && given("key")) {
            assert_eq!(vouchers, 1, "a voucher without credentials");
        }
        assert!(
            !answer
                .windows(ADMIN.len())
                .any(|part| part == ADMIN.as_bytes())
        );
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."));
    }
});
