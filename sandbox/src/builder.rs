//! How a sandbox is set up and started.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::ledger::codes::SandboxCredentials;
use crate::ledger::persist::StateFile;
use crate::sandbox::Sandbox;
use crate::server::guard::Guard;
use crate::server::limiter::is_limit;
use crate::state::{Settings, Shared};

/// Sets up a [`Sandbox`]. From [`Sandbox::builder`]. Everything has a default.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_sandbox::Sandbox;
///
/// let sandbox = Sandbox::builder().seed(1).balance(100).vouchers(3).start().await?;
/// assert_eq!((sandbox.balance(), sandbox.voucher_count()), (100, 3));
/// # Ok(()) }
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Clone)]
#[must_use]
pub struct SandboxBuilder {
    settings: Settings,
    credentials: Option<SandboxCredentials>,
    admin_token: Option<String>,
    host: IpAddr,
    allowed_names: Vec<String>,
    port: u16,
    state_file: Option<PathBuf>,
}

impl Sandbox {
    /// Starts a sandbox with all defaults, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// [`StartError`] if the system gives no port or thread.
    ///
    /// # Cancel safety
    /// Cancel safe: no sandbox is left behind.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Settings to change before the start.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }
}

impl SandboxBuilder {
    pub(crate) fn new() -> Self {
        Self {
            settings: Settings {
                seed: None,
                clock: Clock::system(),
                balance: 1_000_000,
                // The issuer splits its orders at 1,000 as well (decision 7).
                max_num: 1_000,
                rate_limit: None,
                log_capacity: 10_000,
                log_bytes: 64 * 1024 * 1024,
                vouchers: 0,
                http_failures: false,
                faults: Vec::new(),
            },
            credentials: None,
            admin_token: None,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            allowed_names: Vec::new(),
            port: 0,
            state_file: None,
        }
    }

    /// Fixes the credentials, the voucher codes, and the random codes of wrong answers. Without a seed they differ at
    /// each start.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// The clock. Default [`Clock::system`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Stops the clock at this Unix second: short for [`Clock::fixed`].
    pub fn now(self, unix_seconds: i64) -> Self {
        self.clock(Clock::fixed(unix_seconds))
    }

    /// The balance of the wallet, in traffic units; an order costs `flow` times `num`. Default
    /// 1 000 000. How the vendor prices traffic is not documented.
    pub fn balance(mut self, traffic_units: u64) -> Self {
        self.settings.balance = traffic_units;
        self
    }

    /// The largest `num` of one order. Default 1 000; the vendor's is not documented.
    pub fn max_num(mut self, max_num: u32) -> Self {
        self.settings.max_num = max_num;
        self
    }

    /// How many requests per second are served, a finite number above 0 (else [`StartError::RateLimit`]); a tenth of them
    /// may come at once. `None`, the default, for no limit.
    pub fn rate_limit(mut self, per_second: Option<f64>) -> Self {
        self.settings.rate_limit = per_second;
        self
    }

    /// The credentials that requests must carry. Default random.
    pub fn credentials(mut self, token: impl Into<String>, key: impl Into<String>) -> Self {
        self.credentials = Some(SandboxCredentials {
            token: token.into(),
            key: key.into(),
        });
        self
    }

    /// The value that the header `x-sandbox-token` of admin requests must have. Default random at each start, even with
    /// a seed. The methods of [`Sandbox`] need none.
    pub fn admin_token(mut self, token: impl Into<String>) -> Self {
        self.admin_token = Some(token.into());
        self
    }

    /// The address to listen on. Default 127.0.0.1, which only this machine reaches. Others are for containers: whoever
    /// reaches the port can try the credentials, and needs the token for the admin API.
    pub fn host(mut self, address: IpAddr) -> Self {
        self.host = address;
        self
    }

