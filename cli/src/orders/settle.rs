//! The end of a run of purchases: what was bought, and what is missing.

use crate::context::Context;
use crate::exit::Exit;
use crate::orders::buying::RunOutcome;
use crate::orders::ledger::Order;
use crate::orders::session::{OrderSession, Sink};
use crate::ui::counted;

/// Ends the order if it is complete, and reports what was bought.
pub(crate) fn settle(
    context: &Context,
    session: &mut OrderSession,
    sink: Sink,
    order: &Order,
    outcome: RunOutcome,
) -> anyhow::Result<Exit> {
    let left = session.ledger.left_of(order.order);
    let delivered = order.count.saturating_sub(left);
    if left == 0 || (delivered == 0 && outcome.nothing_was_bought) {
        session.end(order)?;
    }
    let place = match &sink {
        Sink::File(file) => format!(", in {}", file.path().display()),
        Sink::Standard(_) => String::new(),
    };
    match (&outcome.failure, sink.finish()) {
        // The same trouble may meet the end of the output again.
        (Some(failure), _) => context.ui.failure(failure),
        (None, finished) => finished?,
    }
    let number = order.order;
    if left == 0 {
        let total = order.traffic.saturating_mul(i64::from(order.count));
        context.ui.note(format!(
            "Bought {} with traffic {} each, {total} in total{place} (batch {number}).",
            counted(delivered, "voucher"),
            order.traffic
        ));
        return Ok(Exit::Success);
    }
    context.ui.note(format!(
        "Bought {delivered} of {}{place} (batch {number}).",
        counted(order.count, "voucher")
    ));
    if outcome.exit == Exit::Interrupted || (delivered > 0 && outcome.failure.is_none()) {
        context
            .ui
            .next("`thordata-cdk create --resume` tells what is open and buys the rest");
    }
    Ok(match outcome.exit {
        exit @ (Exit::Interrupted | Exit::Unknown) => exit,
        _ if delivered > 0 => Exit::Partial,
        exit => exit,
    })
}
