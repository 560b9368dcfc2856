//! From "in doubt" to a verdict: the lease, the looks at lists, and the verdicts written down.

use thordata_cdk_issuer::gate::MaySettle;
use thordata_cdk_issuer::store::PurchaseState;

use crate::world::{
    Doubt, Evidence, Fault, GIVEN_UP, LEASE, LIFETIME, Lists, Purchase, Purchases, State, WINDOW,
    Wrong,
};

/// `Verdict` of the stores.
enum Verdict {
    Observed(Vec<usize>),
    Unclear(Vec<usize>),
}

impl Evidence {
    fn new(doubts: Vec<Doubt>) -> Self {
        Self {
            doubts,
            candidates: Vec::new(),
            looked: false,
            repeated: false,
            stale: 0,
        }
    }

    fn is_about(&self, doubts: &[Doubt]) -> bool {
        let wanted = |doubts: &[Doubt]| -> Vec<(usize, usize)> {
            doubts.iter().map(|d| (d.purchase, d.count)).collect()
        };
        wanted(&self.doubts) == wanted(doubts)
    }

    fn has_ended(&self) -> bool {
        self.doubts.iter().all(|doubt| doubt.age >= WINDOW)
    }
}

impl Purchases {
    /// `lease` of the stores, and the start of a look in settling.rs.
    pub(crate) fn lease(&self, state: &mut State, process: usize) -> Option<()> {
        let mut gate = state.gate();
        if self.fault == Some(Fault::NothingWaits) {
            gate.sending = 0;
        }
        if gate.may_settle(state.holds_lease(process)) != MaySettle::Yes {
            return None;
        }
        state.lease = Some((process, state.now + LEASE));
        let in_doubt = |(_, p): &(usize, &Purchase)| p.state == PurchaseState::InDoubt;
        let doubts = state.purchases.iter().enumerate().filter(in_doubt);
        let doubts: Vec<Doubt> = doubts
            .map(|(purchase, p)| Doubt {
                purchase,
                count: state.unnamed(purchase),
                age: state.now - p.doubt,
            })
            .collect();
        let kept = state.settlers[process].take();
        let mut evidence = match kept.filter(|evidence| evidence.is_about(&doubts)) {
            Some(kept) => kept,
            None => Evidence::new(Vec::new()),
        };
        (evidence.doubts, evidence.looked) = (doubts, false);
        state.settlers[process] = Some(evidence);
        Some(())
    }

    /// `is_in_time` of settle.rs.
    fn is_in_time(&self, purchase: &Purchase, at: i64) -> bool {
        let last = purchase.began + LIFETIME + WINDOW;
        at >= purchase.began && (at <= last || self.fault == Some(Fault::NoUpperBound))
    }

    /// `Look` in settle.rs.
    pub(crate) fn look(&self, state: &mut State, process: usize, lacks: usize) -> Option<()> {
        let mut evidence = state.settlers[process].take()?;
        let before = evidence.candidates.len();
        let mut list = state.listed();
        list.truncate(list.len().saturating_sub(lacks));
        for voucher in &list {
            let at = state.made(*voucher)?;
            let concerns = |d: &Doubt| self.is_in_time(&state.purchases[d.purchase], at);
            let fits = state.owners[*voucher].is_none() && evidence.doubts.iter().any(concerns);
            if fits && !evidence.candidates.contains(voucher) {
                evidence.candidates.push(*voucher);
            }
        }
        evidence.candidates.sort_unstable();
        let nothing_known = !(0..state.owners.len()).any(|voucher| state.is_certain(voucher));
        let believed = nothing_known
            || list.iter().any(|voucher| state.is_certain(*voucher))
            || self.fault == Some(Fault::BelievesAll);
        evidence.repeated = believed && before == evidence.candidates.len();
        evidence.stale = match believed {
            true => 0,
            false => (evidence.stale + 1).min(GIVEN_UP),
        };
        evidence.looked = true;
        state.settlers[process] = Some(evidence);
        Some(())
    }

    fn gives_up(&self, evidence: &Evidence) -> bool {
        let ended = evidence.has_ended() || self.fault == Some(Fault::GivesUpEarly);
        ended && evidence.stale >= GIVEN_UP && self.fault != Some(Fault::NeverGivesUp)
    }

