//! From "in doubt" to a verdict: what lists show of purchases whose answer was lost.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use thordata_cdk::{Cdk, CdkCode, Timestamp};
use uuid::Uuid;

use crate::store::{CodeHash, Doubt, Verdict, Voucher};

/// Clocks of several machines behind one host may differ by this much.
const SKEW_SECS: i64 = 5;
/// A purchase may be carried out this much later than its deadline and the window say.
const LATE_SECS: i64 = 60;
/// After the window, so many lists in a row that cannot be believed end the wait.
const GIVEN_UP: u32 = 2;
/// More candidates than this decide nothing: it is no list of this store's purchases.
pub(crate) const MAX_CANDIDATES: usize = 100_000;

/// Whether a voucher can be one of this purchase.
pub(crate) fn may_be_of(doubt: &Doubt, window: Duration, cdk: &Cdk) -> bool {
    cdk.traffic.as_i64() == doubt.traffic && is_in_time(doubt, window, cdk.create_time)
}

/// Whether a voucher was created while this purchase may have been carried out. Without the service's clock any time
/// may be.
fn is_in_time(doubt: &Doubt, window: Duration, created: Timestamp) -> bool {
    let secs = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    doubt.service_time.is_none_or(|sent| {
        let first = sent.saturating_sub(SKEW_SECS);
        let last = sent
            .saturating_add(secs(doubt.lifetime))
            .saturating_add(secs(window))
            .saturating_add(LATE_SECS);
        (first..=last).contains(&created.as_secs())
    })
}

/// What lists have shown since purchases came in doubt. It only grows: a voucher that one list showed exists, even if
/// the next list lags behind.
pub(crate) struct Evidence {
    doubts: Vec<Doubt>,
    window: Duration,
    /// Vouchers that no order explains, by traffic, in the order of their codes.
    candidates: BTreeMap<i64, BTreeMap<CdkCode, CodeHash>>,
    /// A voucher that fits no purchase: somebody else buys on the account.
    foreign: bool,
    /// Whether the last list was believed, and brought nothing new.
    repeated: bool,
    /// How many lists in a row, up to the last one, were not believed.
    stale: u32,
}

/// One list as it arrives.
pub(crate) struct Look<'a> {
    evidence: &'a mut Evidence,
    /// The newest vouchers that the store knows: a list that shows none of them is stale.
    newest: HashSet<CodeHash>,
    knew_some: bool,
    grew: bool,
}

impl Evidence {
    pub(crate) fn new(doubts: Vec<Doubt>, window: Duration) -> Self {
        Self {
            doubts,
            window,
            candidates: BTreeMap::new(),
            foreign: false,
            repeated: false,
            stale: 0,
        }
    }

    /// Whether it is about these purchases. An answer that came late may have named what was a candidate here.
    pub(crate) fn is_about(&self, doubts: &[Doubt]) -> bool {
        let wanted = |doubts: &[Doubt]| -> Vec<(Uuid, u32)> {
            doubts.iter().map(|doubt| (doubt.id, doubt.count)).collect()
        };
        wanted(&self.doubts) == wanted(doubts)
    }

    /// How long each has been in doubt, by now.
    pub(crate) fn update_ages(&mut self, doubts: Vec<Doubt>) {
        self.doubts = doubts;
    }

