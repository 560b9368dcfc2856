//! The journal and the client together, held by whoever's turn it is.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::journal::{CodeHash, Durability, Journal, Record};
use super::options::{IssuerKind, IssuerOptions, Step};
use super::trace;
use super::verdict::IssueError;
use crate::client::Client;
use crate::raw::types::Cdk;
use crate::types::{CdkCode, Timestamp};

/// Exclusive use of the journal: one purchase at a time for each account.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) options: IssuerOptions,
    /// Away while a write is under way; gone for good if the runtime stopped in the middle of one.
    journal: Option<OwnedMutexGuard<Journal>>,
}

/// How one list compares with what is known.
pub(crate) struct Comparison {
    /// Vouchers that no record knows.
    pub(crate) new: Vec<(CodeHash, Cdk)>,
    /// How many known ones the list lacks.
    pub(crate) missing: usize,
    /// The service's clock.
    pub(crate) date: Option<Timestamp>,
}

/// A list that lacks known vouchers is looked at again this often before it counts as incomplete.
const LOOKS_AT_A_BASELINE: u32 = 4;

impl Session {
    pub(crate) fn new(
        client: Client,
        options: IssuerOptions,
        journal: OwnedMutexGuard<Journal>,
    ) -> Self {
        Self {
            client,
            options,
            journal: Some(journal),
        }
    }

    pub(crate) fn journal(&self) -> Result<&Journal, IssueError> {
        self.journal.as_deref().ok_or(IssueError::Stopped)
    }

    /// Whether new vouchers that fit may be taken for the order's.
    pub(crate) fn exclusive(&self) -> Result<bool, IssueError> {
        let downgraded = self.journal()?.state().downgraded;
        Ok(self.options.kind == IssuerKind::Exclusive && !downgraded)
    }

    /// Writes records, on a thread that may block. Completes even if this future is dropped.
    pub(crate) async fn append(
        &mut self,
        records: Vec<(Record, Durability)>,
    ) -> Result<(), IssueError> {
        let mut journal = self.journal.take().ok_or(IssueError::Stopped)?;
        trace::writing(&records);
        let task = tokio::task::spawn_blocking(move || {
            let written = records
                .into_iter()
                .try_for_each(|(record, durability)| journal.append(record, durability));
            (journal, written)
        });
        let (journal, written) = task.await.map_err(|_| IssueError::Stopped)?;
        self.journal = Some(journal);
        Ok(written.inspect_err(trace::not_written)?)
    }

    pub(crate) fn hashes(&self, codes: &[CdkCode]) -> Result<Vec<CodeHash>, IssueError> {
        let journal = self.journal()?;
        Ok(codes
            .iter()
            .map(|code| journal.hash(code.as_str()))
            .collect())
    }

    /// Lists every voucher, whatever its status, and compares.
    pub(crate) async fn compare(&self) -> Result<Comparison, IssueError> {
        let (list, date) = self.client.list_dated(None).await?;
        let journal = self.journal()?;
        let known = &journal.state().known;
        let mut listed = HashSet::with_capacity(list.len());
        let mut new = Vec::new();
        for cdk in list {
            let hash = journal.hash(cdk.cdk.as_str());
            if listed.insert(hash) && !known.contains(&hash) {
                new.push((hash, cdk));
            }
        }
        let missing = known.iter().filter(|hash| !listed.contains(*hash)).count();
        Ok(Comparison { new, missing, date })
    }

    /// The listed vouchers that carry these hashes.
    pub(crate) async fn find(&self, hashes: &[CodeHash]) -> Result<Vec<Cdk>, IssueError> {
        let (list, _) = self.client.list_dated(None).await?;
        let journal = self.journal()?;
        let wanted: HashSet<CodeHash> = hashes.iter().copied().collect();
        let mut found: Vec<Cdk> = list
            .into_iter()
            .filter(|cdk| wanted.contains(&journal.hash(cdk.cdk.as_str())))
            .collect();
        found.sort_by(|a, b| a.cdk.cmp(&b.cdk));
        found.dedup_by(|a, b| a.cdk == b.cdk);
        Ok(found)
    }

    /// Makes sure that everything which exists is known, and reports what no order explains.
    ///
    /// Only while no order is open: its vouchers would be taken for orphans.
    pub(crate) async fn baseline(&mut self) -> Result<Option<Timestamp>, IssueError> {
        let mut look = 1;
        let seen = loop {
            let seen = self.compare().await?;
            if seen.missing == 0 {
                break seen;
            }
            if look >= LOOKS_AT_A_BASELINE {
                return Err(IssueError::ListIncomplete {
                    missing: seen.missing,
                    id: None,
                });
            }
            tokio::time::sleep(self.options.wait_before(look)).await;
            look = look.saturating_add(1);
        };
        let state = self.journal()?.state();
        let first = !state.baselined;
        let hashes: Vec<CodeHash> = seen.new.into_iter().map(|(hash, _)| hash).collect();
        if first {
            self.append(vec![(Record::Known { hashes }, Durability::Durable)])
                .await?;
        } else if !hashes.is_empty() {
            let downgraded = self
                .exclusive()?
                .then_some((Record::Downgraded {}, Durability::Lazy));
            let orphans = (Record::Orphans { hashes }, Durability::Durable);
            self.append(downgraded.into_iter().chain([orphans]).collect())
                .await?;
        }
        self.options.notify(Step::Baseline);
        Ok(seen.date)
    }

    pub(crate) async fn pause(&self, wait: Duration) {
        tokio::time::sleep(wait).await;
    }
}
