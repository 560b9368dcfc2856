//! Why a file of codes was refused.

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) what: String,
    pub(crate) why: Vec<String>,
    pub(crate) next: Option<String>,
}
