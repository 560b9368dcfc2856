//! The async runtime that a call is made on: connections belong to the one that opened them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, Id};

use crate::error::{ConfigError, Error};

/// Builds another HTTP client with the same settings.
pub(crate) type Another = Box<dyn Fn() -> Result<reqwest::Client, ConfigError> + Send + Sync>;

/// The HTTP clients of one client: one for each runtime that it is used on.
pub(crate) struct Runtimes {
    /// The runtime that came first has the HTTP client that was built with the client.
    first: OnceLock<Id>,
    others: Mutex<Vec<(Id, reqwest::Client)>>,
    /// `None` for an HTTP client of the user's.
    another: Option<Another>,
    /// The HTTP client that keeps no connection, and what makes it; `None` if purchases use the others' connections.
    for_purchases: Option<(OnceLock<reqwest::Client>, Another)>,
}

impl Runtimes {
    /// A program has few runtimes at a time; of those that ended nobody tells.
    const KEPT: usize = 8;

    pub(crate) fn new(another: Option<Another>, for_purchases: Option<Another>) -> Self {
        Self {
            for_purchases: for_purchases.map(|make| (OnceLock::new(), make)),
            first: OnceLock::new(),
            others: Mutex::default(),
            another,
        }
    }

    /// The HTTP client for a purchase. It opens a connection for each, on whatever runtime is running.
    ///
    /// # Errors
    /// As [`http_client`](Self::http_client).
    pub(crate) fn for_purchase(&self, first: &reqwest::Client) -> Result<reqwest::Client, Error> {
        let shared = self.http_client(first)?;
        let Some((built, make)) = &self.for_purchases else {
            return Ok(shared);
        };
        Ok(match built.get() {
            Some(http) => http.clone(),
            None => {
                let http = make()?;
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
        match self.first.get() {
            Some(known) if *known == id => return Ok(first.clone()),
            Some(_) => {}
            None => {
                check_drivers()?;
                if *self.first.get_or_init(|| id) == id {
                    return Ok(first.clone());
                }
            }
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, http)) = others.iter().find(|(known, _)| *known == id) {
            return Ok(http.clone());
        }
        check_drivers()?;
        let Some(another) = &self.another else {
            return Ok(first.clone());
        };
        let http = another()?;
        if others.len() >= Self::KEPT {
            others.remove(0);
        }
        others.push((id, http.clone()));
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
    // A socket that nothing is sent through. Without one to be had, the request itself tells.
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
