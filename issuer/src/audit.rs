//! Finds vouchers that no order explains.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use thordata_cdk::{Cdk, Timestamp};

use crate::error::IssueError;
use crate::issuer::Issuer;
use crate::settle::{ByPurchase, late_owner};
use crate::store::CodeHash;

const BATCH: usize = 512;
/// A report holds at most this many vouchers; it counts all of them.
const MAX_REPORTED: usize = 10_000;
/// A voucher that appears up to this long after a purchase that was not observed may be that purchase's.
const LATE: Duration = Duration::from_secs(86_400);
/// At most this many purchases that were not observed are considered.
const UNOBSERVED: u32 = 1000;

/// Which vouchers of the account no order explains. From [`Issuer::audit`].
///
/// ```
/// # async fn f(issuer: thordata_cdk_issuer::Issuer) -> Result<(), Box<dyn std::error::Error>> {
/// let report = issuer.audit(None).await?;
/// for voucher in &report.unexplained {
///     println!("{}, created {}", voucher.cdk.cdk.masked(), voucher.cdk.create_time);
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [what a lost or restored store cannot know](crate#stores).
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct AuditReport {
    /// How many vouchers the list has.
    pub listed: u64,
    /// How many of them an order of this store explains.
    pub explained: u64,
    /// How many of them the audit gave to an order as its surplus.
    pub new_surplus: u64,
    /// How many no order explains.
    pub unexplained_count: u64,
    /// The first 10,000 of these.
    pub unexplained: Vec<Unexplained>,
    /// How many rows of the list cannot be read. They are in none of the other figures.
    pub unreadable: u64,
}

/// A voucher that no order of the store explains: somebody else bought it, it is older than the store, or its order
/// was lost with a store.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use thordata_cdk_issuer::{Issuer, IssuerOptions, SqliteStore, thordata_cdk::{Client, Credentials}};
/// # let folder = tempfile::tempdir()?;
/// # let sandbox = thordata_cdk_sandbox::Sandbox::builder().vouchers(1).start().await?;
/// # let secrets = sandbox.credentials();
/// # let credentials = Credentials::new(&secrets.token, &secrets.key)?;
/// # let client = Client::builder(credentials).base_url(sandbox.base_url()).build()?;
/// # let store = SqliteStore::open(folder.path().join("vouchers.db")).await?;
/// # let issuer = Issuer::new(client, store, IssuerOptions::shared()).await?;
/// // The account has one voucher, and the store is new.
/// let report = issuer.audit(None).await?;
/// let voucher = &report.unexplained[0].cdk;
/// println!("{}: {}", voucher.cdk.masked(), voucher.status);
/// # Ok(()) }
/// ```
///
/// Guide: [what a lost or restored store cannot know](crate#stores).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Unexplained {
    /// The voucher.
    pub cdk: Cdk,
}

impl Issuer {
    /// Lists all vouchers once, in constant memory, and reports those that no order explains. With `since`, only those
    /// that were created then or later (by the service's clock).
    ///
    /// While the account is [exclusive](Self::exclusive), it also finds late vouchers: one that only a single purchase
    /// that was not observed can have brought becomes the surplus of that purchase's order.
    ///
    /// # Errors
    /// [`IssueError::Client`] if the list cannot be read to its end; nothing is written then. [`IssueError::Store`] if the
    /// store fails. Call it again.
    ///
    /// # Cancel safety
    /// Cancel safe: call it again. Surplus is written at its end.
    pub async fn audit(
        &self,
        since: impl Into<Option<Timestamp>>,
    ) -> Result<AuditReport, IssueError> {
        let since = since.into();
        let inner = self.inner();
        // On a shared account a late voucher may be anybody's.
        let unobserved = match self.exclusive().await?.holds {
            true => inner.store.unobserved(UNOBSERVED).await?,
            false => Vec::new(),
        };
        let mut report = AuditReport::default();
        let mut late = ByPurchase::new();
        let mut rows = inner.client.list_stream(None).try_chunks(BATCH);
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|error| IssueError::Client(error.1))?;
            let hashes: Vec<CodeHash> = batch
                .iter()
                .map(|cdk| inner.hasher.code(&cdk.cdk))
                .collect();
            let known = inner.store.known(&hashes).await?;
            for (cdk, known) in batch.into_iter().zip(known) {
                report.listed = report.listed.saturating_add(1);
                if known {
                    report.explained = report.explained.saturating_add(1);
                } else if let Some(owner) = late_owner(&unobserved, LATE, &cdk) {
                    let voucher = inner.hasher.voucher(cdk.cdk);
                    late.entry(owner.id).or_default().push(voucher);
                    report.new_surplus = report.new_surplus.saturating_add(1);
                } else if since.is_none_or(|since| cdk.create_time >= since) {
                    report.unexplained_count = report.unexplained_count.saturating_add(1);
                    if report.unexplained.len() < MAX_REPORTED {
                        report.unexplained.push(Unexplained { cdk });
                    }
                }
            }
        }
        report.unreadable = rows.get_ref().unreadable().count();
        // After the whole list: an audit whose list breaks off has changed nothing.
        for (purchase, vouchers) in late {
            inner.store.add_surplus(purchase, &vouchers).await?;
        }
        Ok(report)
    }
}
