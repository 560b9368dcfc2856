//! Vouchers that outlive the server.

use std::fs;
use std::path::PathBuf;

use crate::support::{Http, builder};

fn fresh(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

#[test]
fn vouchers_survive_a_restart() {
    let path = fresh("survive.json");
    let first = builder().state_file(&path).start_blocking().unwrap();
    let codes = Http::to(&first).create(3, 3).codes();
    first.redeem(&codes[0], "user").unwrap();
    Http::to(&first).post("/api/cdk/revoke", &format!("cdk={}", codes[1]));
    let kept = first.vouchers();
    drop(first);
    let second = builder()
        .state_file(&path)
        .vouchers(9)
        .start_blocking()
        .unwrap();
    assert_eq!(second.vouchers(), kept);
    let more = Http::to(&second).create(3, 1).codes();
    assert!(
        !codes.contains(&more[0]),
        "the seed starts again, the codes do not"
    );
    assert_eq!(
        second.vouchers()[3].request_id,
        2,
        "ids go on behind those of the file"
    );
}

#[test]
fn the_file_is_written_before_the_answer() {
    let path = fresh("before.json");
    let sandbox = builder().state_file(&path).start_blocking().unwrap();
    let code = Http::to(&sandbox).create(3, 1).codes().remove(0);
    assert!(fs::read_to_string(&path).unwrap().contains(&code));
    sandbox.reset();
    assert!(!fs::read_to_string(&path).unwrap().contains(&code));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let path = fresh("private.json");
    fs::write(&path, r#"{"version":1,"vouchers":[]}"#).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let sandbox = builder().state_file(&path).start_blocking().unwrap();
    sandbox.preload(1, 1);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_damaged_file_stops_the_start_and_stays_as_it_is() {
    let path = fresh("damaged.json");
    fs::write(&path, r#"{"version":1,"vouchers":[{"#).unwrap();
    let error = builder().state_file(&path).start_blocking().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("could not read the state file")
    );
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        r#"{"version":1,"vouchers":[{"#
    );
}

#[test]
fn an_order_that_cannot_be_written_is_not_reported_as_done() {
    let path = fresh("folder").join("missing.json");
    let sandbox = builder().state_file(&path).start_blocking().unwrap();
    let reply = Http::to(&sandbox).create(3, 1);
    assert_eq!((reply.status, reply.code()), (500, 500));
    assert!(sandbox.state_error().is_some());
}
