//! `import`: what another machine has exported, and vouchers that were bought elsewhere.

mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use thordata_cdk::{CdkCode, NewCdks, Traffic};
use thordata_cdk_issuer::{Issuer, IssuerOptions, NewOrder, OrderState};

use self::rows::ImportRow;
use super::assign;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::lookalike::{Listed, Place};
use crate::records::log::Entry;
use crate::records::money::{self, Money, Price};
use crate::records::redemption::Redemption;
use crate::ui::counted;

/// Take in what another machine has exported, or vouchers that were bought elsewhere
///
/// Reads CSV, JSON and one JSON object a line, with the fields that `export` writes; only `cdk` is needed. Every code is
/// checked, and looked up in the account's list, before anything is written. What is there already stays, so that the
/// same file can be imported again. Nothing is bought.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The file; `-` reads standard input
    file: PathBuf,

    /// The column of the codes, by its name or number
    #[arg(long, value_name = "NAME|NUMBER")]
    column: Option<String>,

    /// The order of vouchers for which the file names none; one is made up if it is left out
    #[arg(long, value_name = "KEY")]
    order: Option<String>,

    /// The label of orders for which the file names none
    #[arg(long)]
    label: Option<String>,

    /// The customer of vouchers for which the file names none
    #[arg(long, value_name = "NAME", value_parser = assign::name)]
    customer: Option<String>,

    /// What one voucher cost you, where the file does not say
    #[arg(long, value_name = "AMOUNT", requires = "currency")]
    cost: Option<Money>,

    /// What you sell one voucher for, where the file does not say
    #[arg(long, value_name = "AMOUNT", requires = "currency")]
    price: Option<Money>,

    /// The currency of both, such as EUR
    #[arg(long, value_name = "CODE", env = "THORDATA_CDK_CURRENCY", hide_env = true, value_parser = money::currency)]
    currency: Option<String>,

    /// Leave out codes that the account does not have
    #[arg(long)]
    skip_missing: bool,

    /// Only show what would be taken in
    #[arg(long)]
    dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk import books.csv
  $ thordata-cdk import elsewhere.csv --column 2 --label kiosk --order INV-17 --dry-run";

/// At most this many codes are reported one by one.
const COMPLAINTS: usize = 10;

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let name = options.file.display().to_string();
    let input = match options.file == Path::new("-") {
        true => {
            let mut input = Vec::new();
            std::io::stdin().read_to_end(&mut input)?;
            input
        }
        false => fs::read(&options.file).map_err(|error| {
            Failure::usage(format!("{name} cannot be read"))
                .why(error.to_string())
                .next("check the name of the file, and whether you may read it")
        })?,
    };
    let mut rows = rows::read(&input, &name, options.column.as_deref())?;
    let traffic = look_up(context, &options, &name, &mut rows).await?;
    let issuer = context.issuer(IssuerOptions::shared()).await?;
    // The last check before the first write: an error says that nothing was imported.
    let orders = group(context, &options, &issuer, &rows, &traffic).await?;
    let vouchers: usize = orders.values().map(|order| order.codes.len()).sum();
    if options.dry_run {
        for (key, order) in &orders {
            context.ui.note(format!(
                "Order {key}: {} with traffic {}{}",
                counted(order.codes.len(), "voucher"),
                order.traffic,
                order
                    .label
                    .as_ref()
                    .map(|label| format!(", label {label}"))
                    .unwrap_or_default()
            ));
        }
        context.ui.note(format!(
            "{} read; nothing was written.",
            counted(rows.len(), "voucher")
        ));
        return Ok(Exit::Success);
    }
    for (key, order) in &orders {
        write_order(context, &issuer, key, order).await?;
    }
    let mut records = context.records()?;
    for (customer, codes) in by_customer(&rows, options.customer.as_deref()) {
        records.assign(&codes, Some(&customer))?;
    }
    let seen = rows
        .iter()
        .filter(|row| row.username.is_some() || row.redeemed.is_some());
    records.keep_redemptions(seen.map(|row| {
        let redemption = Redemption {
            username: row.username.clone(),
            at: row.redeemed,
        };
        (&row.code, redemption)
    }))?;
    context.ui.note(format!(
        "Imported {}: {} in {}.",
        counted(rows.len(), "voucher"),
        counted(vouchers, "voucher"),
        counted(orders.len(), "order")
    ));
    Ok(Exit::Success)
}

/// The traffic of each voucher. A code that the account does not have is a slip, or of another account.
async fn look_up(
    context: &Context,
    options: &Options,
    name: &str,
    rows: &mut Vec<ImportRow>,
) -> anyhow::Result<BTreeMap<CdkCode, i64>> {
    let client = context.client()?;
    let mut listed = Listed::default();
    let mut traffic = BTreeMap::new();
    let mut missing = Vec::new();
    for row in rows.iter() {
        match listed.find(&client, &row.code).await? {
            Place::Listed(cdk) => {
                traffic.insert(row.code.clone(), cdk.traffic.as_i64());
            }
            Place::Nowhere(_) => missing.push(format!("line {}: {}", row.line, row.code.masked())),
        }
    }
    if missing.is_empty() {
        return Ok(traffic);
    }
    let count = missing.len();
    if options.skip_missing {
        rows.retain(|row| traffic.contains_key(&row.code));
        context.ui.warn(format!(
            "{} left out: the account does not have it",
            counted(count, "code")
        ));
        return Ok(traffic);
    }
    let mut failure = Failure::usage(format!(
        "{name}: {count} of {} codes not found among the account's vouchers; nothing was imported",
        rows.len()
    ))
    .next("is it the right --profile? --skip-missing leaves these codes out");
    missing.truncate(COMPLAINTS);
    failure.why = missing;
    Err(failure.into())
}

