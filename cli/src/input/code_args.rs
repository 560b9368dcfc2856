//! Voucher codes as input: arguments, standard input and files.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use thordata_cdk::CdkCode;

use crate::account;
use crate::failure::Failure;
use crate::input::codes::{self, ReadAs, Refused};
use crate::ui::{Ui, counted};

/// Characters that a code may hold besides letters, digits, `-` and `_`, should the vendor hand out such codes.
const EXTRA_VARIABLE: &str = "THORDATA_CDK_CODE_CHARACTERS";

#[derive(Args, Debug, Clone, Default)]
pub(crate) struct CodeArgs {
    /// Voucher codes; `-` reads them from standard input
    #[arg(value_name = "CODE", allow_hyphen_values = false)]
    pub(crate) codes: Vec<String>,

    /// Read codes from a file: plain lines, CSV, JSON, or one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// The column of the file that holds the codes, by its name or number
    #[arg(long, value_name = "NAME|NUMBER")]
    pub(crate) column: Option<String>,
}

impl CodeArgs {
    pub(crate) fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.file.is_none()
    }

    /// All codes, each once, in the order in which they were given.
    pub(crate) fn read(&self, ui: &Ui) -> anyhow::Result<Vec<CdkCode>> {
        let extra = account::variable(EXTRA_VARIABLE)?.unwrap_or_default();
        let read_as = |name| ReadAs {
            name,
            column: self.column.as_deref(),
            extra: &extra,
        };
        let mut codes = Vec::new();
        for (number, text) in (1_usize..).zip(&self.codes) {
            if text == "-" {
                let mut input = Vec::new();
                io::stdin()
                    .read_to_end(&mut input)
                    .context("standard input cannot be read")?;
                codes.extend(codes::parse(&input, read_as("standard input")).map_err(failure)?);
            } else {
                // By its number: the text may be a code with a slip in it, and is not repeated.
                let code = codes::code(&codes::plain(text), &extra);
                codes.push(code.map_err(|why| {
                    Failure::usage(format!(
                        "argument {number} is no voucher code; nothing was sent"
                    ))
                    .why(why)
                    .next("compare it with where it came from; a file is read with --file FILE")
                })?);
            }
        }
        if let Some(path) = &self.file {
            let name = path.display().to_string();
            let input = fs::read(path).map_err(|error| {
                Failure::usage(format!("{name} cannot be read"))
                    .why(error.to_string())
                    .next("check the name of the file, and whether you may read it")
            })?;
            codes.extend(codes::parse(&input, read_as(&name)).map_err(failure)?);
        }
        let given = codes.len();
        let mut seen = HashSet::new();
        codes.retain(|code| seen.insert(code.clone()));
        match given.saturating_sub(codes.len()) {
            0 => {}
            again => ui.note(format!(
                "{} given more than once; each counts once.",
                counted(again, "code")
            )),
        }
        Ok(codes)
    }

    /// Where the codes come from, for a question: `file unsold.csv`, `standard input`.
    pub(crate) fn origin(&self) -> Option<String> {
        match &self.file {
            Some(path) => Some(format!("file {}", path.display())),
            None if self.codes.iter().any(|code| code == "-") => Some("standard input".to_owned()),
            None => None,
        }
    }
}

pub(crate) fn failure(refused: Refused) -> Failure {
    let mut failure = Failure::usage(refused.what);
    failure.why = refused.why;
    failure.next = refused.next;
    failure
}
