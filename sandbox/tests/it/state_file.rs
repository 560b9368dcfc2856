//! Vouchers that outlive the server.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use thordata_cdk_sandbox::{Fault, Operation};

use crate::support::{Http, builder, post, until};

/// A path in a folder of its own, which goes with the first value.
fn fresh() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    (folder, path)
}

#[test]
fn vouchers_survive_a_restart() {
    let (_folder, path) = fresh();
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
    let (_folder, path) = fresh();
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
    let (_folder, path) = fresh();
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
    let (_folder, path) = fresh();
    fs::write(&path, r#"{"version":1,"vouchers":[{"#).unwrap();
    let error = builder().state_file(&path).start_blocking().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("could not use the state file")
    );
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        r#"{"version":1,"vouchers":[{"#
    );
}

#[test]
fn an_order_that_cannot_be_written_is_not_reported_as_done() {
    let (folder, _) = fresh();
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    let sandbox = builder().state_file(own.join("state.json"));
    let sandbox = sandbox.start_blocking().unwrap();
    fs::remove_dir_all(own).unwrap();
    let reply = Http::to(&sandbox).create(3, 1);
    assert_eq!((reply.status, reply.code()), (500, 500));
    assert!(sandbox.state_error().is_some());
    // What is refused was not carried out, in memory either.
    let reply = Http::to(&sandbox).create(0, 1);
    assert_eq!((reply.status, reply.code()), (200, 10_000));
}

#[test]
fn a_delayed_answer_does_not_report_the_write_error_of_a_later_change() {
    let (folder, _) = fresh();
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    let sandbox = builder().state_file(own.join("state.json"));
    let sandbox = sandbox.start_blocking().unwrap();
    let latency = Duration::from_millis(300);
    sandbox.inject(Fault::slow(Operation::Create, latency));
    let mut http = Http::to(&sandbox);
    let form = "application/x-www-form-urlencoded";
    http.write(&post("/api/cdk/create", form, "flow=3&num=1"));
    until(|| sandbox.voucher_count() == 1);
    fs::remove_dir_all(own).unwrap();
    sandbox.preload(1, 1);
    assert!(sandbox.state_error().is_some());
    let reply = http.reply();
    assert_eq!((reply.status, reply.code()), (200, 200));
}

/// How many bytes a change adds to the file.
fn added(path: &Path, change: impl FnOnce()) -> u64 {
    let before = fs::metadata(path).unwrap().len();
    change();
    fs::metadata(path).unwrap().len() - before
}

#[test]
fn a_change_costs_the_same_however_many_vouchers_there_are() {
    let (_folder, path) = fresh();
    let sandbox = builder().state_file(&path).start_blocking().unwrap();
    let code = Http::to(&sandbox).create(3, 1).codes().remove(0);
    let few = added(&path, || sandbox.redeem(&code, "user").unwrap());
    let more = sandbox.preload(20_000, 3);
    let many = added(&path, || sandbox.redeem(&more[9_999], "user").unwrap());
    assert!(few > 100 && few < 300, "{few}");
    assert!(many.abs_diff(few) < 10, "{many} bytes, not {few}");
    let kept = sandbox.vouchers();
    drop(sandbox);
    let second = builder().state_file(&path).start_blocking().unwrap();
    assert_eq!(second.vouchers(), kept);
    let third = added(&path, || {
        second.redeem(&more[0], "user").unwrap();
    });
    assert!(
        third.abs_diff(few) < 10,
        "the first change after a start, too"
    );
}

#[test]
fn what_is_out_of_date_is_dropped_once_it_is_most_of_the_file() {
    let (_folder, path) = fresh();
    for (repeated, lines) in [(900, 2 + 900 + 1), (1_100, 2)] {
        let _ = fs::remove_file(&path);
        let first = builder().state_file(&path).start_blocking().unwrap();
        first.preload(10, 1);
        drop(first);
        let text = fs::read_to_string(&path).unwrap();
        let (header, change) = text.split_once('\n').unwrap();
        fs::write(&path, format!("{header}\n{}", change.repeat(1 + repeated))).unwrap();
        let second = builder().state_file(&path).start_blocking().unwrap();
        second.preload(1, 1);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), lines, "{repeated} old records of ten");
        assert_eq!(second.vouchers().len(), 11);
    }
}

