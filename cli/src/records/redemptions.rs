//! Who redeemed what, as far as this machine has seen it.

use rusqlite::params;
use thordata_cdk::CdkCode;

use super::Records;
use super::redemption::Redemption;

impl Records {
    /// Keeps what was seen. What is known already and is not seen now stays.
    pub(crate) fn keep_redemptions<'a>(
        &mut self,
        seen: impl IntoIterator<Item = (&'a CdkCode, Redemption)>,
    ) -> anyhow::Result<()> {
        // What was read before does not hold after this.
        self.redemptions.take();
        let seen: Vec<_> = seen
            .into_iter()
            .map(|(code, redemption)| Ok((self.hash(code)?, redemption)))
            .collect::<anyhow::Result<_>>()?;
        self.write(|db| {
            let mut put = db.prepare(
                "INSERT INTO redemption (code, username, at) VALUES (?1, ?2, ?3) ON CONFLICT (code) DO UPDATE
                 SET username = coalesce(excluded.username, username), at = coalesce(excluded.at, at)",
            )?;
            for (hash, Redemption { username, at }) in &seen {
                put.execute(params![hash, username, at])?;
            }
            Ok(())
        })
    }

    /// What is known of a voucher's redemption.
    pub(crate) fn redemption(&self, code: &CdkCode) -> anyhow::Result<Option<Redemption>> {
        let redemptions = match self.redemptions.get() {
            Some(redemptions) => redemptions,
            None => {
                let mut select = self
                    .db
                    .prepare("SELECT code, username, at FROM redemption")?;
                let rows = select.query_map([], |row| {
                    let redemption = Redemption {
                        username: row.get(1)?,
                        at: row.get(2)?,
                    };
                    Ok((row.get(0)?, redemption))
                })?;
                let all = rows.collect::<rusqlite::Result<_>>()?;
                self.redemptions.get_or_init(|| all)
            }
        };
        match redemptions.is_empty() {
            true => Ok(None),
            false => Ok(redemptions.get(&self.hash(code)?).cloned()),
        }
    }
}
