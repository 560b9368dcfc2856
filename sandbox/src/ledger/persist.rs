//! The state file: a line that says what it is, then one line for each change, with the vouchers as they are after it.
//!
//! A change costs what it changes, however many vouchers there are. Once more of the file is out of date than not, it is
//! written whole: beside the old one and renamed into its place, so that a crash leaves the one or the other. A last
//! line that a crash cut short was not answered, and is passed over.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ledger::Changes;
use crate::ledger::voucher::Voucher;

/// The first line of a file.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Header {
    file: String,
    version: u32,
}

impl Header {
    fn new() -> Self {
        Self {
            file: String::from("thordata-cdk-sandbox state"),
            version: 2,
        }
    }
}

/// The whole of a file of the first version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstVersion {
    version: u32,
    vouchers: Vec<Voucher>,
}

/// How many records may be out of date before a file is written whole, however few vouchers there are.
const SPARE_RECORDS: usize = 10_000;

/// Where the vouchers of a sandbox are kept.
pub(crate) struct StateFile {
    path: PathBuf,
    /// The file that changes are added to; none if it has to be written whole first.
    log: Option<Log>,
}

struct Log {
    file: File,
    /// How many vouchers it names, those counted again that it names again.
    records: usize,
}

impl StateFile {
    /// The file, and the vouchers of an earlier start; none if there is no file.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Vec<Voucher>)> {
        let mut state_file = Self {
            path: path.to_owned(),
            log: None,
        };
        // A rename would replace a device, and a pipe would hold the start up.
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(io::Error::other("it is not a regular file"));
        }
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((state_file, Vec::new()));
            }
            Err(error) => return Err(error),
        };
        let (vouchers, records) = parse(&text)?;
        if let Some(records) = records {
            let file = OpenOptions::new().append(true).open(path)?;
            state_file.log = is_private(&file)?.then_some(Log { file, records });
        }
        Ok((state_file, vouchers))
    }

    /// Writes what changed. On disk when it returns. After an error the next call writes the file whole.
    pub(crate) fn save(&mut self, changes: &Changes, vouchers: &[Voucher]) -> io::Result<()> {
        let log = self.log.take().filter(|log| log.is_at(&self.path));
        let allowed = vouchers
            .len()
            .saturating_mul(2)
            .saturating_add(SPARE_RECORDS);
        let (Some(mut log), Changes::Some(changed)) = (log, changes) else {
            self.log = Some(write_whole(&self.path, vouchers)?);
            return Ok(());
        };
        log.records = log.records.saturating_add(changed.len());
        if log.records > allowed {
            self.log = Some(write_whole(&self.path, vouchers)?);
            return Ok(());
        }
        let changed: Vec<&Voucher> = changed.iter().filter_map(|at| vouchers.get(*at)).collect();
        let mut line = serde_json::to_vec(&changed)?;
        line.push(b'\n');
        log.file.write_all(&line)?;
        log.file.sync_data()?;
        self.log = Some(log);
        Ok(())
    }
}

impl Log {
    /// Whether the file is still the one that its path names.
    #[cfg(unix)]
    fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let place = |found: fs::Metadata| (found.dev(), found.ino());
        let found = fs::symlink_metadata(path).map(place);
        found.is_ok_and(|found| {
            self.file
                .metadata()
                .map(place)
                .is_ok_and(|ours| ours == found)
        })
    }

    #[cfg(not(unix))]
    fn is_at(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// The vouchers, and how many records name them if more can be added to the file as it is.
pub(crate) fn parse(text: &[u8]) -> io::Result<(Vec<Voucher>, Option<usize>)> {
    if text.is_empty() {
        return Ok((Vec::new(), None));
    }
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let header = serde_json::from_slice::<Header>(first);
    if header.is_err() {
        let whole: FirstVersion = serde_json::from_slice(text)
            .map_err(|error| io::Error::other(format!("it is not a sandbox's state: {error}")))?;
        return match whole.version {
            1 => Ok((whole.vouchers, None)),
            other => Err(newer(other)),
        };
    }
    let header = header?;
    if header != Header::new() {
        return Err(newer(header.version));
    }
    let mut ledger = Vec::<Voucher>::new();
    let mut by_code = HashMap::new();
    let mut records = 0_usize;
    for (number, line) in (2..).zip(lines) {
        if !line.ends_with(b"\n") {
            return Ok((ledger, None));
        }
        let changed: Vec<Voucher> =
            serde_json::from_slice(line).map_err(|error| damaged(number, &error))?;
        records = records.saturating_add(changed.len());
        for voucher in changed {
            let at = *by_code.entry(voucher.code.clone()).or_insert(ledger.len());
            match ledger.get_mut(at) {
                Some(known) => *known = voucher,
                None => ledger.push(voucher),
            }
        }
    }
    Ok((ledger, first.ends_with(b"\n").then_some(records)))
}

/// serde counts from the beginning of the line.
fn damaged(line: usize, error: &serde_json::Error) -> io::Error {
    let what = error.to_string();
    let what = what
        .rsplit_once(" at line ")
        .map_or(&*what, |(what, _)| what);
    io::Error::other(format!("line {line} is damaged: {what}"))
}

fn newer(version: u32) -> io::Error {
    io::Error::other(format!("version {version} is not 1 or 2"))
}

/// Writes a temporary file beside it, syncs it, renames it into place, syncs the folder. Only the owner may read
/// the file: codes are like cash.
fn write_whole(path: &Path, vouchers: &[Voucher]) -> io::Result<Log> {
    let temp = temp_path(path);
    let mut out = BufWriter::new(create_private(&temp)?);
    serde_json::to_writer(&mut out, &Header::new())?;
    out.write_all(b"\n")?;
    // Some at a time, so that no line is as long as the file.
    for some in vouchers.chunks(1000) {
        serde_json::to_writer(&mut out, some)?;
        out.write_all(b"\n")?;
    }
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    fs::rename(&temp, path)?;
    sync_folder(path)?;
    Ok(Log {
        file,
        records: vouchers.len(),
    })
}

fn temp_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    PathBuf::from(name)
}

fn create_private(path: &Path) -> io::Result<File> {
    // A leftover of a crash may have other permissions; a new file has ours.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn is_private(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.metadata()?.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(_file: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
