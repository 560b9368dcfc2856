//! From arguments to exit code.

use std::io::{self, Write as _};

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::args::{Command, CommandLine, Global};
use crate::commands;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::redact;
use crate::ui::Ui;

pub(crate) fn run() -> Exit {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => return usage(&error),
    };
    let ui = Ui::new(line.global.color);
    match carry_out(line) {
        Ok(exit) => exit,
        Err(error) if is_closed_pipe(&error) => Exit::Done,
        Err(error) => {
            let failure = Failure::explain(&error);
            ui.failure(&failure);
            failure.exit
        }
    }
}

/// Help, the version, or what is wrong with the arguments. A voucher code in the wrong place is not
/// repeated.
fn usage(error: &clap::Error) -> Exit {
    let plain = error.render().to_string();
    let masked = redact::masked(&plain);
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // A pipe that is closed has heard enough.
    if asked_for || masked == plain {
        drop(error.print());
    } else {
        drop(io::stderr().write_all(masked.as_bytes()));
    }
    if asked_for { Exit::Done } else { Exit::Usage }
}

fn carry_out(line: CommandLine) -> anyhow::Result<Exit> {
    if line.global.verbose {
        log(&line.global);
    }
    match &line.command {
        Command::Sandbox(options) => return commands::sandbox::run(options),
        Command::Spec(options) => return commands::spec::run(options),
        Command::Completions(options) => return commands::completions::run(options),
        Command::Man(options) => return commands::completions::man(options),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(dispatch(line.global, line.command));
    // A question that was never answered must not hold up the end.
    runtime.shutdown_background();
    result
}

async fn dispatch(global: Global, command: Command) -> anyhow::Result<Exit> {
    let context = Context::new(global)?;
    match command {
        Command::Watch(options) => commands::watch::run(&context, options).await,
        Command::Report(options) => commands::report::run(&context, options).await,
        Command::Orphans(options) => commands::orphans::run(&context, options).await,
        Command::Resolve(options) => commands::resolve::run(&context, options).await,
        Command::Doctor(options) => commands::doctor::run(&context, options).await,
        Command::Login(options) => commands::login::run(&context, options).await,
        Command::Profiles(options) => commands::profiles::run(&context, options),
        // Told apart before; they need no account.
        Command::Sandbox(_) | Command::Spec(_) | Command::Completions(_) | Command::Man(_) => {
            Ok(Exit::Done)
        }
        Command::Create(options) => commands::create::run(&context, options).await,
        Command::List(options) => commands::list::run(&context, options).await,
        Command::Show(options) => commands::show::run(&context, options).await,
        Command::Revoke(options) => commands::revoke::run(&context, options).await,
    }
}

/// What the library tells of its requests: no secrets, no codes, no URLs. Nothing of other crates.
fn log(global: &Global) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;

    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(Ui::new(global.color).color_err)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .without_time();
    let ours = Targets::new().with_target("thordata_cdk", LevelFilter::DEBUG);
    drop(
        tracing_subscriber::registry()
            .with(lines)
            .with(ours)
            .try_init(),
    );
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
