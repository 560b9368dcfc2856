//! The file that the state is kept in, as the system has it: opened without waiting, looked at before it is read, and held
//! by one sandbox alone.
//!
//! A sandbox's codes are worth nothing, so others may read the file. They must not be able to write it: then they could
//! make this program answer anything.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// A file that is longer is not read. One of two million vouchers, all of them redeemed, is shorter.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Opens the file, or creates it for its owner alone, and holds it until it is [released](release).
pub(super) fn open(path: &Path) -> io::Result<File> {
    loop {
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
    options.read(true).append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn open_existing(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        // A named pipe must not hold the start up.
        let mut flags = OFlags::NONBLOCK;
        if others_may_write(folder(path)) {
            flags |= OFlags::NOFOLLOW;
        }
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    // A pipe or a device may not even be opened for both.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = options.open(path).map_err(explained)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if found.len() > MAX_BYTES {
        return Err(io::Error::other("it is longer than 2 GiB"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if !is_trusted(found.uid()) {
            return Err(io::Error::other("it belongs to another user"));
        }
        if found.mode() & 0o022 != 0 {
            return Err(io::Error::other("others can write it: chmod 600"));
        }
    }
    Ok(file)
}

/// All that the file holds, as far as the limit.
pub(super) fn read(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn explained(error: io::Error) -> io::Error {
    match error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        true => io::Error::other("it is a link in a folder that others may write"),
        false => error,
    }
}

#[cfg(not(unix))]
fn explained(error: io::Error) -> io::Error {
    error
}

/// Whether others could have put a link there.
#[cfg(unix)]
fn others_may_write(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let found = folder.metadata();
    found.is_ok_and(|found| found.mode() & 0o022 != 0 || !is_trusted(found.uid()))
}

/// Root could replace everything anyway.
#[cfg(unix)]
fn is_trusted(user: u32) -> bool {
    user == 0 || user == rustix::process::geteuid().as_raw()
}

/// Holds the file, so that no other sandbox opens it. Where a file system has no locks, nothing is held.
#[cfg(unix)]
pub(super) fn hold(file: &File) -> io::Result<()> {
    use rustix::fs::{FlockOperation, flock};
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => Err(io::Error::other("another sandbox is using it")),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
pub(super) fn hold(_: &File) -> io::Result<()> {
    Ok(())
}

/// At once, even if a child process that is being started has a copy of the file.
#[cfg(unix)]
pub(super) fn release(file: &File) {
    let _ = rustix::fs::flock(file, rustix::fs::FlockOperation::Unlock);
}

#[cfg(not(unix))]
pub(super) fn release(_: &File) {}

/// Whether the file is still the one that its path names.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |found: fs::Metadata| (found.dev(), found.ino());
    let found = fs::metadata(path).map(place);
    found.is_ok_and(|found| file.metadata().map(place).is_ok_and(|ours| ours == found))
}

#[cfg(not(unix))]
pub(super) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Whether nobody but the owner may read or write it.
#[cfg(unix)]
pub(super) fn is_private(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
pub(super) fn is_private(_: &File) -> io::Result<bool> {
    Ok(true)
}

/// Makes the name of a new file durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(folder(path))?.sync_all(),
        false => Ok(()),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
