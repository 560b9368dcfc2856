//! One run of `create`: buying with progress and Ctrl-C, and what the order has come to.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;
use thordata_cdk_issuer::{Event, IssueError, Issuer, IssuerOptions, Order, OrderState, Refusal};

use super::deliver::Sink;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::records::Records;
use crate::records::log::{Entry, LineId};
use crate::redact;
use crate::ui::{Ui, counted};

/// Why the last purchase of this run was refused.
#[derive(Clone, Default)]
pub(crate) struct LastRefusal(Arc<Mutex<Option<Refusal>>>);

impl LastRefusal {
    fn set(&self, refusal: Refusal) {
        // A panic elsewhere cannot leave half a value, so that a poisoned lock is as good as any.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
    }

    fn get(&self) -> Option<Refusal> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows on the bar what the issuer does, and notes refusals.
pub(crate) fn observed(
    options: IssuerOptions,
    bar: &ProgressBar,
    refusal: &LastRefusal,
    ui: Ui,
) -> IssuerOptions {
    let (bar, refusal) = (bar.clone(), refusal.clone());
    options.observer(move |event| match event {
        Event::Sending { .. } => bar.set_message("buying"),
        Event::SendingAgain { attempt } => bar.set_message(format!("refused, attempt {attempt}")),
        Event::Bought { count } => bar.inc(u64::from(count)),
        Event::Refused(why) => refusal.set(why),
        Event::Looking { look } => {
            // Off a terminal the bar shows nothing.
            if look == 1 && bar.is_hidden() {
                ui.note("No usable answer came; looking in the list for what was bought.");
            }
            bar.set_message(format!("no usable answer, looking (list {look})"));
        }
        _ => {}
    })
}

/// A wait that is longer than this is reported.
const QUIET: Duration = Duration::from_secs(1);

/// What a call may spend, for the log.
pub(crate) struct Spends {
    pub(crate) count: u32,
    /// In all.
    pub(crate) traffic: u64,
    pub(crate) label: Option<String>,
}

/// Written down before anything is sent, and what it has come to afterwards. A call that is left has no result.
struct LogLine(Option<(Records, LineId)>);

impl LogLine {
    fn begin(context: &Context, key: &str, spends: Option<Spends>) -> anyhow::Result<Self> {
        // A call that only looks for vouchers spends nothing.
        let Some(spends) = spends else {
            return Ok(Self(None));
        };
        let entry = Entry {
            at: context.clock.current(),
            action: "create".to_owned(),
            account: context.whose()?,
            order: Some(key.to_owned()),
            label: spends.label,
            count: Some(i64::from(spends.count)),
            traffic: Some(i64::try_from(spends.traffic).unwrap_or(i64::MAX)),
            ..Entry::default()
        };
        let mut records = context.records()?;
        let lines = records.begin_log(&[(entry, None)])?;
        Ok(Self(lines.into_iter().next().map(|line| (records, line))))
    }

