//! The shop's own book: which orders there are, what was bought for them, what was handed out.
//!
//! One JSON record a line, on disk before anything relies on it. It holds codes, so it belongs to its owner
//! alone. A shop with a database keeps the same five facts there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thordata_cdk::CdkCode;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A customer wants vouchers.
    Placed {
        order: String,
        traffic: i64,
        count: u32,
    },
    /// A purchase for this order begins. The next record about a purchase is its end.
    Buying { order: String },
    /// It brought these vouchers.
    Bought {
        order: String,
        intent: u64,
        codes: Vec<CdkCode>,
    },
    /// It brought none.
    Nothing { order: String },
    /// The customer has got the codes, and gets them no second time.
    HandedOut { order: String },
}

#[derive(Debug, Clone)]
pub struct Order {
    pub traffic: i64,
    pub count: u32,
    pub codes: Vec<CdkCode>,
    pub handed_out: bool,
}

impl Order {
    pub fn missing(&self) -> u32 {
        let bought = u32::try_from(self.codes.len()).unwrap_or(u32::MAX);
        self.count.saturating_sub(bought)
    }
}

#[derive(Debug)]
pub struct Ledger {
    file: File,
    pub orders: BTreeMap<String, Order>,
    /// The order whose purchase has begun and not ended.
    pub buying: Option<String>,
    /// Purchases whose vouchers are in the book.
    pub intents: BTreeSet<u64>,
}

impl Ledger {
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // What a crash cut off was not relied on yet.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        let mut ledger = Self {
            file,
            orders: BTreeMap::new(),
            buying: None,
            intents: BTreeSet::new(),
        };
        for line in text.split_at(whole).0.lines() {
            ledger.apply(serde_json::from_str(line)?);
        }
        Ok(ledger)
    }

    pub fn append(&mut self, record: Record) -> io::Result<()> {
        let mut line = serde_json::to_string(&record)?;
        line.push('\n');
        self.file.write_all(line.as_bytes())?;
        self.file.sync_all()?;
        self.apply(record);
        Ok(())
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Placed {
                order,
                traffic,
                count,
            } => {
                let new = Order {
                    traffic,
                    count,
                    codes: Vec::new(),
                    handed_out: false,
                };
                self.orders.insert(order, new);
            }
            Record::Buying { order } => self.buying = Some(order),
            Record::Bought {
                order,
                intent,
                codes,
            } => {
                self.buying = None;
                self.intents.insert(intent);
                if let Some(order) = self.orders.get_mut(&order) {
                    order.codes.extend(codes);
                }
            }
            Record::Nothing { .. } => self.buying = None,
            Record::HandedOut { order } => {
                if let Some(order) = self.orders.get_mut(&order) {
                    order.handed_out = true;
                }
            }
        }
    }
}
