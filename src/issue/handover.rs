//! Which orders' codes have reached the caller, in this process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

/// An order whose codes were handed over waits for `ack`, and blocks nothing. One whose future was dropped
/// blocks new orders until `recover` hands it over.
#[derive(Debug, Default)]
pub(crate) struct Handover(Mutex<HashMap<u64, Receiver>>);

#[derive(Debug)]
enum Receiver {
    /// A future that is about to return it, for as long as that lives.
    Waiting(Weak<()>),
    Reached,
}

impl Handover {
    /// The order is settled, and this future waits for it.
    pub(crate) fn expected_by(&self, id: u64, receiver: Weak<()>) {
        self.orders().insert(id, Receiver::Waiting(receiver));
    }

    pub(crate) fn reached(&self, id: u64) {
        self.orders().insert(id, Receiver::Reached);
    }

    pub(crate) fn acknowledged(&self, id: u64) {
        self.orders().remove(&id);
    }

    pub(crate) fn is_certain(&self, id: u64) -> bool {
        match self.orders().get(&id) {
            Some(Receiver::Waiting(receiver)) => receiver.strong_count() > 0,
            Some(Receiver::Reached) => true,
            None => false,
        }
    }

    fn orders(&self) -> MutexGuard<'_, HashMap<u64, Receiver>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
