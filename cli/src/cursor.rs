//! Which redemptions have been reported, in a file that only grows.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use thordata_cdk::{CdkCode, Cursor};

use crate::failure::Failure;
use crate::secure_fs;

/// The key of a code in a cursor, as [`Cursor`] makes it.
struct CodeKey(u128);

impl CodeKey {
    fn of(code: &CdkCode) -> Self {
        let digest = Sha256::digest(code.as_str());
        let bytes = digest.iter().take(16);
        Self(bytes.fold(0, |number, byte| (number << 8) | u128::from(*byte)))
    }

    fn hex(&self) -> String {
        format!("{:032x}", self.0)
    }
}

/// The file behind `--cursor`: one line for each redemption, the text form of [`Cursor`].
pub(crate) struct CursorFile {
    file: File,
}

impl CursorFile {
    /// The file, and what it knows. A last line that was not written whole is cut off.
    pub(crate) fn open(path: &Path) -> anyhow::Result<(Self, Cursor)> {
        let unusable = || format!("the cursor {} cannot be used", path.display());
        let mut file = secure_fs::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .with_context(unusable)?;
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(unusable)?;
        let whole = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        if whole < text.len() {
            file.set_len(u64::try_from(whole)?).with_context(unusable)?;
        }
        let known = text.get(..whole).unwrap_or_default();
        let cursor = known.parse().map_err(|error| {
            Failure::usage(format!("{} is damaged, or no cursor", path.display()))
                .why(format!("{error}"))
        })?;
        file.seek(SeekFrom::End(0)).with_context(unusable)?;
        Ok((Self { file }, cursor))
    }

    /// On disk when it returns.
    pub(crate) fn add<'a>(
        &mut self,
        codes: impl IntoIterator<Item = &'a CdkCode>,
    ) -> io::Result<()> {
        let lines: String = codes
            .into_iter()
            .map(|code| format!("{}\n", CodeKey::of(code).hex()))
            .collect();
        self.file.write_all(lines.as_bytes())?;
        self.file.sync_data()
    }
}

/// A cursor that knows these.
pub(crate) fn knowing<'a>(codes: impl IntoIterator<Item = &'a CdkCode>) -> anyhow::Result<Cursor> {
    let lines: String = codes
        .into_iter()
        .map(|code| format!("{}\n", CodeKey::of(code).hex()))
        .collect();
    Ok(lines.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_known_after_a_restart_and_a_torn_line_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let codes: Vec<CdkCode> = ["A", "B"]
            .iter()
            .map(|code| code.parse().unwrap())
            .collect();
        let (mut file, cursor) = CursorFile::open(&path).unwrap();
        assert!(cursor.is_empty());
        file.add(&codes).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}0123")).unwrap();
        let (_, cursor) = CursorFile::open(&path).unwrap();
        assert_eq!(cursor.len(), 2);
        assert_eq!(cursor, knowing(&codes).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}
