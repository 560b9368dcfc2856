//! `watch`: each redemption once it is seen.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use thordata_cdk::{CdkCode, CdkDetails, CdkStatus, Client, Cursor, Error, RedemptionWatch};
use tokio::io::AsyncWriteExt as _;

use crate::context::Context;
use crate::cursor::CursorFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::orders::book::Book;
use crate::output::{self, DETAILS, Format, Rows};
use crate::time;

/// Report each redemption once it is seen
///
/// Asks for used vouchers every --interval. With --cursor a later run goes on where this one ended; a
/// redemption is reported at least once, and again if the program ends in the middle of it. Without, each
/// run begins with all redemptions of the past.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// How often to look
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = time::duration)]
    interval: Duration,

    /// Remember in this file what has been reported; it holds no codes, and any other file is refused
    #[arg(long, value_name = "FILE")]
    cursor: Option<PathBuf>,

    /// Run this command for each redemption, with the record as JSON on its standard input
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,

    /// Pass over what was redeemed before the first run
    #[arg(long)]
    from_now: bool,

    /// Look once, then end
    #[arg(long)]
    once: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk watch --once --cursor seen.txt
  $ thordata-cdk watch --once --cursor seen.txt -o jsonl >> redemptions.jsonl
  $ thordata-cdk watch --once --cursor seen.txt --exec 'cat >> inbox.jsonl'";

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    if context.global.output == Some(Format::Json) {
        return Err(Failure::usage("an array never ends here")
            .next("use -o jsonl")
            .into());
    }
    let client = context.client()?;
    let rows = context.rows(&DETAILS, Format::Table)?;
    let is_new = options.cursor.as_ref().is_none_or(|path| !path.exists());
    // Before the file is made: should the list fail, the next run is the first again.
    let past = match options.from_now && is_new {
        true => used(&client).await?,
        false => Vec::new(),
    };
    let (file, mut cursor) = match &options.cursor {
        Some(path) => {
            let (mut file, cursor) = CursorFile::open(path)?;
            file.add(&past).context(UNWRITTEN)?;
            (Some(file), cursor)
        }
        None => (None, Cursor::default()),
    };
    past.iter().for_each(|code| cursor.insert(code));
    let mut watching = Watching {
        context,
        book: context.book().await?,
        rows,
        file,
        exec: options.exec.clone(),
    };
    let mut interrupt = Interrupt::caught()?;
    let watch = client.watch_redemptions(options.interval, cursor);
    let exit = watching.run(watch, &options, &mut interrupt).await?;
    watching.rows.finish()?;
    Ok(exit)
}

struct Watching<'a> {
    context: &'a Context,
    book: Book,
    rows: Rows,
    file: Option<CursorFile>,
    exec: Option<String>,
}

const UNWRITTEN: &str = "the cursor cannot be written";

/// One look gives up after so many errors in a row.
const ERRORS_OF_ONE_LOOK: u32 = 3;

impl Watching<'_> {
    async fn run(
        &mut self,
        mut watch: RedemptionWatch,
        options: &Options,
        interrupt: &mut Interrupt,
    ) -> anyhow::Result<Exit> {
        let mut errors = 0_u32;
        loop {
            let next = tokio::select! {
                next = next(&mut watch, options.once) => next,
                () = interrupt.next() => return Ok(Exit::Interrupted),
            };
            match next {
                Ok(Some(details)) => {
                    errors = 0;
                    self.report(&details).await?;
                }
                Ok(None) => return Ok(Exit::Success),
                Err(error) => {
                    errors = errors.saturating_add(1);
                    let lasting = error.is_auth()
                        || matches!(error, Error::Config(_) | Error::InvalidInput(_))
                        || (options.once && errors >= ERRORS_OF_ONE_LOOK);
                    if lasting {
                        return Err(Failure::of_client(&error).into());
                    }
                    self.context.ui.failure(&Failure::of_client(&error));
                    if !options.once {
                        tokio::select! {
                            () = tokio::time::sleep(options.interval) => {}
                            () = interrupt.next() => return Ok(Exit::Interrupted),
                        }
                    }
                }
            }
        }
    }

    /// Printed, handed to the command, remembered: in this order, so that none is missed.
    async fn report(&mut self, details: &CdkDetails) -> anyhow::Result<()> {
        let origin = self.book.origin(&details.cdk).await?;
        let record = output::details(details, origin);
        let json = output::json_line(&DETAILS, &record)?;
        self.rows.push(record)?;
        self.rows.flush()?;
        if let Some(command) = &self.exec {
            hand_to(command, &json, details).await?;
        }
        if let Some(file) = &mut self.file {
            file.add([&details.cdk]).context(UNWRITTEN)?;
        }
        Ok(())
    }
}

async fn used(client: &Client) -> Result<Vec<CdkCode>, Error> {
    let used = client.list(CdkStatus::Used).await?;
    // Of a row that cannot be read, its code and status are all that is needed.
    let odd = used.unreadable().first().to_vec();
    let odd = odd
        .into_iter()
        .filter_map(|row| Some((row.code?, row.status?)));
    let rows = used.into_iter().map(|cdk| (cdk.cdk, cdk.status));
    let used = rows
        .chain(odd)
        .filter(|(_, status)| *status == CdkStatus::Used);
    Ok(used.map(|(code, _)| code).collect())
}

async fn next(watch: &mut RedemptionWatch, once: bool) -> Result<Option<CdkDetails>, Error> {
    match once {
        true => watch.next_now().await,
        false => watch.next().await.map(Some),
    }
}

/// Its output goes to standard error, so that it does not mix with the records.
async fn hand_to(command: &str, json: &[u8], details: &CdkDetails) -> anyhow::Result<()> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let failed = |why: String| {
        Failure::error(format!("the command failed for {}", details.cdk.masked()))
            .why(why)
            .next("fix the command and run `watch` again: with --cursor it reports this redemption once more")
    };
    let mut child = tokio::process::Command::new(shell)
        .args([flag, command])
        // The command needs none of these, and its own children would inherit them. A store's URL may hold a password.
        .env_remove("THORDATA_PUBLIC_TOKEN")
        .env_remove("THORDATA_PUBLIC_KEY")
        .env_remove("THORDATA_CDK_STORE")
        .stdin(Stdio::piped())
        .stdout(std::io::stderr())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read its input is not at fault.
        drop(input.write_all(json).await);
    }
    let status = child
        .wait()
        .await
        .map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        return Err(failed(status.to_string()).into());
    }
    Ok(())
}
