//! The vouchers and the wallet: pure state, no HTTP.

pub(crate) mod codes;
pub(crate) mod persist;
pub(crate) mod refusal;
pub(crate) mod voucher;

use std::collections::HashMap;

use self::codes::CodeMaker;
use self::refusal::Refusal;
use self::voucher::{RedeemError, Voucher, VoucherStatus};

/// All vouchers in the order of their creation, and what limits new ones.
pub(crate) struct Store {
    vouchers: Vec<Voucher>,
    by_code: HashMap<String, usize>,
    codes: CodeMaker,
    random: CodeMaker,
    changed: bool,
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
            changed: false,
            balance,
            max_num,
        }
    }

    /// Whether an order of `num` vouchers of `traffic` each could be carried out now.
    pub(crate) fn check_order(&self, traffic: i64, num: u32) -> Result<(), Refusal> {
        if num > self.max_num {
            return Err(Refusal::OverMaxNum);
        }
        let cost = traffic.unsigned_abs().checked_mul(u64::from(num));
        match cost {
            Some(cost) if cost <= self.balance => Ok(()),
            _ => Err(Refusal::BalanceTooLow),
        }
    }

    /// `num` codes that no voucher has.
    pub(crate) fn new_codes(&mut self, num: u32) -> Vec<String> {
        let mut codes = Vec::with_capacity(usize::try_from(num).unwrap_or(0).min(1 << 20));
        for _ in 0..num {
            let mut code = self.codes.next_code();
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
        self.balance = self.balance.saturating_sub(cost);
        for code in codes {
            let mut voucher = Voucher::new(code.clone(), traffic, now);
            voucher.request_id = request_id;
            self.insert(voucher);
        }
    }

    /// Puts a voucher into the ledger as it is. False, and no change, if its code is taken.
    pub(crate) fn insert(&mut self, voucher: Voucher) -> bool {
        if self.by_code.contains_key(&voucher.code) {
            return false;
        }
        self.by_code
            .insert(voucher.code.clone(), self.vouchers.len());
        self.vouchers.push(voucher);
        self.changed = true;
        true
    }

    pub(crate) fn get(&self, code: &str) -> Option<&Voucher> {
        self.by_code.get(code).and_then(|&at| self.vouchers.get(at))
    }

    fn get_mut(&mut self, code: &str) -> Option<&mut Voucher> {
        self.by_code
            .get(code)
            .and_then(|&at| self.vouchers.get_mut(at))
    }

    /// Whether vouchers were added or changed since the last call.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Makes the next [`Store::take_changed`] say yes.
    pub(crate) fn mark_changed(&mut self) {
        self.changed = true;
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
        self.changed = true;
        Ok(())
    }

    /// Whether [`Store::revoke`] would succeed now.
    pub(crate) fn check_revocation(&self, code: &str) -> Result<(), Refusal> {
        match self.get(code).map(|voucher| voucher.status) {
            None => Err(Refusal::UnknownCode),
            Some(VoucherStatus::Unused) => Ok(()),
            Some(VoucherStatus::Revoked) => Err(Refusal::AlreadyRevoked),
            Some(_) => Err(Refusal::AlreadyUsed),
        }
    }

    /// What a customer does: redeems an unused voucher.
    pub(crate) fn redeem(&mut self, code: &str, user: &str, now: i64) -> Result<(), RedeemError> {
        let voucher = self.get_mut(code).ok_or(RedeemError::Unknown)?;
        match voucher.status {
            VoucherStatus::Unused => {}
            VoucherStatus::Used => return Err(RedeemError::AlreadyUsed),
            VoucherStatus::Revoked => return Err(RedeemError::Revoked),
            VoucherStatus::Other(_) => return Err(RedeemError::OtherStatus),
        }
        voucher.status = VoucherStatus::Used;
        voucher.use_username = Some(user.to_owned());
        voucher.use_time = Some(now);
        self.changed = true;
        Ok(())
    }
}