    fn end(self, order: &Result<Order, IssueError>) -> anyhow::Result<()> {
        let Some((mut records, line)) = self.0 else {
            return Ok(());
        };
        match order {
            Ok(order) => {
                let result = format!("{} of {} bought", order.bought(), order.count);
                records.end_log(line, &result, Some(&order.state().to_string()))
            }
            Err(error) => {
                records.end_log(line, "failed", Some(&redact::masked(&error.to_string())))
            }
        }
    }
}

/// Runs a call of the issuer until it ends. The first Ctrl-C lets the purchase in progress end, the second leaves it
/// (`None`): the store knows of it.
pub(crate) async fn run(
    context: &Context,
    issuer: &Issuer,
    bar: &ProgressBar,
    key: &str,
    spends: Option<Spends>,
    call: impl Future<Output = Result<Order, IssueError>>,
) -> anyhow::Result<Option<(Order, bool)>> {
    // Before the log: Ctrl-C must not leave a line for a purchase that never began.
    let mut interrupt = Interrupt::caught()?;
    // Before the call is polled for the first time: nothing is sent that the log does not know.
    let line = LogLine::begin(context, key, spends)?;
    let mut call = pin!(call);
    let mut interrupted = false;
    let (mut quiet, mut reported) = (pin!(tokio::time::sleep(QUIET)), false);
    let order = loop {
        tokio::select! {
            order = &mut call => break order,
            () = &mut quiet, if !reported => {
                reported = true;
                // Each event of the issuer leaves a message.
                if bar.message().is_empty() {
                    let text = "Waiting for an earlier purchase on the account to end; --wait says how long.";
                    bar.suspend(|| context.ui.note(text));
                }
            }
            () = interrupt.next() => {
                if std::mem::replace(&mut interrupted, true) {
                    bar.finish_and_clear();
                    let next = format!("`thordata-cdk create --resume {key}` finds out what was bought");
                    context.ui.next(next);
                    return Ok(None);
                }
                issuer.stop();
                let text = format!(
                    "Finishing the purchase that is in progress; Ctrl-C again leaves it to `thordata-cdk create \
                     --resume {key}`."
                );
                bar.suspend(|| context.ui.note(text));
            }
        }
    };
    bar.finish_and_clear();
    // The codes that were bought come first: a log that cannot be written must not hide them.
    if let Err(error) = line.end(&order) {
        context
            .ui
            .warn(format!("the log does not say what came of it: {error:#}"));
    }
    match order {
        Ok(order) => Ok(Some((order, interrupted))),
        Err(error) => Err(Failure::of_issue(&error, key).into()),
    }
}

/// Delivers what was bought, and says what the order has come to.
pub(crate) async fn conclude(
    context: &Context,
    issuer: &Issuer,
    sink: Sink,
    order: &Order,
    refusal: &LastRefusal,
    interrupted: bool,
) -> anyhow::Result<Exit> {
    let (key, count) = (&order.key, order.count);
    let place = sink.place();
    if *order.state() == OrderState::Acknowledged {
        // The store has only hashes of them: the service's list has the codes.
        let codes = issuer.find_codes(key).await?;
        sink.deliver(order, &codes)?;
        context.ui.note(format!(
            "The order {key} was complete before; nothing was bought. Its {} again{place}.",
            counted(codes.len(), "code")
        ));
        let found = u32::try_from(codes.len()).unwrap_or(u32::MAX);
        let lost = count.saturating_sub(found);
        if lost == 0 {
            return Ok(Exit::Success);
        }
        context.ui.warn(format!(
            "the service's list does not show the other {}",
            counted(lost, "code")
        ));
        context
            .ui
            .next("repeat the command in a few minutes: a list may be late");
        return Ok(Exit::Partial);
    }
    let bought = order.codes().len();
    if !order.surplus().is_empty() {
        let count = counted(order.surplus().len(), "voucher");
        context.ui.note(format!(
            "{count} beyond the order's count belong to it too: `thordata-cdk resolve {key}` shows them."
        ));
    }
    // Before the store forgets them: if writing fails here, the order is not acknowledged and can be resumed.
    sink.deliver(order, order.codes())?;
    if *order.state() == OrderState::Complete {
        issuer.acknowledge(key).await?;
        let total = order.traffic.as_i64().saturating_mul(i64::from(count));
        context.ui.note(format!(
            "Bought {} with traffic {} each, {total} in total{place} (order {key}).",
            counted(bought, "voucher"),
            order.traffic
        ));
        return Ok(Exit::Success);
    }
    let failure = incomplete(order, refusal.get(), interrupted);
    if bought > 0 || interrupted {
        context.ui.note(format!(
            "Bought {bought} of {}{place} (order {key}).",
            counted(count, "voucher")
        ));
    }
    context.ui.failure(&failure);
    // For a script an unknown outcome is more important than that a part was bought.
    Ok(match failure.exit {
        exit @ (Exit::Interrupted | Exit::Unknown) => exit,
        _ if bought > 0 => Exit::Partial,
        exit => exit,
    })
}

/// A tenth of what is missing, for a shop that refuses so many at once.
fn count_of_one_purchase(missing: u32) -> u32 {
    missing.checked_div(10).unwrap_or(1).clamp(1, 100)
}

/// What keeps an order from being complete, and the next step that is right in that state.
fn incomplete(order: &Order, refusal: Option<Refusal>, interrupted: bool) -> Failure {
    let key = &order.key;
    let resume = format!("`thordata-cdk create --resume {key}`");
    match order.state() {
        OrderState::NotObserved { missing, reason } => Failure::new(
            Exit::Unknown,
            match order.bought() {
                0 => format!(
                    "no usable answer came, and no list showed {}",
                    counted(*missing, "voucher")
                ),
                bought => format!(
                    "{bought} of {} came, and no list showed the other {missing}",
                    counted(order.count, "voucher")
                ),
            },
        )
        .whys(reason.as_deref())
        .why("they may still appear: it is not proven that they were not bought")
        .next(format!(
            "wait, and look with `thordata-cdk audit`; `thordata-cdk create --resume {key} --retry-unseen` buys {} again",
            match order.bought() {
                0 => "them".to_owned(),
                _ => format!("the missing {missing}"),
            }
        )),
        OrderState::NeedsDecision { missing, reason } => Failure::new(
            Exit::Unknown,
            format!(
                "no usable answer came; {} may be this order's or somebody else's",
                counted(order.candidates().len(), "voucher")
            ),
        )
        .whys(reason.as_deref())
        .why(format!("the order lacks {}", counted(*missing, "voucher")))
        .next(format!(
            "`thordata-cdk resolve {key}` shows them; decide there"
        )),
        OrderState::InDoubt | OrderState::InProgress => Failure::new(
            if interrupted {
                Exit::Interrupted
            } else {
                Exit::Unknown
            },
            "a purchase of the order has not ended",
        )
        .next(format!("{resume} finds out what it bought")),
        OrderState::Abandoned => {
            Failure::usage(format!("the order {key} was abandoned")).next("use another --order KEY")
        }
        OrderState::Incomplete { missing, reason } => {
            let what = match reason {
                Some(reason) if order.bought() == 0 => format!("nothing was bought: {reason}"),
                Some(reason) => format!("{} not bought: {reason}", counted(*missing, "voucher")),
                None => format!("{} not bought yet", counted(*missing, "voucher")),
            };
            let (exit, advice) = match refusal {
                _ if interrupted => (Exit::Interrupted, ""),
                Some(Refusal::Credentials) => (
                    Exit::Credentials,
                    "compare the token and the key with \"My Account\" on the vendor's dashboard; then ",
                ),
                Some(Refusal::Funds) => (
                    Exit::Error,
                    "top up the wallet on the vendor's dashboard; then ",
                ),
                Some(Refusal::TooFrequent) => (Exit::TryLater, "wait a few minutes; then "),
                Some(Refusal::NotSent) => (
                    Exit::TryLater,
                    "check the network (`thordata-cdk doctor`); then ",
                ),
                Some(Refusal::TooMany) => {
                    let smaller = count_of_one_purchase(*missing);
                    return Failure::new(Exit::Error, what).next(format!(
                        "buy in smaller purchases: `thordata-cdk create --resume {key} --chunk {smaller}`; if that is \
                         refused too, the shop has no more of them now"
                    ));
                }
                _ => (Exit::Error, ""),
            };
            Failure::new(exit, what).next(format!("{advice}{resume} buys the rest"))
        }
        _ => Failure::error(format!("the order {key} is {}", order.state()))
            .next("`thordata-cdk orders` shows it"),
    }
}
