//! `--sandbox`: a throw-away server with half a year of a reseller's business in it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;
use thordata_cdk::{CdkCode, NewCdks, Traffic};
use thordata_cdk_issuer::{IssueError, Issuer, NewOrder};
use thordata_cdk_sandbox::{Clock, Sandbox};

use crate::orders::book;
use crate::{leftovers, records};

/// A running sandbox and its store of orders. Both are removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Demo {
    pub(crate) sandbox: Sandbox,
    folder: TempDir,
    orders: Vec<(NewOrder, Vec<CdkCode>)>,
}

const DAY: i64 = 86_400;

/// How the name of its folder begins; the number of the process follows.
const FOLDER: &str = "thordata-cdk-sandbox-";

/// One batch of sample vouchers: how many days ago, label, traffic, count, and of a hundred how many were
/// redeemed and how many revoked.
struct Sample(i64, Option<&'static str>, i64, u32, u32, u32);

const SAMPLES: [Sample; 14] = [
    Sample(171, Some("webshop"), 5, 40, 95, 5),
    Sample(164, Some("kiosk"), 1, 25, 72, 28),
    Sample(139, Some("webshop"), 5, 45, 93, 2),
    Sample(133, Some("partner-north"), 20, 12, 75, 25),
    Sample(118, None, 3, 8, 50, 25),
    Sample(104, Some("webshop"), 5, 50, 88, 2),
    Sample(97, Some("kiosk"), 1, 30, 60, 3),
    Sample(74, Some("partner-north"), 20, 15, 66, 6),
    Sample(69, Some("webshop"), 10, 40, 75, 0),
    Sample(41, Some("spring-sale"), 2, 60, 55, 0),
    Sample(36, Some("kiosk"), 1, 20, 35, 5),
    Sample(16, Some("webshop"), 10, 45, 42, 0),
    Sample(9, Some("partner-north"), 20, 10, 20, 0),
    Sample(2, Some("webshop"), 5, 30, 10, 0),
];

/// Some of them as a spreadsheet, a terminal and a web page do not like them.
const CUSTOMERS: [&str; 9] = [
    "customer-0017",
    "proxyfan_88",
    "northwind-it",
    "customer-0342",
    "=HYPERLINK(\"http://x.invalid\",\"win\")",
    "scraper-lab",
    "<b>bold</b> & co",
    "café-müller",
    "customer-0511",
];

impl Demo {
    /// `now` if the program's clock is fixed.
    pub(crate) fn start(now: i64, fixed: bool) -> anyhow::Result<Self> {
        let clock = if fixed {
            Clock::fixed(now)
        } else {
            Clock::system()
        };
        let sandbox = Sandbox::builder()
            // Fixed, so that examples and snapshots show the same codes at each start.
            .seed(7)
            .clock(clock)
            .start_blocking()
            .context("the sandbox does not start")?;
        // What a run left that was killed.
        leftovers::remove_folders(&std::env::temp_dir(), FOLDER, &[book::FILE, records::FILE]);
        let folder = tempfile::Builder::new()
            .prefix(&format!("{FOLDER}{}-", std::process::id()))
            .rand_bytes(leftovers::RANDOM)
            .tempdir()
            .context("there is no room for the sandbox's store")?;
        let mut orders = Vec::new();
        for (number, sample) in (1_u64..).zip(SAMPLES) {
            let codes = sample.fill(&sandbox, now);
            orders.extend(sample.order(number, &codes));
        }
        // The samples moved the clock through the past; from here on it is that of the program.
        sandbox.set_clock(clock);
        Ok(Self {
            sandbox,
            folder,
            orders,
        })
    }

    /// Writes the orders of the sample vouchers into the store.
    pub(crate) async fn record(&self, issuer: &Issuer) -> Result<(), IssueError> {
        for (order, codes) in &self.orders {
            issuer.record(order, codes).await?;
            // Otherwise every sample would count as an open order.
            issuer.acknowledge(&order.key).await?;
        }
        Ok(())
    }

    /// Where the store is.
    pub(crate) fn data(&self) -> PathBuf {
        Path::to_owned(self.folder.path())
    }
}

impl Sample {
    fn created(&self, now: i64) -> i64 {
        now.saturating_sub(self.0.saturating_mul(DAY))
    }

    fn fill(&self, sandbox: &Sandbox, now: i64) -> Vec<String> {
        let Self(_, _, traffic, count, used, revoked) = *self;
        let created = self.created(now);
        sandbox.set_now(created);
        let codes = sandbox.preload(count, traffic);
        for (number, code) in (0_u32..).zip(&codes) {
            // Spread evenly over the batch, the same at each start.
            let place = number.wrapping_mul(61).checked_rem(100).unwrap_or(0);
            if place < used {
                let customer = usize::try_from(number.wrapping_mul(7)).unwrap_or(0);
                let customer = CUSTOMERS.iter().cycle().nth(customer);
                let later = i64::from(number).saturating_mul(43_211);
                // Nothing is redeemed in the future.
                sandbox.set_now(created.saturating_add(later).min(now));
                // It cannot fail: the voucher was made above and is unused.
                let _ = sandbox.redeem(code, customer.unwrap_or(&"customer"));
            } else if place < used.saturating_add(revoked) {
                sandbox.revoke(code);
            }
        }
        codes
    }

    /// The order that bought them; none if they were bought elsewhere.
    fn order(&self, number: u64, codes: &[String]) -> Option<(NewOrder, Vec<CdkCode>)> {
        let goods = NewCdks {
            traffic: Traffic(self.2),
            count: self.3,
        };
        let order = NewOrder::new(format!("sample-{number}"), goods).label(self.1?);
        let codes = codes.iter().filter_map(|code| code.parse().ok()).collect();
        Some((order, codes))
    }
}
