//! Settling: the lease, the looks at lists, and the verdicts written down.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};
use thordata_cdk::{Cdk, UnreadableRows};

use crate::error::IssueError;
use crate::issuer::{Issuer, POLL};
use crate::options::Event;
use crate::settle::{Evidence, MAX_CANDIDATES};
use crate::store::{CodeHash, Doubt, Lease};

/// How many rows of a list are looked up in the store at once.
const BATCH: usize = 512;
/// A list is believed if it shows one of so many vouchers, the newest that the store knows.
const NEWEST: u32 = 16;
/// How long the right to settle lasts after its holder was last heard of. If the holder dies, everybody waits for so long.
const LEASE: Duration = Duration::from_secs(20);
/// How often its holder extends it, however long a list takes.
const EXTEND: Duration = Duration::from_secs(5);
/// The longest wait between two looks.
const MAX_WAIT: Duration = Duration::from_secs(30);

impl Issuer {
    /// Settles purchases in doubt, and returns when nothing is in doubt. [`issue`](Self::issue) does it when it must; call
    /// this one in the background to have them settled earlier.
    ///
    /// # Errors
    /// [`IssueError::Client`] if the lists cannot be read. [`IssueError::Busy`] if others settle for longer than
    /// [`IssuerOptions::wait`](crate::IssuerOptions::wait). [`IssueError::Store`] if the store fails, and
    /// [`IssueError::Stopped`] if the runtime ends. What is in doubt stays so: call it again.
    ///
    /// # Cancel safety
    /// Cancel safe: settling goes on in a task of its own.
    pub async fn settle(&self) -> Result<(), IssueError> {
        self.settle_until(Instant::now()).await
    }

    pub(crate) async fn settle_until(&self, started: Instant) -> Result<(), IssueError> {
        let this = self.clone();
        // In a task of its own, so that the look at a list is not lost when the caller goes.
        let settled = tokio::spawn(async move { this.settle_here(started).await });
        settled.await.map_err(|_| IssueError::Stopped)?
    }

    async fn settle_here(&self, started: Instant) -> Result<(), IssueError> {
        let inner = &self.inner;
        let _only = inner.settling.lock().await;
        let mut evidence: Option<Evidence> = None;
        let mut look = 1_u32;
        loop {
            let doubts = match inner.store.lease(inner.process, LEASE).await? {
                Lease::NothingInDoubt => return Ok(()),
                Lease::Granted(doubts) => doubts,
                Lease::Wait(wait) => {
                    let waited = started.elapsed();
                    if waited >= inner.options.wait {
                        return Err(IssueError::Busy { waited });
                    }
                    // Another process settles, or a purchase is still sending. After that, what was seen here is out of date.
                    (evidence, look) = (None, 1);
                    // Not as long as it says: the others may be done before their time is over.
                    let wait = wait.clamp(Duration::from_millis(5), POLL);
                    tokio::time::sleep(wait).await;
                    continue;
                }
            };
            let mut known = match evidence.take() {
                Some(known) if known.is_about(&doubts) => known,
                _ => {
                    look = 1;
                    Evidence::new(doubts.clone(), inner.options.window)
                }
            };
            // A list may lag behind the purchase, so the first look waits too.
            let wait = inner.options.wait_before(look).min(MAX_WAIT);
            self.holding_the_lease(tokio::time::sleep(wait)).await;
            inner.options.notify(Event::Looking { look });
            look = look.saturating_add(1);
            // The ages are from before the wait.
            known.update_ages(aged(doubts, wait));
            self.holding_the_lease(self.look(&mut known)).await?;
            // On a shared account vouchers of others are expected, and end nothing.
            if known.saw_foreign() && inner.exclusive().await?.holds {
                let reason = "a list showed a voucher that no order of this store explains";
                inner.store.set_exclusive(Some(reason)).await?;
            }
            let exclusive = inner.exclusive().await?.holds;
            let verdicts = known.verdicts(exclusive);
            if verdicts.is_empty() {
                evidence = Some(known);
            } else {
                // Where the store takes no verdict, what was seen is out of date: the next look starts anew.
                inner.store.settle(inner.process, &verdicts).await?;
            }
        }
    }

