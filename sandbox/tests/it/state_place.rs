//! What a state file may be, and who may use it.

use std::error::Error as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::builder;

fn fresh() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    (folder, path)
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Why a sandbox with this state file does not start.
fn refusal(path: &Path) -> String {
    let error = builder().state_file(path).start_blocking().unwrap_err();
    let text = error.to_string();
    assert_eq!(
        text,
        format!("could not use the state file {}", path.display())
    );
    error.source().unwrap().to_string()
}

#[test]
fn a_device_or_a_pipe_is_no_state_file() {
    let (_folder, path) = fresh();
    for device in ["/dev/zero", "/dev/full", "/dev/null"] {
        assert_eq!(refusal(Path::new(device)), "it is not a regular file");
    }
    symlink("/dev/null", &path).unwrap();
    assert_eq!(refusal(&path), "it is not a regular file");
    fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    assert_eq!(refusal(&path), "it is not a regular file");
}

#[test]
fn a_file_beyond_two_gib_is_not_read() {
    let (_folder, path) = fresh();
    let file = fs::File::create(&path).unwrap();
    file.set_len(2 * 1024 * 1024 * 1024 + 1).unwrap();
    mode(&path, 0o600);
    assert_eq!(refusal(&path), "it is longer than 2 GiB");
}

#[test]
fn a_second_sandbox_is_refused_until_the_first_has_ended() {
    let (_folder, path) = fresh();
    let first = builder().state_file(&path).start_blocking().unwrap();
    assert_eq!(refusal(&path), "another sandbox is using it");
    // Appended to, and written whole.
    first.preload(2, 1);
    assert_eq!(refusal(&path), "another sandbox is using it");
    first.reset();
    first.preload(3, 1);
    assert_eq!(refusal(&path), "another sandbox is using it");
    drop(first);
    let second = builder().state_file(&path).start_blocking().unwrap();
    assert_eq!(second.vouchers().len(), 3);
}

#[test]
fn a_file_that_another_sandbox_has_made_meanwhile_is_not_replaced() {
    let (_folder, path) = fresh();
    let first = builder().state_file(&path).start_blocking().unwrap();
    fs::remove_file(&path).unwrap();
    let second = builder().state_file(&path).start_blocking().unwrap();
    second.preload(1, 1);
    first.preload(2, 1);
    assert_eq!(
        first.state_error().as_deref(),
        Some("another sandbox is using it")
    );
    drop(first);
    drop(second);
    let third = builder().state_file(&path).start_blocking().unwrap();
    assert_eq!(third.vouchers().len(), 1);
}

#[test]
fn a_file_that_others_can_write_is_refused_unchanged() {
    let (_folder, path) = fresh();
    let text = r#"{"version":1,"vouchers":[]}"#;
    for open in [0o666, 0o620, 0o602] {
        fs::write(&path, text).unwrap();
        mode(&path, open);
        assert_eq!(refusal(&path), "others can write it: chmod 600");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_file_of_another_user_is_refused() {
    let (_folder, path) = fresh();
    fs::write(&path, "").unwrap();
    mode(&path, 0o600);
    // Only root can give a file away.
    if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
        assert_eq!(refusal(&path), "it belongs to another user");
    }
}

#[test]
fn a_link_is_followed_only_where_nobody_else_can_put_one() {
    let (folder, path) = fresh();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    fs::write(&path, "").unwrap();
    mode(&path, 0o600);
    let sandbox = builder().state_file(&link).start_blocking().unwrap();
    sandbox.preload(2, 1);
    drop(sandbox);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    mode(folder.path(), 0o777);
    assert_eq!(
        refusal(&link),
        "it is a link in a folder that others may write"
    );
}

#[test]
fn a_new_file_is_the_owners_alone_and_holds_the_vouchers_of_the_start() {
    let (_folder, path) = fresh();
    let sandbox = builder().state_file(&path).vouchers(2_500);
    let sandbox = sandbox.start_blocking().unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text.lines().count(),
        4,
        "a first line, and 1000 vouchers a line"
    );
    assert!(text.contains(&sandbox.vouchers()[2_499].code));
}

#[test]
fn what_lies_beside_it_is_left_alone() {
    let (folder, path) = fresh();
    let beside = ["state.json.tmp", "state.json.lock", "state.json~"];
    for name in beside {
        fs::write(folder.path().join(name), "mine").unwrap();
    }
    let sandbox = builder().state_file(&path).start_blocking().unwrap();
    sandbox.preload(1, 1);
    sandbox.reset();
    for name in beside {
        assert_eq!(
            fs::read_to_string(folder.path().join(name)).unwrap(),
            "mine"
        );
    }
}
