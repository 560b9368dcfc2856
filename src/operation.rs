//! The four operations of the contract, by the names that users, logs and traces see.

/// One of the four operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    List,
    Get,
    Revoke,
}

impl Operation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::List => "list",
            Self::Get => "get",
            Self::Revoke => "revoke",
        }
    }

    pub(crate) fn method(self) -> &'static str {
        if self.changes_something() {
            "POST"
        } else {
            "GET"
        }
    }

    /// The contract's path, for the reader of a trace: it decides nothing about where a request goes.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Create => "/api/cdk/create",
            Self::List => "/api/cdk/list",
            Self::Get => "/api/cdk/info",
            Self::Revoke => "/api/cdk/revoke",
        }
    }

    pub(crate) fn changes_something(self) -> bool {
        matches!(self, Self::Create | Self::Revoke)
    }
}
