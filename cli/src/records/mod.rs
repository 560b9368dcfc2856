//! What a reseller's books need beside the orders: what was done, customers, prices, and who redeemed what.
//!
//! One SQLite file beside the store of orders. It holds no codes: only keyed hashes of them.

pub(crate) mod customers;
pub(crate) mod log;
pub(crate) mod money;
pub(crate) mod redemption;
pub(crate) mod redemptions;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use sha2::Sha256;
use thordata_cdk::CdkCode;

use self::redemption::Redemption;
use crate::failure::Failure;
use crate::secure_fs;

/// The name of the file, in the folder of a profile.
pub(crate) const FILE: &str = "records.db";

/// Marks the file as ours, in SQLite's own header field.
const APPLICATION_ID: i32 = 0x5443_4452;

/// The schema that this version writes and reads.
const VERSION: i32 = 1;

/// How long a process waits for another's transaction.
const BUSY: std::time::Duration = std::time::Duration::from_secs(30);

/// The keyed hash of a code.
type CodeHash = [u8; 32];

/// The open file. Every change is on disk when its method returns.
pub(crate) struct Records {
    db: Connection,
    hash_key: Vec<u8>,
    /// All customers and all redemptions, read when they are first asked for: one query for each voucher of a long
    /// list would take longer than the list.
    customers: OnceCell<HashMap<CodeHash, String>>,
    redemptions: OnceCell<HashMap<CodeHash, Redemption>>,
}

impl Records {
    /// Opens the file, or creates it for its owner alone.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let unusable = || format!("the records in {} cannot be used", path.display());
        const WHAT: &str = "the file of records";
        let opened = secure_fs::open_or_create(path, WHAT)?;
        let mut db = Connection::open(path).with_context(unusable)?;
        db.busy_timeout(BUSY).with_context(unusable)?;
        let is_foreign = check(&db).with_context(unusable)?;
        if let Some(why) = is_foreign {
            return Err(Failure::usage(unusable())
                .why(why)
                .next("move the file away if it is another program's; else update this program")
                .into());
        }
        // Only now: for another program's file, the advice to change its mode would be wrong.
        opened.refuse_exposed(path, WHAT)?;
        drop(opened);
        // `FULL`: a line of the log must outlast a power failure, since money is spent right after
        // it.
        for (name, value) in [("journal_mode", "WAL"), ("synchronous", "FULL")] {
            db.pragma_update(None, name, value).with_context(unusable)?;
        }
        let hash_key = begin(&mut db).with_context(unusable)?;
        Ok(Self {
            db,
            hash_key,
            customers: OnceCell::new(),
            redemptions: OnceCell::new(),
        })
    }

    /// The file if it is there: to read is no reason to make one.
    pub(crate) fn open_existing(path: &Path) -> anyhow::Result<Option<Self>> {
        match path.exists() {
            true => Self::open(path).map(Some),
            false => Ok(None),
        }
    }

    fn hash(&self, code: &CdkCode) -> anyhow::Result<CodeHash> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.hash_key)?;
        mac.update(code.as_str().as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    /// Runs `work` as one transaction, which is on disk afterwards.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> anyhow::Result<T> {
        // With the write lock from the start: SQLite does not wait for it if a reader asks later.
        let write = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&write)?;
        write.commit()?;
        Ok(value)
    }
}

/// What is wrong with the file, if it is not ours.
fn check(db: &Connection) -> rusqlite::Result<Option<&'static str>> {
    let pragma =
        |name: &str| db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    Ok(
        match (tables, pragma("application_id")?, pragma("user_version")?) {
            // Without tables it is new, or a killed run made it.
            (0, _, _) | (_, APPLICATION_ID, VERSION) => None,
            // There is no older version than this one.
            (_, APPLICATION_ID, _) => Some("a newer version of this program wrote it"),
            _ => Some("it is a database of another program"),
        },
    )
}

/// Writes the schema into a new file, and returns the key. Two processes may try at once: the second finds it there.
fn begin(db: &mut Connection) -> anyhow::Result<Vec<u8>> {
    // Not as a reader: then both could find no tables.
    let write = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables: i64 =
        write.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if tables == 0 {
        write.execute_batch(include_str!("schema.sql"))?;
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
        write.execute(
            "INSERT INTO own (id, hash_key) VALUES (1, ?1)",
            params![key],
        )?;
        write.pragma_update(None, "application_id", APPLICATION_ID)?;
        write.pragma_update(None, "user_version", VERSION)?;
    }
    let key: Option<Vec<u8>> = write
        .query_row("SELECT hash_key FROM own WHERE id = 1", [], |row| {
            row.get(0)
        })
        .optional()?;
    write.commit()?;
    key.context("the file has no key")
}
