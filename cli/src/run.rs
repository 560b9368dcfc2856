//! From arguments to exit code.

use std::io::{self, Write as _};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};

use crate::command_line::{self, CommandLine};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::redact;
use crate::ui::Ui;
use crate::verbose;

pub(crate) fn run() -> Exit {
    let line = match parse() {
        Ok(line) => line,
        Err(error) => return usage(&error),
    };
    let ui = Ui::new(line.global.color);
    verbose::begin(line.global.verbose, ui);
    match command_line::dispatch(line) {
        Ok(exit) => exit,
        Err(error) if is_closed_pipe(&error) => Exit::Success,
        Err(error) => {
            let failure = Failure::explain(&error);
            ui.failure(&failure);
            failure.exit
        }
    }
}

fn parse() -> Result<CommandLine, clap::Error> {
    let command = thordata_cdk_sandbox::cli::without_empty_variables(CommandLine::command());
    let mut matches = command.try_get_matches()?;
    CommandLine::from_arg_matches_mut(&mut matches)
}

/// Help, the version, or what is wrong with the arguments. A voucher code in the wrong place is not
/// repeated.
fn usage(error: &clap::Error) -> Exit {
    let plain = error.render().to_string();
    let masked = redact::masked(&plain);
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // A pipe that is closed has heard enough.
    if asked_for || masked == plain {
        drop(error.print());
    } else {
        drop(io::stderr().write_all(masked.as_bytes()));
    }
    if asked_for {
        Exit::Success
    } else {
        Exit::Usage
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
