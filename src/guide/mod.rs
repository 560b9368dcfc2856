//! Guides: the pages of the folder `docs`, as part of the documentation.
//!
//! They are compiled for the documentation alone. A page names others by labels (`[delivery]`). In the source a label
//! leads to a file, and here to one of these modules: `links.md` comes first, and the first definition of a label counts.

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
