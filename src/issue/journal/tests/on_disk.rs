//! The journal on a real file.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn fresh() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    (folder, path)
}

fn open(path: &Path) -> Result<Journal, JournalError> {
    Journal::open(path, ACCOUNT, Mismatch::Refuse)
}

/// A file with this content, for its owner alone.
fn private(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn a_second_opening_is_locked_out_until_the_first_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let first = open(&path).unwrap();
    assert!(matches!(open(&path), Err(JournalError::Locked)));
    drop(first);
    open(&path).unwrap();
}

#[test]
fn it_stays_locked_over_a_compaction() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut first = open(&path).unwrap();
    first.compact().unwrap();
    assert!(matches!(open(&path), Err(JournalError::Locked)));
}

#[test]
fn a_file_that_grew_is_compacted_on_opening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = open(&path).unwrap();
    for id in 1..=1100 {
        journal.append(intent(id), Durability::Lazy).unwrap();
        journal
            .append(Record::Ack { id }, Durability::Lazy)
            .unwrap();
    }
    drop(journal);
    let journal = open(&path).unwrap();
    assert_eq!(journal.state().next_id(), 1101);
    assert!(std::fs::metadata(&path).unwrap().len() < 1000);
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = open(&path).unwrap();
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    journal.compact().unwrap();
    assert_eq!(mode(), 0o600);
    drop(journal);

    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    let error = open(&path).unwrap_err();
    assert!(error.to_string().contains("run `chmod 600 "), "{error}");
}

#[test]
fn a_file_that_is_no_journal_is_left_as_it_is() {
    for text in [
        "",
        "my secret",
        "my secret\n",
        "one\ntwo\n",
        "\n",
        "deadbeef 0 {}\n",
    ] {
        let (_folder, path) = fresh();
        private(&path, text.as_bytes());
        let error = open(&path).unwrap_err();
        assert!(
            matches!(error, JournalError::Damaged { line: 1, .. }),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_beginning_that_fails_leaves_nothing_behind() {
    let (folder, path) = fresh();
    // A folder that is in the way stands for a disk that is full.
    let new = folder.path().join("journal.new");
    fs::create_dir(&new).unwrap();
    open(&path).unwrap_err();
    assert!(!path.exists());
    fs::remove_dir(&new).unwrap();
    open(&path).unwrap();
}

#[test]
fn a_journal_of_another_account_is_left_as_it_is() {
    let (_folder, path) = fresh();
    drop(open(&path).unwrap());
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(b"deadbeef 2 {\"rec");
    private(&path, &bytes);
    let error = Journal::open(&path, b"other", Mismatch::Refuse).unwrap_err();
    assert!(matches!(error, JournalError::OtherAccount), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn what_cannot_be_compacted_can_be_opened_all_the_same() {
    let (folder, path) = fresh();
    let mut journal = open(&path).unwrap();
    for id in 1..=1100 {
        journal.append(intent(id), Durability::Lazy).unwrap();
        journal
            .append(Record::Ack { id }, Durability::Lazy)
            .unwrap();
    }
    drop(journal);
    // A folder that is in the way stands for a disk that is full.
    fs::create_dir(folder.path().join("journal.new")).unwrap();
    let mut journal = open(&path).unwrap();
    assert_eq!(journal.state().next_id(), 1101);
    journal.append(intent(1101), Durability::Durable).unwrap();
}

#[test]
fn a_file_that_is_gone_is_not_begun_anew() {
    let (_folder, path) = fresh();
    let mut journal = open(&path).unwrap();
    journal.append(intent(1), Durability::Durable).unwrap();
    journal.in_doubt = true;
    fs::remove_file(&path).unwrap();
    journal.append(intent(2), Durability::Durable).unwrap_err();
    assert!(!path.exists());
}

#[test]
fn neither_the_key_nor_a_code_is_shown() {
    let (_folder, path) = fresh();
    let mut journal = open(&path).unwrap();
    let hashes = vec![journal.hash("nozzapqOWJOCcWIX")];
    journal
        .append(Record::Known { hashes }, Durability::Durable)
        .unwrap();
    let shown = format!("{journal:?}");
    assert!(!shown.contains(&format!("{:?}", journal.key)), "{shown}");
    let file = fs::read_to_string(&path).unwrap();
    for text in [shown, file] {
        assert!(
            !text.contains("nozzapqOWJOCcWIX") && !text.contains("token"),
            "{text}"
        );
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_to_a_journal_is_that_journal() {
        let (folder, path) = fresh();
        let link = folder.path().join("link");
        let first = open(&path).unwrap();
        symlink(&path, &link).unwrap();
        let error = open(&link).unwrap_err();
        assert!(matches!(error, JournalError::Locked), "{error}");
        drop(first);

        let mut journal = open(&link).unwrap();
        journal.append(intent(1), Durability::Durable).unwrap();
        journal.compact().unwrap();
        drop(journal);
        assert!(link.is_symlink());
        let journal = open(&path).unwrap();
        assert_eq!(journal.state().next_id(), 2);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_refused() {
        let (folder, path) = fresh();
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        open(&link).unwrap_err();
        assert!(!path.exists());
    }

    #[test]
    fn a_compaction_writes_through_no_link() {
        let (folder, path) = fresh();
        let mut journal = open(&path).unwrap();
        let other = folder.path().join("other");
        private(&other, b"precious");
        symlink(&other, folder.path().join("journal.new")).unwrap();
        journal.compact().unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"precious");
        assert!(!path.is_symlink());
    }

    #[test]
    fn a_compaction_shows_nothing_to_others() {
        use std::os::unix::fs::PermissionsExt;

        let (folder, path) = fresh();
        let mut journal = open(&path).unwrap();
        let left = folder.path().join("journal.new");
        fs::write(&left, b"left").unwrap();
        fs::set_permissions(&left, PermissionsExt::from_mode(0o644)).unwrap();
        journal.compact().unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
