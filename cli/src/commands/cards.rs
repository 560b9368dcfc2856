//! `cards`: vouchers to print and hand over.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use thordata_cdk::{Cdk, CdkCode, CdkStatus};

use crate::cards;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::code_args::CodeArgs;
use crate::input::suggest;
use crate::output::{Origin, page_file};
use crate::ui::counted;

/// Write a page of voucher cards to print, each with its code and a QR code
///
/// Ten cards on a sheet of A4, or eight on Letter; the page needs nothing else. The QR code holds the voucher code alone.
/// Only unused vouchers are printed. The file holds codes: it is readable by its owner alone.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    codes: CodeArgs,

    /// The vouchers of the order with this key
    #[arg(long, value_name = "KEY", conflicts_with_all = ["codes", "file"])]
    order: Option<String>,

    /// The vouchers that were bought under this label
    #[arg(long, conflicts_with_all = ["codes", "file", "order"])]
    label: Option<String>,

    /// The file to write; `-` writes to standard output
    #[arg(long, value_name = "FILE")]
    html: PathBuf,

    /// What is on top of each card, such as the name of your shop
    #[arg(long, value_name = "TEXT", default_value = "Traffic voucher")]
    title: String,

    /// What is below the code, such as where to redeem it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk cards --label webshop --html cards.html
  $ thordata-cdk cards --file webshop.txt --html cards.html --title 'Café Müller' --note 'Thank you'";

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    page_file::refuse_foreign(&options.html, page_file::CARDS)?;
    let named = options.codes.read(&context.ui)?;
    if named.is_empty() && options.order.is_none() && options.label.is_none() {
        return Err(
            Failure::usage("no voucher was named, so there is nothing to print")
                .next("name codes, or --file FILE, --order KEY or --label LABEL")
                .into(),
        );
    }
    let chosen = choose(context, &options, &named).await?;
    let (unused, others): (Vec<_>, Vec<_>) = chosen
        .into_iter()
        .partition(|(cdk, _)| cdk.status == CdkStatus::Unused);
    let missing = named
        .len()
        .saturating_sub(unused.len().saturating_add(others.len()));
    if unused.is_empty() {
        let mut failure =
            Failure::usage("none of these vouchers is unused, so there is nothing to print")
                .next("`thordata-cdk list --status unused` shows those that are");
        failure.why = hints(context, &options).await?;
        return Err(failure.into());
    }
    let cards: Vec<_> = unused
        .iter()
        .map(|(cdk, _)| (cdk.cdk.as_str(), cdk.traffic.as_i64()))
        .collect();
    let page = cards::page(&options.title, options.note.as_deref(), &cards)?;
    page_file::write(&options.html, &page)?;
    context.ui.note(format!(
        "{} in {}; print it from a browser.",
        counted(cards.len(), "card"),
        options.html.display()
    ));
    let left_out = others.len().saturating_add(missing);
    if left_out == 0 {
        return Ok(Exit::Success);
    }
    context.ui.warn(format!(
        "{} left out: used, revoked or not found",
        counted(left_out, "voucher")
    ));
    // Under a label some are sold as a rule; who names codes wants each of them.
    Ok(if named.is_empty() {
        Exit::Success
    } else {
        Exit::Partial
    })
}

/// The vouchers that are meant, in the order of the codes or of the list.
async fn choose(
    context: &Context,
    options: &Options,
    named: &[CdkCode],
) -> anyhow::Result<Vec<(Cdk, Origin)>> {
    let list = context.client()?.list(None).await?;
    let codes: Vec<CdkCode> = list.iter().map(|cdk| cdk.cdk.clone()).collect();
    let origins = context.book().await?.origins(&codes).await?;
    let places: HashMap<&CdkCode, usize> = named.iter().zip(0..).collect();
    let mut chosen: Vec<_> = list
        .into_iter()
        .zip(origins)
        .filter(|(cdk, origin)| match (named.is_empty(), &options.order) {
            (false, _) => places.contains_key(&cdk.cdk),
            (true, Some(_)) => origin.order == options.order,
            (true, None) => origin.label == options.label,
        })
        .collect();
    // Stable: where no codes are named, all keys are `None` and the list keeps its order.
    chosen.sort_by_key(|(cdk, _)| places.get(&cdk.cdk).copied());
    Ok(chosen)
}

async fn hints(context: &Context, options: &Options) -> anyhow::Result<Vec<String>> {
    let book = context.book().await?;
    let mut hints = Vec::new();
    if let Some(label) = &options.label {
        hints.extend(suggest::hint("label", label, &book.labels().await?));
    }
    if let Some(key) = &options.order {
        let keys = book.orders().await?.into_iter().map(|order| order.key);
        hints.extend(suggest::hint("order", key, &keys.collect()));
    }
    Ok(hints)
}
