//! What the vendor does not keep: which label and which batch a voucher belongs to.
//!
//! One JSON object a line, only ever added to; no codes, only the first 128 bits of their SHA-256. Whoever
//! writes holds the journal's lock. An order is one `create`; its number is the batch of its vouchers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thordata_cdk::CdkCode;

use crate::output::Origin;
use crate::secure_fs;

/// The same for a code in every run and on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct CodeKey(u128);

impl CodeKey {
    pub(crate) fn of(code: &CdkCode) -> Self {
        let digest = Sha256::digest(code.as_str());
        let bytes = digest.iter().take(16);
        Self(bytes.fold(0, |number, byte| (number << 8) | u128::from(*byte)))
    }

    pub(crate) fn hex(self) -> String {
        format!("{:032x}", self.0)
    }
}

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Record {
    /// A `create` begins.
    Order(Order),
    /// One purchase of it is about to be sent: its number in the journal.
    Intent { order: u64, intent: u64 },
    /// Vouchers that have been handed over.
    Batch {
        order: u64,
        intent: u64,
        at: i64,
        cdk: Vec<String>,
    },
    /// Nothing more will be bought for it.
    End { order: u64 },
    /// A line of a later version.
    #[serde(other)]
    Other,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) order: u64,
    pub(crate) at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    pub(crate) traffic: i64,
    pub(crate) count: u32,
    /// How many a purchase of it holds at the most, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chunk: Option<u32>,
    #[serde(default)]
    pub(crate) exclusive: bool,
    /// Where the codes go; standard output if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) out: Option<PathBuf>,
}

/// An order, and how far it got.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) order: Order,
    pub(crate) delivered: u32,
    pub(crate) ended: bool,
    /// Whether anything was ever sent for it.
    begun: bool,
}

impl Progress {
    /// What has not been handed over.
    pub(crate) fn left(&self) -> u32 {
        self.order.count.saturating_sub(self.delivered)
    }
}

/// Everything that the file says.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    orders: BTreeMap<u64, Progress>,
    order_of_code: HashMap<CodeKey, u64>,
    order_of_intent: HashMap<u64, u64>,
    batches: BTreeSet<u64>,
}

impl Ledger {
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut text = String::new();
        match File::open(path(folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            file => drop(file?.read_to_string(&mut text)?),
        }
        let mut ledger = Self::default();
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..end).unwrap_or_default());
        for (number, line) in whole.lines().enumerate() {
            let record = serde_json::from_str(line).map_err(|error| {
                let line = number.saturating_add(1);
                let path = path(folder);
                io::Error::other(format!(
                    "{}: line {line} is damaged: {error}",
                    path.display()
                ))
            })?;
            ledger.apply(record);
        }
        Ok(ledger)
    }

    pub(crate) fn apply(&mut self, record: Record) {
        match record {
            Record::Order(order) => {
                let progress = Progress {
                    order,
                    delivered: 0,
                    ended: false,
                    begun: false,
                };
                self.orders.insert(progress.order.order, progress);
            }
            Record::Intent { order, intent } => {
                self.order_of_intent.insert(intent, order);
                if let Some(progress) = self.orders.get_mut(&order) {
                    progress.begun = true;
                }
            }
            Record::Batch {
                order, intent, cdk, ..
            } => {
                self.order_of_intent.insert(intent, order);
                self.batches.insert(intent);
                let mut new = 0_u32;
                for hex in cdk {
                    if let Ok(key) = u128::from_str_radix(&hex, 16)
                        && self.order_of_code.insert(CodeKey(key), order).is_none()
                    {
                        new = new.saturating_add(1);
                    }
                }
                if let Some(progress) = self.orders.get_mut(&order) {
                    progress.delivered = progress.delivered.saturating_add(new);
                }
            }
            Record::End { order } => {
                if let Some(progress) = self.orders.get_mut(&order) {
                    progress.ended = true;
                }
            }
            Record::Other => {}
        }
    }

    pub(crate) fn origin(&self, code: &CdkCode) -> Origin<'_> {
        let batch = self.order_of_code.get(&CodeKey::of(code)).copied();
        let order = batch.and_then(|batch| self.orders.get(&batch));
        Origin {
            label: order.and_then(|progress| progress.order.label.as_deref()),
            batch,
        }
    }

    pub(crate) fn order_of_intent(&self, intent: u64) -> Option<&Progress> {
        self.order_of_intent
            .get(&intent)
            .and_then(|order| self.orders.get(order))
    }

    /// How many vouchers of an order have not been handed over.
    pub(crate) fn left_of(&self, order: u64) -> u32 {
        self.orders.get(&order).map_or(0, Progress::left)
    }

    /// Whether the vouchers of this purchase have been noted.
    pub(crate) fn knows_batch(&self, intent: u64) -> bool {
        self.batches.contains(&intent)
    }

    /// The newest order, if it was not carried out in full. One that was given up before anything was
    /// sent does not count.
    pub(crate) fn unfinished(&self) -> Option<&Progress> {
        let mut newest_first = self.orders.values().rev();
        newest_first
            .find(|progress| progress.begun || !progress.ended)
            .filter(|progress| !progress.ended && progress.left() > 0)
    }

    /// The number of the next order.
    pub(crate) fn next_number(&self) -> u64 {
        self.orders
            .keys()
            .next_back()
            .map_or(1, |last| last.saturating_add(1))
    }
}

