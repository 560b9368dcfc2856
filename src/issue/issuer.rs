//! The safe way to buy.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::handover::Handover;
use super::journal::{self, CodeHash, Durability, Journal, Mismatch, Phase, Record};
use super::options::IssuerOptions;
use super::purchase::Purchase;
use super::purchases::Purchases;
use super::session::Session;
use super::trace;
use super::verdict::{Block, IntentId, IssueError, Issued, Resolution};
use crate::client::{Client, order_body};
use crate::error::InvalidInput;
use crate::raw::types::Cdk;
use crate::types::{CdkCode, NewCdks};

/// Buys vouchers so that none is lost and none is bought twice, over connections that break, processes
/// that die and answers that never come.
///
/// It lists what exists, writes down what it is about to buy, sends one request, and if no usable answer
/// comes it compares lists until it knows, or says that it cannot. It never sends a second request while
/// the first may have been carried out.
///
/// One journal file for each account, used by one issuer at a time (a lock beside the file sees to it).
/// The journal holds no codes, only keyed hashes. Cheap to clone; clones take turns.
///
/// ```no_run
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk::{Client, NewCdks, Traffic};
/// use thordata_cdk::issue::{Issuer, IssuerKind, IssuerOptions};
///
/// let client = Client::from_env()?;
/// let options = IssuerOptions::new(IssuerKind::Shared);
/// let issuer = Issuer::open(client, "vouchers.journal", options).await?;
/// for earlier in issuer.recover().await? {
///     println!("order {}: {}", earlier.id, earlier.verdict); // store earlier.codes(), then ack
/// }
/// let issued = issuer.issue(NewCdks { traffic: Traffic(3), count: 100 }).await?;
/// println!("{}", issued.verdict); // store issued.codes() durably, then:
/// issuer.ack(issued.id).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Issuer {
    pub(super) client: Client,
    pub(super) options: IssuerOptions,
    journal: Arc<tokio::sync::Mutex<Journal>>,
    pub(super) handover: Arc<Handover>,
}

impl Issuer {
    /// Opens the journal, or creates it, and locks it. Nothing is sent.
    ///
    /// # Errors
    /// [`IssueError::Journal`] if the file is locked by another issuer, damaged, belongs to another
    /// account, can be read by others, or cannot be written.
    pub async fn open(
        client: Client,
        journal: impl AsRef<Path>,
        options: impl Into<IssuerOptions>,
    ) -> Result<Self, IssueError> {
        let path = journal.as_ref().to_owned();
        let options = options.into();
        let account = client.account();
        let mismatch = if options.token_replaced {
            Mismatch::Replace
        } else {
            Mismatch::Refuse
        };
        let open = move || Journal::open(&path, &account, mismatch);
        let journal = tokio::task::spawn_blocking(open)
            .await
            .map_err(|_| IssueError::Stopped)??;
        Ok(Self::over(client, journal, options))
    }

    pub(super) fn over(client: Client, journal: Journal, options: IssuerOptions) -> Self {
        Self {
            client,
            options,
            journal: Arc::new(tokio::sync::Mutex::new(journal)),
            handover: Arc::default(),
        }
    }

    /// Buys `order.count` vouchers, at most [`IssuerOptions::max_count`]. **Spends money.**
    ///
    /// Dropping the future does not stop the purchase: it goes on in a task of its own, and
    /// [`recover`](Self::recover) hands its verdict over. Must run on a Tokio runtime.
    ///
    /// # Errors
    /// With any [`IssueError`] but [`Unresolved`](IssueError::Unresolved) and
    /// [`Stopped`](IssueError::Stopped) nothing was bought.
    pub async fn issue(&self, order: NewCdks) -> Result<Issued, IssueError> {
        check(order)?;
        if order.count > self.options.max_count {
            let what = format!(
                "{} vouchers are more than one purchase may hold ({}); use `issue_all`",
                order.count, self.options.max_count
            );
            return Err(invalid("num", what));
        }
        let this = self.clone();
        // Lives as long as this future: the order counts as handed over only if somebody still waits.
        let receiver = Arc::new(());
        let waiting = Arc::downgrade(&receiver);
        let purchase = async move {
            let session = this.session().await;
            this.refuse_if_blocked(&session)?;
            let settled = move |id: IntentId| this.handover.expected_by(id.0, waiting.clone());
            Purchase::begin(session, order, Box::new(settled)).await
        };
        let span = trace::purchase(order);
        let task = tokio::spawn(trace::within(span, purchase, trace::issued));
        let issued = task.await.map_err(|_| IssueError::Stopped)??;
        self.handover.reached(&issued);
        drop(receiver);
        Ok(issued)
    }

    /// Buys any number of vouchers, in purchases of at most [`IssuerOptions::max_count`] each.
    ///
    /// # Errors
    /// [`IssueError::Client`] if the order is not valid. Nothing is bought before
    /// [`Purchases::next`].
    pub fn issue_all(&self, order: NewCdks) -> Result<Purchases, IssueError> {
        check(order)?;
        Ok(Purchases {
            issuer: self.clone(),
            traffic: order.traffic,
            left: order.count,
        })
    }

    /// Notes that the caller has stored the codes of this order, so that `recover` hands it over no
    /// more. Without effect on an order that is finished already.
    ///
    /// # Errors
    /// [`IssueError::NoSuchIntent`] if no such order was ever written down, or if it has no codes to
    /// acknowledge yet.
    pub async fn ack(&self, id: IntentId) -> Result<(), IssueError> {
        let mut session = self.session().await;
        let state = session.journal()?.state();
        match state.intents.get(&id.0).map(|intent| &intent.phase) {
            Some(Phase::Answered { .. }) => {}
            None if (1..=state.last_id).contains(&id.0) => return Ok(()),
            _ => return Err(IssueError::NoSuchIntent { id }),
        }
        session
            .append(vec![(Record::Ack { id: id.0 }, Durability::Lazy)])
            .await?;
        self.handover.acknowledged(id.0);
        Ok(())
    }

