//! The file that the state is kept in, as the system has it: opened without waiting, looked at before it is read, and held
//! by one sandbox alone.
//!
//! A sandbox's codes are worth nothing, so others may read the file. They must not be able to write it: then they could
//! make this program answer anything.

#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod system;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

pub(super) use self::system::{hold, is_at, is_private, release};

/// 2 GiB. A file that is longer is not read. One of two million vouchers, all of them redeemed, is shorter.
const MAX_BYTES: u64 = 1 << 31;

/// Opens the file, or creates it for its owner alone, and holds it until it is [released](release).
pub(super) fn open(path: &Path) -> io::Result<File> {
    loop {
        // `create` alone would also open a file that is there, and skip the checks of it.
        let file = match create_new(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_existing(path)?,
            file => file?,
        };
        hold(&file)?;
        // Whoever held it before may have replaced it meanwhile.
        if is_at(&file, path) {
            return Ok(file);
        }
    }
}

/// A new file for its owner alone.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // `append`: where reading stopped must not decide where a change is written.
    options.read(true).append(true).create_new(true);
    system::for_its_owner(&mut options);
    options.open(path)
}

fn open_existing(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    system::without_waiting(&mut options, folder(path));
    // A pipe or a device may not even be opened for both.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = options.open(path).map_err(system::explained)?;
    // Again, and of the open file: the path may have led to another one a moment ago.
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if found.len() > MAX_BYTES {
        return Err(io::Error::other("it is longer than 2 GiB"));
    }
    system::refuse_of_others(&found)?;
    Ok(file)
}

/// All that the file holds, as far as the limit.
pub(super) fn read(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // It may have grown since its length was checked.
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes the name of a new file durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    // Windows opens no folder as a file.
    match cfg!(unix) {
        true => File::open(folder(path))?.sync_all(),
        false => Ok(()),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent()
        // The parent of a bare file name is the empty path, which leads nowhere.
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{File, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::open;

    #[test]
    fn why_a_file_cannot_be_created_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let error = open(&folder.path().join("state/")).unwrap_err();
        assert_eq!(error.to_string(), "Is a directory (os error 21)");
    }

    #[test]
    fn two_gibibytes_are_not_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let file = File::create(&path).unwrap();
        file.set_permissions(Permissions::from_mode(0o666)).unwrap();
        // Without blocks: it takes no room. That others can write it is found after its length.
        file.set_len(2_147_483_648).unwrap();
        let error = open(&path).unwrap_err();
        assert_eq!(error.to_string(), "others can write it: chmod 600");
        file.set_len(2_147_483_649).unwrap();
        let error = open(&path).unwrap_err();
        assert_eq!(error.to_string(), "it is longer than 2 GiB");
    }
}
