//! Voucher codes as input, from arguments, standard input and files.

pub(crate) mod code_args;
pub(crate) mod lookalike;
pub(crate) mod parse_codes;
