//! One file for each command.

pub(crate) mod assign;
pub(crate) mod audit;
pub(crate) mod cards;
pub(crate) mod completions;
pub(crate) mod create;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod help;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod orders;
pub(crate) mod profiles;
pub(crate) mod report;
pub(crate) mod resolve;
pub(crate) mod revoke;
pub(crate) mod sandbox;
pub(crate) mod show;
pub(crate) mod spec;
pub(crate) mod watch;
