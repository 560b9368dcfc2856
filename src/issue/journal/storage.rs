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
    /// Writes a new file beside the old one, durably.
    fn write_new(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Puts the new file in place of the old; after a crash either is there whole.
    fn install_new(&mut self) -> io::Result<()>;
    /// Makes the name of the file that is in place durable.
    fn sync_name(&mut self) -> io::Result<()>;
    /// Forgets the open file and opens it anew; an error if it is gone.
    fn reopen(&mut self) -> io::Result<()>;
}

#[derive(Debug)]
pub(crate) struct FileStorage {
    path: PathBuf,
    /// `None` until the first content is put in place: a file that is there is never an empty one.
    file: Option<File>,
    new: Option<File>,
}

impl FileStorage {
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        let file = match private().open(path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(JournalError::io("open")(error)),
        };
        if let Some(file) = &file {
            refuse_exposed(file, path)?;
            refuse_empty(file)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            new: None,
        })
    }

    fn file(&mut self) -> io::Result<&mut File> {
        self.file
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn beside(&self, ending: &str) -> PathBuf {
        beside(&self.path, ending)
    }
}

impl Storage for FileStorage {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(0))?;
            file.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = self.file()?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file()?.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let file = self.file()?;
        file.set_len(len)?;
        file.sync_all()
    }

    fn write_new(&mut self, bytes: &[u8]) -> io::Result<()> {
        let new = self.beside("new");
        // Whatever is left there may be a link, or readable by others: it is not written to.
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private().create_new(true).open(&new)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        if written.is_err() {
            drop(std::fs::remove_file(&new)); // on a full disk it would keep the journal from growing
        }
        self.new = written.is_ok().then_some(file);
        written
    }

    fn install_new(&mut self) -> io::Result<()> {
        let file = self.new.take().ok_or(io::ErrorKind::NotFound)?;
        std::fs::rename(self.beside("new"), &self.path)?;
        self.file = Some(file);
        Ok(())
    }

    fn sync_name(&mut self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.file = Some(private().open(&self.path)?);
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
        let file = private().create(true).open(beside(journal, "lock"));
        let file = file.map_err(JournalError::io("open its lock"))?;
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

/// To read and write; what it creates is for the owner alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The file's one name, whatever links lead to it: the lock and the new file stand beside that one.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, JournalError> {
    let resolved = match path.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {
            let folder = folder(path).canonicalize();
            folder.map(|folder| folder.join(path.file_name().unwrap_or_default()))
        }
        found => found,
    };
    resolved.map_err(JournalError::io("open"))
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A journal that lost its content must not pass for a new one: an order that it held would be forgotten.
fn refuse_empty(file: &File) -> Result<(), JournalError> {
    let length = file.metadata().map_err(JournalError::io("look up"))?.len();
    if length == 0 {
        let what = "it is empty, which a journal never is, not even a new one";
        return Err(JournalError::Damaged { line: 1, what });
    }
    Ok(())
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
    File::open(folder(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
