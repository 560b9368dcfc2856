//! The audit log: what spent or destroyed something, written down before it is sent.

use rusqlite::params;
use rusqlite::types::Value as Sql;
use thordata_cdk::CdkCode;

use super::Records;

/// One line of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Unix seconds.
    pub(crate) at: i64,
    /// `create`, `revoke`, `adopt`, `abandon` or `import`.
    pub(crate) action: String,
    /// The end of the token, and the host.
    pub(crate) account: String,
    /// The code, masked.
    pub(crate) masked: Option<String>,
    pub(crate) order: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) count: Option<i64>,
    /// In all.
    pub(crate) traffic: Option<i64>,
    /// What it has come to; `None` if the program ended before it knew.
    pub(crate) result: Option<String>,
    pub(crate) detail: Option<String>,
}

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
    pub(crate) action: Option<String>,
    pub(crate) order: Option<String>,
    pub(crate) label: Option<String>,
    /// Only lines without a result.
    pub(crate) open: bool,
}

/// The number of a line.
pub(crate) type LineId = i64;

impl Records {
    /// Writes lines down together; they are on disk when it returns. Each code is that of its line.
    pub(crate) fn begin_log(
        &mut self,
        lines: &[(Entry, Option<&CdkCode>)],
    ) -> anyhow::Result<Vec<LineId>> {
        let hashes: Vec<Option<Vec<u8>>> = lines
            .iter()
            .map(|(_, code)| code.map(|code| Ok(self.hash(code)?.to_vec())).transpose())
            .collect::<anyhow::Result<_>>()?;
        self.write(|db| {
            let mut insert = db.prepare(
                "INSERT INTO log (at, action, account, code, masked, order_key, label, count, traffic, result, detail)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?;
            let mut ids = Vec::with_capacity(lines.len());
            for ((entry, _), hash) in lines.iter().zip(hashes) {
                ids.push(insert.insert(params![
                    entry.at, entry.action, entry.account, hash, entry.masked, entry.order, entry.label, entry.count,
                    entry.traffic, entry.result, entry.detail
                ])?);
            }
            Ok(ids)
        })
    }

    /// What a line has come to.
    pub(crate) fn end_log(
        &mut self,
        id: LineId,
        result: &str,
        detail: Option<&str>,
    ) -> anyhow::Result<()> {
        self.write(|db| {
            db.execute(
                "UPDATE log SET result = ?2, detail = ?3 WHERE id = ?1",
                params![id, result, detail],
            )
        })?;
        Ok(())
    }

    /// The lines, oldest first. With codes, only lines about them.
    pub(crate) fn log(&self, filter: &Filter, codes: &[CdkCode]) -> anyhow::Result<Vec<Entry>> {
        // `WHERE 1`, so that each condition can begin with AND.
        let mut query =
            "SELECT at, action, account, masked, order_key, label, count, traffic, result, detail
             FROM log WHERE 1"
                .to_owned();
        let mut values: Vec<Sql> = Vec::new();
        let text = |text: &Option<String>| text.clone().map(Sql::Text);
        for (condition, value) in [
            (" AND at >= ?", filter.since.map(Sql::Integer)),
            (" AND at < ?", filter.until.map(Sql::Integer)),
            (" AND action = ?", text(&filter.action)),
            (" AND order_key = ?", text(&filter.order)),
            (" AND label = ?", text(&filter.label)),
        ] {
            if let Some(value) = value {
                query.push_str(condition);
                values.push(value);
            }
        }
        if filter.open {
            query.push_str(" AND result IS NULL");
        }
        if !codes.is_empty() {
            let marks = vec!["?"; codes.len()].join(", ");
            query.push_str(&format!(" AND code IN ({marks})"));
            for code in codes {
                values.push(Sql::Blob(self.hash(code)?.to_vec()));
            }
        }
        query.push_str(" ORDER BY id");
        let mut select = self.db.prepare(&query)?;
        let rows = select.query_map(rusqlite::params_from_iter(values), |row| {
            Ok(Entry {
                at: row.get(0)?,
                action: row.get(1)?,
                account: row.get(2)?,
                masked: row.get(3)?,
                order: row.get(4)?,
                label: row.get(5)?,
                count: row.get(6)?,
                traffic: row.get(7)?,
                result: row.get(8)?,
                detail: row.get(9)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
