//! A running sandbox, seen from Rust.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::ledger::codes::SandboxCredentials;
use crate::ledger::voucher::{RedeemError, Voucher};
use crate::server::connection;
use crate::server::limiter::{RateCounters, is_limit};
use crate::server::log::LoggedRequest;
use crate::server::router::router;
use crate::state::Shared;

/// A running sandbox: a local server in place of the vendor's. Dropping it stops the server, ends its connections and
/// frees its port.
///
/// Its methods act at once and may be called from any thread; none of them makes a request.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use thordata_cdk_sandbox::{Sandbox, VoucherStatus};
///
/// let sandbox = Sandbox::start().await?;
/// let code = sandbox.preload(1, 5).remove(0);
/// sandbox.redeem(&code, "Thor123456")?;
/// assert_eq!(sandbox.voucher(&code).map(|voucher| voucher.status), Some(VoucherStatus::Used));
/// # Ok(()) }
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
pub struct Sandbox {
    shared: Arc<Shared>,
    base_url: String,
    stop: Option<oneshot::Sender<()>>,
    stopped: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Serves on a thread of its own until the handle is dropped.
    pub(crate) fn run(listener: std::net::TcpListener, shared: Arc<Shared>) -> io::Result<Self> {
        let mut address = listener.local_addr()?;
        // Not every system connects to `0.0.0.0`.
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        let base_url = format!("http://{address}");
        // tokio takes the socket as it is, and a blocking one would stop the whole thread.
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            // `from_std` panics outside of a runtime.
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, asked_to_stop) = oneshot::channel();
        let (has_stopped, stopped) = oneshot::channel();
        let router = router(Arc::clone(&shared));
        let server = connection::accept(listener, router, Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name(String::from("thordata-cdk-sandbox"))
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = server => {}
                        _ = asked_to_stop => {}
                    }
                });
                // Ends every connection and forgets work that was put off.
                drop(runtime);
                // Not before: `shutdown` promises that the port is free.
                let _ = has_stopped.send(());
            })?;
        let (stop, stopped, thread) = (Some(stop), Some(stopped), Some(thread));
        Ok(Self {
            shared,
            base_url,
            stop,
            stopped,
            thread,
        })
    }

    /// Where it listens, seen from this machine: `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The credentials that requests must carry.
    #[must_use]
    pub fn credentials(&self) -> &SandboxCredentials {
        &self.shared.credentials
    }

    /// The value that the header `x-sandbox-token` of admin requests must have. Whoever has it controls this sandbox.
    #[must_use]
    pub fn admin_token(&self) -> &str {
        &self.shared.guard.admin_token
    }

    /// Redeems an unused voucher, as a customer does.
    ///
    /// # Errors
    /// [`RedeemError`] if there is no such voucher, or it is not unused. Nothing is changed then.
    pub fn redeem(&self, code: &str, user: &str) -> Result<(), RedeemError> {
        self.shared.change(|state| {
            let now = state.clock.now();
            state.store.redeem(code, user, now)
        })
    }

    /// Revokes an unused voucher without a request, as at the vendor's dashboard. Returns false and changes nothing if
    /// there is no such voucher or it is not unused.
    pub fn revoke(&self, code: &str) -> bool {
        self.shared.change(|state| state.store.revoke(code).is_ok())
    }

    /// Adds unused vouchers free of charge, and returns their codes. A sandbox holds at most two million.
    pub fn preload(&self, count: u32, traffic: i64) -> Vec<String> {
        self.shared.change(|state| state.preload(count, traffic))
    }

    /// Puts a voucher into the ledger as it is, even one that the vendor would not make. Returns false and changes
    /// nothing if its code is taken, or the sandbox holds as many vouchers as it may.
    pub fn insert(&self, voucher: Voucher) -> bool {
        self.shared
            .change(|state| state.room() > 0 && state.store.insert(voucher))
    }

    /// The ledger, in the order of creation.
    #[must_use]
    pub fn vouchers(&self) -> Vec<Voucher> {
        self.shared.lock().store.all().to_vec()
    }

    /// How many vouchers the ledger holds, without copying it.
    #[must_use]
    pub fn voucher_count(&self) -> usize {
        self.shared.lock().store.all().len()
    }

    /// One voucher of the ledger.
    #[must_use]
    pub fn voucher(&self, code: &str) -> Option<Voucher> {
        self.shared.lock().store.get(code).cloned()
    }

    /// The requests in the log, oldest first. It holds the newest ones, up to its capacity.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.lock().log.all()
    }

    /// The newest request's id, which is how many requests came in since the start; 0 before the
    /// first.
    #[must_use]
    pub fn last_request_id(&self) -> u64 {
        self.shared.lock().log.last_id()
    }

    /// Empties the request log. Ids are not used again.
    pub fn clear_requests(&self) {
        self.shared.lock().log.clear();
    }

    /// The time of the sandbox's clock, in Unix seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.shared.lock().clock.now()
    }

    /// Stops the clock at this Unix second.
    pub fn set_now(&self, unix_seconds: i64) {
        self.set_clock(Clock::fixed(unix_seconds));
    }

    /// Replaces the clock.
    pub fn set_clock(&self, clock: Clock) {
        self.shared.lock().clock = clock;
    }

    /// Moves the clock forward by whole seconds, whether it is stopped or runs.
    pub fn advance(&self, by: Duration) {
        self.shared.lock().clock.advance(by);
    }

    /// The balance of the wallet, in traffic units.
    #[must_use]
    pub fn balance(&self) -> u64 {
        self.shared.lock().store.balance
    }

    /// Sets the balance of the wallet, in traffic units.
    pub fn set_balance(&self, traffic_units: u64) {
        self.shared.lock().store.balance = traffic_units;
    }

    /// Sets the largest `num` of one order.
    pub fn set_max_num(&self, max_num: u32) {
        self.shared.lock().store.max_num = max_num;
    }

    /// Sets how many requests per second are served; `None` for no limit. Starts with a full
    /// bucket.
    ///
    /// # Panics
    /// If the limit is 0, negative, or not finite: a test with such a limit would run without one.
    #[track_caller]
    pub fn set_rate_limit(&self, per_second: Option<f64>) {
        assert!(
            per_second.is_none_or(is_limit),
            "the rate limit must be a number above 0, or `None` for no limit: {per_second:?}"
        );
        self.shared.lock().limiter.set(per_second);
    }

    /// How many requests with valid credentials were served and refused since the start.
    #[must_use]
    pub fn rate_counters(&self) -> RateCounters {
        self.shared.lock().limiter.counters
    }

    /// Queues a fault.
    pub fn inject(&self, fault: Fault) {
        self.shared.lock().faults.push(fault);
    }

    /// Removes all faults that have not happened yet. Work that a fault has postponed stays postponed.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// How many faults are queued. Each counts once, however often it may still happen.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        self.shared.lock().faults.len()
    }

    /// How many requests faults have postponed and nothing has started yet.
    #[must_use]
    pub fn pending_commits(&self) -> usize {
        self.shared.lock().pending.len()
    }

    /// Carries out the requests that [`Commit::Held`](crate::Commit::Held) holds back, and reads the connections that it
    /// holds back. Returns how many requests were carried out.
    pub fn commit_held(&self) -> usize {
        self.shared.commit_held()
    }

    /// Why the state file lacks the newest changes, if it does.
    #[must_use]
    pub fn state_error(&self) -> Option<String> {
        self.shared.lock().save_error.clone()
    }

    /// Returns to the settings of the start: vouchers, balance, limits, clock, seed. Forgets the log, all faults and the
    /// requests that they postponed; closes the connections that they hold back or delay unread; empties the state file.
    /// Credentials stay, and request ids are not used again.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Stops the server and waits until its port is free.
    ///
    /// # Cancel safety
    /// Cancel safe: the server stops all the same.
    pub async fn shutdown(mut self) {
        // Dropping the sender is the signal.
        self.stop.take();
        if let Some(stopped) = self.stopped.take() {
            // Not `join`, which would block the caller's runtime.
            let _ = stopped.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been reported by the panic hook already.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
