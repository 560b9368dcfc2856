//! `watch`: each redemption once it is seen.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget};
use thordata_cdk::{CdkCode, CdkDetails, CdkStatus, Client, Cursor, Error, RedemptionWatch};
use tokio::io::AsyncWriteExt as _;

use crate::context::Context;
use crate::cursor::CursorFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::orders::book::Book;
use crate::output::{self, DETAILS, Format, Rows, progress};
use crate::records::Records;
use crate::records::redemption::Redemption;
use crate::time;
use crate::ui::counted;

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

    /// Run this command for each redemption, with the record as JSON on its standard input; one that fails is tried
    /// again at the next look, and the others go on
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
        return Err(
            Failure::usage("`-o json` writes one array, and `watch` never ends it")
                .next("use -o jsonl")
                .into(),
        );
    }
    let client = context.client()?;
    let rows = context.rows_to_append(&DETAILS, Format::Table)?;
    // Asked before the file is opened, which makes it.
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
        records: context.records()?,
        rows,
        file,
        exec: options.exec.clone(),
        waiting: Vec::new(),
        handed_over: 0,
        reported: 0,
        alive: progress::alive(&context.ui),
    };
    let mut interrupt = Interrupt::caught()?;
    if options.once {
        watching.alive.set_draw_target(ProgressDrawTarget::hidden());
    } else {
        watching.alive.set_message("0 redemptions");
        let every = options.interval;
        watching.alive.suspend(|| {
            context
                .ui
                .note(format!("Watching, every {every:?}. Ctrl-C ends it."));
        });
    }
    let watch = client.watch_redemptions(options.interval, cursor);
    let exit = watching.run(watch, &options, &mut interrupt).await?;
    watching.finish(exit)
}

