//! The whole world: processes, the store, and the service. Small numbers, so that every state can be visited.

use thordata_cdk_issuer::store::PurchaseState;

/// Ticks of the one clock. Clocks of processes only matter in that they never run ahead of the store's.
pub(crate) type Time = u8;
/// The place of a purchase in the store; a code has the number of the purchase that brought it.
pub(crate) type Id = usize;

pub(crate) const PROCESSES: usize = 2;
pub(crate) const KEYS: usize = 2;

/// What a process is in the middle of. A process that is stopped is one whose next step comes late.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Process {
    Idle,
    /// Its purchase is written down; its request may leave before this moment.
    Begun {
        id: Id,
        send_before: Time,
    },
    /// Its request has left.
    Sent {
        id: Id,
    },
    /// The answer has come, and is not written down.
    Answered {
        id: Id,
    },
    /// It holds the lease, or held it.
    Leased {
        doubts: Vec<Id>,
    },
    /// It has read a list: these codes were in it.
    Looked {
        doubts: Vec<Id>,
        codes: Vec<Code>,
        at: Time,
    },
}

/// Where the request of a purchase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Request {
    NotSent,
    /// Sent at this moment, and not carried out by now.
    Underway(Time),
    CarriedOut,
    /// It never arrives.
    Gone,
}

/// A voucher at the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Code {
    /// The purchase that brought it; `None` if somebody else bought it.
    pub(crate) of: Option<Id>,
    pub(crate) created: Time,
    /// The key that it is certain for.
    pub(crate) certain: Option<usize>,
    /// Whether the store knows it.
    pub(crate) is_known: bool,
}

/// A purchase of one voucher, as the store has it, and its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Purchase {
    pub(crate) key: usize,
    pub(crate) state: PurchaseState,
    pub(crate) began: Time,
    pub(crate) deadline: Time,
    pub(crate) in_doubt_since: Time,
    pub(crate) request: Request,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) processes: [Process; PROCESSES],
    pub(crate) purchases: Vec<Purchase>,
    pub(crate) codes: Vec<Code>,
    pub(crate) lease: Option<(usize, Time)>,
    /// Keys for which `retry` was called.
    pub(crate) retried: [bool; KEYS],
    /// So many more crashes.
    pub(crate) crashes: u8,
    /// What a property forbids has happened.
    pub(crate) sent_late: bool,
    pub(crate) answer_not_kept: bool,
}

impl World {
    pub(crate) fn new(crashes: u8) -> Self {
        Self {
            now: 0,
            processes: [Process::Idle, Process::Idle],
            purchases: Vec::new(),
            codes: Vec::new(),
            lease: None,
            retried: [false; KEYS],
            crashes,
            sent_late: false,
            answer_not_kept: false,
        }
    }
}
