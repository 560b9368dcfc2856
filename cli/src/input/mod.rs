//! Voucher codes as input, from arguments, standard input and files.

pub(crate) mod code_args;
pub(crate) mod codes;
pub(crate) mod lookalike;
pub(crate) mod suggest;
