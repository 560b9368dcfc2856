//! Owners, modes, links and locks of Unix.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

pub(super) fn for_its_owner(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// For a file that is there. Where others may write the folder, no link is followed.
pub(super) fn without_waiting(options: &mut OpenOptions, folder: &Path) {
    // A named pipe must not hold the start up.
    let mut flags = OFlags::NONBLOCK;
    if others_may_write(folder) {
        flags |= OFlags::NOFOLLOW;
    }
    options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
}

pub(super) fn explained(error: io::Error) -> io::Error {
    // For a link under `NOFOLLOW` the system speaks of too many links, which helps nobody.
    match error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) {
        true => io::Error::other("it is a link in a folder that others may write"),
        false => error,
    }
}

/// Refuses what another user could have written.
pub(super) fn refuse_of_others(found: &Metadata) -> io::Result<()> {
    if !is_trusted(found.uid()) {
        return Err(io::Error::other("it belongs to another user"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(io::Error::other("others can write it: chmod 600"));
    }
    Ok(())
}

/// Whether others could have put a link there.
fn others_may_write(folder: &Path) -> bool {
    // `/tmp` counts too: its sticky bit protects the files of others, and anybody can add a link.
    let found = folder.metadata();
    found.is_ok_and(|found| found.mode() & 0o022 != 0 || !is_trusted(found.uid()))
}

fn is_trusted(user: u32) -> bool {
    is_trusted_by(user, rustix::process::geteuid().as_raw())
}

/// Root could replace everything anyway.
fn is_trusted_by(user: u32, own: u32) -> bool {
    user == 0 || user == own
}

/// Holds the file, so that no other sandbox opens it. Where a file system has no locks, nothing is held.
pub(in super::super) fn hold(file: &File) -> io::Result<()> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(io::Error::other("another sandbox is using it")),
        _ => Ok(()),
    }
}

/// At once, even if a child process that is being started has a copy of the file.
pub(in super::super) fn release(file: &File) {
    let _ = flock(file, FlockOperation::Unlock);
}

/// Whether the file is still the one that its path names.
pub(in super::super) fn is_at(file: &File, path: &Path) -> bool {
    // Not the path: a rename puts another file under the same name.
    let place = |found: Metadata| (found.dev(), found.ino());
    let found = fs::metadata(path).map(place);
    found.is_ok_and(|found| file.metadata().map(place).is_ok_and(|ours| ours == found))
}

/// Whether nobody but the owner may read or write it.
pub(in super::super) fn is_private(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.mode() & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use super::is_trusted_by;

    #[test]
    fn root_and_the_program_s_own_user_are_trusted() {
        assert!(is_trusted_by(0, 1000));
        assert!(is_trusted_by(1000, 1000));
        assert!(!is_trusted_by(1001, 1000));
        assert!(!is_trusted_by(1000, 0));
    }
}