    /// `verdicts_of` in settle.rs. The account is exclusive.
    fn verdicts(&self, evidence: &Evidence) -> Vec<(usize, Verdict)> {
        let (doubts, candidates) = (&evidence.doubts, &evidence.candidates);
        let wanted: usize = doubts.iter().map(|doubt| doubt.count).sum();
        let given_up = self.gives_up(evidence);
        let may_give = !given_up || self.fault == Some(Fault::GivesUnbelieved);
        let fits = candidates.len() <= wanted && may_give;
        let decided = evidence.repeated && (evidence.has_ended() || candidates.len() == wanted);
        if !decided && !given_up {
            return Vec::new();
        }
        let mut left = candidates.iter().copied();
        if fits || candidates.is_empty() {
            let observed = |doubt: &Doubt| {
                let own = left.by_ref().take(doubt.count).collect();
                (doubt.purchase, Verdict::Observed(own))
            };
            return doubts.iter().map(observed).collect();
        }
        let unclear = |doubt: &Doubt| (doubt.purchase, Verdict::Unclear(left.by_ref().collect()));
        doubts.iter().map(unclear).collect()
    }

    /// `settle` of the stores, after `verdicts`.
    pub(crate) fn settle(&self, state: &mut State, process: usize) -> Option<()> {
        let evidence = state.settlers[process].clone()?;
        let verdicts = self.verdicts(&evidence);
        if verdicts.is_empty() {
            return None;
        }
        state.settlers[process] = None;
        let acceptable = |(n, verdict): &(usize, Verdict)| {
            let (Verdict::Observed(vouchers) | Verdict::Unclear(vouchers)) = verdict;
            state.purchases[*n].state == PurchaseState::InDoubt && state.are_free(*n, vouchers)
        };
        // All verdicts are written or none.
        if !state.holds_lease(process) || !verdicts.iter().all(acceptable) {
            return Some(());
        }
        for (n, verdict) in verdicts {
            match verdict {
                Verdict::Observed(vouchers) => {
                    self.check_given(state, &evidence, n, &vouchers);
                    state.give(n, &vouchers);
                    state.purchases[n].state = match state.outstanding(n) {
                        0 => PurchaseState::Bought,
                        _ => PurchaseState::NotObserved,
                    };
                }
                Verdict::Unclear(vouchers) => {
                    state.add_candidates(n, &vouchers);
                    state.purchases[n].state = PurchaseState::Unclear;
                }
            }
        }
        self.check_overlooked(state, &evidence);
        let in_doubt = |p: &Purchase| p.state == PurchaseState::InDoubt;
        if !state.purchases.iter().any(in_doubt) {
            state.lease = None;
        }
        Some(())
    }

    /// Vouchers are shared out among the purchases that are in doubt together, and only by lists that were believed.
    fn check_given(&self, state: &mut State, evidence: &Evidence, n: usize, vouchers: &[usize]) {
        let key = state.purchases[n].key;
        let belongs = |voucher: &usize| {
            state.maker(*voucher).is_some_and(|maker| {
                state.purchases[maker].key == key
                    || evidence.doubts.iter().any(|d| d.purchase == maker)
            })
        };
        // A service that is late without bound can make any voucher look like another purchase's.
        if !self.any_time && !vouchers.iter().all(belongs) {
            state.wrong = Some(Wrong::Misgiven);
        }
        if evidence.stale > 0 && !vouchers.is_empty() {
            state.wrong = Some(Wrong::GivenUnbelieved);
        }
    }

    /// Only lists that were not believed, twice in a row, end with less than there is.
    fn check_overlooked(&self, state: &mut State, evidence: &Evidence) {
        let overlooked = |d: &Doubt| {
            let mut vouchers = state.vouchers_of(d.purchase);
            vouchers.any(|voucher| state.owners[voucher].is_none())
        };
        if self.lists != Lists::Lagging
            && !self.any_time
            && evidence.stale < GIVEN_UP
            && evidence.doubts.iter().any(overlooked)
        {
            state.wrong = Some(Wrong::Overlooked);
        }
    }
}
