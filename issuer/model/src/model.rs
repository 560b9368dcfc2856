//! Every step that anybody can take, and what must hold after each.

use stateright::{Model, Property};
use thordata_cdk_issuer::store::PurchaseState;

use crate::state::{Code, Id, KEYS, PROCESSES, Process, Request, Time, World};

/// A rule that is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    SendsLate,
    GateIgnoresDoubt,
    NoUpperBound,
    BuysAgain,
}

/// How large the world is, and by which times it lives.
#[derive(Debug, Clone)]
pub(crate) struct GateModel {
    pub(crate) in_flight: u32,
    pub(crate) send_within: Time,
    /// How long an answer may take.
    pub(crate) answer: Time,
    pub(crate) window: Time,
    pub(crate) lease: Time,
    /// The service carries a request out so long after it was sent, at the latest.
    pub(crate) latest_commit: Time,
    pub(crate) end_of_time: Time,
    pub(crate) crashes: u8,
    pub(crate) purchases: usize,
    pub(crate) fault: Option<Fault>,
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Tick,
    Begin {
        process: usize,
        key: usize,
    },
    /// The request leaves, unless it is too late.
    Send {
        process: usize,
    },
    CarryOut {
        id: Id,
    },
    Lose {
        id: Id,
    },
    Refuse {
        process: usize,
    },
    Answer {
        process: usize,
    },
    WriteAnswer {
        process: usize,
    },
    GiveUp {
        process: usize,
    },
    Lease {
        process: usize,
    },
    Look {
        process: usize,
    },
    Settle {
        process: usize,
    },
    Crash {
        process: usize,
    },
    Retry {
        key: usize,
    },
    /// Somebody else buys, which ends `exclusive`: at no moment at which a purchase may be carried out.
    SomebodyElse,
}

impl GateModel {
    const SMALL: Self = Self {
        in_flight: 1,
        send_within: 1,
        answer: 1,
        window: 1,
        lease: 2,
        latest_commit: 2,
        end_of_time: 5,
        crashes: 1,
        purchases: 2,
        fault: None,
    };

    /// The rules as they are: one purchase at a time, and two.
    pub(crate) fn sound() -> [(&'static str, Self); 2] {
        let two = Self {
            in_flight: 2,
            end_of_time: 4,
            ..Self::SMALL
        };
        [("one in flight", Self::SMALL), ("two in flight", two)]
    }

    /// The rules with one of them left out.
    pub(crate) fn faulty() -> [(&'static str, Self); 4] {
        let without = |fault| Self {
            fault: Some(fault),
            end_of_time: 12,
            ..Self::SMALL
        };
        [
            (
                "no look at the clock before a request leaves",
                without(Fault::SendsLate),
            ),
            (
                "the gate opens while something is in doubt",
                without(Fault::GateIgnoresDoubt),
            ),
            (
                "candidates have no upper bound",
                without(Fault::NoUpperBound),
            ),
            (
                "what was not observed is bought again",
                without(Fault::BuysAgain),
            ),
        ]
    }

    /// `purchase::lifetime`, with a tick to write the end.
    pub(crate) fn lifetime(&self) -> Time {
        self.send_within
            .saturating_add(self.answer)
            .saturating_add(1)
    }

    /// The last moment at which a code of a purchase that began then is taken for its own.
    pub(crate) fn last_moment(&self, began: Time) -> Time {
        began
            .saturating_add(self.lifetime())
            .saturating_add(self.window)
    }

    fn carries_out(&self, world: &World, request: Request) -> bool {
        matches!(request, Request::Underway(sent) if world.now <= sent.saturating_add(self.latest_commit))
    }
}

impl Model for GateModel {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self.crashes)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        if world.now < self.end_of_time {
            steps.push(Step::Tick);
        }
        for process in 0..PROCESSES {
            match world.processes.get(process) {
                Some(Process::Idle) | None => {
                    if world.purchases.len() < self.purchases {
                        steps.extend((0..KEYS).map(|key| Step::Begin { process, key }));
                    }
                    steps.push(Step::Lease { process });
                    continue;
                }
                Some(Process::Begun { .. }) => steps.push(Step::Send { process }),
                Some(Process::Sent { .. }) => steps.extend([
                    Step::Refuse { process },
                    Step::Answer { process },
                    Step::GiveUp { process },
                ]),
                Some(Process::Answered { .. }) => steps.push(Step::WriteAnswer { process }),
                Some(Process::Leased { .. }) => steps.push(Step::Look { process }),
                Some(Process::Looked { .. }) => steps.push(Step::Settle { process }),
            }
            if world.crashes > 0 {
                steps.push(Step::Crash { process });
            }
        }
        for (id, purchase) in world.purchases.iter().enumerate() {
            if let Request::Underway(_) = purchase.request {
                steps.extend([Step::CarryOut { id }, Step::Lose { id }]);
            }
        }
        steps.extend((0..KEYS).map(|key| Step::Retry { key }));
        steps.push(Step::SomebodyElse);
    }

