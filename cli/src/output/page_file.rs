//! A page for a browser, as a file: it replaces an earlier page of its kind, and no other file.

use std::io::Write as _;
use std::path::Path;

use crate::failure::{Failure, without_path};
use crate::secure_fs;

/// A kind of page, and how its files begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) first_line: &'static str,
    /// What it is called, such as `report`.
    pub(crate) name: &'static str,
}

pub(crate) const REPORT: Kind = Kind {
    first_line: "<!DOCTYPE html><!-- thordata-cdk report -->\n",
    name: "report",
};

pub(crate) const CARDS: Kind = Kind {
    first_line: "<!DOCTYPE html><!-- thordata-cdk cards -->\n",
    name: "page of cards",
};

/// Before anything is asked for. `-` is standard output.
pub(crate) fn refuse_foreign(path: &Path, kind: Kind) -> Result<(), Failure> {
    let refused = |what: String, next: &str| {
        Err(Failure::usage(format!("{} {what}", path.display()))
            .why("it is left as it is")
            .next(next))
    };
    if path == Path::new("-") {
        return Ok(());
    }
    match path.metadata() {
        Ok(found) if !found.is_file() => refused(
            "is not a regular file".to_owned(),
            "write to standard output: --html -",
        ),
        Ok(_) => match std::fs::read(path) {
            Ok(text) if text.starts_with(kind.first_line.as_bytes()) => Ok(()),
            _ => refused(
                format!("is no {} of before", kind.name),
                "name another file",
            ),
        },
        Err(_) => Ok(()),
    }
}

/// Writes the page. A file of it is for its owner alone.
pub(crate) fn write(path: &Path, page: &str) -> anyhow::Result<()> {
    if path == Path::new("-") {
        let mut out = std::io::stdout().lock();
        out.write_all(page.as_bytes())?;
        return Ok(out.flush()?);
    }
    secure_fs::replace(path, page.as_bytes()).map_err(|error| {
        Failure::error(format!("{} cannot be written", path.display()))
            .why(without_path(&error))
            .next("name a file in a folder that is there and that you may write")
    })?;
    Ok(())
}
