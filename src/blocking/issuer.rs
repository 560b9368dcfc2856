//! Buying once, blocking.

use std::path::Path;
use std::sync::Arc;

use super::client::Client;
use super::runtime::{BlockingIter, OwnedRuntime};
use crate::issue::{self, IntentId, IssueError, Issued, IssuerOptions, Resolution};
use crate::raw::types::Cdk;
use crate::types::{CdkCode, NewCdks};

/// See [`thordata_cdk::Issuer`](issue::Issuer), blocking.
#[derive(Debug, Clone)]
pub struct Issuer {
    issuer: issue::Issuer,
    runtime: Arc<OwnedRuntime>,
}

impl Issuer {
    /// See [`issue::Issuer::open`].
    ///
    /// # Errors
    /// See there.
    pub fn open(
        client: &Client,
        journal: impl AsRef<Path>,
        options: impl Into<IssuerOptions>,
    ) -> Result<Self, IssueError> {
        let runtime = Arc::clone(&client.runtime);
        let opening = issue::Issuer::open(client.client.clone(), journal, options);
        let issuer = runtime.run(opening)??;
        Ok(Self { issuer, runtime })
    }

    /// See [`issue::Issuer::issue`]. **Spends money.**
    ///
    /// # Errors
    /// See there.
    pub fn issue(&self, order: NewCdks) -> Result<Issued, IssueError> {
        self.runtime.run(self.issuer.issue(order))?
    }

    /// See [`issue::Issuer::issue_all`].
    ///
    /// # Errors
    /// See there.
    pub fn issue_all(&self, order: NewCdks) -> Result<Purchases, IssueError> {
        let purchases = self.issuer.issue_all(order)?;
        Ok(Purchases {
            purchases,
            steps: BlockingIter::of(&self.runtime),
        })
    }

    /// See [`issue::Issuer::recover`].
    ///
    /// # Errors
    /// See there.
    pub fn recover(&self) -> Result<Vec<Issued>, IssueError> {
        self.runtime.run(self.issuer.recover())?
    }

    /// See [`issue::Issuer::ack`].
    ///
    /// # Errors
    /// See there.
    pub fn ack(&self, id: IntentId) -> Result<(), IssueError> {
        self.runtime.run(self.issuer.ack(id))?
    }

    /// See [`issue::Issuer::resolve`].
    ///
    /// # Errors
    /// See there.
    pub fn resolve(&self, id: IntentId, decision: Resolution) -> Result<(), IssueError> {
        self.runtime.run(self.issuer.resolve(id, decision))?
    }

    /// See [`issue::Issuer::orphans`].
    ///
    /// # Errors
    /// See there.
    pub fn orphans(&self) -> Result<Vec<Cdk>, IssueError> {
        self.runtime.run(self.issuer.orphans())?
    }

    /// See [`issue::Issuer::dismiss_orphans`].
    ///
    /// # Errors
    /// See there.
    pub fn dismiss_orphans(&self, codes: &[CdkCode]) -> Result<(), IssueError> {
        self.runtime.run(self.issuer.dismiss_orphans(codes))?
    }

    /// See [`issue::Issuer::forget_missing`].
    ///
    /// # Errors
    /// See there.
    pub fn forget_missing(&self) -> Result<usize, IssueError> {
        self.runtime.run(self.issuer.forget_missing())?
    }
}

/// A large order, as an iterator of its parts: see [`issue::Purchases`].
#[derive(Debug)]
pub struct Purchases {
    purchases: issue::Purchases,
    steps: BlockingIter,
}

impl Purchases {
    /// See [`issue::Purchases::left`].
    #[must_use]
    pub fn left(&self) -> u32 {
        self.purchases.left()
    }
}

impl Iterator for Purchases {
    type Item = Result<Issued, IssueError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.steps.next(self.purchases.next())? {
            Ok(part) => Some(part),
            Err(error) => Some(Err(error.into())),
        }
    }
}