    fn next_state(&self, before: &World, step: Step) -> Option<World> {
        let mut world = before.clone();
        match step {
            Step::Tick => world.now = world.now.saturating_add(1),
            Step::Begin { process, key } => {
                let is_now = |code: &Code| code.of.is_none() && code.created == before.now;
                return match before.codes.iter().any(is_now) {
                    true => None,
                    false => before.begin(self, process, key),
                };
            }
            Step::Send { process } => {
                let Some(Process::Begun { id, send_before }) = before.processes.get(process) else {
                    return None;
                };
                let id = *id;
                if world.now >= *send_before && self.fault != Some(Fault::SendsLate) {
                    world.prove_not_bought(id);
                    world.set_process(process, Process::Idle);
                    return Some(world);
                }
                let now = world.now;
                let purchase = world.purchases.get_mut(id)?;
                world.sent_late |= now >= purchase.deadline;
                purchase.request = Request::Underway(now);
                world.set_process(process, Process::Sent { id });
            }
            Step::CarryOut { id } => {
                let now = world.now;
                let purchase = world.purchases.get_mut(id)?;
                if !self.carries_out(before, purchase.request) {
                    return None;
                }
                purchase.request = Request::CarriedOut;
                world.codes.push(Code {
                    of: Some(id),
                    created: now,
                    certain: None,
                    is_known: false,
                });
            }
            Step::Lose { id } => world.purchases.get_mut(id)?.request = Request::Gone,
            Step::Refuse { process } => {
                let Some(Process::Sent { id }) = before.processes.get(process) else {
                    return None;
                };
                let purchase = world.purchases.get_mut(*id)?;
                if !self.carries_out(before, purchase.request) {
                    return None;
                }
                purchase.request = Request::Gone;
                world.prove_not_bought(*id);
                world.set_process(process, Process::Idle);
            }
            Step::Answer { process } => {
                let Some(Process::Sent { id }) = before.processes.get(process) else {
                    return None;
                };
                if before.purchases.get(*id)?.request != Request::CarriedOut {
                    return None;
                }
                world.set_process(process, Process::Answered { id: *id });
            }
            Step::WriteAnswer { process } => {
                let Some(Process::Answered { id }) = before.processes.get(process) else {
                    return None;
                };
                world.keep_answer(*id);
                world.set_process(process, Process::Idle);
            }
            Step::GiveUp { process } => {
                let Some(Process::Sent { id }) = before.processes.get(process) else {
                    return None;
                };
                world.put_in_doubt(*id);
                world.set_process(process, Process::Idle);
            }
            Step::Lease { process } => return before.take_lease(self, process),
            Step::Look { process } => return before.look(process),
            Step::Settle { process } => return before.settle(self, process),
            Step::Crash { process } => {
                world.crashes = world.crashes.saturating_sub(1);
                world.set_process(process, Process::Idle);
            }
            Step::Retry { key } => {
                let waits =
                    |state| matches!(state, PurchaseState::NotObserved | PurchaseState::Unclear);
                let mut own = world
                    .purchases
                    .iter_mut()
                    .filter(|purchase| purchase.key == key);
                let purchase = own.find(|purchase| waits(purchase.state))?;
                purchase.state = PurchaseState::Released;
                *world.retried.get_mut(key)? = true;
            }
            Step::SomebodyElse => {
                let all_over = world
                    .purchases
                    .iter()
                    .all(|purchase| world.now > self.last_moment(purchase.began));
                if world.codes.iter().any(|code| code.of.is_none()) || !all_over {
                    return None;
                }
                world.codes.push(Code {
                    of: None,
                    created: world.now,
                    certain: None,
                    is_known: false,
                });
            }
        }
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always("a key is bought once", |_, world: &World| {
                (0..KEYS).all(|key| {
                    let bought = world.codes.iter().filter(|code| {
                        let purchase = code.of.and_then(|id| world.purchases.get(id));
                        purchase.is_some_and(|purchase| purchase.key == key)
                    });
                    bought.count() <= 1 || world.retried.get(key) == Some(&true)
                })
            }),
            Property::always("a key of one voucher has one", |_, world: &World| {
                let certain = |key| {
                    world
                        .codes
                        .iter()
                        .filter(move |code| code.certain == Some(key))
                };
                (0..KEYS).all(|key| certain(key).count() <= 1)
            }),
            Property::always("requests leave in time", |_, world: &World| {
                !world.sent_late
            }),
            Property::always(
                "nothing foreign is given to an order",
                |_, world: &World| {
                    let foreign = world.codes.iter().filter(|code| code.of.is_none());
                    foreign.into_iter().all(|code| code.certain.is_none())
                },
            ),
            Property::always("the gate can open", |model: &Self, world: &World| {
                world.can_open(model)
            }),
        ];
        // With two in doubt of one traffic, either may have the other's voucher.
        if self.in_flight == 1 {
            properties.push(Property::always(
                "an answer is its purchase's",
                |_, world: &World| !world.answer_not_kept,
            ));
        }
        properties
    }
}
