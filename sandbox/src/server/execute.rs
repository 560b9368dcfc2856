//! The four operations on the state, the way a fault (or none) wants them carried out.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fault::fault_spec::{Answer, Commit, Operation};
use crate::fault::pending::{Trigger, Work};
use crate::ledger::refusal::Refusal;
use crate::server::params::Params;
use crate::server::reply::{Created, Details, Listed, Reply};
use crate::state::State;

/// A checked-in request, ready to be carried out.
pub(crate) struct Call<'a> {
    pub(crate) request_id: u64,
    pub(crate) operation: Operation,
    pub(crate) params: &'a Params,
    pub(crate) commit: Commit,
    pub(crate) answer: &'a Answer,
}

/// Work that a timer has to set going: its number in [`crate::fault::pending::Pending`], and when.
pub(crate) type Timers = Vec<(u64, Duration)>;

impl State {
    /// Carries a request out and says what a sound server would answer, or what the fault wants
    /// the payload to look like. What the fault does to HTTP and the socket comes later.
    pub(crate) fn execute(
        &mut self,
        call: &Call<'_>,
        timers: &mut Timers,
    ) -> Result<Reply, Refusal> {
        let reply = match call.operation {
            Operation::Create => self.create(call, timers)?,
            Operation::List => self.list(call)?,
            Operation::Get => {
                let voucher = self
                    .store
                    .get(call.params.code()?)
                    .ok_or(Refusal::UnknownCode)?;
                Reply::success(&Details(voucher))
            }
            Operation::Revoke => self.revoke(call, timers)?,
            // Never routed here: they only say what a fault waits for.
            Operation::Any | Operation::Connect => return Err(Refusal::Parameter("no operation")),
        };
        Ok(match call.answer {
            Answer::EmptyData => Reply::success(&json!({})),
            Answer::EmptyList => Reply::success(&json!([])),
            Answer::NullData => Reply::success(&Value::Null),
            Answer::NoData => {
                let body = br#"{"code":200,"msg":"ok"}"#;
                Reply::json(axum::http::StatusCode::OK, body.to_vec())
            }
            _ => reply,
        })
    }

    fn create(&mut self, call: &Call<'_>, timers: &mut Timers) -> Result<Reply, Refusal> {
        let (traffic, num) = call.params.order()?;
        // Before the fault has a say: what a sound server refuses must not be carried out.
        self.store.check_order(traffic, num)?;
        let mut codes = match call.commit {
            // From the other stream: a false answer uses up no seeded code.
            Commit::No => (0..num).map(|_| self.store.random_code()).collect(),
            Commit::Some(fewer) => self.store.new_codes(fewer.min(num)),
            _ => self.store.new_codes(num),
        };
        let work = |codes: &[String]| Work::Create {
            codes: codes.to_vec(),
            traffic,
        };
        let now = self.clock.now();
        match call.commit {
            Commit::No => {}
            Commit::Yes | Commit::Some(_) => self.store.add(&codes, traffic, now, call.request_id),
            Commit::Twice => {
                self.store.add(&codes, traffic, now, call.request_id);
                // The balance may suffice for the first order alone: the answer is then that of the second.
                self.store.check_order(traffic, num)?;
                codes = self.store.new_codes(num);
                self.store.add(&codes, traffic, now, call.request_id);
            }
            Commit::PerList(per_list) => {
                // `chunks` panics at 0.
                let size = usize::try_from(per_list).unwrap_or(usize::MAX).max(1);
                for (lists, portion) in (0_u32..).zip(codes.chunks(size)) {
                    if lists == 0 {
                        self.store.add(portion, traffic, now, call.request_id);
                    } else {
                        // One list each: the second portion after the first list, the third after the second.
                        let trigger = Trigger::Lists(lists);
                        self.pending.add(call.request_id, work(portion), trigger);
                    }
                }
            }
            Commit::Spread(whole) => {
                let step = whole.checked_div(num).unwrap_or_default();
                for (place, portion) in (1_u32..).zip(codes.chunks(1)) {
                    let number = self
                        .pending
                        .add(call.request_id, work(portion), Trigger::Timer);
                    timers.push((number, step.saturating_mul(place)));
                }
            }
            Commit::Later(_) | Commit::AfterLists(_) | Commit::Held => {
                self.put_off(call, work(&codes), timers);
            }
        }
        distort_codes(&mut codes, call.answer, || self.store.random_code());
        Ok(Reply::success(&Created { cdk: &codes }))
    }

    fn list(&mut self, call: &Call<'_>) -> Result<Reply, Refusal> {
        let status = call.params.status()?;
        let all = self.store.all();
        let count = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let vouchers = match *call.answer {
            Answer::StaleByNewest(n) => all.get(..all.len().saturating_sub(count(n))),
            Answer::ShrunkByOldest(n) => all.get(count(n)..),
            _ => Some(all),
        };
        let vouchers = vouchers.unwrap_or_default();
        // The reply first: work that waits for this list appears in the next one.
        let reply = Reply::success(&Listed { vouchers, status });
        // A list that the client does not get shows it nothing, so it must not count as one.
        if call.commit != Commit::No {
            let ripe = self.pending.after_list();
            self.carry_out(ripe);
        }
        Ok(reply)
    }

    fn revoke(&mut self, call: &Call<'_>, timers: &mut Timers) -> Result<Reply, Refusal> {
        let code = call.params.code()?;
        self.store.check_revocation(code)?;
        match call.commit {
            Commit::No | Commit::Some(0) => {}
            // One voucher has no parts, so a share of it is all of it.
            Commit::Yes | Commit::Some(_) | Commit::PerList(_) => self.store.revoke(code)?,
            Commit::Twice => {
                self.store.revoke(code)?;
                // Refused, as at a server to which a proxy sends the request again.
                self.store.revoke(code)?;
            }
            Commit::Spread(_) | Commit::Later(_) | Commit::AfterLists(_) | Commit::Held => {
                self.put_off(
                    call,
                    Work::Revoke {
                        code: code.to_owned(),
                    },
                    timers,
                );
            }
        }
        Ok(Reply::success(&json!({})))
    }

    fn put_off(&mut self, call: &Call<'_>, work: Work, timers: &mut Timers) {
        match call.commit {
            // A trigger would still wait for one list.
            Commit::AfterLists(0) => {
                work.carry_out(&mut self.store, self.clock.now(), call.request_id);
            }
            Commit::AfterLists(lists) => {
                self.pending
                    .add(call.request_id, work, Trigger::Lists(lists));
            }
            Commit::Held => {
                self.pending.add(call.request_id, work, Trigger::Release);
            }
            Commit::Later(delay) | Commit::Spread(delay) => {
                let number = self.pending.add(call.request_id, work, Trigger::Timer);
                timers.push((number, delay));
            }
            _ => {}
        }
    }
}

/// Enough made-up codes for any test, and not enough to exhaust the memory.
const MAX_MORE: u32 = 1_000_000;

/// Makes a create reply name other codes than were made.
fn distort_codes(codes: &mut Vec<String>, answer: &Answer, mut random: impl FnMut() -> String) {
    match *answer {
        Answer::FewerCodes(n) => {
            let left = codes
                .len()
                .saturating_sub(usize::try_from(n).unwrap_or(usize::MAX));
            codes.truncate(left);
        }
        Answer::MoreCodes(n) => codes.extend((0..n.min(MAX_MORE)).map(|_| random())),
        Answer::DuplicateCodes => {
            if let Some(first) = codes.first().cloned() {
                if codes.len() > 1 {
                    codes.pop();
                }
                codes.push(first);
            }
        }
        _ => {}
    }
}
