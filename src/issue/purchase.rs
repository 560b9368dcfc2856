//! One order, from the baseline to the verdict.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::journal::{self, CodeHash, Durability, Record};
use super::options::Step;
use super::reconcile::{Evidence, Finding, Ordered};
use super::session::Session;
use super::verdict::{IntentId, IssueError, Issued, Verdict};
use crate::attempt::Attempt;
use crate::attempt::Attempts;
use crate::attempt::retry::is_safe_to_resend;
use crate::client::Client;
use crate::error::{Error, Outcome};
use crate::raw::types::Cdk;
use crate::types::{CdkCode, NewCdks, Timestamp};

/// One purchase under way, or one that is being looked for.
pub(crate) struct Purchase {
    pub(crate) session: Session,
    pub(crate) id: IntentId,
    pub(crate) order: NewCdks,
    pub(crate) baseline_date: Option<Timestamp>,
    /// Told of the verdict while the journal is still held.
    pub(crate) settled: Option<Settled>,
}

pub(crate) type Settled = Box<dyn Fn(IntentId) + Send + Sync>;

/// After the window, looks that only settle what has just appeared or wait for a usable list.
const EXTRA_LOOKS: u32 = 8;

impl Purchase {
    /// Lists, writes the intent, and buys.
    pub(crate) async fn begin(
        mut session: Session,
        order: NewCdks,
        settled: Settled,
    ) -> Result<Issued, IssueError> {
        let baseline_date = session.baseline().await?;
        let id = IntentId(session.journal()?.state().next_id());
        let client = session.client.clone();
        let mut attempts = client.attempts();
        // The window counts from the intent: what the request has to wait for comes before it.
        let attempt = client.begin_create(attempts.begin()).await;
        let intent = Record::Intent {
            id: id.0,
            traffic: order.traffic.as_i64(),
            count: order.count,
            unix_secs: unix_secs(),
            server_unix_secs: baseline_date.map(Timestamp::as_secs),
        };
        session.append(vec![(intent, Durability::Durable)]).await?;
        session.options.notify(Step::Intended(id));
        Self {
            session,
            id,
            order,
            baseline_date,
            settled: Some(settled),
        }
        .buy(&client, attempts, attempt)
        .await
    }

    /// One POST; another only if it is proven that no earlier one was carried out.
    async fn buy(
        mut self,
        client: &Client,
        mut attempts: Attempts<'_>,
        mut attempt: Attempt<'_>,
    ) -> Result<Issued, IssueError> {
        let window = self.session.options.window;
        let mut number = 1_u32;
        loop {
            self.session.options.notify(Step::Sending {
                id: self.id,
                attempt: number,
            });
            let reply = client.create_once(attempt, self.order).await;
            self.session.options.notify(Step::Answered(self.id));
            let error = match reply {
                Ok(codes) if self.is_exactly_what_was_ordered(&codes)? => {
                    return Ok(self.created(codes).await);
                }
                Ok(codes) => return self.look(codes, window).await,
                Err(error) if error.outcome() == Outcome::Unknown => {
                    return self.look(Vec::new(), window).await;
                }
                Err(error) => error,
            };
            if !is_safe_to_resend(&error)
                || !attempts.wait(&error).await
                || (error.is_rate_limited() && self.something_is_new().await)
            {
                return Ok(self.rejected(error).await);
            }
            number = number.saturating_add(1);
            attempt = client.begin_create(attempts.begin()).await;
            let record = Record::Attempt {
                id: self.id.0,
                number,
            };
            self.session
                .append(vec![(record, Durability::Durable)])
                .await?;
        }
    }

    /// "Too frequent" may come from the lock of an earlier order that is still running: then it is no
    /// time to send again. What is new is reported before the next purchase.
    async fn something_is_new(&self) -> bool {
        !matches!(self.session.compare().await, Ok(seen) if seen.missing == 0 && seen.new.is_empty())
    }

    fn is_exactly_what_was_ordered(&self, codes: &[CdkCode]) -> Result<bool, IssueError> {
        let hashes: HashSet<CodeHash> = self.session.hashes(codes)?.into_iter().collect();
        let known = &self.session.journal()?.state().known;
        Ok(u32::try_from(codes.len()) == Ok(self.order.count)
            && hashes.len() == codes.len()
            && hashes.iter().all(|hash| !known.contains(hash)))
    }

    /// Looks for the order's vouchers for this long. `named` are codes that an unusable answer named.
    pub(crate) async fn look(
        self,
        named: Vec<CdkCode>,
        window_left: Duration,
    ) -> Result<Issued, IssueError> {
        let ends = Instant::now().checked_add(window_left);
        let over = || ends.is_some_and(|ends| Instant::now() >= ends);
        let exclusive = self.session.exclusive()?;
        let mut evidence = Evidence::new(Ordered {
            traffic: self.order.traffic,
            count: usize::try_from(self.order.count).unwrap_or(usize::MAX),
            not_before: self.baseline_date,
        });
        let mut extra = EXTRA_LOOKS;
        let mut look = 0_u32;
        let finding = loop {
            look = look.saturating_add(1);
            self.session.pause(self.wait(look, ends)).await;
            let ended = over();
            self.session
                .options
                .notify(Step::Looking { id: self.id, look });
            let trouble = self.take_a_look(&mut evidence).await?;
            if let Some(finding) = evidence.finding(exclusive, ended && trouble.is_none()) {
                break finding;
            }
            if ended {
                extra = extra.saturating_sub(1);
            }
            match (extra, trouble) {
                (0, Some(trouble)) => {
                    let source = Box::new(trouble);
                    return Err(IssueError::Unresolved {
                        id: self.id,
                        source,
                    });
                }
                (0, None) => break Finding::Unknown(evidence.codes()),
                _ => {}
            }
        };
        self.conclude(finding, named).await
    }

