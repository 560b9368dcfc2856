//! Orders that were left open: by a crash, a dropped future, or lists that failed.

use std::time::Duration;

use super::issuer::Issuer;
use super::journal::{self, CodeHash, IntentState, Phase};
use super::purchase::{Purchase, unix_secs};
use super::reconcile::SKEW_SECS;
use super::session::Session;
use super::trace;
use super::verdict::{IntentId, IssueError, Issued, Verdict};
use crate::types::{CdkCode, NewCdks, Timestamp, Traffic};

impl Issuer {
    /// Finds out what became of every order that is not finished, and hands over codes that were never
    /// acknowledged. Call it after [`open`](Self::open), and whenever an order is
    /// [`Blocked`](IssueError::Blocked).
    ///
    /// An order that was acknowledged is not returned again. The same order may be handed over more than
    /// once until then, always with the same [`id`](Issued::id).
    ///
    /// # Errors
    /// The first order that cannot be settled ends it; call again later.
    pub async fn recover(&self) -> Result<Vec<Issued>, IssueError> {
        let this = self.clone();
        let recovery = async move {
            let mut found = Vec::new();
            let unfinished: Vec<u64> = {
                let session = this.session().await;
                let state = session.journal()?.state();
                state.intents.keys().copied().collect()
            };
            for id in unfinished {
                found.extend(this.recover_one(id).await?);
            }
            Ok::<_, IssueError>(found)
        };
        let span = trace::recovery();
        let task = tokio::spawn(trace::within(span, recovery, |span, orders| {
            trace::recovered(span, orders);
        }));
        let found = task.await.map_err(|_| IssueError::Stopped)??;
        found
            .iter()
            .for_each(|issued| self.handover.reached(issued));
        Ok(found)
    }

    /// `None` if it is settled: a clone may have done so since the orders were counted.
    async fn recover_one(&self, id: u64) -> Result<Option<Issued>, IssueError> {
        let session = self.session().await;
        let Some(intent) = session.journal()?.state().intents.get(&id).cloned() else {
            return Ok(None);
        };
        let id = IntentId(id);
        let order = NewCdks {
            traffic: Traffic(intent.traffic),
            count: intent.count,
        };
        let (verdict, hashes) = match &intent.phase {
            Phase::Open => {
                let baseline_date = intent.server_unix_secs.map(Timestamp);
                let window_left = self.window_left(&session, &intent).await;
                let purchase = Purchase {
                    session,
                    id,
                    order,
                    baseline_date,
                    settled: None,
                };
                return purchase.look(Vec::new(), window_left).await.map(Some);
            }
            Phase::Answered { verdict, hashes } => (*verdict, hashes),
            Phase::Unknown { candidates } => (journal::Verdict::Unknown, candidates),
        };
        let codes = self.find_all(&session, id, hashes, verdict).await?;
        let verdict = match verdict {
            journal::Verdict::Unknown => Verdict::Unknown { candidates: codes },
            journal::Verdict::Partial => Verdict::Partial { codes },
            journal::Verdict::Recovered => Verdict::Recovered { codes },
            _ => Verdict::Created { codes },
        };
        Ok(Some(Issued {
            id,
            order,
            verdict,
            durable: true,
        }))
    }

    /// The codes behind recorded hashes. A list may lag behind, so an incomplete one is looked at again.
    pub(super) async fn find_all(
        &self,
        session: &Session,
        id: IntentId,
        hashes: &[CodeHash],
        verdict: journal::Verdict,
    ) -> Result<Vec<CdkCode>, IssueError> {
        for look in 1..=4 {
            let found = session.find(hashes).await?;
            // A candidate may be a code that only a garbled answer named.
            if found.len() == hashes.len() || verdict == journal::Verdict::Unknown {
                return Ok(found.into_iter().map(|cdk| cdk.cdk).collect());
            }
            if look == 4 {
                let missing = hashes.len().saturating_sub(found.len());
                return Err(IssueError::ListIncomplete {
                    missing,
                    id: Some(id),
                });
            }
            session.pause(self.options.wait_before(look)).await;
        }
        Ok(Vec::new())
    }

    /// What is left of the window since the order was written down. All of it if that is in doubt: the
    /// clock went back, or the order was sent again, at a time that the journal does not hold.
    async fn window_left(&self, session: &Session, intent: &IntentState) -> Duration {
        let window = self.options.window;
        let since = |then: i64, now: i64| u64::try_from(now.saturating_sub(then)).ok();
        let Some(mut passed) = since(intent.unix_secs, unix_secs()) else {
            return window;
        };
        if intent.attempts > 1 {
            return window;
        }
        // This machine's clock may have been put forward, so the service's has a say too.
        if let Some(then) = intent.server_unix_secs.filter(|_| passed > 0) {
            match session.client.list_dated(None).await {
                Ok((_, Some(now))) => {
                    let there = since(then.saturating_add(SKEW_SECS), now.as_secs());
                    passed = passed.min(there.unwrap_or_default());
                }
                Ok((_, None)) => {}
                Err(_) => return window,
            }
        }
        window.saturating_sub(Duration::from_secs(passed))
    }
}
