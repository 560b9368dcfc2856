//! `create`: buys vouchers, and goes on with orders that are open.

use std::path::Path;

use thordata_cdk::{NewCdks, Traffic};
use thordata_cdk_issuer::{IssueError, Issuer, NewOrder, Order, OrderFilter, OrderState};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::orders::buy::{self, LastRefusal};
use crate::orders::deliver::Sink;
use crate::orders::meta::Meta;
use crate::orders::options::Options;
use crate::output::out_file::OutFile;
use crate::output::{Column, Format, Value, progress};
use crate::secure_fs;
use crate::ui::counted;

const PLAN: [Column; 7] = [
    Column::text("order", "ORDER"),
    Column::number("count", "COUNT"),
    Column::number("traffic", "TRAFFIC"),
    Column::number("total_traffic", "TOTAL TRAFFIC"),
    Column::number("purchases", "PURCHASES"),
    Column::text("label", "LABEL"),
    Column::text("out", "OUT"),
];

pub(crate) async fn run(context: &Context, mut options: Options) -> anyhow::Result<Exit> {
    // As for other commands; it is the default.
    options.out = options.out.filter(|path| path != Path::new("-"));
    if let Some(key) = &options.resume {
        return resume(context, &options, key.as_deref()).await;
    }
    let (Some(traffic), Some(count)) = (options.traffic, options.count) else {
        return Err(Failure::usage("--traffic and --count are needed")
            .next("say how much traffic each voucher has, and how many you want")
            .into());
    };
    let total = traffic.unsigned_abs().saturating_mul(u64::from(count));
    // Before the store is opened: a look must not make one.
    if options.dry_run {
        return plan(context, &options, traffic, count, total);
    }
    // `--resume` may run in another folder.
    let out = options.out.as_deref().map(secure_fs::absolute);
    if out.as_deref().is_some_and(|path| path.to_str().is_none()) {
        return Err(Failure::usage("the path of --out is not UTF-8")
            .why("the order could not remember it for --resume; nothing was bought")
            .next("name another file")
            .into());
    }
    let meta = Meta {
        out,
        chunk: options.chunk,
        exclusive: options.exclusive,
    };
    let bar = progress::bar(&context.ui, u64::from(count));
    let refusal = LastRefusal::default();
    let settings = buy::observed(
        options.issuer(&meta, context.global.timeout),
        &bar,
        &refusal,
        context.ui,
    );
    let issuer = context.issuer(settings).await?;
    let key = match &options.order {
        Some(key) => key.clone(),
        None => context.new_key(),
    };
    let before = match issuer.order(&key).await {
        Ok(order) => Some(order),
        Err(IssueError::UnknownKey { .. }) => None,
        Err(error) => return Err(Failure::of_issue(&error, &key).into()),
    };
    let is_same = before
        .as_ref()
        .is_none_or(|order| (order.traffic, order.count) == (Traffic(traffic), count));
    // The same key again buys what is still missing, and of a complete order nothing. An order of other goods is refused
    // below, and keeps its price.
    let missing = match &before {
        None => count,
        Some(order) if is_same => missing(order),
        Some(_) => 0,
    };
    let total = traffic.unsigned_abs().saturating_mul(u64::from(missing));
    // Before the file is made: a no leaves nothing behind.
    if missing > 0 && total >= options.confirm_above {
        let question = format!(
            "Buy {} with traffic {traffic} each, {total} in total? ({})",
            counted(missing, "voucher"),
            facts(context, &options)?
        );
        // The bar is drawn from another thread, and would write over the question.
        bar.suspend(|| {
            context
                .ui
                .confirm(options.yes, &question, "nothing was bought")
        })?;
    }
    let sink = open_sink(context, &issuer, options.out.as_deref(), before.as_ref()).await?;
    // Before the purchase: after a crash `--resume` needs the key that was made up.
    if options.order.is_none() {
        bar.suspend(|| context.ui.note(format!("Order {key}.")));
    }
    let goods = NewCdks {
        traffic: Traffic(traffic),
        count,
    };
    let mut order = NewOrder::new(&key, goods).meta(meta.json());
    order.label = options.label.clone();
    // Before the purchase: after a crash `--resume` takes no prices.
    if let (true, Some(prices)) = (is_same, options.prices()) {
        context.records()?.set_price(&key, &prices)?;
    }
    let spends = (missing > 0).then(|| buy::Spends {
        count: missing,
        traffic: total,
        label: options.label.clone(),
    });
    let call = issuer.issue_order(&order);
    match buy::run(context, &issuer, &bar, &key, spends, call).await? {
        Some((order, interrupted)) => {
            buy::conclude(context, &issuer, sink, &order, &refusal, interrupted).await
        }
        None => Ok(Exit::Interrupted),
    }
}