/// An order as the file has it.
struct Imported {
    traffic: i64,
    count: Option<u32>,
    label: Option<String>,
    price: Option<Price>,
    codes: Vec<CdkCode>,
}

/// The vouchers by order. Those that belong to an order of this store stay there.
async fn group(
    context: &Context,
    options: &Options,
    issuer: &Issuer,
    rows: &[ImportRow],
    traffic: &BTreeMap<CdkCode, i64>,
) -> anyhow::Result<BTreeMap<String, Imported>> {
    let codes: Vec<CdkCode> = rows.iter().map(|row| row.code.clone()).collect();
    let known = issuer.origins(&codes).await?;
    let own = |row: &ImportRow| traffic.get(&row.code).copied().unwrap_or_default();
    let loose = rows
        .iter()
        .zip(&known)
        .filter(|(row, origin)| row.order.is_none() && origin.is_none());
    let mut kinds: Vec<i64> = loose.map(|(row, _)| own(row)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let made_up = options
        .order
        .clone()
        .unwrap_or_else(|| format!("import-{}", context.new_key()));
    let mut orders: BTreeMap<String, Imported> = BTreeMap::new();
    for (row, origin) in rows.iter().zip(known) {
        let traffic = own(row);
        let key = match (&row.order, origin) {
            (Some(key), Some(origin)) if origin.key != *key => {
                return Err(Failure::usage(format!(
                    "line {}: {} belongs to the order `{}` on this machine, and not to `{key}`; nothing was imported",
                    row.line,
                    row.code.masked(),
                    origin.key
                ))
                .next("correct the order in the file, or leave it empty")
                .into());
            }
            (_, Some(origin)) => origin.key,
            (Some(key), None) => key.clone(),
            // An order has one traffic.
            (None, None) if kinds.len() > 1 => format!("{made_up}-{traffic}"),
            (None, None) => made_up.clone(),
        };
        let order = orders.entry(key.clone()).or_insert_with(|| Imported {
            traffic,
            count: row.count,
            label: row.label.clone().or_else(|| options.label.clone()),
            price: row.price.clone().or_else(|| {
                let any = options.cost.is_some() || options.price.is_some();
                options
                    .currency
                    .clone()
                    .filter(|_| any)
                    .map(|currency| Price {
                        cost: options.cost,
                        price: options.price,
                        currency,
                    })
            }),
            codes: Vec::new(),
        });
        if order.traffic != traffic {
            return Err(Failure::usage(format!(
                "line {}: the order `{key}` has vouchers of traffic {} and of {traffic}; nothing was imported",
                row.line, order.traffic
            ))
            .next("give each traffic an order of its own, or leave the order empty")
            .into());
        }
        order.codes.push(row.code.clone());
    }
    Ok(orders)
}

async fn write_order(
    context: &Context,
    issuer: &Issuer,
    key: &str,
    order: &Imported,
) -> anyhow::Result<()> {
    let explained = |error| Failure::of_issue(&error, key);
    let here = issuer.order(key).await.ok();
    let in_file = u32::try_from(order.codes.len()).unwrap_or(u32::MAX);
    let count = match &here {
        Some(here) => here.count,
        None => order.count.unwrap_or(in_file).max(in_file),
    };
    let here_is_new = here.is_none();
    let is_delivered = here.is_some_and(|here| *here.state() == OrderState::Acknowledged);
    if !is_delivered {
        let goods = NewCdks {
            traffic: Traffic(order.traffic),
            count,
        };
        let mut new = NewOrder::new(key, goods);
        new.label = order.label.clone();
        let recorded = issuer.record(&new, &order.codes).await.map_err(explained)?;
        if recorded.is_complete() {
            issuer.acknowledge(key).await.map_err(explained)?;
        } else if here_is_new {
            // The list lacks vouchers that the order had: nothing more is to be bought for it.
            issuer.abandon(key).await.map_err(explained)?;
        }
    }
    let mut records = context.records()?;
    if let Some(price) = &order.price {
        records.set_price(key, price)?;
    }
    let entry = Entry {
        at: context.clock.current(),
        action: "import".to_owned(),
        account: context.whose()?,
        order: Some(key.to_owned()),
        label: order.label.clone(),
        count: Some(i64::from(in_file)),
        traffic: Some(order.traffic.saturating_mul(i64::from(in_file))),
        result: Some(if is_delivered { "known before" } else { "done" }.to_owned()),
        ..Entry::default()
    };
    records.begin_log(&[(entry, None)]).map(drop)
}

fn by_customer(rows: &[ImportRow], usual: Option<&str>) -> BTreeMap<String, Vec<CdkCode>> {
    let mut customers: BTreeMap<String, Vec<CdkCode>> = BTreeMap::new();
    for row in rows {
        if let Some(customer) = row.customer.as_deref().or(usual) {
            customers
                .entry(customer.to_owned())
                .or_default()
                .push(row.code.clone());
        }
    }
    customers
}
