//! The vouchers and the wallet: pure state, no HTTP.

pub(crate) mod codes;
mod own_file;
pub(crate) mod persist;
pub(crate) mod refusal;
pub(crate) mod voucher;

use std::collections::HashMap;

use self::codes::CodeMaker;
use self::refusal::Refusal;
use self::voucher::{RedeemError, Voucher, VoucherStatus};

/// How many vouchers a sandbox holds at the most, so that no number in a request can exhaust its memory.
pub(crate) const MAX_VOUCHERS: usize = 2_000_000;

/// Which vouchers were added or changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// These, by their place in the ledger.
    Some(Vec<usize>),
    /// Any of them, or some were removed.
    Everything,
}

impl Changes {
    const fn none() -> Self {
        Self::Some(Vec::new())
    }

    fn add(&mut self, at: usize) {
        if let Self::Some(changed) = self {
            changed.push(at);
        }
    }
}

/// All vouchers in the order of their creation, and what limits new ones.
pub(crate) struct Store {
    vouchers: Vec<Voucher>,
    // Every request of one voucher looks a code up, and two million are too many to search.
    by_code: HashMap<String, usize>,
    codes: CodeMaker,
    random: CodeMaker,
    changes: Changes,
    /// What is left to spend, in traffic units.
    pub(crate) balance: u64,
    /// The largest `num` of one order.
    pub(crate) max_num: u32,
}

impl Store {
    pub(crate) fn new(seed: Option<u64>, balance: u64, max_num: u32) -> Self {
        Self {
            vouchers: Vec::new(),
            by_code: HashMap::new(),
            codes: CodeMaker::new(seed, 1),
            random: CodeMaker::new(seed, 2),
            changes: Changes::none(),
            balance,
            max_num,
        }
    }

    /// Whether an order of `num` vouchers of `traffic` each could be carried out now.
    pub(crate) fn check_order(&self, traffic: i64, num: u32) -> Result<(), Refusal> {
        if num > self.max_num {
            return Err(Refusal::OverMaxNum);
        }
        // `max_num` and the balance are settings without a bound, so neither keeps the memory safe.
        if usize::try_from(num).unwrap_or(usize::MAX) > self.room() {
            return Err(Refusal::LedgerFull);
        }
        let cost = traffic.unsigned_abs().checked_mul(u64::from(num));
        match cost {
            Some(cost) if cost <= self.balance => Ok(()),
            // A price beyond 64 bits, too: no balance is that large.
            _ => Err(Refusal::BalanceTooLow),
        }
    }

    /// How many more vouchers it takes.
    pub(crate) fn room(&self) -> usize {
        MAX_VOUCHERS.saturating_sub(self.vouchers.len())
    }

    /// `num` codes that no voucher has.
    pub(crate) fn new_codes(&mut self, num: u32) -> Vec<String> {
        // A number alone must not reserve memory without a bound.
        let mut codes = Vec::with_capacity(usize::try_from(num).unwrap_or(0).min(1 << 20));
        for _ in 0..num {
            let mut code = self.codes.next_code();
            // After a restart a seed makes the codes again that the state file holds.
            while self.by_code.contains_key(&code) {
                code = self.codes.next_code();
            }
            codes.push(code);
        }
        codes
    }

    /// A code that is nobody's, drawn apart from the real ones so that those stay as seeded.
    pub(crate) fn random_code(&mut self) -> String {
        self.random.next_code()
    }

    /// Adds new vouchers and pays for them, as far as the balance reaches.
    pub(crate) fn add(&mut self, codes: &[String], traffic: i64, now: i64, request_id: u64) {
        let count = u64::try_from(codes.len()).unwrap_or(u64::MAX);
        let cost = traffic.unsigned_abs().saturating_mul(count);
        // Checked when the order came in. Work that was put off may find less by now.
        self.balance = self.balance.saturating_sub(cost);
        for code in codes {
            let mut voucher = Voucher::new(code.clone(), traffic, now);
            voucher.request_id = request_id;
            self.insert(voucher);
        }
    }

    /// Puts a voucher into the ledger as it is. False, and no change, if its code is taken or there is no room.
    pub(crate) fn insert(&mut self, voucher: Voucher) -> bool {
        if self.room() == 0 || self.by_code.contains_key(&voucher.code) {
            return false;
        }
        let at = self.vouchers.len();
        self.by_code.insert(voucher.code.clone(), at);
        self.vouchers.push(voucher);
        self.changes.add(at);
        true
    }

    pub(crate) fn get(&self, code: &str) -> Option<&Voucher> {
        self.by_code.get(code).and_then(|&at| self.vouchers.get(at))
    }

    /// A voucher that is about to be changed.
    // No other way leads to a voucher that can be changed: so no change misses the state file.
    fn get_mut(&mut self, code: &str) -> Option<&mut Voucher> {
        let at = *self.by_code.get(code)?;
        self.changes.add(at);
        self.vouchers.get_mut(at)
    }

    /// What changed since the last call, if anything.
    pub(crate) fn take_changes(&mut self) -> Option<Changes> {
        let changes = std::mem::replace(&mut self.changes, Changes::none());
        (changes != Changes::none()).then_some(changes)
    }

    /// Makes the next [`Store::take_changes`] say that everything did.
    pub(crate) fn mark_changed(&mut self) {
        self.changes = Changes::Everything;
    }

    /// Every voucher, in the order of creation.
    pub(crate) fn all(&self) -> &[Voucher] {
        &self.vouchers
    }

    /// Makes an unused voucher worthless. The price is not refunded: a guess.
    pub(crate) fn revoke(&mut self, code: &str) -> Result<(), Refusal> {
        self.check_revocation(code)?;
        if let Some(voucher) = self.get_mut(code) {
            voucher.status = VoucherStatus::Revoked;
        }
        Ok(())
    }

    /// Whether [`Store::revoke`] would succeed now.
    pub(crate) fn check_revocation(&self, code: &str) -> Result<(), Refusal> {
        match self.get(code).map(|voucher| voucher.status) {
            None => Err(Refusal::UnknownCode),
            Some(VoucherStatus::Unused) => Ok(()),
            Some(VoucherStatus::Revoked) => Err(Refusal::AlreadyRevoked),
            // An undocumented status, too: nothing says that such a voucher can be revoked.
            Some(_) => Err(Refusal::AlreadyUsed),
        }
    }

    /// What a customer does: redeems an unused voucher.
    pub(crate) fn redeem(&mut self, code: &str, user: &str, now: i64) -> Result<(), RedeemError> {
        match self.get(code).map(|voucher| voucher.status) {
            None => return Err(RedeemError::Unknown),
            Some(VoucherStatus::Unused) => {}
            Some(VoucherStatus::Used) => return Err(RedeemError::AlreadyUsed),
            Some(VoucherStatus::Revoked) => return Err(RedeemError::Revoked),
            Some(VoucherStatus::Other(_)) => return Err(RedeemError::OtherStatus),
        }
        if let Some(voucher) = self.get_mut(code) {
            voucher.status = VoucherStatus::Used;
            voucher.use_username = Some(user.to_owned());
            voucher.use_time = Some(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_takes_two_million_vouchers_and_no_more() {
        let store = Store::new(Some(1), u64::MAX, u32::MAX);
        assert_eq!(store.check_order(1, 2_000_000), Ok(()));
        assert_eq!(store.check_order(1, 2_000_001), Err(Refusal::LedgerFull));
    }
}
