//! One order's purchases, until it is complete, something stops it, or Ctrl-C.

use std::pin::pin;

use indicatif::ProgressBar;
use thordata_cdk::NewCdks;
use thordata_cdk::issue::{Block, IssueError, Issued, Verdict};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::orders::ledger::Order;
use crate::orders::session::{OrderSession, Sink};
use crate::ui::Ui;

/// Everything that a run of purchases needs.
pub(crate) struct PurchaseRun<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) session: &'a mut OrderSession,
    pub(crate) sink: &'a mut Sink,
    pub(crate) order: &'a Order,
    pub(crate) bar: &'a ProgressBar,
    pub(crate) interrupt: &'a mut Interrupt,
}

/// How a run of purchases outcome.
#[derive(Debug)]
pub(crate) struct RunOutcome {
    pub(crate) exit: Exit,
    pub(crate) failure: Option<Failure>,
    /// Of the purchase at which it outcome, and this is certain.
    pub(crate) nothing_was_bought: bool,
}

impl RunOutcome {
    fn with(failure: Failure, nothing_was_bought: bool) -> Self {
        Self {
            exit: failure.exit,
            failure: Some(failure),
            nothing_was_bought,
        }
    }

    fn without_message(exit: Exit) -> Self {
        Self {
            exit,
            failure: None,
            nothing_was_bought: false,
        }
    }
}

impl PurchaseRun<'_> {
    pub(crate) async fn run(mut self, goods: NewCdks) -> RunOutcome {
        let outcome = self.purchases(goods).await;
        self.bar.finish_and_clear();
        outcome
    }

    async fn purchases(&mut self, goods: NewCdks) -> RunOutcome {
        let mut purchases = match self.session.issuer.issue_all(goods) {
            Ok(purchases) => purchases,
            Err(error) => return RunOutcome::with(Failure::explain(&error.into()), true),
        };
        let mut interrupted = false;
        loop {
            let issued = {
                let mut next = pin!(purchases.next());
                loop {
                    tokio::select! {
                        issued = &mut next => break issued,
                        () = self.interrupt.next() => {
                            if std::mem::replace(&mut interrupted, true) {
                                return RunOutcome::without_message(Exit::Interrupted);
                            }
                            let text = "Finishing the purchase that is under way; Ctrl-C again leaves \
                                        it to `thordata-cdk create --resume`.";
                            self.bar.suspend(|| self.ui.note(text));
                        }
                    }
                }
            };
            match issued {
                None => return RunOutcome::without_message(Exit::Success),
                Some(Err(error)) => return failed(error),
                Some(Ok(issued)) => {
                    if let Some(outcome) = self.take(issued).await {
                        return outcome;
                    }
                }
            }
            if interrupted && purchases.left() > 0 {
                return RunOutcome::without_message(Exit::Interrupted);
            }
        }
    }

    /// Hands one purchase over; what it returns ends the order.
    async fn take(&mut self, issued: Issued) -> Option<RunOutcome> {
        if !issued.durable {
            let text = "the journal could not be written after the answer came";
            self.bar.suspend(|| self.ui.warn(text));
        }
        let codes = issued.codes();
        if !codes.is_empty() {
            let stored = self
                .session
                .hand_over(self.sink, self.order, issued.id, codes, false)
                .await;
            if let Err(error) = stored {
                return Some(RunOutcome::with(Failure::explain(&error), false));
            }
            self.bar.inc(u64::try_from(codes.len()).unwrap_or(u64::MAX));
        }
        stopped_by(&issued)
    }
}

/// What a verdict says to whoever wants to buy on.
pub(crate) fn stopped_by(issued: &Issued) -> Option<RunOutcome> {
    let id = issued.id;
    let text = format!("purchase {id}: {}", issued.verdict);
    Some(match &issued.verdict {
        Verdict::Created { .. } | Verdict::Recovered { .. } => return None,
        Verdict::Rejected { error } => {
            let mut failure = Failure::of_client(error);
            failure.what = text;
            RunOutcome::with(failure, true)
        }
        Verdict::NotObserved { .. } => RunOutcome::with(
            Failure::new(Exit::Unknown, text).next(
                "wait, and look whether `thordata-cdk orphans` shows them; to order them again run \
                 `thordata-cdk create --resume`",
            ),
            false,
        ),
        Verdict::Partial { .. } => RunOutcome::with(
            Failure::new(Exit::Partial, text).next("`thordata-cdk create --resume` buys the rest"),
            false,
        ),
        _ => RunOutcome::with(
            Failure::new(Exit::Unknown, text)
                .why("on a shared account a list cannot tell whose they are")
                .next(format!(
                    "`thordata-cdk resolve {id}` shows them; decide there, then buy on"
                )),
            false,
        ),
    })
}

fn failed(error: IssueError) -> RunOutcome {
    let nothing = !matches!(error, IssueError::Unresolved { .. } | IssueError::Stopped);
    let blocked = matches!(
        error,
        IssueError::Blocked {
            block: Block::NeedsRecovery,
            ..
        }
    );
    let mut failure = Failure::explain(&error.into());
    if blocked {
        failure.next = Some("run `thordata-cdk create --resume` first".to_owned());
    }
    RunOutcome::with(failure, nothing)
}
