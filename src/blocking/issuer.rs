//! Buying once, blocking.

use std::path::Path;
use std::sync::Arc;

use super::client::Client;
use super::driver::{Driver, Steps};
use crate::issue::{self, IntentId, IssueError, Issued, IssuerOptions, Resolution};
use crate::raw::types::Cdk;
use crate::types::{CdkCode, NewCdks};

/// See [`thordata_cdk::Issuer`](issue::Issuer), blocking.
#[derive(Debug, Clone)]
pub struct Issuer {
    issuer: issue::Issuer,
    driver: Arc<Driver>,
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
        let driver = Arc::clone(&client.driver);
        let opening = issue::Issuer::open(client.client.clone(), journal, options);
        let issuer = driver.run(opening)??;
        Ok(Self { issuer, driver })
    }

    /// See [`issue::Issuer::issue`]. **Spends money.**
    ///
    /// # Errors
    /// See there.
    pub fn issue(&self, order: NewCdks) -> Result<Issued, IssueError> {
        self.driver.run(self.issuer.issue(order))?
    }

    /// See [`issue::Issuer::issue_all`].
    ///
    /// # Errors
    /// See there.
    pub fn issue_all(&self, order: NewCdks) -> Result<Purchases, IssueError> {
        let purchases = self.issuer.issue_all(order)?;
        Ok(Purchases {
            purchases,
            steps: Steps::of(&self.driver),
        })
    }

    /// See [`issue::Issuer::recover`].
    ///
    /// # Errors
    /// See there.
    pub fn recover(&self) -> Result<Vec<Issued>, IssueError> {
        self.driver.run(self.issuer.recover())?
    }

    /// See [`issue::Issuer::ack`].
    ///
    /// # Errors
    /// See there.
    pub fn ack(&self, id: IntentId) -> Result<(), IssueError> {
        self.driver.run(self.issuer.ack(id))?
    }

    /// See [`issue::Issuer::resolve`].
    ///
    /// # Errors
    /// See there.
    pub fn resolve(&self, id: IntentId, decision: Resolution) -> Result<(), IssueError> {
        self.driver.run(self.issuer.resolve(id, decision))?
    }

    /// See [`issue::Issuer::orphans`].
    ///
    /// # Errors
    /// See there.
    pub fn orphans(&self) -> Result<Vec<Cdk>, IssueError> {
        self.driver.run(self.issuer.orphans())?
    }

    /// See [`issue::Issuer::dismiss_orphans`].
    ///
    /// # Errors
    /// See there.
    pub fn dismiss_orphans(&self, codes: &[CdkCode]) -> Result<(), IssueError> {
        self.driver.run(self.issuer.dismiss_orphans(codes))?
    }

    /// See [`issue::Issuer::forget_missing`].
    ///
    /// # Errors
    /// See there.
    pub fn forget_missing(&self) -> Result<usize, IssueError> {
        self.driver.run(self.issuer.forget_missing())?
    }
}

/// A large order, as an iterator of its parts: see [`issue::Purchases`].
#[derive(Debug)]
pub struct Purchases {
    purchases: issue::Purchases,
    steps: Steps,
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
