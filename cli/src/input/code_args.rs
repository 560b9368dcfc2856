//! Voucher codes as input: arguments, standard input and files.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use thordata_cdk::CdkCode;

use crate::failure::Failure;
use crate::input::parse_codes;
use crate::ui::{Ui, counted};

#[derive(Args, Debug, Clone)]
pub(crate) struct CodeArgs {
    /// Voucher codes; `-` reads them from standard input
    #[arg(value_name = "CODE", allow_hyphen_values = false)]
    pub(crate) codes: Vec<String>,

    /// Read codes from a file: one a line, or CSV with a column `cdk`
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

impl CodeArgs {
    pub(crate) fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.file.is_none()
    }

    /// All codes, each once, in the order in which they were given.
    pub(crate) fn read(&self, ui: &Ui) -> anyhow::Result<Vec<CdkCode>> {
        let mut codes = Vec::new();
        for (number, text) in (1_usize..).zip(&self.codes) {
            if text == "-" {
                let mut input = Vec::new();
                io::stdin()
                    .read_to_end(&mut input)
                    .context("standard input cannot be read")?;
                codes.extend(parse_codes::parse(&input, "standard input").map_err(Failure::usage)?);
            } else {
                let code = CdkCode::new(text)
                    .map_err(|error| Failure::usage(format!("argument {number}: {error}")))?;
                codes.push(code);
            }
        }
        if let Some(path) = &self.file {
            let name = path.display().to_string();
            let input = fs::read(path).with_context(|| format!("{name} cannot be read"))?;
            codes.extend(parse_codes::parse(&input, &name).map_err(Failure::usage)?);
        }
        let given = codes.len();
        let mut seen = HashSet::new();
        codes.retain(|code| seen.insert(code.clone()));
        match given.saturating_sub(codes.len()) {
            0 => {}
            again => ui.note(format!(
                "{} given more than once; each counts once",
                counted(again, "code")
            )),
        }
        Ok(codes)
    }
}