/// Where the codes go. A file that holds something must be one that an order of this store was begun with, or hold
/// nothing but codes of this order, as a killed run leaves it.
async fn open_sink(
    context: &Context,
    issuer: &Issuer,
    out: Option<&Path>,
    order: Option<&Order>,
) -> anyhow::Result<Sink> {
    if let Some(path) = out
        && path
            .metadata()
            .is_ok_and(|found| found.is_file() && found.len() > 0)
    {
        let place = secure_fs::absolute(path);
        let same_file = path.canonicalize()?;
        let begun_with_it = |order: &Order| {
            let out = Meta::of(order).out;
            out.is_some_and(|out| {
                // Through a link or by another path it is still the same file.
                out == place || out.canonicalize().is_ok_and(|out| out == same_file)
            })
        };
        if !order.is_some_and(begun_with_it)
            && OutFile::holds_others(path, order.map_or(&[], Order::codes))?
            && !(issuer.orders(&OrderFilter::default()).await?)
                .iter()
                .any(begun_with_it)
        {
            return Err(OutFile::foreign(path).into());
        }
    }
    Ok(Sink::open(context, out)?)
}

/// What a person must see to confirm the order: label, file, cost and account.
fn facts(context: &Context, options: &Options) -> Result<String, Failure> {
    let mut facts = Vec::new();
    facts.extend(options.label.as_ref().map(|label| format!("label {label}")));
    let out = options.out.as_ref();
    facts.extend(out.map(|path| format!("file {}", path.display())));
    if let (Some(cost), Some(currency)) = (options.cost, &options.currency) {
        let count = u64::from(options.count.unwrap_or_default());
        facts.push(format!("cost {} {currency}", cost.times(count)));
    }
    facts.push(context.whose()?);
    Ok(facts.join("; "))
}

