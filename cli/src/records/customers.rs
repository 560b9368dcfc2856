//! Who a voucher was sold to.

use rusqlite::{OptionalExtension as _, params};
use thordata_cdk::CdkCode;

use super::Records;

impl Records {
    /// Notes the customer of each of these vouchers, or forgets it. Returns how many had another one.
    pub(crate) fn assign(
        &mut self,
        codes: &[CdkCode],
        customer: Option<&str>,
    ) -> anyhow::Result<usize> {
        // What was read before does not hold after this.
        self.customers.take();
        let hashes: Vec<_> = codes
            .iter()
            .map(|code| self.hash(code))
            .collect::<anyhow::Result<_>>()?;
        self.write(|db| {
            let mut had = db.prepare("SELECT customer FROM customer WHERE code = ?1")?;
            let mut put =
                db.prepare("INSERT OR REPLACE INTO customer (code, customer) VALUES (?1, ?2)")?;
            let mut forget = db.prepare("DELETE FROM customer WHERE code = ?1")?;
            let mut changed = 0_usize;
            for hash in &hashes {
                let before: Option<String> =
                    had.query_row(params![hash], |row| row.get(0)).optional()?;
                if before.is_some() && before.as_deref() != customer {
                    changed = changed.saturating_add(1);
                }
                match customer {
                    Some(customer) => put.execute(params![hash, customer])?,
                    None => forget.execute(params![hash])?,
                };
            }
            Ok(changed)
        })
    }

    /// The customer of a voucher.
    pub(crate) fn customer(&self, code: &CdkCode) -> anyhow::Result<Option<String>> {
        let customers = match self.customers.get() {
            Some(customers) => customers,
            None => {
                let mut select = self.db.prepare("SELECT code, customer FROM customer")?;
                let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let all = rows.collect::<rusqlite::Result<_>>()?;
                self.customers.get_or_init(|| all)
            }
        };
        // Where no customer is kept, no voucher of a long list is hashed for nothing.
        match customers.is_empty() {
            true => Ok(None),
            false => Ok(customers.get(&self.hash(code)?).cloned()),
        }
    }

    /// All customers, by name.
    pub(crate) fn customers(&self) -> anyhow::Result<Vec<String>> {
        let mut select = self
            .db
            .prepare("SELECT DISTINCT customer FROM customer ORDER BY customer")?;
        let rows = select.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
