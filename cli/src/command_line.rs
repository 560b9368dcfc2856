//! The whole command line: its commands, and what runs each.

use std::future::Future;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::args::Global;
use crate::commands;
use crate::context::Context;
use crate::exit::Exit;

/// Issues and accounts for prepaid Thordata CDK vouchers
///
/// Buys vouchers without losing or doubling any, lists and revokes them, shows which are redeemed, and
/// adds them up. Try any command with --sandbox: it then runs against a throw-away local server.
#[derive(Parser)]
#[command(
    name = "thordata-cdk",
    version,
    max_term_width = 100,
    after_help = format!("{EXAMPLES}\n\n{MORE}"),
    after_long_help = format!("{EXAMPLES}\n\n{MORE}\n\n{}", crate::exit::TABLE),
    arg_required_else_help = true,
    // Ours explains topics too, such as exit codes.
    disable_help_subcommand = true
)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk --sandbox list
  $ thordata-cdk --sandbox create --traffic 5 --count 10 --label webshop
  $ thordata-cdk --sandbox report";

const MORE: &str = "\
`thordata-cdk help COMMAND` explains a command; `help files`, `help input`, `help output` and
`help exit-codes` explain what concerns all of them.";

/// One file in `commands/` for each.
#[derive(Subcommand)]
pub(crate) enum Command {
    Create(crate::orders::options::Options),
    Orders(commands::orders::Options),
    List(commands::list::Options),
    Show(commands::show::Options),
    Revoke(commands::revoke::Options),
    Watch(commands::watch::Options),
    Assign(commands::assign::Options),
    Report(commands::report::Options),
    Export(commands::export::Options),
    Import(commands::import::Options),
    Cards(commands::cards::Options),
    Audit(commands::audit::Options),
    Resolve(commands::resolve::Options),
    Log(commands::log::Options),
    Doctor(commands::doctor::Options),
    Login(commands::login::Options),
    Logout(commands::logout::Options),
    Profiles(commands::profiles::Options),
    Sandbox(commands::sandbox::Options),
    Spec(commands::spec::Options),
    Completions(commands::completions::Options),
    Man(commands::completions::ManOptions),
    Help(commands::help::Options),
}

pub(crate) fn dispatch(line: CommandLine) -> anyhow::Result<Exit> {
    let CommandLine { global, command } = line;
    match command {
        Command::Create(options) => with_context(global, async |context| {
            commands::create::run(&context, options).await
        }),
        Command::List(options) => with_context(global, async |context| {
            commands::list::run(&context, options).await
        }),
        Command::Show(options) => with_context(global, async |context| {
            commands::show::run(&context, options).await
        }),
        Command::Revoke(options) => with_context(global, async |context| {
            commands::revoke::run(&context, options).await
        }),
        Command::Watch(options) => with_context(global, async |context| {
            commands::watch::run(&context, options).await
        }),
        Command::Assign(options) => with_context(global, async |context| {
            commands::assign::run(&context, options).await
        }),
        Command::Log(options) => with_context(global, async |context| {
            commands::log::run(&context, &options)
        }),
        Command::Report(options) => with_context(global, async |context| {
            commands::report::run(&context, options).await
        }),
        Command::Export(options) => with_context(global, async |context| {
            commands::export::run(&context, options).await
        }),
        Command::Import(options) => with_context(global, async |context| {
            commands::import::run(&context, options).await
        }),
        Command::Cards(options) => with_context(global, async |context| {
            commands::cards::run(&context, options).await
        }),
        Command::Audit(options) => with_context(global, async |context| {
            commands::audit::run(&context, options).await
        }),
        Command::Orders(options) => with_context(global, async |context| {
            commands::orders::run(&context, options).await
        }),
        Command::Resolve(options) => with_context(global, async |context| {
            commands::resolve::run(&context, options).await
        }),
        Command::Doctor(options) => with_context(global, async |context| {
            commands::doctor::run(&context, options).await
        }),
        Command::Login(options) => with_context(global, async |context| {
            commands::login::run(&context, options).await
        }),
        Command::Logout(options) => with_context(global, async |context| {
            commands::logout::run(&context, &options)
        }),
        Command::Profiles(options) => with_context(global, async |context| {
            commands::profiles::run(&context, options)
        }),
        // From here on no account is needed. The sandbox makes a runtime itself, which would panic
        // in ours.
        Command::Sandbox(options) => commands::sandbox::run(&options),
        Command::Spec(options) => commands::spec::run(&options),
        Command::Completions(options) => {
            commands::completions::run(&options, &mut CommandLine::command())
        }
        Command::Help(options) => commands::help::run(&options, CommandLine::command()),
        Command::Man(options) => commands::completions::man(&options, CommandLine::command()),
    }
}

/// Runs a command that needs an account, on a runtime of its own.
fn with_context<F: Future<Output = anyhow::Result<Exit>>>(
    global: Global,
    run: impl FnOnce(Context) -> F,
) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(async { run(Context::new(global).await?).await });
    // A question that nobody answered must not delay the end.
    runtime.shutdown_background();
    result
}
