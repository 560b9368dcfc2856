//! `orders`: what was ordered, and how far each order is.

use clap::{Args, Subcommand};
use thordata_cdk_issuer::{IssuerOptions, Order, OrderFilter};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::orders;
use crate::output::{Column, Format, Value};
use crate::ui::counted;

/// Show orders, the open ones first, or give one up
///
/// An order is open until its codes were delivered by `create` or `create --resume`. Nothing is sent.
#[derive(Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    /// Only those that are open
    #[arg(long)]
    open: bool,

    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand)]
enum Action {
    /// Give an order up: nothing more is bought for it. Vouchers that it has stay yours
    Abandon {
        /// The key of the order
        key: String,

        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk orders
  $ thordata-cdk orders --open -o json
  $ thordata-cdk orders abandon A-17 --yes || true";

const ORDER: [Column; 7] = [
    Column::text("order", "ORDER"),
    Column::text("state", "STATE"),
    Column::number("bought", "BOUGHT"),
    Column::number("count", "COUNT"),
    Column::number("traffic", "TRAFFIC").rank(2),
    Column::text("created", "CREATED").whole().rank(3),
    Column::text("label", "LABEL"),
];

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let issuer = context.issuer(IssuerOptions::shared()).await?;
    if let Some(Action::Abandon { key, yes }) = options.action {
        let order = issuer.order(&key).await;
        let order = order.map_err(|error| Failure::of_issue(&error, &key))?;
        let question = format!(
            "Give up the order {key}, of which {} of {} are bought?",
            order.codes().len(),
            counted(order.count, "voucher")
        );
        context.ui.confirm(yes, &question, "the order stays open")?;
        let order = issuer.abandon(&key).await;
        order.map_err(|error| Failure::of_issue(&error, &key))?;
        context.log_decision("abandon", &key, None)?;
        context.ui.note(format!("The order {key} is abandoned."));
        return Ok(Exit::Success);
    }
    let mut rows = context.rows(&ORDER, Format::Table)?;
    let filter = match options.open {
        true => OrderFilter::open(),
        false => OrderFilter::default(),
    };
    let orders = issuer.orders(&filter).await?;
    let (open, closed): (Vec<Order>, Vec<Order>) = orders.into_iter().partition(Order::is_open);
    let table = rows.format() == Format::Table;
    for order in open.iter().chain(&closed) {
        rows.push(vec![
            Value::text(order.key.clone()),
            // Words for people may change; the values of the other formats are stable.
            Value::text(match table {
                true => orders::in_words(order.state()),
                false => order.state().to_string(),
            }),
            Value::count(order.bought()),
            Value::count(order.count),
            Value::Number(order.traffic.as_i64()),
            Value::Time(order.created_at_ms.div_euclid(1000)),
            Value::maybe(order.label.as_deref()),
        ])?;
    }
    if rows.finish()? == 0 {
        context.ui.note(match options.open {
            true => "No order is open.",
            false => "No orders yet.",
        });
    }
    Ok(Exit::Success)
}
