//! The sandbox as a program of its own.

use std::io::Write as _;
use std::process::ExitCode;

use thordata_cdk_sandbox::cli;

fn main() -> ExitCode {
    match cli::run(&cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done for a standard error that is closed.
            let _ = writeln!(std::io::stderr(), "thordata-cdk-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}
