//! What each transaction of the store does. The decisions are the issuer's own functions, `thordata_cdk_issuer::gate`; what
//! is written here instead says which function it mirrors.

use thordata_cdk_issuer::gate::{Answer, Gate, MayBegin, MaySettle, is_overdue, on_answer};
use thordata_cdk_issuer::store::PurchaseState;

use crate::model::{Fault, GateModel};
use crate::state::{Code, Id, Process, Purchase, Request, Time, World};

impl World {
    /// The gate, after purchases past their deadline were put in doubt: `queries::gate` of both stores.
    fn gate(&mut self) -> Gate {
        let now_ms = i64::from(self.now);
        let mut gate = Gate {
            now_ms,
            sending: 0,
            last_deadline_ms: 0,
            in_doubt: 0,
            lease_until_ms: self.lease.map_or(0, |(_, until)| i64::from(until)),
        };
        for purchase in &mut self.purchases {
            let deadline_ms = i64::from(purchase.deadline);
            if is_overdue(purchase.state, deadline_ms, now_ms) {
                purchase.state = PurchaseState::InDoubt;
                purchase.in_doubt_since = self.now;
            }
            match purchase.state {
                PurchaseState::Sending => {
                    gate.sending = gate.sending.saturating_add(1);
                    gate.last_deadline_ms = gate.last_deadline_ms.max(deadline_ms);
                }
                PurchaseState::InDoubt => gate.in_doubt = gate.in_doubt.saturating_add(1),
                _ => {}
            }
        }
        gate
    }

    /// Whether an order of one voucher has something to buy: `OrderRow::to_buy`.
    fn has_to_buy(&self, key: usize, fault: Option<Fault>) -> bool {
        let is_complete = self.codes.iter().any(|code| code.certain == Some(key));
        let blocks = |purchase: &Purchase| match purchase.state {
            PurchaseState::Sending | PurchaseState::InDoubt | PurchaseState::Unclear => true,
            PurchaseState::NotObserved => fault != Some(Fault::BuysAgain),
            _ => false,
        };
        let mut own = self.purchases.iter().filter(|purchase| purchase.key == key);
        !is_complete && !own.any(blocks)
    }

    /// `begin_purchase`. `None` if it may not begin.
    pub(crate) fn begin(&self, model: &GateModel, process: usize, key: usize) -> Option<Self> {
        let mut world = self.clone();
        let mut gate = world.gate();
        if model.fault == Some(Fault::GateIgnoresDoubt) {
            gate.in_doubt = 0;
        }
        let may_begin = gate.may_begin(model.in_flight) == MayBegin::Yes;
        if !may_begin || !world.has_to_buy(key, model.fault) {
            return None;
        }
        let id = world.purchases.len();
        world.purchases.push(Purchase {
            key,
            state: PurchaseState::Sending,
            began: world.now,
            deadline: world.now.saturating_add(model.lifetime()),
            in_doubt_since: 0,
            request: Request::NotSent,
        });
        let send_before = world.now.saturating_add(model.send_within);
        world.set_process(process, Process::Begun { id, send_before });
        Some(world)
    }

    /// `finish_purchase` with an answer.
    pub(crate) fn keep_answer(&mut self, id: Id) {
        let (Some(purchase), Some(place)) = (
            self.purchases.get(id).copied(),
            self.codes.iter().position(|code| code.of == Some(id)),
        ) else {
            return;
        };
        if on_answer(purchase.state) == Answer::Ignore {
            return;
        }
        let is_complete = self
            .codes
            .iter()
            .any(|code| code.certain == Some(purchase.key));
        let Some(code) = self.codes.get_mut(place) else {
            return;
        };
        if code.certain.is_some_and(|key| key != purchase.key) {
            self.answer_not_kept = true;
            if purchase.state == PurchaseState::Sending {
                self.put_in_doubt(id);
            }
            return;
        }
        code.is_known = true;
        if !is_complete {
            code.certain = Some(purchase.key);
        }
        self.set_state(id, PurchaseState::Bought);
    }

    /// `finish_purchase` without a usable answer.
    pub(crate) fn put_in_doubt(&mut self, id: Id) {
        let now = self.now;
        if let Some(purchase) = self.purchases.get_mut(id)
            && purchase.state == PurchaseState::Sending
        {
            purchase.state = PurchaseState::InDoubt;
            purchase.in_doubt_since = now;
        }
    }

    /// `finish_purchase` with a proof that nothing was bought.
    pub(crate) fn prove_not_bought(&mut self, id: Id) {
        if let Some(purchase) = self.purchases.get_mut(id)
            && matches!(
                purchase.state,
                PurchaseState::Sending | PurchaseState::InDoubt | PurchaseState::NotObserved
            )
        {
            purchase.state = PurchaseState::NotBought;
        }
    }

