//! Which redemptions have been reported, in a file that only grows.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::Context as _;
use thordata_cdk::{CdkCode, Cursor};

use crate::failure::Failure;
use crate::secure_fs::{self, Opened};

const WHAT: &str = "the cursor";

/// How a cursor begins, as [`Cursor`] writes it.
const FIRST_LINE: &str = "thordata-cdk cursor 1 ";

/// The file behind `--cursor`: the text form of [`Cursor`], with a line for each redemption.
#[derive(Debug)]
pub(crate) struct CursorFile {
    file: File,
    /// For its key: what it knows is in the file.
    cursor: Cursor,
}

impl CursorFile {
    /// The file, and what it knows. A last line that was not written whole is cut off; a file that is no cursor is
    /// refused and left as it is.
    pub(crate) fn open(path: &Path) -> anyhow::Result<(Self, Cursor)> {
        let unusable = || format!("{WHAT} {} cannot be used", path.display());
        let opened = secure_fs::open_or_create(path, WHAT)?;
        let text = match opened.is_new {
            true => String::new(),
            false => read(&opened, path)?,
        };
        // Only now: for a file that is no cursor, the advice to change its mode would be wrong.
        opened.refuse_exposed(path, WHAT)?;
        let mut file = opened.file;
        let whole = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let known = text.get(..whole).unwrap_or_default();
        let cursor: Cursor = known.parse().map_err(|error| {
            Failure::usage(format!("{} is damaged, or no cursor", path.display()))
                .why(format!("{error}"))
                .why("it is left as it is")
                .next("name another file; --from-now passes over what was redeemed before")
        })?;
        // The next line would be joined to what a killed run has left of one.
        if whole < text.len() {
            file.set_len(u64::try_from(whole)?).with_context(unusable)?;
        }
        file.seek(SeekFrom::End(0)).with_context(unusable)?;
        if known.is_empty() {
            // The key must last: without it nobody can tell which codes the lines stand for.
            file.write_all(cursor.to_string().as_bytes())
                .and_then(|()| file.sync_all())
                .and_then(|()| secure_fs::sync_folder(path))
                .with_context(unusable)?;
        }
        let of_file = cursor.clone();
        Ok((
            Self {
                file,
                cursor: of_file,
            },
            cursor,
        ))
    }

    /// On disk when it returns.
    pub(crate) fn add<'a>(
        &mut self,
        codes: impl IntoIterator<Item = &'a CdkCode>,
    ) -> io::Result<()> {
        let lines: String = codes
            .into_iter()
            .map(|code| self.cursor.line(code))
            .collect();
        self.file.write_all(lines.as_bytes())?;
        self.file.sync_data()
    }
}

/// The text of a file that is a cursor by its first line, or is empty, or was cut off within that line.
fn read(opened: &Opened, path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = (&opened.file).read_to_string(&mut text);
    let is_cursor = text.starts_with(FIRST_LINE) || FIRST_LINE.starts_with(&text);
    match read {
        Ok(_) if is_cursor => Ok(text),
        Err(error) if error.kind() != io::ErrorKind::InvalidData => Err(Failure::error(format!(
            "{WHAT} {} cannot be read",
            path.display()
        ))
        .why(error.to_string())),
        _ => Err(Failure::usage(format!("{} is no cursor", path.display()))
            .why("it does not begin with `thordata-cdk cursor`; it is left as it is")
            .next("name another file")),
    }
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
        let (mut file, mut cursor) = CursorFile::open(&path).unwrap();
        assert!(cursor.is_empty());
        file.add(&codes).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}0123")).unwrap();
        let (_, found) = CursorFile::open(&path).unwrap();
        codes.iter().for_each(|code| cursor.insert(code));
        assert_eq!(found, cursor);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_first_line_that_was_cut_off_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cursor");
        let whole = Cursor::default().to_string();
        for length in [0, 5, 22, 30, 54] {
            drop(CursorFile::open(&path));
            std::fs::write(&path, &whole[..length]).unwrap();
            let (_, cursor) = CursorFile::open(&path).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), cursor.to_string());
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        drop(CursorFile::open(&path).unwrap());
        for foreign in [
            &b"{\"port\": 80}"[..],
            b"{\n  \"port\": 80\n}\n",
            b"00000000000000000000000000000007\n",
            b"thordata-cdk cursor 2 00000000000000000000000000000007\n",
            b"thordata-cdk cursor 1 00000000000000000000000000000007\nnot a hash\nxx",
            b"\n",
            b"\xff",
        ] {
            std::fs::write(&path, foreign).unwrap();
            assert!(CursorFile::open(&path).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), foreign);
        }
    }
}