struct Watching<'a> {
    context: &'a Context,
    book: Book,
    rows: Rows,
    file: Option<CursorFile>,
    exec: Option<String>,
    /// Redemptions whose command failed: tried again at each look, and after a restart.
    waiting: Vec<(CdkCode, Vec<u8>)>,
    handed_over: usize,
    reported: usize,
    /// On a terminal, so that somebody who waits sees that it lives.
    alive: ProgressBar,
    records: Records,
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
        let mut left_out = 0;
        loop {
            if !options.once && watch.left_out() != left_out {
                left_out = watch.left_out();
                self.alive.suspend(|| self.left_out(left_out));
            }
            let next = tokio::select! {
                next = next(&mut watch, options.once) => next,
                // Where nothing is redeemed `next` does not return, and what a list left out would stay unsaid.
                () = tokio::time::sleep(options.interval), if !options.once => {
                    self.try_again().await?;
                    continue;
                }
                () = interrupt.next() => return Ok(Exit::Interrupted),
            };
            match next {
                Ok(Some(details)) => {
                    if errors > 0 {
                        let ui = self.context.ui;
                        self.alive.suspend(|| ui.note("The service answers again."));
                    }
                    errors = 0;
                    self.report(&details).await?;
                }
                Ok(None) => return Ok(self.left_out(watch.left_out())),
                Err(error) => {
                    errors = errors.saturating_add(1);
                    // The next look would fail in the same way.
                    let lasting = error.is_auth()
                        || matches!(error, Error::Config(_) | Error::InvalidInput(_))
                        || (options.once && errors >= ERRORS_OF_ONE_LOOK);
                    if lasting {
                        return Err(Failure::of_client(&error).into());
                    }
                    let failure = Failure::of_client(&error);
                    self.alive.suspend(|| self.context.ui.failure(&failure));
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

    /// Says how many rows of the list may hide a redemption.
    fn left_out(&self, rows: u64) -> Exit {
        if rows == 0 {
            return Exit::Success;
        }
        self.context.ui.warn(format!(
            "{rows} of the list's rows cannot be read; they may be redemptions, and are left out"
        ));
        Exit::Partial
    }

    /// Printed, handed to the command, remembered: in this order, so that none is missed.
    async fn report(&mut self, details: &CdkDetails) -> anyhow::Result<()> {
        let origin = self.book.origin(&details.cdk).await?;
        let record = output::details(details, origin);
        let json = output::json_line(&DETAILS, &record)?;
        let rows = &mut self.rows;
        self.alive
            .suspend(|| rows.push(record).and_then(|()| rows.flush()))?;
        self.reported = self.reported.saturating_add(1);
        self.alive.set_message(counted(self.reported, "redemption"));
        let redemption = Redemption::of(details).unwrap_or_default();
        self.records
            .keep_redemptions([(&details.cdk, redemption)])?;
        if !self.hand_over(&details.cdk, &json).await {
            // Not in the cursor, so that a restart hands it over again.
            self.waiting.push((details.cdk.clone(), json));
            return Ok(());
        }
        self.remember(&details.cdk)
    }

    /// Those whose command failed before.
    async fn try_again(&mut self) -> anyhow::Result<()> {
        // Taken out as a whole, since those that fail again are put back.
        for (code, json) in std::mem::take(&mut self.waiting) {
            match self.hand_over(&code, &json).await {
                true => self.remember(&code)?,
                false => self.waiting.push((code, json)),
            }
        }
        Ok(())
    }

    /// Whether the command, if there is one, has taken it. A failure holds up this redemption and no other.
    async fn hand_over(&mut self, code: &CdkCode, json: &[u8]) -> bool {
        let Some(command) = &self.exec else {
            return true;
        };
        match hand_to(command, json).await {
            Ok(()) => {
                self.handed_over = self.handed_over.saturating_add(1);
                true
            }
            Err(why) => {
                let text = format!("the command failed for {}: {why}", code.masked());
                self.alive.suspend(|| self.context.ui.warn(text));
                false
            }
        }
    }

    fn remember(&mut self, code: &CdkCode) -> anyhow::Result<()> {
        match &mut self.file {
            Some(file) => file.add([code]).context(UNWRITTEN),
            None => Ok(()),
        }
    }

    /// Says which redemptions the command has not taken.
    fn finish(self, exit: Exit) -> anyhow::Result<Exit> {
        self.alive.finish_and_clear();
        if self.rows.finish()? == 0 && exit == Exit::Success {
            self.context.ui.note("No new redemption.");
        }
        if self.waiting.is_empty() {
            return Ok(exit);
        }
        let which: Vec<String> = self
            .waiting
            .iter()
            .map(|(code, _)| code.masked().to_string())
            .collect();
        let what = format!(
            "the command has not taken {}: {}",
            counted(which.len(), "redemption"),
            which.join(", ")
        );
        let failed = match (exit, self.handed_over) {
            (Exit::Interrupted, _) => Exit::Interrupted,
            (_, 0) => Exit::Error,
            _ => Exit::Partial,
        };
        let next = match self.file {
            Some(_) => {
                "fix the command and run `watch` again with the same --cursor: it hands over these once more"
            }
            None => {
                "fix the command and run `watch` again; with --cursor FILE it would hand over only these"
            }
        };
        Err(Failure::new(failed, what).next(next).into())
    }
}

async fn used(client: &Client) -> Result<Vec<CdkCode>, Error> {
    let used = client.list(CdkStatus::Used).await?;
    // A row that cannot be read may still have its code and status, which is enough here.
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

/// Its output goes to standard error, so that it does not mix with the records. An error says why it failed.
async fn hand_to(command: &str, json: &[u8]) -> Result<(), String> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let failed = |error: std::io::Error| error.to_string();
    let mut child = tokio::process::Command::new(shell)
        .args([flag, command])
        // The command needs none of these, and its own children would inherit them. A store's URL may hold a password.
        .env_remove("THORDATA_PUBLIC_TOKEN")
        .env_remove("THORDATA_PUBLIC_KEY")
        .env_remove("THORDATA_CDK_STORE")
        .stdin(Stdio::piped())
        .stdout(std::io::stderr())
        .spawn()
        .map_err(failed)?;
    // Closed at the end of this block: most commands end only when their input does.
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read its input is not at fault.
        drop(input.write_all(json).await);
    }
    let status = child.wait().await.map_err(failed)?;
    match status.success() {
        true => Ok(()),
        false => Err(status.to_string()),
    }
}
