//! The command line: flags, environment variables, and running until Ctrl-C. [The guide](crate#from-the-command-line)
//! lists the flags.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Args, Command, CommandFactory as _, FromArgMatches as _, Parser};

use crate::builder::SandboxBuilder;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::sandbox::Sandbox;
use crate::server::limiter::is_limit;

/// The sandbox's flags, for this crate's binary and for any other that runs the same server. Each
/// is also an environment variable.
#[derive(Args, Clone)]
pub struct Options {
    /// Listens on this address instead of 127.0.0.1, as in a container. Whoever reaches it needs the admin token
    #[arg(long, env = "THORDATA_CDK_SANDBOX_HOST", value_name = "ADDRESS")]
    pub host: Option<IpAddr>,

    /// Answers requests to this host name too, as a container has one; may be repeated
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_ALLOW_HOST",
        value_name = "NAME",
        value_delimiter = ','
    )]
    pub allow_host: Vec<String>,

    /// Port; 0 picks a free one
    #[arg(long, env = "THORDATA_CDK_SANDBOX_PORT", default_value_t = 0)]
    pub port: u16,

    /// Fixes credentials and codes
    #[arg(long, env = "THORDATA_CDK_SANDBOX_SEED")]
    pub seed: Option<u64>,

    /// Value of the `token` header; made up if absent
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_TOKEN",
        requires = "key",
        // `--help` would show the variable's value otherwise.
        hide_env_values = true
    )]
    pub token: Option<String>,

    /// Value of the `key` header; made up if absent
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_KEY",
        requires = "token",
        hide_env_values = true
    )]
    pub key: Option<String>,

    /// Value of the `x-sandbox-token` header of admin requests; made up if absent
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_ADMIN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub admin_token: Option<String>,

    /// Stops the clock at this Unix second
    #[arg(long, env = "THORDATA_CDK_SANDBOX_NOW", allow_negative_numbers = true)]
    pub now: Option<i64>,

    /// What there is to spend, in traffic units
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_BALANCE",
        default_value_t = 1_000_000
    )]
    pub balance: u64,

    /// Largest `num` of one order
    #[arg(long, env = "THORDATA_CDK_SANDBOX_MAX_NUM", default_value_t = 1_000)]
    pub max_num: u32,

    /// Requests per second that are let through; no limit if absent
    #[arg(long, env = "THORDATA_CDK_SANDBOX_RATE_LIMIT", value_parser = positive)]
    pub rate_limit: Option<f64>,

    /// Unused vouchers to start with, at most two million
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_VOUCHERS",
        default_value_t = 0,
        value_parser = clap::value_parser!(u32).range(..=2_000_000)
    )]
    pub vouchers: u32,

    /// How many requests the log keeps
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_LOG_CAPACITY",
        default_value_t = 10_000
    )]
    pub log_capacity: usize,

    /// How many bytes of requests the log keeps
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_LOG_BYTES",
        default_value_t = 64 * 1024 * 1024
    )]
    pub log_bytes: usize,

    /// Keeps the vouchers in this file over a restart
    #[arg(long, env = "THORDATA_CDK_SANDBOX_STATE", value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Answers failures with fitting HTTP statuses instead of 200
    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_HTTP_FAILURES",
        value_parser = clap::builder::BoolishValueParser::new(),
        action = clap::ArgAction::Set,
        num_args = 0..=1,
        require_equals = true,
        default_value_t = false,
        default_missing_value = "true"
    )]
    pub http_failures: bool,

    /// Queues a fault, as JSON; may be repeated. In the environment variable, a JSON array of them
    #[arg(long, value_name = "JSON", value_parser = fault)]
    pub fault: Vec<Fault>,

    #[arg(
        long,
        env = "THORDATA_CDK_SANDBOX_FAULTS",
        hide = true,
        value_parser = fault_list,
        value_name = "JSON"
    )]
    // A flag of its own: a variable holds one text, and the JSON of a fault may hold commas.
    faults: Option<FaultList>,
}

/// The faults of the environment variable.
#[derive(Clone)]
struct FaultList(Vec<Fault>);