/// Goes on with one open order.
async fn resume(context: &Context, options: &Options, key: Option<&str>) -> anyhow::Result<Exit> {
    let bar = progress::bar(&context.ui, 0);
    let refusal = LastRefusal::default();
    // The order is read first: how it was begun decides how the second issuer buys.
    let reader = context
        .issuer(options.issuer(&Meta::default(), context.global.timeout))
        .await?;
    let Some(order) = chosen(context, &reader, key).await? else {
        context.ui.note("No order is open.");
        return Ok(Exit::Success);
    };
    let (key, meta) = (order.key.clone(), Meta::of(&order));
    if options.dry_run {
        context.ui.note(format!(
            "Order {key}: {} of {} bought, {}; nothing was sent.",
            order.codes().len(),
            counted(order.count, "voucher"),
            order.state()
        ));
        return Ok(Exit::Success);
    }
    let issuer = context
        .issuer(buy::observed(
            options.issuer(&meta, context.global.timeout),
            &bar,
            &refusal,
            context.ui,
        ))
        .await?;
    let out = options.out.as_deref().or(meta.out.as_deref());
    let sink = open_sink(context, &issuer, out, Some(&order)).await?;
    let waiting = issuer.wait(&key);
    let Some((order, interrupted)) = buy::run(context, &issuer, &bar, &key, None, waiting).await?
    else {
        return Ok(Exit::Interrupted);
    };
    let again = options.retry_unseen
        && matches!(
            order.state(),
            OrderState::NotObserved { .. } | OrderState::NeedsDecision { .. }
        );
    let goes_on = again || matches!(order.state(), OrderState::Incomplete { .. });
    if interrupted || !goes_on {
        return buy::conclude(context, &issuer, sink, &order, &refusal, interrupted).await;
    }
    let missing = missing(&order);
    let bought = order.count.saturating_sub(missing);
    let total = order.traffic.as_i64().saturating_mul(i64::from(missing));
    context.ui.note(format!(
        "Order {key}: {bought} of {} bought.",
        counted(order.count, "voucher")
    ));
    let question = format!(
        "Buy the other {missing} with traffic {} each, {total} in total? (order {key}; {})",
        order.traffic,
        context.whose()?
    );
    // `buy::run` has caught the signals, and tokio never gives them back to the system.
    let mut interrupt = Interrupt::caught()?;
    let confirmed = tokio::select! {
        confirmed = context.ui.confirm_while_waiting(options.yes, question, "nothing more was bought") => confirmed,
        () = interrupt.next() => return Ok(Exit::Interrupted),
    };
    drop(interrupt);
    if let Err(failure) = confirmed {
        // A no ends the buying; what is paid for is delivered.
        sink.deliver(&order, order.codes())?;
        context.ui.failure(&failure);
        return Ok(if bought > 0 {
            Exit::Partial
        } else {
            failure.exit
        });
    }
    let goods = NewCdks {
        traffic: order.traffic,
        count: order.count,
    };
    // The one that the issuer reports to.
    progress::again(&context.ui, &bar, u64::from(missing));
    let spends = Some(buy::Spends {
        count: missing,
        traffic: total.unsigned_abs(),
        label: order.label.clone(),
    });
    let ended = match again {
        true => buy::run(context, &issuer, &bar, &key, spends, issuer.retry(&key)).await?,
        false => {
            let call = issuer.issue(&key, goods);
            buy::run(context, &issuer, &bar, &key, spends, call).await?
        }
    };
    match ended {
        Some((order, interrupted)) => {
            buy::conclude(context, &issuer, sink, &order, &refusal, interrupted).await
        }
        None => Ok(Exit::Interrupted),
    }
}

/// How many vouchers the order lacks. A complete one that was delivered has no codes any more.
fn missing(order: &Order) -> u32 {
    match order.is_complete() {
        true => 0,
        false => order
            .count
            .saturating_sub(u32::try_from(order.codes().len()).unwrap_or(u32::MAX)),
    }
}

/// The order with this key, or the only one that is open.
async fn chosen(
    context: &Context,
    issuer: &Issuer,
    key: Option<&str>,
) -> anyhow::Result<Option<Order>> {
    if let Some(key) = key {
        let order = issuer.order(key).await;
        return Ok(Some(order.map_err(|error| Failure::of_issue(&error, key))?));
    }
    let mut open = issuer.orders(&OrderFilter::open()).await?;
    if open.len() < 2 {
        return Ok(open.pop());
    }
    for order in &open {
        context.ui.note(format!(
            "{}: {} of {} bought, {}",
            order.key,
            order.codes().len(),
            counted(order.count, "voucher"),
            order.state()
        ));
    }
    Err(
        Failure::usage(format!("{} are open", counted(open.len(), "order")))
            .next("name one: `thordata-cdk create --resume KEY`")
            .into(),
    )
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
        Value::maybe(options.order.as_deref()),
        Value::count(count),
        Value::Number(traffic),
        Value::count(total),
        Value::count(count.div_ceil(options.purchase_size())),
        Value::maybe(options.label.as_deref()),
        Value::maybe(out.as_deref()),
    ])?;
    rows.finish()?;
    context.ui.note("Nothing was bought.");
    if total >= options.confirm_above {
        let limit = options.confirm_above;
        context.ui.note(format!(
            "Without --yes it would ask first: the total of {total} reaches --confirm-above {limit}."
        ));
    }
    Ok(Exit::Success)
}
