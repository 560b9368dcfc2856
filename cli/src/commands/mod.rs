//! One file for each command.

pub(crate) mod create;
pub(crate) mod list;
mod resume;
pub(crate) mod revoke;
pub(crate) mod show;
