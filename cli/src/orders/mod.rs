//! Orders: bought, resumed and settled over the issuer.

pub(crate) mod book;
pub(crate) mod buy;
pub(crate) mod deliver;
pub(crate) mod meta;
pub(crate) mod options;
