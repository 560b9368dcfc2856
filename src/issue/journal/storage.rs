//! The file behind a journal, and its lock.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::JournalError;

/// What a journal needs of its file. Tests put one in its place that fails.
pub(crate) trait Storage: Send + Sync + fmt::Debug {
    fn read(&mut self) -> io::Result<Vec<u8>>;
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns once everything that was appended is on disk.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file, durably.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
    /// Puts a new content in place of the old, durably; after a crash either is there whole.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Forgets the open file and opens it anew.
    fn reopen(&mut self) -> io::Result<()>;
}

#[derive(Debug)]
pub(crate) struct FileStorage {
    path: PathBuf,
    file: File,
}

impl FileStorage {
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        let file = open_private(path).map_err(JournalError::io("open"))?;
        refuse_exposed(&file, path)?;
        sync_folder(path).map_err(JournalError::io("sync its folder"))?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    fn beside(&self, ending: &str) -> PathBuf {
        beside(&self.path, ending)
    }
}

impl Storage for FileStorage {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)?;
        self.file.sync_all()
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let new = self.beside("new");
        let mut file = open_private(&new)?;
        file.set_len(0)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        sync_folder(&self.path)?;
        self.file = file;
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.file = open_private(&self.path)?;
        Ok(())
    }
}

/// An exclusive lock on a file beside the journal, which a compaction can't replace.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn take(journal: &Path) -> Result<Self, JournalError> {
        let file =
            open_private(&beside(journal, "lock")).map_err(JournalError::io("open its lock"))?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => Ok(Self { _file: file }),
            Err(fs4::TryLockError::WouldBlock) => Err(JournalError::Locked),
            Err(fs4::TryLockError::Error(error)) => Err(JournalError::io("lock")(error)),
        }
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Opens for reading and writing; created for the owner alone.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn refuse_exposed(file: &File, path: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file
        .metadata()
        .map_err(JournalError::io("look up"))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(JournalError::Exposed {
            path: path.to_owned(),
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_exposed(_: &File, _: &Path) -> Result<(), JournalError> {
    Ok(())
}

/// Makes a new file's name durable, or a renamed one's.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
