//! Files that hold what others must not read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::leftovers;

/// A folder for the owner alone, with those above it.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A file that was opened, and whether it was made for that.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) file: File,
    pub(crate) is_new: bool,
}

impl Opened {
    /// Refuses a file that belongs to somebody else, or that others can read or write, with the command that fixes it.
    /// After it is known that the file is ours at all.
    pub(crate) fn refuse_exposed(&self, path: &Path, what: &str) -> Result<(), Failure> {
        refuse_exposed(&self.file, path, what)
    }
}

/// Opens a file with secrets to read and write it, or creates it for its owner alone. Nothing of a file is changed.
pub(crate) fn open_or_create(path: &Path, what: &str) -> Result<Opened, Failure> {
    // First as a new file: only then is it certain who made it and with which mode.
    let mut new = OpenOptions::new();
    new.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    match new.open(path) {
        Ok(file) => return Ok(Opened { file, is_new: true }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unusable(path, what, &error)),
    }
    let file = open_with(path, true).map_err(|error| unusable(path, what, &error))?;
    refuse_device(&file, path, what)?;
    Ok(Opened {
        file,
        is_new: false,
    })
}

/// Opens a file with secrets to read it; `None` if there is none.
pub(crate) fn open(path: &Path, what: &str) -> Result<Option<File>, Failure> {
    let file = match open_with(path, false) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| unusable(path, what, &error))?,
    };
    refuse_device(&file, path, what)?;
    refuse_exposed(&file, path, what)?;
    Ok(Some(file))
}

fn open_with(path: &Path, write: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(write);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        // A named pipe must not hold the program up until it is seen to be one.
        let mut flags = OFlags::NONBLOCK;
        // In a folder of one's own a link is one's own choice.
        if others_may_write(folder(path)) {
            flags |= OFlags::NOFOLLOW;
        }
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    options.open(path)
}

/// Whether others could have put a link there.
#[cfg(unix)]
fn others_may_write(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let found = folder.metadata();
    // The sticky bit of `/tmp` does not help: it forbids to remove files, not to add them.
    found.is_ok_and(|found| found.mode() & 0o022 != 0 || !is_trusted(found.uid()))
}

/// Root could read and replace everything anyway.
#[cfg(unix)]
fn is_trusted(user: u32) -> bool {
    user == 0 || user == rustix::process::geteuid().as_raw()
}

fn unusable(path: &Path, what: &str, error: &io::Error) -> Failure {
    #[cfg(unix)]
    // What `NOFOLLOW` answers to a link.
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return Failure::usage(format!("{what}, {}, is a link", path.display()))
            .why("others may write the folder, and could have put it there")
            .next("name a file in a folder of your own");
    }
    Failure::usage(format!("{what}, {}, cannot be used", path.display()))
        .why(error.to_string())
        .next("check the folder and its permissions, or name another file")
}

/// What a regular file holds, as far as `limit`; `None` if there is none. Says nothing of whose it is.
pub(crate) fn read_regular(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::try_from(flags).unwrap_or_default());
    }
    let file = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    // Of the open file, since the path may lead elsewhere by now.
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Replaces a file as a whole, durably.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    leftovers::remove_of(folder(path), path);
    let mut new = tempfile::Builder::new()
        .prefix(&leftovers::prefix_for(path))
        .rand_bytes(leftovers::RANDOM)
        // Beside the file, since a rename does not cross file systems.
        .tempfile_in(folder(path))?;
    new.write_all(bytes)?;
    // The bytes before the name: a power failure leaves the old text or the new one, and no empty
    // file.
    new.as_file().sync_all()?;
    new.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// Makes the name of a new file durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    // Windows cannot open a folder as a file.
    if cfg!(unix) {
        File::open(folder(path))?.sync_all()
    } else {
        Ok(())
    }
}

fn folder(path: &Path) -> &Path {
    path.parent()
        // The parent of a bare name is the empty path, which is no folder.
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn refuse_device(file: &File, path: &Path, what: &str) -> Result<(), Failure> {
    match file.metadata() {
        Ok(found) if found.is_file() => Ok(()),
        Ok(_) => Err(
            Failure::usage(format!("{what}, {}, is not a regular file", path.display()))
                .next("name a file, and no folder, pipe or device"),
        ),
        Err(error) => Err(unusable(path, what, &error)),
    }
}

fn refuse_exposed(file: &File, path: &Path, what: &str) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = file
            .metadata()
            .map_err(|error| unusable(path, what, &error))?;
        let refused = |what: String, next: String| {
            Err(Failure::new(Exit::Credentials, what)
                .why("what it holds is worth money")
                .next(next))
        };
        let word = shell_word(path);
        // Before the mode, which the owner can change at any time.
        if !is_trusted(metadata.uid()) {
            return refused(
                format!("{what}, {}, belongs to another user", path.display()),
                format!("copy what is yours of it, then remove it: rm {word}"),
            );
        }
        if metadata.mode() & 0o077 != 0 {
            return refused(
                format!("others can read or write {what}, {}", path.display()),
                format!("chmod 600 {word}"),
            );
        }
    }
    #[cfg(not(unix))]
    let _ = (file, path, what);
    Ok(())
}

/// A path as it can be pasted into a shell.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+,@".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text;
    }
    // A shell knows no escape within single quotation marks: they are closed and opened again.
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The path from the current folder, if the file is below it.
pub(crate) fn from_here(path: &Path) -> &Path {
    std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
}

/// The path from the root, of a file that need not exist.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_link_is_followed_only_where_nobody_else_can_put_one() {
        let folder = tempfile::tempdir().unwrap();
        let (own, link) = (folder.path().join("own"), folder.path().join("link"));
        assert!(open_or_create(&own, "the file").unwrap().is_new);
        symlink(&own, &link).unwrap();
        assert!(!open_or_create(&link, "the file").unwrap().is_new);
        for mode in [0o777, 0o1777, 0o720] {
            std::fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            for failure in [
                open_or_create(&link, "the file").unwrap_err(),
                open(&link, "the file").unwrap_err(),
            ] {
                let what = format!("the file, {}, is a link", link.display());
                assert_eq!(failure.what, what, "{mode:o}");
            }
            assert!(open(&own, "the file").unwrap().is_some());
        }
    }

    #[test]
    fn a_file_of_another_user_is_refused_even_if_nobody_can_read_it() {
        if !rustix::process::geteuid().is_root() {
            return; // Only root can give a file away.
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("given");
        let opened = open_or_create(&path, "the file").unwrap();
        std::os::unix::fs::fchown(&opened.file, Some(12_345), None).unwrap();
        let opened = open_or_create(&path, "the file").unwrap();
        let failure = opened.refuse_exposed(&path, "the file").unwrap_err();
        assert_eq!(failure.exit, Exit::Credentials);
        let what = format!("the file, {}, belongs to another user", path.display());
        assert_eq!(failure.what, what);
        assert!(open(&path, "the file").is_err());
    }

    #[test]
    fn a_file_with_a_long_name_is_replaced_too() {
        let folder = tempfile::tempdir().unwrap();
        let name = "\u{e9}".repeat(127);
        replace(&folder.path().join(&name), b"new").unwrap();
        assert_eq!(std::fs::read(folder.path().join(&name)).unwrap(), b"new");
    }

    #[test]
    fn only_a_regular_file_is_read_and_not_beyond_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        assert_eq!(read_regular(&path, 9).unwrap(), None);
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read_regular(&path, 3).unwrap(), Some(b"123".to_vec()));
        assert!(read_regular(Path::new("/dev/zero"), 9).is_err());
        assert!(read_regular(folder.path(), 9).is_err());
    }
}