    fn wait(&self, look: u32, ends: Option<Instant>) -> Duration {
        let planned = self.session.options.wait_before(look);
        match ends.map(|ends| ends.saturating_duration_since(Instant::now())) {
            Some(left) if left.is_zero() => self.session.options.wait_before(1),
            Some(left) => planned.min(left),
            None => planned,
        }
    }

    /// What stands in the way of a verdict from this look, if anything.
    async fn take_a_look(&self, evidence: &mut Evidence) -> Result<Option<IssueError>, IssueError> {
        match self.session.compare().await {
            Ok(seen) => {
                evidence.add(
                    seen.new.iter().map(|(_, cdk): &(_, Cdk)| cdk),
                    seen.missing == 0,
                );
                Ok((seen.missing > 0).then_some(IssueError::ListIncomplete {
                    missing: seen.missing,
                    id: Some(self.id),
                }))
            }
            Err(IssueError::Client(error)) => Ok(Some(IssueError::Client(error))),
            Err(error) => Err(error),
        }
    }

    async fn conclude(
        mut self,
        finding: Finding,
        named: Vec<CdkCode>,
    ) -> Result<Issued, IssueError> {
        let window = self.session.options.window;
        let verdict = match with_named(finding, self.only_new(named)?) {
            Finding::Recovered(codes) => Verdict::Recovered { codes },
            Finding::Partial(codes) => Verdict::Partial { codes },
            Finding::NotObserved => Verdict::NotObserved { window },
            Finding::Unknown(candidates) => Verdict::Unknown { candidates },
        };
        let (recorded, codes): (_, &[CdkCode]) = match &verdict {
            Verdict::Recovered { codes } => (journal::Verdict::Recovered, codes),
            Verdict::Partial { codes } => (journal::Verdict::Partial, codes),
            Verdict::Unknown { candidates } => (journal::Verdict::Unknown, candidates),
            _ => (journal::Verdict::NotObserved, &[]),
        };
        let hashes = self.session.hashes(codes)?;
        let record = Record::Resolved {
            id: self.id.0,
            verdict: recorded,
            hashes,
        };
        Ok(self.record(record, verdict).await)
    }

    /// An answer that names vouchers which were there before names them wrongly.
    fn only_new(&self, named: Vec<CdkCode>) -> Result<Vec<CdkCode>, IssueError> {
        let journal = self.session.journal()?;
        let known = &journal.state().known;
        Ok(named
            .into_iter()
            .filter(|code| !known.contains(&journal.hash(code.as_str())))
            .collect())
    }

    async fn created(mut self, codes: Vec<CdkCode>) -> Issued {
        match self.session.hashes(&codes) {
            Ok(hashes) => {
                let record = Record::Result {
                    id: self.id.0,
                    hashes,
                };
                self.record(record, Verdict::Created { codes }).await
            }
            Err(_) => self.issued(Verdict::Created { codes }, false),
        }
    }

    async fn rejected(mut self, error: Error) -> Issued {
        let verdict = match error {
            Error::Transport(_) => journal::Verdict::NotSent,
            _ => journal::Verdict::Rejected,
        };
        let record = Record::Resolved {
            id: self.id.0,
            verdict,
            hashes: Vec::new(),
        };
        self.record(record, Verdict::Rejected { error }).await
    }

    /// Nothing is lost when the disk fails now: the verdict is handed over all the same.
    async fn record(&mut self, record: Record, verdict: Verdict) -> Issued {
        let durable = self
            .session
            .append(vec![(record, Durability::Durable)])
            .await
            .is_ok();
        if durable {
            self.session.options.notify(Step::Recorded(self.id));
        }
        self.issued(verdict, durable)
    }

    fn issued(&self, verdict: Verdict, durable: bool) -> Issued {
        if let Some(settled) = &self.settled {
            settled(self.id);
        }
        Issued {
            id: self.id,
            order: self.order,
            verdict,
            durable,
        }
    }
}

/// Codes that an unusable answer named count as candidates. They contradict any other finding unless
/// the lists show them too.
fn with_named(finding: Finding, named: Vec<CdkCode>) -> Finding {
    let mut seen = match &finding {
        Finding::Recovered(codes) | Finding::Partial(codes) | Finding::Unknown(codes) => {
            codes.clone()
        }
        Finding::NotObserved => Vec::new(),
    };
    let unseen: Vec<CdkCode> = named
        .into_iter()
        .filter(|code| !seen.contains(code))
        .collect();
    if unseen.is_empty() || matches!(finding, Finding::Recovered(_)) {
        return finding;
    }
    seen.extend(unseen);
    seen.sort();
    seen.dedup();
    Finding::Unknown(seen)
}

pub(crate) fn unix_secs() -> i64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
