//! A page for a browser: its head, and its file, which replaces an earlier page of its kind and no other file.

use std::io::Write as _;
use std::path::Path;

use maud::{Markup, PreEscaped, html};

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

/// Whatever is in it, a page loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The text of a page. `title` is shown by the browser alone.
pub(crate) fn text(kind: Kind, title: &str, style: &str, body: &Markup) -> String {
    let page = html! {
        (PreEscaped(kind.first_line))
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Without it a browser asks for /favicon.ico.
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// Before anything is asked for. `-` is standard output.
pub(crate) fn refuse_foreign(path: &Path, kind: Kind) -> Result<(), Failure> {
    let refused = |what: String, next: &str| {
        Err(Failure::usage(format!("{} {what}", path.display()))
            .why("it is left as it is")
            .next(next))
    };
    // Standard output replaces nothing.
    if path == Path::new("-") {
        return Ok(());
    }
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return refused(
            "is not a regular file".to_owned(),
            "write to standard output: --html -",
        );
    }
    let length = u64::try_from(kind.first_line.len()).unwrap_or(u64::MAX);
    match secure_fs::read_regular(path, length) {
        Ok(None) => Ok(()),
        Ok(Some(text)) if text == kind.first_line.as_bytes() => Ok(()),
        _ => refused(
            format!("is no {} of before", kind.name),
            "name another file",
        ),
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
