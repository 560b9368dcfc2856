//! Guides: the pages of the folder `docs`, as part of the documentation. They are compiled for it alone.

#[doc = include_str!("../docs/gate.md")]
pub mod gate {}

#[doc = include_str!("../docs/cost.md")]
pub mod cost {}