    pub(crate) fn look(&mut self, newest: Vec<CodeHash>) -> Look<'_> {
        Look {
            evidence: self,
            newest: newest.into_iter().collect(),
            knew_some: false,
            grew: false,
        }
    }

    /// Whether a voucher that no order explains can have to do with these purchases.
    pub(crate) fn concerns(&self, created: Timestamp) -> bool {
        self.doubts
            .iter()
            .any(|doubt| is_in_time(doubt, self.window, created))
    }

    pub(crate) fn saw_foreign(&self) -> bool {
        self.foreign
    }

    /// The verdicts that can be given by now. `exclusive`: nobody else buys on the account.
    pub(crate) fn verdicts(&self, exclusive: bool) -> Vec<(Uuid, Verdict)> {
        let mut by_traffic: BTreeMap<i64, Vec<&Doubt>> = BTreeMap::new();
        for doubt in &self.doubts {
            by_traffic.entry(doubt.traffic).or_default().push(doubt);
        }
        let none = BTreeMap::new();
        let mut verdicts = Vec::new();
        for (traffic, doubts) in by_traffic {
            let candidates = self.candidates.get(&traffic).unwrap_or(&none);
            verdicts.extend(self.verdicts_of(&doubts, candidates, exclusive));
        }
        verdicts
    }

    /// Vouchers of one traffic are interchangeable: which purchase gets which of them makes no difference.
    fn verdicts_of(
        &self,
        doubts: &[&Doubt],
        candidates: &BTreeMap<CdkCode, CodeHash>,
        exclusive: bool,
    ) -> Vec<(Uuid, Verdict)> {
        let wanted: usize = doubts.iter().map(|doubt| count(doubt)).sum();
        let ended = doubts.iter().all(|doubt| doubt.age >= self.window);
        // Lists that show nothing which the store knows may never end: what they lack is not observed either, and what
        // they show proves nothing.
        let given_up = ended && self.stale >= GIVEN_UP;
        let fits = exclusive && !self.foreign && candidates.len() <= wanted && !given_up;
        // What has just appeared may not be all: another list must show the same.
        let decided = self.repeated && (ended || candidates.len() == wanted);
        if !decided && !given_up {
            return Vec::new();
        }
        let vouchers = candidates.iter().map(|(code, hash)| Voucher {
            hash: *hash,
            code: code.clone(),
        });
        if fits || candidates.is_empty() {
            let mut vouchers = vouchers;
            let mut observed = |doubt: &&Doubt| {
                let own = vouchers.by_ref().take(count(doubt)).collect();
                (doubt.id, Verdict::Observed(own))
            };
            return doubts.iter().map(&mut observed).collect();
        }
        // All of them to the first purchase: they are candidates, and a person gives them to orders.
        let mut all: Vec<Voucher> = vouchers.collect();
        let unclear = |doubt: &&Doubt| (doubt.id, Verdict::Unclear(std::mem::take(&mut all)));
        doubts.iter().map(unclear).collect()
    }
}

fn count(doubt: &Doubt) -> usize {
    usize::try_from(doubt.count).unwrap_or(usize::MAX)
}

impl Look<'_> {
    /// Takes rows of the list with their hashes, and whether the store knows each.
    pub(crate) fn add(&mut self, rows: Vec<(Cdk, CodeHash, bool)>) {
        for (cdk, hash, known) in rows {
            // A voucher of another time is no sign that somebody else buys now.
            if known || !self.evidence.concerns(cdk.create_time) {
                continue;
            }
            let traffic = cdk.traffic.as_i64();
            let window = self.evidence.window;
            let fits = |doubt: &Doubt| may_be_of(doubt, window, &cdk);
            if !self.evidence.doubts.iter().any(fits) {
                self.evidence.foreign = true;
                continue;
            }
            let seen = self.evidence.candidates.entry(traffic).or_default();
            if seen.len() < MAX_CANDIDATES && seen.insert(cdk.cdk, hash).is_none() {
                self.grew = true;
            }
        }
    }

    /// Notes that the list shows this voucher.
    pub(crate) fn shows(&mut self, hash: &CodeHash) {
        self.knew_some |= self.newest.contains(hash);
    }

    /// The list has come to its end without an error.
    pub(crate) fn end(self) {
        // A store that knows no voucher yet cannot recognise a stale list.
        let believed = self.newest.is_empty() || self.knew_some;
        self.evidence.repeated = believed && !self.grew;
        self.evidence.stale = match believed {
            true => 0,
            false => self.evidence.stale.saturating_add(1),
        };
    }
}

/// To which purchase each late voucher belongs, if to one alone.
pub(crate) fn late_owner<'a>(
    unobserved: &'a [Doubt],
    window: Duration,
    cdk: &Cdk,
) -> Option<&'a Doubt> {
    let mut fitting = unobserved
        .iter()
        // Without a time every voucher of the traffic would fit.
        .filter(|doubt| doubt.service_time.is_some() && may_be_of(doubt, window, cdk));
    let first = fitting.next()?;
    // Two that fit: a guess would give a voucher to the wrong order.
    fitting.next().is_none().then_some(first)
}

/// Vouchers by the purchase that they belong to.
pub(crate) type ByPurchase = HashMap<Uuid, Vec<Voucher>>;
