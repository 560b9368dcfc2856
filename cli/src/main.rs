//! `thordata-cdk`: issue, watch, revoke and account for vouchers from the command line.

mod account;
mod args;
mod bounded_list;
mod cards;
mod command_line;
mod commands;
mod context;
mod cursor;
mod demo;
mod doctor;
mod exit;
mod failure;
mod input;
mod interrupt;
mod leftovers;
mod orders;
mod output;
mod records;
mod redact;
mod report;
mod run;
mod secure_fs;
mod time;
mod trace_fields;
mod ui;
mod verbose;
mod waits;

fn main() -> std::process::ExitCode {
    run::run().into()
}
