//! The state file: a line that says what it is, then one line for each change, with the vouchers as they are after it.
//!
//! A change costs what it changes, however many vouchers there are. Once more of the file is out of date than not, it is
//! written whole: beside the old one and renamed into its place, so that a crash leaves the one or the other. A last
//! line that a crash cut short was not answered, and is passed over.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ledger::voucher::Voucher;
use crate::ledger::{Changes, own_file};

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
// A sandbox of one voucher would otherwise write its file whole at every second change.
const SPARE_RECORDS: usize = 10_000;

/// Where the vouchers of a sandbox are kept. No other sandbox uses the file meanwhile.
pub(crate) struct StateFile {
    path: PathBuf,
    file: File,
    /// How many vouchers the file names, those counted again that it names again; none if it has to be written whole before
    /// changes can be added.
    records: Option<usize>,
}

impl StateFile {
    /// The file, and the vouchers of an earlier start; none if there is no file.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Vec<Voucher>)> {
        let file = own_file::open(path)?;
        // The lock comes first: another sandbox could add to the file after it was read.
        let (vouchers, records) = parse(&own_file::read(&file)?)?;
        let state_file = Self {
            path: path.to_owned(),
            // A file that others can read is made private by writing it whole.
            records: records.filter(|_| own_file::is_private(&file).unwrap_or(false)),
            file,
        };
        Ok((state_file, vouchers))
    }

    /// Writes what changed. On disk when it returns. After an error the next call writes the file whole.
    pub(crate) fn save(&mut self, changes: &Changes, vouchers: &[Voucher]) -> io::Result<()> {
        let allowed = vouchers
            .len()
            .saturating_mul(2)
            .saturating_add(SPARE_RECORDS);
        // Somebody may have removed the file, and a line that is added to it then is lost.
        let is_there = own_file::is_at(&self.file, &self.path);
        // Taken until the line is written: an error may leave half a line, which none may follow.
        let records = self.records.take().filter(|_| is_there);
        let (Some(records), Changes::Some(changed)) = (records, changes) else {
            return self.write_whole(vouchers);
        };
        let records = records.saturating_add(changed.len());
        if records > allowed {
            return self.write_whole(vouchers);
        }
        let changed: Vec<&Voucher> = changed.iter().filter_map(|at| vouchers.get(*at)).collect();
        let mut line = serde_json::to_vec(&changed)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        // `sync_data` includes the new length, without which nobody could read the line.
        self.file.sync_data()?;
        self.records = Some(records);
        Ok(())
    }

    /// Writes a temporary file beside it, syncs it, renames it into place, syncs the folder.
    fn write_whole(&mut self, vouchers: &[Voucher]) -> io::Result<()> {
        // A link stays a link to it.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        // Somebody put another file there, and a running sandbox may be using it.
        if path.exists() && !own_file::is_at(&self.file, &path) {
            // Held until it is replaced.
            let _others = own_file::open(&path)?;
        }
        let temp = temp_path(&path);
        let file = write_temp(&temp, vouchers)?;
        // Before the rename: another sandbox could take the file as soon as it has its name.
        own_file::hold(&file)?;
        fs::rename(&temp, &path)?;
        own_file::sync_folder(&path)?;
        self.file = file;
        self.records = Some(vouchers.len());
        Ok(())
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        own_file::release(&self.file);
    }
}

/// The vouchers, and how many records name them if more can be added to the file as it is.
pub(crate) fn parse(text: &[u8]) -> io::Result<(Vec<Voucher>, Option<usize>)> {
    // `own_file::open` creates the file, and the first `save` writes its first line.
    if text.is_empty() {
        return Ok((Vec::new(), None));
    }
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let header = serde_json::from_slice::<Header>(first);
    // The first version is one JSON document, so its first line is not a header.
    if header.is_err() {
        let whole: FirstVersion = serde_json::from_slice(text)
            .map_err(|error| io::Error::other(format!("it is not a sandbox's state: {error}")))?;
        return match whole.version {
            // The next change writes the second version: a document cannot be added to.
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
            // `None`: what is added now would continue the line that was cut short.
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

fn write_temp(temp: &Path, vouchers: &[Voucher]) -> io::Result<File> {
    // What a crash left. If it cannot be removed, the next line says so.
    let _ = fs::remove_file(temp);
    let mut out = BufWriter::new(own_file::create_new(temp)?);
    serde_json::to_writer(&mut out, &Header::new())?;
    out.write_all(b"\n")?;
    // Some at a time, so that no line is as long as the file.
    for some in vouchers.chunks(1000) {
        serde_json::to_writer(&mut out, some)?;
        out.write_all(b"\n")?;
    }
    // Not by dropping it: a `BufWriter` that is dropped hides the errors of its last write.
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Before the rename: after a crash the name could otherwise lead to an empty file.
    file.sync_all()?;
    Ok(file)
}

/// A name of this program's own. Only who holds the state file writes it.
fn temp_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(".thordata-cdk-sandbox-new-");
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Changes, StateFile};

    #[test]
    fn a_file_that_others_can_read_is_for_its_owner_alone_after_the_next_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.jsonl");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let (mut state_file, _) = StateFile::open(&path).unwrap();
        state_file.save(&Changes::Some(Vec::new()), &[]).unwrap();
        drop(state_file);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let (mut state_file, _) = StateFile::open(&path).unwrap();
        assert_eq!(mode(), 0o644);
        state_file.save(&Changes::Some(Vec::new()), &[]).unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_closed_state_file_is_free_even_while_a_child_that_is_being_started_has_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.jsonl");
        let (state_file, _) = StateFile::open(&path).unwrap();
        let copy = state_file.file.try_clone().unwrap();
        let held = StateFile::open(&path).err().unwrap();
        assert_eq!(held.to_string(), "another sandbox is using it");
        drop(state_file);
        assert!(StateFile::open(&path).is_ok());
        drop(copy);
    }
}
