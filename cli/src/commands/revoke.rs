//! `revoke`: makes unused vouchers worthless.

use std::collections::{HashMap, HashSet};

use clap::Args;
use futures_util::StreamExt as _;
use thordata_cdk::{Cdk, CdkCode, CdkStatus, Client, Error, Outcome};

use super::list::StatusFilter;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::code_args::CodeArgs;
use crate::input::lookalike::{self, Listed, Place};
use crate::interrupt::Interrupt;
use crate::output::progress;
use crate::output::{self, Column, Format, Record, Rows, VOUCHER, Value};
use crate::time;
use crate::ui::counted;

/// Revoke unused vouchers, for good
///
/// Shows what it will revoke and asks. Goes on after a failure; writes one result for each code:
/// revoked, already_revoked, used (somebody redeemed it before), not_found, refused, unknown (look
/// before you repeat it) or not_tried.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    codes: CodeArgs,

    /// Choose from the list instead of naming codes; only unused vouchers can be revoked
    #[arg(long, value_enum, requires = "older_than", conflicts_with_all = ["codes", "file"])]
    status: Option<StatusFilter>,

    /// Those created longer ago than this
    #[arg(long, value_name = "AGE", value_parser = time::duration, requires = "status")]
    older_than: Option<std::time::Duration>,

    /// Of those, only vouchers that were bought under this label
    #[arg(long, requires = "status")]
    label: Option<String>,

    /// Only show what would be revoked
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk revoke nozzapqOWJOCcWlX --yes
  $ thordata-cdk revoke --status unused --older-than 90d --label kiosk --dry-run
  $ thordata-cdk revoke --status unused --older-than 90d --label kiosk --yes
  $ thordata-cdk list --label spring-sale --status unused -o csv > unsold.csv
  $ thordata-cdk revoke --file unsold.csv --yes -o csv > revoked.csv";

const RESULT: [Column; 4] = [
    Column::text("cdk", "CODE"),
    Column::text("result", "RESULT"),
    Column::text("detail", "DETAIL"),
    Column::text("did_you_mean", "DID YOU MEAN"),
];

/// So many codes are named before the question.
const NAMED: usize = 20;

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    let client = context.client()?;
    let (codes, known) = select(context, &client, &options).await?;
    if options.dry_run {
        return dry_run(context, &client, codes, known).await;
    }
    let rows = context.rows(&RESULT, Format::Table)?;
    if codes.is_empty() {
        rows.finish()?;
        context.ui.note("No voucher to revoke.");
        return Ok(Exit::Success);
    }
    announce(context, &codes, &known);
    let question = format!("Revoke {} for good?", counted(codes.len(), "voucher"));
    context.ui.confirm(options.yes, &question)?;
    Revocation {
        context,
        client: &client,
        rows,
        listed: Listed::default(),
        done: 0,
        failed: 0,
        last: Exit::Success,
    }
    .run(codes)
    .await
}

/// The codes, and what a list has shown of them.
async fn select(
    context: &Context,
    client: &Client,
    options: &Options,
) -> anyhow::Result<(Vec<CdkCode>, HashMap<CdkCode, Cdk>)> {
    let Some(status) = options.status else {
        if options.codes.is_empty() {
            return Err(Failure::usage("nothing was said of what to revoke")
                .next("name codes, or `-`, or --file FILE, or --status unused --older-than AGE")
                .into());
        }
        return Ok((options.codes.read(&context.ui)?, HashMap::new()));
    };
    if status != StatusFilter::Unused {
        return Err(Failure::usage("only unused vouchers can be revoked")
            .next("use --status unused")
            .into());
    }
    let age = options.older_than.unwrap_or_default().as_secs();
    let before = context
        .clock
        .now
        .saturating_sub(i64::try_from(age).unwrap_or(i64::MAX));
    let book = context.book().await?;
    let list = client.list(CdkStatus::Unused).await?;
    context.left_out(list.unreadable());
    let mut list = list.into_rows();
    list.retain(|cdk| cdk.status == CdkStatus::Unused && cdk.create_time.as_secs() < before);
    if options.label.is_some() {
        let codes: Vec<CdkCode> = list.iter().map(|cdk| cdk.cdk.clone()).collect();
        let mut origins = book.origins(&codes).await?.into_iter();
        list.retain(|_| origins.next().unwrap_or_default().label == options.label);
    }
    let codes = list.iter().map(|cdk| cdk.cdk.clone()).collect();
    let known = list.into_iter().map(|cdk| (cdk.cdk.clone(), cdk)).collect();
    Ok((codes, known))
}

