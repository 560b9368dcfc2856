//! What processes leave behind that are killed while they write a file, or while they run a sandbox; and its removal.
//!
//! Names say what it is: a prefix of this program's own, the number of the process, the name of the file that is being
//! written, and random letters. Whatever else is in the folder is left alone. Errors are ignored: a folder that cannot be
//! read is not one that we write to.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// How the names begin of files that are being written.
const FILE: &str = ".thordata-cdk-new-";

/// How many letters and digits end the name of a temporary file or folder.
pub(crate) const RANDOM: usize = 6;

/// How the name begins of the file that is to replace this one.
pub(crate) fn prefix_for(path: &Path) -> String {
    format!("{FILE}{}-{}-", std::process::id(), target(path))
}

/// The name of a file as names of temporary files have it: cut, since names have a limit.
fn target(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.chars().take(40).collect()
}

/// Removes what was to replace this file.
pub(crate) fn remove_of(folder: &Path, path: &Path) {
    let target = target(path);
    remove_files(folder, |name| name == target);
}

/// Removes what was to replace any file in a folder of ours.
pub(crate) fn remove_all(folder: &Path) {
    remove_files(folder, |_| true);
}

/// Regular files of this user alone.
fn remove_files(folder: &Path, is_meant: impl Fn(&str) -> bool) {
    for (path, target) in of_ended_processes(folder, FILE) {
        let is_file = is(&path, Metadata::is_file);
        if is_file && target.is_some_and(|target| is_meant(&target)) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Removes folders of this user that hold nothing but files whose names begin so.
pub(crate) fn remove_folders(folder: &Path, prefix: &str, names: &[&str]) {
    for (path, _) in of_ended_processes(folder, prefix) {
        if !is(&path, Metadata::is_dir) {
            continue;
        }
        let Ok(entries) = std::fs::read_dir(&path) else {
            continue;
        };
        let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        let is_known = |file: &PathBuf| {
            let name = file.file_name().and_then(|name| name.to_str());
            // SQLite puts `-wal` and `-shm` after the name of its database.
            let begins = |name: &str| names.iter().any(|known| name.starts_with(known));
            is(file, Metadata::is_file) && name.is_some_and(begins)
        };
        if files.iter().all(is_known) {
            for file in files {
                let _ = std::fs::remove_file(file);
            }
            // Only if it is empty.
            let _ = std::fs::remove_dir(path);
        }
    }
}

/// Whether this is a thing of that kind, and this user's. Links are not followed.
fn is(path: &Path, kind: impl Fn(&Metadata) -> bool) -> bool {
    let found = path.symlink_metadata();
    found.is_ok_and(|found| kind(&found) && is_own(&found))
}

/// What there is of processes that have ended, and the name of the file that it was to replace, if its name has one.
fn of_ended_processes(folder: &Path, prefix: &str) -> Vec<(PathBuf, Option<String>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let parts = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.split_once('-'));
        let Some((process, rest)) = parts else {
            continue;
        };
        // From the right: the name of the target may hold a `-` too.
        let (target, random) = match rest.rsplit_once('-') {
            Some((target, random)) => (Some(target.to_owned()), random),
            None => (None, rest),
        };
        let is_random =
            random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_random && process.parse().is_ok_and(has_ended) {
            found.push((entry.path(), target));
        }
    }
    found
}

#[cfg(unix)]
fn is_own(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}

#[cfg(unix)]
fn has_ended(process: i32) -> bool {
    let process = rustix::process::Pid::from_raw(process);
    let found = process.map(rustix::process::test_kill_process);
    // No other error: with `EPERM` it runs as another user. If the number is in use again, the file
    // stays.
    matches!(found, Some(Err(rustix::io::Errno::SRCH)))
}

/// Whether it still runs cannot be asked: then nothing is removed.
#[cfg(not(unix))]
fn has_ended(_: i32) -> bool {
    false
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::secure_fs::replace;

    fn dead_process() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_what_a_dead_process_left_of_the_same_file_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (dead, alive) = (dead_process(), std::process::id());
        let left = format!(".thordata-cdk-new-{dead}-my-page.html-Ab12Cd");
        let mut kept = vec![
            "my-page.html".to_owned(),
            format!(".new-{dead}-Ab12Cd"),
            format!(".new-{dead}-notes.txt"),
            format!(".thordata-cdk-new-{alive}-my-page.html-Ab12Cd"),
            format!(".thordata-cdk-new-{dead}-page.html-Ab12Cd"),
            format!(".thordata-cdk-new-{dead}-my-page.html-notes.txt"),
            format!(".thordata-cdk-new-{dead}-Ab12Cd"),
            ".thordata-cdk-new-x-my-page.html-Ab12Cd".to_owned(),
        ];
        for name in kept.iter().chain([&left]) {
            std::fs::write(folder.path().join(name), "secret").unwrap();
        }
        let (directory, link) = (
            format!(".thordata-cdk-new-{dead}-my-page.html-aFolde"),
            format!(".thordata-cdk-new-{dead}-my-page.html-aLinkk"),
        );
        std::fs::create_dir(folder.path().join(&directory)).unwrap();
        symlink("my-page.html", folder.path().join(&link)).unwrap();
        kept.extend([directory, link]);
        kept.sort();
        replace(&folder.path().join("my-page.html"), b"new").unwrap();
        assert_eq!(names(folder.path()), kept);
    }

    #[test]
    fn a_folder_that_holds_anything_else_than_ours_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let dead = dead_process();
        let make = |name: &str, files: &[&str]| {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            for file in files {
                std::fs::write(path.join(file), "").unwrap();
            }
        };
        make(
            &format!("sandbox-{dead}-Ab12Cd"),
            &["orders.db", "orders.db-wal"],
        );
        let kept = [
            format!("sandbox-{dead}-Ef34Gh"),
            format!("sandbox-{dead}-notes"),
        ];
        make(&kept[0], &["orders.db", "notes.txt"]);
        make(&kept[1], &["orders.db"]);
        remove_folders(folder.path(), "sandbox-", &["orders.db"]);
        assert_eq!(names(folder.path()), kept);
        assert_eq!(
            names(&folder.path().join(&kept[0])),
            ["notes.txt", "orders.db"]
        );
    }
}