#[derive(Parser)]
#[command(
    name = "thordata-cdk-sandbox",
    version,
    about = "A local server in place of the Thordata CDK API, with faults on demand"
)]
struct CommandLine {
    #[command(flatten)]
    options: Options,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("port", &self.port)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// The guide lists [the flags](crate#from-the-command-line). This is another program that has them:
///
/// ```
/// use clap::Parser;
/// use thordata_cdk_sandbox::cli::Options;
///
/// #[derive(Parser)]
/// struct Program {
///     #[command(flatten)]
///     sandbox: Options,
/// }
///
/// let program = Program::parse_from(["program", "--port", "8080"]);
/// let settings = program.sandbox.builder(); // to start it, or give the options to `run`
/// ```
// Here and not at the type: clap would print it as the program's help.
impl Options {
    /// The settings that the flags ask for.
    pub fn builder(&self) -> SandboxBuilder {
        let mut builder = Sandbox::builder()
            .port(self.port)
            .balance(self.balance)
            .max_num(self.max_num)
            .rate_limit(self.rate_limit)
            .vouchers(self.vouchers)
            .log_capacity(self.log_capacity)
            .log_bytes(self.log_bytes)
            .http_failures(self.http_failures);
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(now) = self.now {
            builder = builder.clock(Clock::fixed(now));
        }
        if let (Some(token), Some(key)) = (&self.token, &self.key) {
            builder = builder.credentials(token, key);
        }
        if let Some(host) = self.host {
            builder = builder.host(host);
        }
        for name in &self.allow_host {
            builder = builder.allow_host(name);
        }
        if let Some(token) = &self.admin_token {
            builder = builder.admin_token(token);
        }
        if let Some(path) = &self.state {
            builder = builder.state_file(path);
        }
        let listed = self.faults.iter().flat_map(|list| &list.0);
        for fault in self.fault.iter().chain(listed) {
            builder = builder.fault(fault.clone());
        }
        builder
    }
}

/// Reads the process's arguments and environment. On `--help` and on wrong flags it prints what
/// there is to say and ends the process.
#[must_use]
pub fn parse() -> Options {
    let command = without_empty_variables(CommandLine::command());
    let read = CommandLine::from_arg_matches(&command.get_matches());
    read.unwrap_or_else(|error| error.exit()).options
}

/// The command with one change: an environment variable that is set and empty counts as unset.
#[must_use]
pub fn without_empty_variables(command: Command) -> Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|arg| match arg.get_env().is_some_and(is_empty) {
            true => arg.env(Resettable::Reset),
            false => arg,
        })
        .mut_subcommands(without_empty_variables)
}

/// Starts the server, prints the `export` lines of its address and credentials on standard output,
/// and serves until Ctrl-C (or SIGTERM).
///
/// # Errors
/// [`io::Error`] if the server does not start, the lines cannot be printed, or signals cannot be had. Its message holds
/// the causes, those of a [`StartError`](crate::StartError) among them. The server has ended then.
pub fn run(options: &Options) -> io::Result<()> {
    let sandbox = options.builder().start_blocking().map_err(with_causes)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut signals = Signals::caught()?;
        // In one piece: a reader that has the lines that it wants may close the pipe.
        let mut out = io::stdout().lock();
        out.write_all(exports(&sandbox).as_bytes())?;
        out.flush()?;
        drop(out);
        // The token is behind `#`: browsers send that part to no server.
        writeln!(
            io::stderr(),
            "serving on {0} until Ctrl-C; open {0}/#admin-token={1} in a browser to read and try the contract",
            sandbox.base_url(),
            form_urlencoded::byte_serialize(sandbox.admin_token().as_bytes()).collect::<String>()
        )?;
        signals.wait().await;
        Ok::<(), io::Error>(())
    })?;
    // Waits for the thread of the server, so that the next line is true.
    drop(sandbox);
    writeln!(io::stderr(), "stopped")
}

/// The lines to paste into another shell.
fn exports(sandbox: &Sandbox) -> String {
    let credentials = sandbox.credentials();
    let mut lines = String::new();
    for (name, value) in [
        ("THORDATA_PUBLIC_TOKEN", credentials.token.as_str()),
        ("THORDATA_PUBLIC_KEY", &credentials.key),
        ("THORDATA_CDK_BASE_URL", sandbox.base_url()),
        ("THORDATA_CDK_SANDBOX_ADMIN_TOKEN", sandbox.admin_token()),
    ] {
        // Writing into memory cannot fail.
        let _ = writeln!(lines, "export {name}={}", quoted(value));
    }
    lines
}

/// What ends the program: caught before anything is printed, so that whoever reads the lines may
/// end it at once.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn caught() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self {
            interrupt,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn caught() -> io::Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn wait(&mut self) {
        let _ = self.0.recv().await;
    }
}

/// One line of an error and all that caused it.
fn with_causes(error: impl std::error::Error) -> io::Error {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    io::Error::other(text)
}

/// A value that a shell takes as it is.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

fn fault(json: &str) -> Result<Fault, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

fn fault_list(json: &str) -> Result<FaultList, String> {
    serde_json::from_str(json)
        .map(FaultList)
        .map_err(|error| error.to_string())
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if is_limit(rate) => Ok(rate),
        _ => Err(String::from("must be a number above 0")),
    }
}