    /// Extends the lease while `work` goes on. If it is lost all the same, the store takes no verdict.
    async fn holding_the_lease<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            match tokio::time::timeout(EXTEND, &mut work).await {
                Ok(done) => return done,
                Err(_) => drop(self.inner.store.lease(self.inner.process, LEASE).await),
            }
        }
    }

    /// Reads one list, in constant memory.
    async fn look(&self, evidence: &mut Evidence) -> Result<(), IssueError> {
        let inner = &self.inner;
        let newest = inner.store.newest(NEWEST).await?;
        // In every status: a voucher may be redeemed or revoked before this look.
        let mut rows = inner.client.list_stream(None).try_chunks(BATCH);
        let mut batches = Vec::new();
        let mut shown = Vec::new();
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|error| IssueError::Client(error.1))?;
            let hashed: Vec<(Cdk, CodeHash)> = batch
                .into_iter()
                // The hash first: in a pair with the row first, the row would be gone before it is read.
                .map(|cdk| (inner.hasher.code(&cdk.cdk), cdk))
                .map(|(hash, cdk)| (cdk, hash))
                .collect();
            shown.extend(
                hashed
                    .iter()
                    .map(|(_, hash)| *hash)
                    .filter(|hash| newest.contains(hash)),
            );
            let concerned: Vec<(Cdk, CodeHash)> = hashed
                .into_iter()
                .filter(|(cdk, _)| evidence.concerns(cdk.create_time))
                .collect();
            if concerned.is_empty() {
                continue;
            }
            let hashes: Vec<CodeHash> = concerned.iter().map(|(_, hash)| *hash).collect();
            // Rows of other times are not looked up: at a million vouchers the list has few that matter.
            let known = inner.store.known(&hashes).await?;
            let unknown = concerned
                .into_iter()
                .zip(known)
                .filter(|(_, known)| !known)
                .map(|((cdk, hash), known)| (cdk, hash, known));
            batches.extend(unknown);
            batches.truncate(MAX_CANDIDATES);
        }
        self.check_unreadable(rows.get_ref().unreadable(), evidence)
            .await?;
        // Only now, after the whole list: a list that broke off must not count as evidence.
        let mut look = evidence.look(newest);
        shown.iter().for_each(|hash| look.shows(hash));
        look.add(batches);
        look.end();
        Ok(())
    }
}

impl Issuer {
    /// A row that cannot be read may be a voucher that is looked for, unless the store knows its code or its time
    /// says otherwise.
    async fn check_unreadable(
        &self,
        rows: &UnreadableRows,
        evidence: &Evidence,
    ) -> Result<(), IssueError> {
        if rows.is_empty() {
            return Ok(());
        }
        let doubtful = rows
            .first()
            .iter()
            .filter(|row| row.create_time.is_none_or(|time| evidence.concerns(time)));
        let codes: Vec<Option<CodeHash>> = doubtful
            .map(|row| row.code.as_ref().map(|code| self.inner.hasher.code(code)))
            .collect();
        let hashes: Option<Vec<CodeHash>> = codes.into_iter().collect();
        // Only the first thousand are kept: what the others hold is not known.
        let all_named = u64::try_from(rows.first().len()) == Ok(rows.count());
        let harmless = match hashes {
            Some(hashes) if all_named => self.inner.store.known(&hashes).await?.iter().all(|k| *k),
            _ => false,
        };
        if harmless {
            return Ok(());
        }
        rows.check().map_err(IssueError::Client)
    }
}

fn aged(mut doubts: Vec<Doubt>, by: Duration) -> Vec<Doubt> {
    for doubt in &mut doubts {
        doubt.age = doubt.age.saturating_add(by);
    }
    doubts
}
