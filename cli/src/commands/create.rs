//! `create`: buys vouchers.

use thordata_cdk::{NewCdks, Traffic};

use crate::context::Context;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::orders::buying::PurchaseRun;
use crate::orders::ledger::Order;
use crate::orders::options::Options;
use crate::orders::session::{self, OrderSession, Sink};
use crate::orders::settle::settle;
use crate::output::progress;
use crate::output::{Column, Format, Value};
use crate::secure_fs;
use crate::ui::counted;

const PLAN: [Column; 6] = [
    Column::number("count", "COUNT"),
    Column::number("traffic", "TRAFFIC"),
    Column::number("total_traffic", "TOTAL TRAFFIC"),
    Column::number("purchases", "PURCHASES"),
    Column::text("label", "LABEL"),
    Column::text("out", "OUT"),
];

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let (Some(traffic), Some(count)) = (options.traffic, options.count) else {
        return super::resume::run(context, options).await;
    };
    let total = traffic.unsigned_abs().saturating_mul(u64::from(count));
    if options.dry_run {
        return plan(context, &options, traffic, count, total);
    }
    let bar = progress::bar(&context.ui, u64::from(count));
    let kind = session::kind(None, options.exclusive);
    let mut session =
        OrderSession::open(context, kind, |defaults| options.settings(defaults), &bar).await?;
    if total > options.confirm_above {
        let question = format!(
            "Buy {} with traffic {traffic} each, {total} in total?",
            counted(count, "voucher")
        );
        bar.suspend(|| context.ui.confirm(options.yes, &question))?;
    }
    let mut sink = Sink::open(context, options.out.as_deref())?;
    let order = Order {
        order: session.ledger.next_number(),
        at: context.clock.now,
        label: options.label.clone(),
        traffic,
        count,
        chunk: options.chunk,
        exclusive: options.exclusive,
        out: options.out.as_deref().map(secure_fs::absolute),
    };
    session.begin(&order)?;
    let goods = NewCdks {
        traffic: Traffic(traffic),
        count,
    };
    let mut interrupt = Interrupt::caught()?;
    let outcome = PurchaseRun {
        ui: &context.ui,
        session: &mut session,
        sink: &mut sink,
        order: &order,
        bar: &bar,
        interrupt: &mut interrupt,
    }
    .run(goods)
    .await;
    settle(context, &mut session, sink, &order, outcome)
}

fn plan(
    context: &Context,
    options: &Options,
    traffic: i64,
    count: u32,
    total: u64,
) -> anyhow::Result<Exit> {
    let mut rows = context.rows(&PLAN, Format::Table)?;
    let out = options.out.as_ref().map(|path| path.display().to_string());
    rows.push(vec![
        Value::count(count),
        Value::Number(traffic),
        Value::count(total),
        Value::count(count.div_ceil(options.purchase_size())),
        Value::maybe(options.label.as_deref()),
        Value::maybe(out.as_deref()),
    ])?;
    rows.finish()?;
    context.ui.note("Nothing was bought.");
    if total > options.confirm_above {
        let limit = options.confirm_above;
        context.ui.note(format!(
            "Without --yes it would ask first: {total} is above {limit}."
        ));
    }
    Ok(Exit::Success)
}
