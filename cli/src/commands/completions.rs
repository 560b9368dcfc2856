//! `completions` and `man`: what is made from the description of the command line.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit::Exit;
use crate::failure::Failure;

/// Print a script that completes commands and flags in your shell
#[derive(Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct Options {
    /// Which shell
    shell: Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  $ thordata-cdk completions bash > thordata-cdk.bash
  $ thordata-cdk completions zsh > _thordata-cdk";

pub(crate) fn run(options: &Options, root: &mut Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    // Into memory: it panics where it cannot write, as into a closed pipe.
    clap_complete::generate(options.shell, root, NAME, &mut script);
    print(&script)
}

const NAME: &str = "thordata-cdk";

/// Print the manual page of a command, or write all of them
#[derive(Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct ManOptions {
    /// The command; the whole program if left out
    command: Option<String>,

    /// Write one file for each command into this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    out: Option<PathBuf>,
}

const MAN_EXAMPLES: &str = "\
Examples:
  $ thordata-cdk man create > thordata-cdk-create.1
  $ thordata-cdk man --out man";

pub(crate) fn man(options: &ManOptions, mut root: Command) -> anyhow::Result<Exit> {
    // Gives each subcommand the flags of every command.
    root.build();
    if let Some(folder) = &options.out {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        clap_mangen::generate_to(root, folder)
            .with_context(|| format!("{} cannot be written to", folder.display()))?;
        return Ok(Exit::Success);
    }
    let command = match &options.command {
        None => root,
        Some(name) => chosen(&root, name)?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print(&page)
}

fn chosen(root: &Command, name: &str) -> Result<Command, Failure> {
    let command = root
        .get_subcommands()
        .find(|command| command.get_name() == name);
    command.cloned().ok_or_else(|| {
        let name = crate::redact::masked(name);
        Failure::usage(format!("there is no command `{name}`"))
            .next("`thordata-cdk --help` lists them")
    })
}

fn print(bytes: &[u8]) -> anyhow::Result<Exit> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Success)
}
