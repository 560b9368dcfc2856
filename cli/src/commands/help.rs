//! `help`: a command, or what concerns all of them.

use std::io::Write as _;

use clap::{Args, Command};

use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::input::suggest;

/// Explain a command, or a topic: exit-codes, files, input, output
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// A command or a topic; the list of commands if left out
    about: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk help revoke
  $ thordata-cdk help exit-codes
  $ thordata-cdk help files";

const FILES: &str = "\
Where things are:
  profiles    ~/.config/thordata-cdk/profiles/NAME.json: token, key and host.
              Elsewhere with THORDATA_CDK_CONFIG_DIR.
  token, key  THORDATA_PUBLIC_TOKEN and THORDATA_PUBLIC_KEY come before them.
  orders      ~/.local/share/thordata-cdk/NAME/orders.db: orders, and codes
              until they are delivered. Elsewhere with --store or
              THORDATA_CDK_DATA_DIR.
  records     records.db beside it: customers, prices, who redeemed what, and
              the log. No codes.

Each file is for you alone. Keep the orders and the records: they are nowhere
else. Copy them while nothing runs; or use `thordata-cdk export`, which another
machine takes with `thordata-cdk import`.
";

const INPUT: &str = "\
Codes are read from arguments, from standard input (`-`) and from --file FILE:
  plain  one code a line; quotation marks and blanks around it do not matter
  CSV    with , ; tab or |. The column is found by its heading (cdk, code,
         voucher code …) or named: --column NAME, or --column NUMBER from 1
  JSON   an array of records or codes, or one record a line, as -o json and
         -o jsonl write them
Any of UTF-8, UTF-16, and what a spreadsheet calls ANSI.

A line that cannot be a code is refused with its number before anything is
sent. A code is of letters, digits, - and _; THORDATA_CDK_CODE_CHARACTERS names
more if yours have others.
";

const OUTPUT: &str = "\
Records go to standard output, everything else to standard error:
  -o table   for people; as wide as the terminal, or as THORDATA_CDK_WIDTH says
  -o json    one array; the contract's names and values
  -o jsonl   one record a line
  -o csv     with a heading; times in UTC
  -o codes   voucher codes alone, one a line

--fields NAME,… chooses fields and their order. Names and types of fields are stable.
";

pub(crate) fn run(options: &Options, mut root: Command) -> anyhow::Result<Exit> {
    // Without it the usage of a subcommand lacks the name of the program.
    root.build();
    let topics = [
        ("exit-codes", exit::TABLE),
        ("files", FILES),
        ("input", INPUT),
        ("output", OUTPUT),
    ];
    let text = match options.about.as_slice() {
        [] => root.render_help().to_string(),
        [about, ..] => match topics.iter().find(|(name, _)| name == about) {
            Some((_, text)) => (*text).to_owned(),
            None => match root.find_subcommand_mut(about) {
                Some(command) => command.render_long_help().to_string(),
                None => return Err(unknown(about, &root, &topics.map(|(name, _)| name)).into()),
            },
        },
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", text.trim_end())?;
    out.flush()?;
    Ok(Exit::Success)
}

fn unknown(about: &str, root: &Command, topics: &[&str]) -> Failure {
    let names = root
        .get_subcommands()
        .map(Command::get_name)
        .chain(topics.iter().copied());
    let failure = Failure::usage(format!(
        "there is no command or topic `{}`",
        crate::redact::masked(about)
    ));
    match suggest::closest(about, names) {
        Some(close) => failure.next(format!("did you mean `thordata-cdk help {close}`?")),
        None => failure.next(format!(
            "`thordata-cdk help` lists the commands; topics are {}",
            topics.join(", ")
        )),
    }
}
