//! What a report needs of a list, without the list.

use serde::{Deserialize, Serialize};

use crate::raw::promised::Cdk;
use crate::types::{CdkStatus, Timestamp, Traffic};

/// Counts and sums over a list, by status. From [`Client::summarize`](crate::Client::summarize), or collected
/// from rows.
///
/// ```no_run
/// # async fn f(client: thordata_cdk::Client) -> Result<(), thordata_cdk::Error> {
/// let summary = client.summarize(None).await?;
/// println!("{} unsold, {} sold", summary.unused.count, summary.used.count);
/// # Ok(()) }
/// ```
///
/// Guide: [what a list shows](crate::guide::decisions).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ListSummary {
    /// Vouchers that can be redeemed.
    pub unused: Tally,
    /// Vouchers that were redeemed.
    pub used: Tally,
    /// Vouchers that were made worthless.
    pub revoked: Tally,
    /// Vouchers in a status that the vendor's page does not list.
    pub other: Tally,
    /// How many rows cannot be read. They are in no [`Tally`].
    pub unreadable: u64,
}

/// Count, traffic and ages of the vouchers of one status.
///
/// ```
/// use thordata_cdk::{Cdk, CdkStatus, ListSummary, Timestamp, Traffic, TrafficDuration};
///
/// let code = "nozzapqOWJOCcWIX".parse()?;
/// let row = Cdk::new(code, Timestamp(1748332399), CdkStatus::Unused, Traffic(3), TrafficDuration(86400));
/// let summary: ListSummary = [&row].into_iter().collect();
/// assert_eq!((summary.unused.count, summary.unused.traffic), (1, Traffic(3)));
/// assert_eq!(summary.unused.oldest, Some(Timestamp(1748332399)));
/// # Ok::<(), thordata_cdk::InvalidInput>(())
/// ```
///
/// Guide: [traffic has no unit](crate::guide::decisions).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The sum of their traffic, in the vendor's unit. Stops at the largest number instead of wrapping.
    pub traffic: Traffic,
    /// The earliest `create_time`. A time of 0, which means absent, does not count.
    pub oldest: Option<Timestamp>,
    /// The latest `create_time`, likewise.
    pub newest: Option<Timestamp>,
}

impl ListSummary {
    /// The vouchers in `status`; [`other`](Self::other) for every [`CdkStatus::Other`].
    #[must_use]
    pub fn of(&self, status: CdkStatus) -> &Tally {
        match status {
            CdkStatus::Unused => &self.unused,
            CdkStatus::Used => &self.used,
            CdkStatus::Revoked => &self.revoked,
            CdkStatus::Other(_) => &self.other,
        }
    }

    /// All statuses together.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for tally in [self.unused, self.used, self.revoked, self.other] {
            total.count = total.count.saturating_add(tally.count);
            total.add_traffic(tally.traffic);
            total.add_time(tally.oldest);
            total.add_time(tally.newest);
        }
        total
    }

    fn add(&mut self, row: &Cdk) {
        let tally = match row.status {
            CdkStatus::Unused => &mut self.unused,
            CdkStatus::Used => &mut self.used,
            CdkStatus::Revoked => &mut self.revoked,
            CdkStatus::Other(_) => &mut self.other,
        };
        tally.count = tally.count.saturating_add(1);
        tally.add_traffic(row.traffic);
        // In the vendor's replies 0 means absent.
        tally.add_time(Some(row.create_time).filter(|time| time.as_secs() != 0));
    }
}

impl Tally {
    fn add_traffic(&mut self, more: Traffic) {
        self.traffic = Traffic(self.traffic.as_i64().saturating_add(more.as_i64()));
    }

    fn add_time(&mut self, time: Option<Timestamp>) {
        let Some(time) = time else { return };
        self.oldest = Some(self.oldest.map_or(time, |oldest| oldest.min(time)));
        self.newest = Some(self.newest.map_or(time, |newest| newest.max(time)));
    }
}

impl<'a> FromIterator<&'a Cdk> for ListSummary {
    fn from_iter<I: IntoIterator<Item = &'a Cdk>>(rows: I) -> Self {
        let mut summary = Self::default();
        summary.extend(rows);
        summary
    }
}

impl<'a> Extend<&'a Cdk> for ListSummary {
    fn extend<I: IntoIterator<Item = &'a Cdk>>(&mut self, rows: I) {
        rows.into_iter().for_each(|row| self.add(row));
    }
}