    /// A person's decision on an order with the verdict
    /// [`Verdict::Unknown`](super::Verdict::Unknown).
    ///
    /// # Errors
    /// [`IssueError::NoSuchIntent`] if this order waits for no decision; [`IssueError::Client`] if a
    /// voucher to adopt belongs to another order or was there before, or if the vouchers cannot be
    /// listed; [`IssueError::ListIncomplete`] if one to adopt is not listed. The order waits on then.
    pub async fn resolve(&self, id: IntentId, decision: Resolution) -> Result<(), IssueError> {
        let mut session = self.session().await;
        let state = session.journal()?.state();
        let Some(Phase::Unknown { candidates }) =
            state.intents.get(&id.0).map(|intent| &intent.phase)
        else {
            return Err(IssueError::NoSuchIntent { id });
        };
        let (verdict, mut adopted) = match decision {
            Resolution::Adopt(codes) => (journal::Verdict::Adopted, session.hashes(&codes)?),
            Resolution::Discard => (journal::Verdict::Discarded, Vec::new()),
        };
        adopted.sort_unstable();
        adopted.dedup();
        if adopted.iter().any(|hash| state.known.contains(hash)) {
            let what = "a voucher to adopt belongs to another order, or was there before this one";
            return Err(invalid("cdk", what));
        }
        let candidates = candidates.clone();
        self.find_all(&session, id, &adopted, journal::Verdict::Adopted)
            .await?;
        // A candidate may be a code that only a garbled answer named: what is not listed does not exist,
        // and if it appears later it is reported then.
        let listed: Vec<CdkCode> = session
            .find(&candidates)
            .await?
            .into_iter()
            .map(|cdk| cdk.cdk)
            .collect();
        let mut others = session.hashes(&listed)?;
        others.retain(|hash| !adopted.contains(hash));
        let mut records = Vec::new();
        if !others.is_empty() {
            records.push((Record::Orphans { hashes: others }, Durability::Lazy));
        }
        records.push((
            Record::Resolved {
                id: id.0,
                verdict,
                hashes: adopted,
            },
            Durability::Durable,
        ));
        session.append(records).await
    }

    /// Vouchers that appeared and that no order of this journal explains: somebody else's purchases, or
    /// a purchase that was carried out after its window. Looks for new ones first, unless an order is
    /// open.
    ///
    /// # Errors
    /// See [`IssueError`].
    pub async fn orphans(&self) -> Result<Vec<Cdk>, IssueError> {
        let mut session = self.session().await;
        let state = session.journal()?.state();
        let open = state
            .intents
            .values()
            .any(|intent| matches!(intent.phase, Phase::Open | Phase::Unknown { .. }));
        if !open {
            session.baseline().await?;
        }
        let orphans: Vec<CodeHash> = session.journal()?.state().orphans.iter().copied().collect();
        if orphans.is_empty() {
            Ok(Vec::new())
        } else {
            session.find(&orphans).await
        }
    }

    /// Takes note of orphans, so that [`orphans`](Self::orphans) returns them no more.
    ///
    /// # Errors
    /// [`IssueError::Journal`] if the note cannot be written.
    pub async fn dismiss_orphans(&self, codes: &[CdkCode]) -> Result<(), IssueError> {
        let mut session = self.session().await;
        let hashes = session.hashes(codes)?;
        session
            .append(vec![(Record::OrphansSeen { hashes }, Durability::Durable)])
            .await
    }

    /// Accepts that vouchers which were there before are gone from the service's list for good, after
    /// [`IssueError::ListIncomplete`]. Returns how many were forgotten.
    ///
    /// # Errors
    /// See [`IssueError`].
    pub async fn forget_missing(&self) -> Result<usize, IssueError> {
        let mut session = self.session().await;
        let (list, _) = session.client.list_dated(None).await?;
        let codes: Vec<CdkCode> = list.into_iter().map(|cdk| cdk.cdk).collect();
        let listed: HashSet<CodeHash> = session.hashes(&codes)?.into_iter().collect();
        let known = &session.journal()?.state().known;
        let gone: Vec<CodeHash> = known
            .iter()
            .copied()
            .filter(|hash| !listed.contains(hash))
            .collect();
        let count = gone.len();
        if count > 0 {
            session
                .append(vec![(
                    Record::Forgotten { hashes: gone },
                    Durability::Durable,
                )])
                .await?;
        }
        Ok(count)
    }

    pub(super) async fn session(&self) -> Session {
        let journal = Arc::clone(&self.journal).lock_owned().await;
        Session::new(self.client.clone(), self.options.clone(), journal)
    }

    fn refuse_if_blocked(&self, session: &Session) -> Result<(), IssueError> {
        for intent in session.journal()?.state().intents.values() {
            let block = match intent.phase {
                Phase::Answered { .. } if self.handover.is_certain(intent.id) => continue,
                Phase::Answered { .. } | Phase::Open => Block::NeedsRecovery,
                Phase::Unknown { .. } => Block::NeedsDecision,
            };
            return Err(IssueError::Blocked {
                id: IntentId(intent.id),
                block,
            });
        }
        Ok(())
    }
}

fn check(order: NewCdks) -> Result<(), IssueError> {
    order_body(order)
        .map(drop)
        .map_err(|error| IssueError::Client(error.into()))
}

fn invalid(field: &'static str, what: impl Into<String>) -> IssueError {
    IssueError::Client(InvalidInput::new(field, what).into())
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
