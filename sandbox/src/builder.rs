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
use crate::state::{Settings, Shared};

/// Settings of a sandbox before its start. Everything has a default.
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

    /// Fixes the credentials, the codes, and the made-up codes of lying answers. Without a seed
    /// they differ at each start.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// The clock. Default [`Clock::system`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// A clock that is stopped at this Unix second: short for [`Clock::fixed`].
    pub fn now(self, unix_seconds: i64) -> Self {
        self.clock(Clock::fixed(unix_seconds))
    }

    /// What there is to spend, in traffic units; an order costs `flow` times `num`. Default
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

    /// How many requests per second are let through, with a tenth of a second's worth of burst;
    /// `None`, the default, for no limit.
    pub fn rate_limit(mut self, per_second: Option<f64>) -> Self {
        self.settings.rate_limit = per_second;
        self
    }

    /// The credentials that requests must carry. Default made up.
    pub fn credentials(mut self, token: impl Into<String>, key: impl Into<String>) -> Self {
        self.credentials = Some(SandboxCredentials {
            token: token.into(),
            key: key.into(),
        });
        self
    }

    /// What the header `x-sandbox-token` of admin requests must hold. Default made up at each start, with a seed too.
    /// The methods of [`Sandbox`] need none.
    pub fn admin_token(mut self, token: impl Into<String>) -> Self {
        self.admin_token = Some(token.into());
        self
    }

    /// The address to listen on. Default 127.0.0.1, which nobody else reaches. Any other is for containers: whoever
    /// reaches it can try the credentials, and needs the token for the admin API.
    pub fn host(mut self, address: IpAddr) -> Self {
        self.host = address;
        self
    }

    /// Answers requests whose `Host` is this name, too, such as a container's. Without, only `localhost` and loopback
    /// addresses are answered, and any address after [`SandboxBuilder::host`]: a web page could point a name of its own
    /// at this machine.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_names.push(name.into().to_ascii_lowercase());
        self
    }

    /// The port. Default 0, any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps the vouchers in this file over a restart. Each change is added to it before the change is answered, at the
    /// same cost however many vouchers there are.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Answers failures with fitting HTTP statuses instead of 200. Default false, like the vendor.
    pub fn http_failures(mut self, http_failures: bool) -> Self {
        self.settings.http_failures = http_failures;
        self
    }

    /// Starts with so many unused vouchers of traffic 1, free of charge, unless the state file
    /// holds some. Default 0, at most two million.
    pub fn vouchers(mut self, count: u32) -> Self {
        self.settings.vouchers = count;
        self
    }

    /// How many bytes the log keeps; the oldest requests go first. Default 64 MiB.
    pub fn log_bytes(mut self, bytes: usize) -> Self {
        self.settings.log_bytes = bytes;
        self
    }

    /// How many requests the log keeps; the oldest go first. Default 10 000.
    pub fn log_capacity(mut self, requests: usize) -> Self {
        self.settings.log_capacity = requests;
        self
    }

    /// Queues a fault from the start.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.settings.faults.push(fault);
        self
    }

    /// Starts the server. It runs on a thread of its own, so that it answers whatever runtime the
    /// caller has and whether or not that is busy.
    ///
    /// # Errors
    /// [`StartError`] if the port is taken, the state file unreadable, or a credential not fit for
    /// a header.
    #[expect(clippy::unused_async, reason = "leaves room to start without blocking")]
    pub async fn start(self) -> Result<Sandbox, StartError> {
        self.start_blocking()
    }

    /// The same for a caller without a runtime.
    ///
    /// # Errors
    /// As [`SandboxBuilder::start`].
    pub fn start_blocking(self) -> Result<Sandbox, StartError> {
        let (host, port) = (self.host, self.port);
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
        let (state_file, kept) = match self.state_file {
            Some(path) => match StateFile::open(&path) {
                Ok((file, kept)) => (Some(file), kept),
                Err(source) => return Err(StartError::StateFile { path, source }),
            },
            None => (None, Vec::new()),
        };
        let guard = Guard {
            admin_token,
            any_address: !self.host.is_loopback(),
            names: self.allowed_names,
        };
        Ok(Shared::new(
            self.settings,
            credentials,
            guard,
            state_file,
            kept,
        ))
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
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The port could not be had.
    Bind {
        /// The address that was asked for.
        host: IpAddr,
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The state file could not be read, or is not one.
    StateFile {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// A credential, the token, the key or the admin token, is empty or holds something else than visible ASCII.
    Credential(&'static str),
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
                write!(f, "could not read the state file {}", path.display())
            }
            Self::Credential(name) => {
                write!(
                    f,
                    "the {name} must be visible ASCII characters, at least one"
                )
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
            Self::Credential(_) => None,
        }
    }
}
