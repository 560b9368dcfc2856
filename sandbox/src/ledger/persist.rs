//! The state file: the vouchers, written whole, so that a crash leaves the old file or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ledger::voucher::Voucher;

/// The form of the file.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    vouchers: &'a [Voucher],
}

#[derive(Deserialize)]
struct Kept {
    version: u32,
    vouchers: Vec<Voucher>,
}

/// The vouchers of an earlier start; none if there is no file.
pub(crate) fn load(path: &Path) -> io::Result<Vec<Voucher>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let kept: Kept = serde_json::from_slice(&text).map_err(io::Error::other)?;
    if kept.version != VERSION {
        return Err(io::Error::other(format!(
            "version {} is not {VERSION}",
            kept.version
        )));
    }
    Ok(kept.vouchers)
}

/// Writes a temporary file beside it, syncs it, renames it into place, syncs the folder. Only the owner may read
/// the file: codes are like cash.
pub(crate) fn save(path: &Path, vouchers: &[Voucher]) -> io::Result<()> {
    let temp = temp_path(path);
    let mut file = BufWriter::new(create_private(&temp)?);
    serde_json::to_writer(
        &mut file,
        &Written {
            version: VERSION,
            vouchers,
        },
    )?;
    file.write_all(b"\n")?;
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(&temp, path)?;
    sync_folder(path)
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