/// The file, open for adding.
#[derive(Debug)]
pub(crate) struct Writer {
    file: File,
}

impl Writer {
    /// Cuts off a last line that was not written whole.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let path = path(folder);
        let is_new = !path.exists();
        let mut file = secure_fs::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at.saturating_add(1));
        if whole < bytes.len() {
            file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
        }
        file.seek(SeekFrom::End(0))?;
        if is_new {
            secure_fs::sync_folder(&path)?;
        }
        Ok(Self { file })
    }

    /// On disk when it returns.
    pub(crate) fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("ledger.jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(number: u64, label: &str) -> Record {
        Record::Order(Order {
            order: number,
            at: 0,
            label: Some(label.to_owned()),
            traffic: 1,
            count: 3,
            chunk: None,
            exclusive: false,
            out: None,
        })
    }

    fn batch(order: u64, intent: u64, codes: &[&str]) -> Record {
        let key = |code: &&str| CodeKey::of(&code.parse().unwrap()).hex();
        Record::Batch {
            order,
            intent,
            at: 0,
            cdk: codes.iter().map(key).collect(),
        }
    }

    #[test]
    fn labels_survive_and_a_torn_line_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(folder.path()).unwrap();
        writer.append(&order(1, "kiosk")).unwrap();
        writer.append(&batch(1, 7, &["A", "B"])).unwrap();
        writer.append(&batch(1, 7, &["B", "A"])).unwrap();
        let file = path(folder.path());
        let whole = std::fs::read_to_string(&file).unwrap();
        assert!(!whole.contains("\"A\""));
        std::fs::write(&file, format!("{whole}{{\"kind\":\"ba")).unwrap();
        drop(Writer::open(folder.path()).unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), whole);
        let ledger = Ledger::read(folder.path()).unwrap();
        let origin = ledger.origin(&"A".parse().unwrap());
        assert_eq!((origin.label, origin.batch), (Some("kiosk"), Some(1)));
        assert_eq!(ledger.origin(&"C".parse().unwrap()).label, None);
        assert_eq!(ledger.unfinished().unwrap().left(), 1);
        assert!(ledger.knows_batch(7) && !ledger.knows_batch(8));
        assert_eq!(ledger.next_number(), 2);
    }

    #[test]
    fn only_the_newest_order_that_began_can_be_unfinished() {
        let unfinished = |records: &[Record]| {
            let mut ledger = Ledger::default();
            records
                .iter()
                .cloned()
                .for_each(|record| ledger.apply(record));
            ledger.unfinished().map(|progress| progress.order.order)
        };
        let begun = |order| Record::Intent {
            order,
            intent: order,
        };
        let end = |order| Record::End { order };
        assert_eq!(unfinished(&[order(1, "a"), begun(1)]), Some(1));
        let given_up = [order(1, "a"), begun(1), order(2, "b"), end(2)];
        assert_eq!(unfinished(&given_up), Some(1));
        let done = [order(1, "a"), begun(1), order(2, "b"), begun(2), end(2)];
        assert_eq!(unfinished(&done), None);
    }

    #[test]
    fn a_line_of_a_later_version_is_passed_over_and_a_damaged_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = path(folder.path());
        std::fs::write(&file, "{\"kind\":\"moon\",\"phase\":1}\n").unwrap();
        assert_eq!(Ledger::read(folder.path()).unwrap().next_number(), 1);
        std::fs::write(&file, "{\"kind\":\"end\",\"order\":1}\n{\n").unwrap();
        let error = Ledger::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
