//! The file that bought codes go to: for the owner alone, one code a line, on disk before it counts.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use thordata_cdk::CdkCode;

use super::code_lines::{Addition, addition, may_be_code};
use crate::failure::Failure;
use crate::secure_fs;

const WHAT: &str = "the file for the codes";

#[derive(Debug)]
pub(crate) struct OutFile {
    file: File,
    path: PathBuf,
}

impl OutFile {
    /// Opens the file to add to it, or creates it.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        Self::open_own(path).map_err(|failure| failure.why("nothing was bought"))
    }

    /// Whether the file holds something that is not from these codes of an order, as a killed run left them.
    pub(crate) fn holds_others(path: &Path, codes: &[CdkCode]) -> Result<bool, Failure> {
        // All codes with their line breaks, and one byte more, which shows that there is something else.
        let lengths = codes
            .iter()
            .map(|code| code.as_str().len().saturating_add(1));
        let limit = lengths.fold(1_usize, usize::saturating_add);
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let bytes = secure_fs::read_regular(path, limit).map_err(|error| {
            Failure::usage(format!("{WHAT}, {}, cannot be used", path.display()))
                .why(error.to_string())
                .why("nothing was bought")
                .next("name another file")
        })?;
        let bytes = bytes.unwrap_or_default();
        if u64::try_from(bytes.len()) == Ok(limit) {
            return Ok(true);
        }
        let known: HashSet<&[u8]> = codes.iter().map(|code| code.as_str().as_bytes()).collect();
        let is_of_order = |line: &[u8]| match line.strip_suffix(b"\n") {
            Some(line) => known.contains(line),
            None => known.iter().any(|code| code.starts_with(line)),
        };
        Ok(!bytes
            .split_inclusive(|byte| *byte == b'\n')
            .all(is_of_order))
    }

    /// What is said of a file that is not known to be one of ours.
    pub(crate) fn foreign(path: &Path) -> Failure {
        Failure::usage(format!(
            "{} holds something, and no order of this store was begun with it",
            path.display()
        ))
        .why("it is left as it is")
        .why("nothing was bought")
        .next("name another file")
    }

    fn open_own(path: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| {
            Failure::usage(format!("{} cannot be written", path.display())).why(error.to_string())
        };
        let opened = secure_fs::open_or_create(path, WHAT)?;
        if opened.is_new {
            // Else a power failure could take the file with acknowledged codes away.
            secure_fs::sync_folder(path).map_err(failed)?;
        }
        let mut text = String::new();
        match (&opened.file).read_to_string(&mut text) {
            Err(error) if error.kind() != io::ErrorKind::InvalidData => Err(failed(error)),
            Ok(_) if text.lines().all(may_be_code) => {
                // Only now: for a file of others, the advice to change its mode would be wrong.
                opened.refuse_exposed(path, WHAT)?;
                Ok(Self {
                    file: opened.file,
                    path: path.to_owned(),
                })
            }
            // Bytes that are no UTF-8 come here too: they are no codes.
            _ => Err(Failure::usage(format!(
                "{} holds something else than codes",
                path.display()
            ))
            .why("it is left as it is")
            .next("name another file")),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds those codes that the file does not hold yet; they are on disk when it returns. The last line may be cut off,
    /// by a run that was killed.
    pub(crate) fn add(&mut self, codes: &[CdkCode]) -> io::Result<()> {
        let before = self.read()?;
        let Addition { kept, text } = addition(&before, codes);
        if kept < before.len() {
            self.file.set_len(u64::try_from(kept).unwrap_or(u64::MAX))?;
        }
        // `set_len` leaves the position behind the new end: zeros would fill the gap.
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }

    fn read(&mut self) -> io::Result<String> {
        let mut text = String::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_string(&mut text)?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(names: &[&str]) -> Vec<CdkCode> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn text_after(before: &str, add: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes");
        drop(OutFile::open(&path).unwrap());
        std::fs::write(&path, before).unwrap();
        OutFile::open(&path).unwrap().add(&codes(add)).unwrap();
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn codes_are_added_and_none_twice_on_a_second_try() {
        assert_eq!(text_after("A\n", &["B"]), "A\nB\n");
        assert_eq!(text_after("A", &["B"]), "A\nB\n");
        assert_eq!(text_after("A\nB\n", &["B", "C"]), "A\nB\nC\n");
    }

    #[test]
    fn a_code_that_was_cut_off_is_written_whole() {
        assert_eq!(
            text_after("A\nnoz", &["nozz1", "nozz2"]),
            "A\nnozz1\nnozz2\n"
        );
        assert_eq!(text_after("A\nnozz1", &["nozz1", "B"]), "A\nnozz1\nB\n");
        assert_eq!(text_after("A\nother", &["nozz1"]), "A\nother\nnozz1\n");
    }

    #[test]
    fn what_a_killed_run_left_differs_from_what_others_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes");
        let codes = codes(&["nozz1", "nozz2"]);
        assert!(!OutFile::holds_others(&path, &codes).unwrap());
        for (text, others) in [
            ("", false),
            ("nozz2\n", false),
            ("nozz1\nno", false),
            ("nozz1\nnozz2", false),
            ("no\n", true),
            ("nozz1\nnozz3", true),
            ("target\nnozz1\n", true),
            ("\n", true),
            // Each code once: what is longer is somebody else's, and is not read to its end.
            ("nozz1\nnozz2\nnozz1\n", true),
        ] {
            std::fs::write(&path, text).unwrap();
            let found = OutFile::holds_others(&path, &codes).unwrap();
            assert_eq!(found, others, "{text:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn it_is_for_the_owner_alone_and_an_open_one_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes");
        drop(OutFile::open(&path).unwrap());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let failure = OutFile::open(&path).unwrap_err();
        assert!(failure.next.unwrap().starts_with("chmod 600 "));
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        for foreign in [
            &b"{\n  \"port\": 80\n}\n"[..],
            b"{\"port\":80}\n",
            b"[server]\n",
            b"TOKEN=abc\n",
            b"port:80\n",
            b"code,traffic\nA,1\n",
            b"#!/bin/sh\n",
            b"nozzapqOWJOCcWIX\nplain words\n",
            b"\xff\xfe\n",
            b"\0\n",
        ] {
            let _ = std::fs::remove_file(&path);
            drop(OutFile::open(&path).unwrap());
            std::fs::write(&path, foreign).unwrap();
            let failure = OutFile::open(&path).unwrap_err();
            assert!(failure.what.ends_with("holds something else than codes"));
            assert_eq!(std::fs::read(&path).unwrap(), foreign);
        }
        for ours in ["", "A\n", "nozzapqOWJOCcWIX\r\n\nab+/==\n", "A-1_2\nno"] {
            std::fs::write(&path, ours).unwrap();
            assert!(OutFile::open(&path).is_ok(), "{ours:?}");
        }
    }
}
