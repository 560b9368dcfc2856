//! Guides: the pages of the folder `docs`, as part of the documentation.
//!
//! They are compiled for the documentation alone. A page names others by labels (`[delivery]`), which lead to files
//! where the source is read, and to these modules here: `links.md` stands first, and the first definition of a label counts.

/// The module of one page.
macro_rules! guide {
    ($name:ident, $page:literal) => {
        #[doc = include_str!("links.md")]
        #[doc = include_str!(concat!("../../docs/", $page))]
        pub mod $name {}
    };
}

guide!(choose, "choose.md");
guide!(delivery, "delivery.md");
guide!(decisions, "decisions.md");
guide!(regenerate, "regenerate.md");
guide!(tracing, "tracing.md");
guide!(security, "security.md");
guide!(api_guidelines, "api-guidelines.md");
