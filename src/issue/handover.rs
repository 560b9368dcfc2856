//! Which orders' codes have reached the caller, in this process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use super::verdict::Issued;

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

    /// The caller has it. Only what waits for `ack` is remembered, so that this stays small.
    pub(crate) fn reached(&self, issued: &Issued) {
        let mut orders = self.orders();
        if issued.codes().is_empty() {
            orders.remove(&issued.id.0);
        } else {
            orders.insert(issued.id.0, Receiver::Reached);
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::verdict::{IntentId, Verdict};
    use super::*;
    use crate::types::{NewCdks, Traffic};

    fn issued(id: u64, verdict: Verdict) -> Issued {
        let traffic = Traffic(3);
        Issued {
            id: IntentId(id),
            order: NewCdks { traffic, count: 1 },
            verdict,
            durable: true,
        }
    }

    #[test]
    fn only_orders_that_wait_for_an_acknowledgement_are_remembered() {
        let handover = Handover::default();
        let codes = vec!["nozzapqOWJOCcWIX".parse().unwrap()];
        let window = Duration::from_secs(1);
        handover.expected_by(1, Weak::new());
        handover.reached(&issued(1, Verdict::NotObserved { window }));
        handover.expected_by(2, Weak::new());
        assert!(!handover.is_certain(2), "nobody waits");
        handover.reached(&issued(2, Verdict::Created { codes }));
        assert!(handover.is_certain(2) && !handover.is_certain(1));
        assert_eq!(handover.orders().len(), 1);
        handover.acknowledged(2);
        assert_eq!(handover.orders().len(), 0);
    }
}
