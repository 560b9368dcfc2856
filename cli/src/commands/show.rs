//! `show CODE…`: what is known of single vouchers.

use std::collections::HashMap;

use clap::Args;
use futures_util::StreamExt as _;
use thordata_cdk::{CdkCode, CdkDetails, Client, Error};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::code_args::CodeArgs;
use crate::input::lookalike::{self, Listed, Place};
use crate::output::{self, DETAILS, Format};
use crate::records::redemption::Redemption;

/// Show vouchers, with who redeemed them and when
///
/// A code that the service does not know is compared with the list for look-alikes (I, l and 1, O and
/// 0, upper and lower case).
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    codes: CodeArgs,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk show nozzapqOWJOCcWlX
  $ thordata-cdk list --status used -o codes | thordata-cdk show - -o csv > redeemed.csv";

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    if options.codes.is_empty() {
        return Err(Failure::usage("no code was given")
            .next("name codes, or `-` for standard input, or --file FILE")
            .into());
    }
    let codes = options.codes.read(&context.ui)?;
    let mut rows = context.rows(&DETAILS, Format::Table)?;
    let book = context.book().await?;
    let client = context.client()?;
    let mut ordered = InOrder::new(&codes);
    let mut listed = Listed::default();
    let mut worst = None;
    let mut seen = Vec::new();
    let mut looked_up = client.get_all(codes.clone());
    while let Some((code, result)) = looked_up.next().await {
        if let Err(error) = &result
            && error.is_auth()
        {
            // The other codes would fail with the same error.
            rows.finish()?;
            return Err(Failure::of_client(error).into());
        }
        // Answers come in any order; output in the order of the codes can be put beside the input.
        ordered.put(code, result);
        while let Some((code, result)) = ordered.take_next() {
            match result {
                Ok(details) => {
                    seen.extend(Redemption::of(&details).map(|redemption| (code, redemption)));
                    rows.push(output::details(&details, book.origin(code).await?))?;
                }
                Err(error) => {
                    let failure = explain(&client, &mut listed, code, &error).await;
                    context.ui.failure(&failure);
                    worst = Some(failure.exit);
                }
            }
        }
    }
    if !seen.is_empty() {
        // Together, since each write waits for the disk.
        context.records()?.keep_redemptions(seen)?;
    }
    Ok(match (worst, rows.finish()?) {
        (None, _) => Exit::Success,
        (Some(exit), 0) => exit,
        (Some(_), _) => Exit::Partial,
    })
}

/// What is known of a code that was refused.
async fn explain(client: &Client, listed: &mut Listed, code: &CdkCode, error: &Error) -> Failure {
    let mut failure = Failure::of_client(error);
    failure.what = format!("{}: {}", code.masked(), failure.what);
    if !lookalike::may_be_unknown(error) {
        return failure;
    }
    match listed.find(client, code).await {
        Ok(Place::Listed(cdk)) => failure.why(format!("the list has it: {}", cdk.status)),
        Ok(Place::Nowhere(alike)) => {
            let mut failure = failure.why("it is not among the account's vouchers");
            for other in &alike {
                let how = lookalike::difference(code, other);
                failure = failure.why(format!("{} looks like it: {how}", other.masked()));
            }
            match alike.is_empty() {
                true => failure.next("compare it letter by letter with where it came from"),
                false => failure.next("compare it with the one that looks like it"),
            }
        }
        Err(error) => failure.why(format!("the list cannot be had for comparison: {error}")),
    }
}

/// Results in the order of the codes.
struct InOrder<'a> {
    waiting: std::slice::Iter<'a, CdkCode>,
    next: Option<&'a CdkCode>,
    come: HashMap<CdkCode, Result<CdkDetails, Error>>,
}

impl<'a> InOrder<'a> {
    fn new(codes: &'a [CdkCode]) -> Self {
        let mut waiting = codes.iter();
        Self {
            next: waiting.next(),
            waiting,
            come: HashMap::new(),
        }
    }

    fn put(&mut self, code: CdkCode, result: Result<CdkDetails, Error>) {
        self.come.insert(code, result);
    }

    fn take_next(&mut self) -> Option<(&'a CdkCode, Result<CdkDetails, Error>)> {
        let code = self.next?;
        let result = self.come.remove(code)?;
        self.next = self.waiting.next();
        Some((code, result))
    }
}