async fn dry_run(
    context: &Context,
    client: &Client,
    codes: Vec<CdkCode>,
    mut known: HashMap<CdkCode, Cdk>,
) -> anyhow::Result<Exit> {
    if known.is_empty() && !codes.is_empty() {
        let list = client.list(None).await?;
        known = list.into_iter().map(|cdk| (cdk.cdk.clone(), cdk)).collect();
    }
    let book = context.book().await?;
    let mut rows = context.rows(&VOUCHER, Format::Table)?;
    let mut missing = 0_usize;
    for code in &codes {
        match known.remove(code) {
            Some(cdk) => rows.push(output::voucher(cdk, book.origin(code).await?))?,
            None => {
                missing = missing.saturating_add(1);
                context.ui.warn(format!(
                    "{} is not among the account's vouchers",
                    code.masked()
                ));
            }
        }
    }
    let count = rows.finish()?;
    context.ui.note(format!(
        "{} would be revoked; nothing was sent.",
        counted(count, "voucher")
    ));
    Ok(match (missing, count) {
        (0, _) => Exit::Success,
        (_, 0) => Exit::Error,
        _ => Exit::Partial,
    })
}

/// What will be revoked, on standard error: masked.
fn announce(context: &Context, codes: &[CdkCode], known: &HashMap<CdkCode, Cdk>) {
    let ui = &context.ui;
    ui.note(format!(
        "To be revoked: {}",
        counted(codes.len(), "voucher")
    ));
    for code in codes.iter().take(NAMED) {
        ui.note(match known.get(code) {
            Some(cdk) => format!(
                "  {}  traffic {}, created {}",
                code.masked(),
                cdk.traffic,
                context.clock.minute(cdk.create_time.as_secs())
            ),
            None => format!("  {}", code.masked()),
        });
    }
    let more = codes.len().saturating_sub(NAMED);
    if more > 0 {
        ui.note(format!("  … and {more} more (--dry-run lists all)"));
    }
}

struct Revocation<'a> {
    context: &'a Context,
    client: &'a Client,
    rows: Rows,
    listed: Listed,
    done: usize,
    failed: usize,
    last: Exit,
}

impl Revocation<'_> {
    async fn run(mut self, codes: Vec<CdkCode>) -> anyhow::Result<Exit> {
        let mut interrupt = Interrupt::caught()?;
        let mut interrupted = false;
        let bar = progress::bar(
            &self.context.ui,
            u64::try_from(codes.len()).unwrap_or(u64::MAX),
        );
        let mut results = self.client.revoke_all(codes.clone());
        let mut reported = HashSet::new();
        loop {
            let next = tokio::select! {
                next = results.next() => next,
                () = interrupt.next() => {
                    if std::mem::replace(&mut interrupted, true) {
                        break;
                    }
                    results.stop();
                    bar.suspend(|| self.context.ui.note("Finishing what is under way."));
                    continue;
                }
            };
            let Some((code, result)) = next else { break };
            bar.inc(1);
            if result.as_ref().is_err_and(Error::is_auth) {
                // The other codes would fail with the same error.
                results.stop();
            }
            let record = self.judge(&code, result).await;
            self.rows.push(record)?;
            reported.insert(code);
        }
        bar.finish_and_clear();
        for code in codes.iter().filter(|code| !reported.contains(*code)) {
            let in_flight = results.in_flight().contains(code);
            let fate = if in_flight { "unknown" } else { "not_tried" };
            self.rows.push(row(code, fate, "", None))?;
            self.failed = self.failed.saturating_add(1);
        }
        self.rows.finish()?;
        let (done, failed) = (self.done, self.failed);
        self.context
            .ui
            .note(format!("{done} revoked, {failed} not."));
        Ok(match (interrupted, done, failed) {
            (true, _, _) => Exit::Interrupted,
            (_, _, 0) => Exit::Success,
            (_, 0, _) => self.last,
            _ => Exit::Partial,
        })
    }

    /// The fate of one code.
    async fn judge(&mut self, code: &CdkCode, result: Result<(), Error>) -> Record {
        let Err(error) = result else {
            self.done = self.done.saturating_add(1);
            return row(code, "revoked", "", None);
        };
        let place = match lookalike::may_be_unknown(&error) || error.outcome() == Outcome::Unknown {
            true => self.listed.find(self.client, code).await.ok(),
            false => None,
        };
        let mut alike = None;
        let fate = match (&place, error.outcome()) {
            (Some(Place::Listed(cdk)), _) if cdk.status == CdkStatus::Revoked => {
                self.done = self.done.saturating_add(1);
                return row(code, "already_revoked", "", None);
            }
            (Some(Place::Listed(cdk)), _) if cdk.status == CdkStatus::Used => "used",
            (Some(Place::Nowhere(found)), _) => {
                alike = found.first();
                "not_found"
            }
            (_, Outcome::Unknown) => "unknown",
            _ => "refused",
        };
        self.failed = self.failed.saturating_add(1);
        let failure = Failure::of_client(&error);
        self.last = match self.last {
            Exit::Unknown => Exit::Unknown,
            _ => failure.exit,
        };
        row(code, fate, &failure.what, alike)
    }
}

fn row(code: &CdkCode, result: &str, detail: &str, alike: Option<&CdkCode>) -> Record {
    vec![
        Value::Code(code.clone()),
        Value::text(result),
        Value::maybe(Some(detail).filter(|detail| !detail.is_empty())),
        alike.map_or(Value::Absent, |code| Value::Code(code.clone())),
    ]
}