    /// Also answers requests whose `Host` is this name, such as a container's. By default only `localhost` and loopback
    /// addresses are answered, and any address after [`SandboxBuilder::host`]. Other names are refused because a web page
    /// could point a name of its own at this machine.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_names.push(name.into().to_ascii_lowercase());
        self
    }

    /// The port. Default 0, any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps the vouchers in this file over a restart. Each change is appended before it is answered; the cost does not
    /// depend on how many vouchers there are.
    ///
    /// A new file is for its owner alone. Refused are: what is not a regular file, is longer than 2 GiB, or has more than two
    /// million vouchers; on Unix also a file that others can write, that belongs to another user, that is a link in a folder
    /// that others may write, or that another sandbox is using.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Answers failures with matching HTTP statuses instead of 200. Default false, like the vendor.
    pub fn http_failures(mut self, http_failures: bool) -> Self {
        self.settings.http_failures = http_failures;
        self
    }

    /// Starts with this many unused vouchers of traffic 1, free of charge, unless the state file holds some. Default 0,
    /// at most two million.
    pub fn vouchers(mut self, count: u32) -> Self {
        self.settings.vouchers = count;
        self
    }

    /// How many bytes the log keeps; the oldest requests are dropped first. Default 64 MiB.
    pub fn log_bytes(mut self, bytes: usize) -> Self {
        self.settings.log_bytes = bytes;
        self
    }

    /// How many requests the log keeps; the oldest are dropped first. Default 10 000.
    pub fn log_capacity(mut self, requests: usize) -> Self {
        self.settings.log_capacity = requests;
        self
    }

    /// Queues a fault from the start.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.settings.faults.push(fault);
        self
    }

    /// Starts the server. It runs on a thread of its own, so that it answers even while the caller's runtime is busy.
    ///
    /// # Errors
    /// [`StartError`] if the port is taken, the state file cannot be used, a credential cannot be a header, or the rate limit
    /// is no number above 0.
    ///
    /// # Cancel safety
    /// Cancel safe: no sandbox is left behind.
    #[expect(clippy::unused_async, reason = "leaves room to start without blocking")]
    pub async fn start(self) -> Result<Sandbox, StartError> {
        self.start_blocking()
    }

    /// Like [`start`](Self::start), for a caller without an async runtime.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    pub fn start_blocking(self) -> Result<Sandbox, StartError> {
        let (host, port) = (self.host, self.port);
        // The port last: whoever connects is answered, and a start that fails leaves none open.
        let shared = self.prepare()?;
        let listener = TcpListener::bind((host, port)).map_err(|source| StartError::Bind {
            host,
            port,
            source,
        })?;
        Sandbox::run(listener, Arc::new(shared)).map_err(StartError::Thread)
    }

    /// Everything but the socket.
    pub(crate) fn prepare(self) -> Result<Shared, StartError> {
        let seed = self.settings.seed;
        let credentials = self
            .credentials
            .unwrap_or_else(|| SandboxCredentials::random(seed));
        let admin_token = self.admin_token.unwrap_or_else(Guard::random_token);
        for (name, value) in [
            ("token", &credentials.token),
            ("key", &credentials.key),
            ("admin token", &admin_token),
        ] {
            if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(StartError::Credential(name));
            }
        }
        if let Some(rate) = self.settings.rate_limit.filter(|rate| !is_limit(*rate)) {
            return Err(StartError::RateLimit(rate));
        }
        let (state_file, kept) = match &self.state_file {
            Some(path) => match StateFile::open(path) {
                Ok((file, kept)) => (Some(file), kept),
                Err(source) => {
                    let path = path.clone();
                    return Err(StartError::StateFile { path, source });
                }
            },
            None => (None, Vec::new()),
        };
        let guard = Guard {
            admin_token,
            any_address: !self.host.is_loopback(),
            names: self.allowed_names,
        };
        let shared = Shared::new(self.settings, credentials, guard, state_file, kept);
        if let Some(path) = self.state_file {
            // The vouchers of the start: so that the first request does not wait for them.
            shared.change(|_| ());
            if let Some(why) = shared.lock().save_error.take() {
                let source = io::Error::other(why);
                return Err(StartError::StateFile { path, source });
            }
        }
        Ok(shared)
    }
}

impl fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("port", &self.port)
            .field("seed", &self.settings.seed)
            .finish_non_exhaustive()
    }
}

/// Why a sandbox did not start.
///
/// ```
/// use thordata_cdk_sandbox::{Sandbox, StartError};
///
/// let error = Sandbox::builder().credentials("", "key").start_blocking().unwrap_err();
/// assert!(matches!(error, StartError::Credential("token")));
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The server could not listen on the port.
    Bind {
        /// The address that was asked for.
        host: IpAddr,
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The state file could not be read or written, is not one, or another sandbox is using it.
    StateFile {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// A credential, the token, the key or the admin token, is empty or holds something else than visible ASCII.
    Credential(&'static str),
    /// The rate limit is 0, negative, or not finite.
    RateLimit(f64),
    /// The system gave no thread or runtime.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { host, port, .. } => {
                write!(f, "could not listen on {}", SocketAddr::new(*host, *port))
            }
            Self::StateFile { path, .. } => {
                write!(f, "could not use the state file {}", path.display())
            }
            Self::Credential(name) => {
                write!(
                    f,
                    "the {name} must be visible ASCII characters, at least one"
                )
            }
            Self::RateLimit(rate) => {
                write!(f, "the rate limit must be a number above 0, not {rate}")
            }
            Self::Thread(_) => f.write_str("could not start the server's thread"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind { source, .. } | Self::StateFile { source, .. } | Self::Thread(source) => {
                Some(source)
            }
            Self::Credential(_) | Self::RateLimit(_) => None,
        }
    }
}