#[test]
fn a_change_that_a_crash_cut_short_is_passed_over_whole() {
    let (_folder, path) = fresh();
    let first = builder().state_file(&path).start_blocking().unwrap();
    let codes = first.preload(2, 1);
    first.preload(3, 1);
    drop(first);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() - 1]).unwrap();
    let second = builder().state_file(&path).start_blocking().unwrap();
    let kept: Vec<String> = second
        .vouchers()
        .into_iter()
        .map(|kept| kept.code)
        .collect();
    assert_eq!(kept, codes);
    second.preload(1, 1);
    drop(second);
    let third = builder().state_file(&path).start_blocking().unwrap();
    assert_eq!(third.vouchers().len(), 3);
}

#[test]
fn a_file_of_the_first_version_is_read_and_then_written_anew() {
    let (_folder, path) = fresh();
    let voucher =
        r#"{"cdk":"A","status":1,"create_time":5,"traffic":2,"traffic_duration":7,"request_id":0}"#;
    fs::write(&path, format!(r#"{{"version":1,"vouchers":[{voucher}]}}"#)).unwrap();
    let sandbox = builder().state_file(&path).start_blocking().unwrap();
    assert!(sandbox.revoke("A"));
    let revoked = voucher.replace(r#""status":1"#, r#""status":3"#);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{{\"file\":\"thordata-cdk-sandbox state\",\"version\":2}}\n[{revoked}]\n")
    );
}

#[test]
fn a_file_of_the_first_version_with_a_code_twice_stops_the_start_and_stays_as_it_is() {
    let (_folder, path) = fresh();
    let voucher = r#"{"cdk":"A","status":1,"create_time":5,"traffic":2,"traffic_duration":7}"#;
    let text = format!(r#"{{"version":1,"vouchers":[{voucher},{voucher}]}}"#);
    fs::write(&path, &text).unwrap();
    let error = builder().state_file(&path).start_blocking().unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "it has a code twice");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn another_file_stops_the_start_and_stays_as_it_is() {
    let (_folder, path) = fresh();
    for text in [
        "{\"port\": 80}\n",
        "{\"file\":\"thordata-cdk-sandbox state\",\"version\":3}\n",
        "{\"version\":2,\"vouchers\":[]}",
        "TOKEN=x\n",
    ] {
        fs::write(&path, text).unwrap();
        assert!(
            builder().state_file(&path).start_blocking().is_err(),
            "{text}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_damaged_line_is_named_by_its_number_in_the_file() {
    let (_folder, path) = fresh();
    let header = "{\"file\":\"thordata-cdk-sandbox state\",\"version\":2}\n";
    fs::write(&path, format!("{header}[]\n[{{\"cdk\":7}}]\n")).unwrap();
    let error = builder().state_file(&path).start_blocking().unwrap_err();
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "line 3 is damaged: invalid type: integer `7`, expected a string"
    );
}

#[test]
fn a_file_that_cannot_be_read_stops_the_start() {
    let (folder, _) = fresh();
    let error = builder().state_file(folder.path()).start_blocking();
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("could not use the state file"), "{error}");
}

#[test]
fn a_file_that_was_removed_is_written_whole_again() {
    let (_folder, path) = fresh();
    let sandbox = builder().state_file(&path).start_blocking().unwrap();
    sandbox.preload(2, 1);
    fs::remove_file(&path).unwrap();
    sandbox.preload(1, 1);
    assert_eq!(sandbox.state_error(), None);
    drop(sandbox);
    let second = builder().state_file(&path).start_blocking().unwrap();
    assert_eq!(second.vouchers().len(), 3);
}
