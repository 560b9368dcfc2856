//! Everything that changes, behind one lock, and what a reset goes back to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::clock::Clock;
use crate::fault::Fault;
use crate::fault::fault_spec::Operation;
use crate::fault::pending::{Pending, Work};
use crate::ledger::Store;
use crate::ledger::codes::SandboxCredentials;
use crate::ledger::persist::StateFile;
use crate::ledger::voucher::Voucher;
use crate::server::guard::Guard;
use crate::server::limiter::Limiter;
use crate::server::log::RequestLog;

/// What a start and a reset begin with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) seed: Option<u64>,
    pub(crate) clock: Clock,
    pub(crate) balance: u64,
    pub(crate) max_num: u32,
    pub(crate) rate_limit: Option<f64>,
    pub(crate) log_capacity: usize,
    pub(crate) log_bytes: usize,
    pub(crate) vouchers: u32,
    pub(crate) http_failures: bool,
    pub(crate) faults: Vec<Fault>,
}

/// The state of one sandbox.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) limiter: Limiter,
    pub(crate) log: RequestLog,
    pub(crate) faults: Vec<Fault>,
    pub(crate) pending: Pending,
    /// Why the state file is behind the state, if it is.
    pub(crate) save_error: Option<String>,
}

impl State {
    /// The state to start with: `kept` from the state file, or else the preloaded vouchers.
    pub(crate) fn new(settings: &Settings, kept: Vec<Voucher>, last_id: u64) -> Self {
        // Vouchers in the file name their requests: those of this start need other ids.
        let last_id = kept
            .iter()
            .map(|voucher| voucher.request_id)
            .max()
            .unwrap_or(0)
            .max(last_id);
        let mut state = Self {
            store: Store::new(settings.seed, settings.balance, settings.max_num),
            clock: settings.clock,
            limiter: Limiter::new(settings.rate_limit),
            log: RequestLog::new(settings.log_capacity, settings.log_bytes, last_id),
            faults: settings.faults.clone(),
            pending: Pending::default(),
            save_error: None,
        };
        // Only at the first start: each restart would add as many again.
        if kept.is_empty() {
            state.preload(settings.vouchers, 1);
        }
        if !kept.is_empty() {
            for voucher in kept {
                // `persist` has counted them, and seen that no code is there twice.
                state.store.insert(voucher);
            }
            // They are in the state file.
            state.store.take_changes();
        }
        state
    }

    /// How many more vouchers there is room for, beside those that were promised and put off.
    pub(crate) fn room(&self) -> usize {
        self.store.room().saturating_sub(self.pending.vouchers())
    }

    /// Adds vouchers that no request ordered and nobody pays for, as far as there is room. Returns their codes.
    pub(crate) fn preload(&mut self, count: u32, traffic: i64) -> Vec<String> {
        let room = u32::try_from(self.room()).unwrap_or(u32::MAX);
        let count = count.min(room);
        let codes = self.store.new_codes(count);
        let now = self.clock.now();
        for code in &codes {
            self.store.insert(Voucher::new(code.clone(), traffic, now));
        }
        codes
    }

    /// The fault that takes the next request of `operation`, if one does.
    pub(crate) fn take_fault(&mut self, operation: Operation) -> Option<Fault> {
        let at = self
            .faults
            .iter_mut()
            // `takes` counts skipped requests, and faults behind the one that fits must count none.
            .position(|fault| fault.takes(operation))?;
        if self.faults.get(at)?.is_spent() {
            return Some(self.faults.remove(at));
        }
        self.faults.get(at).cloned()
    }

    /// The same, if that fault is one that reads nothing. Else nothing is counted, since the request
    /// still comes to whatever takes it.
    pub(crate) fn take_unread_fault(&mut self, operation: Operation) -> Option<Fault> {
        let next = self
            .faults
            .iter()
            .find(|fault| fault.would_take(operation))?;
        if next.reads_nothing() {
            self.take_fault(operation)
        } else {
            None
        }
    }

    /// Carries out what was put off. Returns how many requests' worth it was.
    pub(crate) fn carry_out(&mut self, ripe: Vec<(u64, Work)>) -> usize {
        let now = self.clock.now();
        let count = ripe.len();
        // Dated now, and not when the request came: late work makes young vouchers.
        for (request_id, work) in ripe {
            work.carry_out(&mut self.store, now, request_id);
        }
        count
    }
}