    /// `lease`. `None` if it is not granted.
    pub(crate) fn take_lease(&self, model: &GateModel, process: usize) -> Option<Self> {
        let mut world = self.clone();
        let gate = world.gate();
        let holds = world.holds_lease(process);
        if gate.may_settle(holds) != MaySettle::Yes {
            return None;
        }
        world.lease = Some((process, world.now.saturating_add(model.lease)));
        let in_doubt = |(_, purchase): &(Id, &Purchase)| purchase.state == PurchaseState::InDoubt;
        let doubts = world.purchases.iter().enumerate().filter(in_doubt);
        let doubts = doubts.map(|(id, _)| id).collect();
        world.set_process(process, Process::Leased { doubts });
        Some(world)
    }

    fn holds_lease(&self, process: usize) -> bool {
        self.lease
            .is_some_and(|(holder, until)| holder == process && until > self.now)
    }

    /// `settle`, with the verdicts of `settle::Evidence::verdicts` on an exclusive account. The list here is never stale,
    /// so one look stands for two. `None` if there is no verdict yet, or no lease any more.
    pub(crate) fn settle(&self, model: &GateModel, process: usize) -> Option<Self> {
        let Some(Process::Looked { doubts, codes, at }) = self.processes.get(process) else {
            return None;
        };
        let mut world = self.clone();
        world.set_process(process, Process::Idle);
        if !world.holds_lease(process) {
            return Some(world);
        }
        let candidates: Vec<&Code> = codes
            .iter()
            .filter(|code| !code.is_known && doubts.iter().any(|id| self.fits(model, *id, code)))
            .collect();
        let ended = doubts.iter().all(|id| {
            let purchase = self.purchases.get(*id);
            purchase
                .is_some_and(|purchase| *at >= purchase.in_doubt_since.saturating_add(model.window))
        });
        if !ended && candidates.len() != doubts.len() {
            return Some(world);
        }
        let are_too_many = candidates.len() > doubts.len();
        let mut candidates = candidates.into_iter();
        for id in doubts {
            let Some(purchase) = self.purchases.get(*id).copied() else {
                continue;
            };
            // Its own answer may have come meanwhile.
            if purchase.state != PurchaseState::InDoubt {
                candidates.next();
                continue;
            }
            if are_too_many {
                world.set_state(*id, PurchaseState::Unclear);
                continue;
            }
            let given = candidates
                .next()
                .is_some_and(|code| world.give(purchase.key, code));
            let state = if given {
                PurchaseState::Bought
            } else {
                PurchaseState::NotObserved
            };
            world.set_state(*id, state);
        }
        if world.gate().in_doubt == 0 {
            world.lease = None;
        }
        Some(world)
    }

    /// Whether a listed code can be this purchase's: `settle::may_be_of`.
    fn fits(&self, model: &GateModel, id: Id, code: &Code) -> bool {
        self.purchases.get(id).is_some_and(|purchase| {
            let last = model.last_moment(purchase.began);
            let has_upper_bound = model.fault != Some(Fault::NoUpperBound);
            code.created >= purchase.began && (code.created <= last || !has_upper_bound)
        })
    }

    /// Gives a code that a list showed to an order, unless somebody has it meanwhile.
    fn give(&mut self, key: usize, listed: &Code) -> bool {
        let is_it = |code: &&mut Code| code.of == listed.of && code.created == listed.created;
        let Some(code) = self.codes.iter_mut().find(is_it) else {
            return false;
        };
        if code.certain.is_some() {
            return false;
        }
        (code.certain, code.is_known) = (Some(key), true);
        true
    }

    pub(crate) fn set_process(&mut self, process: usize, state: Process) {
        if let Some(place) = self.processes.get_mut(process) {
            *place = state;
        }
    }

    pub(crate) fn set_state(&mut self, id: Id, state: PurchaseState) {
        if let Some(purchase) = self.purchases.get_mut(id) {
            purchase.state = state;
        }
    }

    /// Whether somebody who comes now and acts can open the gate: with time, a lease, a list and a verdict.
    pub(crate) fn can_open(&self, model: &GateModel) -> bool {
        let mut world = self.clone();
        let patience: Time = 40;
        for _ in 0..patience {
            if world.gate().may_begin(1) == MayBegin::Yes {
                return true;
            }
            // The others do nothing any more.
            world.set_process(0, Process::Idle);
            if let Some(leased) = world.take_lease(model, 0)
                && let Some(settled) = leased.look(0).and_then(|looked| looked.settle(model, 0))
            {
                world = settled;
            }
            world.now = world.now.saturating_add(1);
        }
        false
    }

    /// Reads the list.
    pub(crate) fn look(&self, process: usize) -> Option<Self> {
        let Some(Process::Leased { doubts }) = self.processes.get(process) else {
            return None;
        };
        let mut world = self.clone();
        let looked = Process::Looked {
            doubts: doubts.clone(),
            codes: self.codes.clone(),
            at: self.now,
        };
        world.set_process(process, looked);
        Some(world)
    }
}
