//! `thordata-cdk`: issue, watch, revoke and account for vouchers from the command line.

mod args;
mod buying;
mod code_list;
mod codes_in;
mod commands;
mod context;
mod contract;
mod cursor;
mod demo;
mod desk;
mod drift;
mod exit;
mod failure;
mod interrupt;
mod ledger;
mod lookalike;
mod out_file;
mod output;
mod private;
mod profile;
mod progress;
mod redact;
mod report;
mod run;
mod ui;
mod when;

fn main() -> std::process::ExitCode {
    run::run().into()
}
