//! From arguments to exit code.

use std::io::{self, Write as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _};

use crate::command_line::{self, CommandLine};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::redact;
use crate::ui::{Ui, printable};
use crate::verbose;

pub(crate) fn run() -> Exit {
    let line = match parse() {
        Ok(line) => line,
        Err(error) => return usage(error),
    };
    let ui = Ui::new(line.global.color);
    verbose::begin(line.global.verbose, ui);
    match command_line::dispatch(line) {
        Ok(exit) => exit,
        // Whoever closes the pipe, such as `head`, has enough. Bought codes that cannot be written
        // are a `Failure` instead.
        Err(error) if is_closed_pipe(&error) => Exit::Success,
        Err(error) => {
            let failure = Failure::explain(&error);
            ui.failure(&failure);
            failure.exit
        }
    }
}

fn parse() -> Result<CommandLine, clap::Error> {
    // `NAME= thordata-cdk …` unsets a variable for one run; clap would try to parse the empty text.
    let command = thordata_cdk_sandbox::cli::without_empty_variables(CommandLine::command());
    let mut matches = command.try_get_matches()?;
    CommandLine::from_arg_matches_mut(&mut matches)
}

/// Help, the version, or what is wrong with the arguments. A voucher code in the wrong place is not repeated, and neither
/// is what would steer a terminal.
fn usage(mut error: clap::Error) -> Exit {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // Before it is rendered: afterwards the line breaks of a value look like those of the message.
    if !asked_for {
        clean_values(&mut error);
    }
    let plain = error.render().to_string();
    let lines: Vec<String> = plain.split('\n').map(printable).collect();
    let shown = redact::masked(&lines.join("\n"));
    // A pipe that is closed has heard enough. In colour only what holds nothing to clean: the plain text has lost colours
    // that an argument brought along.
    if asked_for || (shown == plain && input_is_printable()) {
        drop(error.print());
    } else {
        drop(io::stderr().write_all(shown.as_bytes()));
    }
    if asked_for {
        Exit::Success
    } else {
        Exit::Usage
    }
}

/// Cleans what the user wrote, with the line breaks in it.
fn clean_values(error: &mut clap::Error) {
    let cleaned: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| {
            let value = match value {
                ContextValue::String(text) => ContextValue::String(printable(text)),
                ContextValue::Strings(texts) => {
                    ContextValue::Strings(texts.iter().map(|text| printable(text)).collect())
                }
                _ => return None,
            };
            Some((kind, value))
        })
        .collect();
    for (kind, value) in cleaned {
        error.insert(kind, value);
    }
}

/// Whether arguments and settings can be shown as they are.
fn input_is_printable() -> bool {
    let settings = std::env::vars_os()
        .filter(|(name, _)| name.to_string_lossy().starts_with("THORDATA_"))
        .map(|(_, value)| value);
    std::env::args_os()
        .chain(settings)
        .all(|text| text.to_str().is_some_and(|text| printable(text) == text))
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
