//! The async runtime that a call is made on: connections belong to the one that opened them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, Id};

use crate::error::{ConfigError, Error};

/// What an HTTP client is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Everything, over connections that are kept.
    Calls,
    /// Like `Calls`, for replies with more header fields than usual. Room for them costs a tenth of a call.
    ManyHeaders,
    /// Purchases: a connection for each, and any number of header fields, since its reply comes once.
    Purchases,
}

/// Builds another HTTP client with the same settings.
pub(crate) type Another =
    Box<dyn Fn(Purpose) -> Result<reqwest::Client, ConfigError> + Send + Sync>;

/// The HTTP clients of one client: one for each runtime that it is used on.
pub(crate) struct Runtimes {
    /// The runtime that came first has the HTTP client that was built with the client.
    first: OnceLock<Id>,
    others: Mutex<Vec<(Id, Purpose, reqwest::Client)>>,
    /// `None` for an HTTP client of the user's.
    another: Option<Another>,
    /// A reply had more header fields than there was room for.
    many_headers: AtomicBool,
    /// `None` if purchases use the connections of all calls.
    purchases: Option<OnceLock<reqwest::Client>>,
}

impl Runtimes {
    /// A program has few runtimes at a time, and nothing reports that one has ended: the oldest are dropped.
    const KEPT: usize = 8;

    pub(crate) fn new(another: Option<Another>, connection_per_purchase: bool) -> Self {
        Self {
            first: OnceLock::new(),
            others: Mutex::default(),
            another,
            many_headers: AtomicBool::new(false),
            purchases: connection_per_purchase.then(OnceLock::new),
        }
    }

    /// A reply had too many header fields: from now on there is room for more.
    pub(crate) fn expect_many_headers(&self) {
        self.many_headers.store(true, Ordering::Relaxed);
    }

    /// The HTTP client for a purchase. It opens a connection for each, on whatever runtime is running.
    ///
    /// # Errors
    /// As [`http_client`](Self::http_client).
    pub(crate) fn for_purchase(&self, first: &reqwest::Client) -> Result<reqwest::Client, Error> {
        // Even if it is not used: this checks that the runtime can send.
        let shared = self.http_client(first)?;
        let (Some(built), Some(another)) = (&self.purchases, &self.another) else {
            return Ok(shared);
        };
        Ok(match built.get() {
            Some(http) => http.clone(),
            None => {
                // Before `get_or_init`, which cannot fail: of two that are built at once one is dropped.
                let http = another(Purpose::Purchases)?;
                built.get_or_init(|| http).clone()
            }
        })
    }

    /// The HTTP client for the runtime that is running here.
    ///
    /// # Errors
    /// [`Error::Config`] outside a tokio runtime, and on one that cannot send or wait.
    pub(crate) fn http_client(&self, first: &reqwest::Client) -> Result<reqwest::Client, Error> {
        let runtime = Handle::try_current().map_err(|_| {
            ConfigError::new(
                "a call was made outside a tokio runtime; make it inside one, or use \
                 `thordata_cdk::blocking::Client`",
            )
        })?;
        let id = runtime.id();
        let purpose = match self.many_headers.load(Ordering::Relaxed) {
            true => Purpose::ManyHeaders,
            false => Purpose::Calls,
        };
        let is_first = match self.first.get() {
            Some(known) => *known == id,
            None => {
                check_drivers()?;
                *self.first.get_or_init(|| id) == id
            }
        };
        let Some(another) = &self.another else {
            return Ok(first.clone());
        };
        if is_first && purpose == Purpose::Calls {
            return Ok(first.clone());
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let known = others
            .iter()
            .find(|(of, for_what, _)| (*of, *for_what) == (id, purpose));
        if let Some((_, _, http)) = known {
            return Ok(http.clone());
        }
        check_drivers()?;
        // Under the lock, so that calls which begin at once do not build one each.
        let http = another(purpose)?;
        if others.len() >= Self::KEPT {
            others.remove(0);
        }
        others.push((id, purpose, http.clone()));
        Ok(http)
    }
}

impl fmt::Debug for Runtimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runtimes")
    }
}

/// tokio panics where its drivers are off, and has no way to ask.
fn check_drivers() -> Result<(), ConfigError> {
    let timers = || drop(tokio::time::sleep(Duration::ZERO));
    if catch_unwind(AssertUnwindSafe(timers)).is_err() {
        return Err(ConfigError::new(
            "the tokio runtime has no timers; build it with `enable_all`",
        ));
    }
    // Nothing is sent through this socket. If the system gives none, the request itself will fail and say why.
    let socket = std::net::UdpSocket::bind(("127.0.0.1", 0)).and_then(|socket| {
        socket.set_nonblocking(true)?;
        Ok(socket)
    });
    if let Ok(socket) = socket {
        let register = || drop(tokio::net::UdpSocket::from_std(socket));
        if catch_unwind(AssertUnwindSafe(register)).is_err() {
            return Err(ConfigError::new(
                "the tokio runtime has no I/O; build it with `enable_all`",
            ));
        }
    }
    Ok(())
}
