//! `create --resume`: what a crash, Ctrl-C or a lost answer left open.

use std::path::PathBuf;
use std::pin::pin;

use thordata_cdk::issue::{IssueError, Issued, Verdict};
use thordata_cdk::{NewCdks, Traffic};

use crate::context::Context;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::orders::buying::{PurchaseRun, stopped_by};
use crate::orders::ledger::{Order, Progress};
use crate::orders::options::Options;
use crate::orders::session::{self, OrderSession, Sink};
use crate::orders::settle::settle;
use crate::output::progress;
use crate::ui::counted;

pub(super) async fn run(context: &Context, mut options: Options) -> anyhow::Result<Exit> {
    let before = context.ledger()?;
    let unfinished = before.unfinished();
    if options.dry_run {
        return tell(context, unfinished);
    }
    options.chunk = options
        .chunk
        .or(unfinished.and_then(|progress| progress.order.chunk));
    let kind = session::kind(unfinished, options.exclusive);
    let bar = progress::bar(&context.ui, 0);
    let mut session =
        OrderSession::open(context, kind, |defaults| options.settings(defaults), &bar).await?;
    let mut interrupt = Interrupt::caught()?;
    let Some(found) = recover(&session, &mut interrupt).await else {
        bar.finish_and_clear();
        context.ui.note("Interrupted; what is open stays open.");
        return Ok(Exit::Interrupted);
    };
    bar.finish_and_clear();
    let found = found?;
    let mut sinks = Sinks {
        context,
        given: options.out.clone(),
        open: None,
    };
    let nothing_found = found.is_empty();
    let mut stop = None;
    for issued in found {
        if let Some(exit) = hand_over(context, &mut session, &mut sinks, &issued).await? {
            stop = Some(exit);
        }
    }
    let unfinished = session.ledger.unfinished().cloned();
    let Some(progress) = unfinished.filter(|_| stop != Some(Exit::Unknown)) else {
        sinks.finish()?;
        if nothing_found {
            context.ui.note("Nothing is open.");
        }
        return Ok(stop.unwrap_or(Exit::Success));
    };
    buy_rest(
        context,
        &options,
        &mut session,
        sinks,
        progress,
        &mut interrupt,
    )
    .await
}

/// What the ledger says, without asking anybody.
fn tell(context: &Context, unfinished: Option<&Progress>) -> anyhow::Result<Exit> {
    context.ui.note(match unfinished {
        Some(progress) => format!(
            "Batch {}: {} of {} handed over; nothing was sent.",
            progress.order.order,
            progress.delivered,
            counted(progress.order.count, "voucher")
        ),
        None => "The ledger knows of no unfinished batch; nothing was sent.".to_owned(),
    });
    Ok(Exit::Success)
}

async fn recover(
    session: &OrderSession,
    interrupt: &mut Interrupt,
) -> Option<Result<Vec<Issued>, IssueError>> {
    let mut recovery = pin!(session.issuer.recover());
    tokio::select! {
        found = &mut recovery => Some(found),
        () = interrupt.next() => None,
    }
}

/// Where codes of several orders go.
struct Sinks<'a> {
    context: &'a Context,
    given: Option<PathBuf>,
    open: Option<(Option<PathBuf>, Sink)>,
}

impl Sinks<'_> {
    fn of(&mut self, order: &Order) -> anyhow::Result<&mut Sink> {
        let out = self.given.clone().or_else(|| order.out.clone());
        let fits = self.open.as_ref().is_some_and(|(path, _)| *path == out);
        if !fits && let Some((_, sink)) = self.open.take() {
            sink.finish()?;
        }
        let sink = match self.open.take() {
            Some((_, sink)) => sink,
            None => Sink::open(self.context, out.as_deref())?,
        };
        Ok(&mut self.open.insert((out, sink)).1)
    }

    fn finish(self) -> std::io::Result<()> {
        self.open.map_or(Ok(()), |(_, sink)| sink.finish())
    }
}

/// One purchase that was open. What it returns is why the rest may have to wait.
async fn hand_over(
    context: &Context,
    session: &mut OrderSession,
    sinks: &mut Sinks<'_>,
    issued: &Issued,
) -> anyhow::Result<Option<Exit>> {
    let ui = &context.ui;
    let known = session
        .ledger
        .order_of_intent(issued.id.0)
        .or_else(|| session.ledger.unfinished());
    let order = known.map_or_else(
        || unknown_order(context, issued),
        |progress| progress.order.clone(),
    );
    let codes = issued.codes();
    if !codes.is_empty() {
        let sink = sinks.of(&order)?;
        session
            .hand_over(sink, &order, issued.id, codes, true)
            .await?;
        let count = counted(codes.len(), "code");
        ui.note(match sink {
            Sink::File(file) => {
                format!(
                    "Purchase {}: {count} in {}.",
                    issued.id,
                    file.path().display()
                )
            }
            Sink::Standard(_) => {
                format!("Purchase {}: {count}, perhaps printed before.", issued.id)
            }
        });
    }
    let Some(outcome) = stopped_by(issued) else {
        return Ok(None);
    };
    match &issued.verdict {
        // What comes next is the rest of the order: nothing to worry about.
        Verdict::Rejected { .. } | Verdict::Partial { .. } | Verdict::NotObserved { .. } => {
            ui.note(format!("Purchase {}: {}.", issued.id, issued.verdict));
            Ok(None)
        }
        _ => {
            if let Some(failure) = &outcome.failure {
                ui.failure(failure);
            }
            Ok(Some(outcome.exit))
        }
    }
}

/// An order that the ledger does not know, such as after it was lost.
pub(super) fn unknown_order(context: &Context, issued: &Issued) -> Order {
    Order {
        order: 0,
        at: context.clock.now,
        label: None,
        traffic: issued.order.traffic.as_i64(),
        count: issued.order.count,
        chunk: None,
        exclusive: false,
        out: None,
    }
}

async fn buy_rest(
    context: &Context,
    options: &Options,
    session: &mut OrderSession,
    mut sinks: Sinks<'_>,
    progress: Progress,
    interrupt: &mut Interrupt,
) -> anyhow::Result<Exit> {
    let (order, left) = (&progress.order, progress.left());
    let total = order.traffic.saturating_mul(i64::from(left));
    let (number, delivered, count) = (order.order, progress.delivered, order.count);
    context.ui.note(format!(
        "Batch {number}: {delivered} of {} bought.",
        counted(count, "voucher")
    ));
    let question = format!(
        "Buy the other {left} with traffic {} each, {total} in total?",
        order.traffic
    );
    let confirmed = tokio::select! {
        confirmed = context.ui.confirm_while_waiting(options.yes, question) => confirmed,
        () = interrupt.next() => return Ok(Exit::Interrupted),
    };
    if let Err(failure) = confirmed {
        sinks.finish()?;
        if delivered == 0 || context.ui.interactive {
            return Err(failure.into());
        }
        context.ui.failure(&failure);
        return Ok(Exit::Partial);
    }
    session.go_on(order);
    sinks.of(order)?;
    let Some((_, mut sink)) = sinks.open.take() else {
        return Ok(Exit::Error);
    };
    let bar = progress::bar(&context.ui, u64::from(left));
    let goods = NewCdks {
        traffic: Traffic(order.traffic),
        count: left,
    };
    let outcome = PurchaseRun {
        ui: &context.ui,
        session,
        sink: &mut sink,
        order,
        bar: &bar,
        interrupt,
    }
    .run(goods)
    .await;
    settle(context, session, sink, order, outcome)
}