/// Counts the calls that end the wait of a held connection.
#[derive(Clone, Copy, Default)]
pub(crate) struct Releases {
    /// Calls of `commit_held`.
    commits: u64,
    /// Calls of `reset`.
    pub(crate) resets: u64,
}

/// A connection's fault, the calls that it may have to wait for, and how many resets there were before it.
pub(crate) type Taken = (Fault, watch::Receiver<Releases>, u64);

/// What the server's tasks and the library's handle share.
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) settings: Settings,
    pub(crate) credentials: SandboxCredentials,
    pub(crate) guard: Guard,
    state_file: Option<Mutex<StateFile>>,
    /// For connections that wait for `commit_held`.
    releases: watch::Sender<Releases>,
}

impl Shared {
    pub(crate) fn new(
        settings: Settings,
        credentials: SandboxCredentials,
        guard: Guard,
        state_file: Option<StateFile>,
        kept: Vec<Voucher>,
    ) -> Self {
        let state = State::new(&settings, kept, 0);
        let releases = watch::Sender::new(Releases::default());
        Self {
            state: Mutex::new(state),
            settings,
            credentials,
            guard,
            state_file: state_file.map(Mutex::new),
            releases,
        }
    }

    /// The state, to look at or to change without a trace in the state file. A panic elsewhere
    /// does not lock it up.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state; if that changed the vouchers, the state file is written before the lock
    /// is given back, so that nothing is answered that a restart would forget.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.change_and_save(change).0
    }

    /// The same. Also says whether the state file, if there is one, has all changes so far.
    pub(crate) fn change_and_save<T>(&self, change: impl FnOnce(&mut State) -> T) -> (T, bool) {
        let mut state = self.lock();
        let result = change(&mut state);
        // Without a file nothing is read of the changes, and they must not pile up.
        let changes = state.store.take_changes();
        let file = self.state_file.as_ref();
        if let Some((file, changes)) = file.zip(changes) {
            // Nobody waits here: only who holds the lock of the state comes this far.
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            let saved = file.save(&changes, state.store.all());
            state.save_error = saved.err().map(|error| error.to_string());
            if state.save_error.is_some() {
                // The list of these changes is gone, so the next call has to write everything.
                state.store.mark_changed();
            }
        }
        // Still under the lock: a moment later the error could be that of another request.
        (result, state.save_error.is_none())
    }

    /// Takes a fault for a connection, along with the next call of `commit_held`: whoever sees that
    /// the fault has left the queue can release the connection.
    pub(crate) fn take_for_connection(
        &self,
        take: impl FnOnce(&mut State) -> Option<Fault>,
    ) -> Option<Taken> {
        let mut state = self.lock();
        let fault = take(&mut state)?;
        let release = self.releases.subscribe();
        let resets = release.borrow().resets;
        Some((fault, release, resets))
    }

    /// Back to the beginning. Request ids go on.
    pub(crate) fn reset(&self) {
        self.change(|state| {
            let last_id = state.log.last_id();
            // Kept for its counter: timers of before still run, and their numbers must stay theirs.
            let mut pending = std::mem::take(&mut state.pending);
            pending.clear();
            *state = State::new(&self.settings, Vec::new(), last_id);
            state.pending = pending;
            // `State::new` has queued the faults of the start again.
            state.faults.clear();
            // The file still has the vouchers of before.
            state.store.mark_changed();
            // Under the lock: a connection that takes a fault from now on belongs to the new state.
            self.releases
                .send_modify(|releases| releases.resets = releases.resets.wrapping_add(1));
        });
    }

    /// Carries out what faults hold back until somebody says so.
    pub(crate) fn commit_held(&self) -> usize {
        let count = self.change(|state| {
            let ripe = state.pending.release();
            state.carry_out(ripe)
        });
        self.releases
            .send_modify(|releases| releases.commits = releases.commits.wrapping_add(1));
        count
    }

    /// The `Date` header's value.
    pub(crate) fn http_date(&self) -> String {
        self.lock().clock.http_date()
    }
}
