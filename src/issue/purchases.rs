//! Large orders, in parts.

use super::issuer::Issuer;
use super::verdict::{IssueError, Issued};
use crate::types::{NewCdks, Traffic};

/// A large order, bought in several purchases. From [`Issuer::issue_all`].
#[derive(Debug)]
pub struct Purchases {
    pub(super) issuer: Issuer,
    pub(super) traffic: Traffic,
    pub(super) left: u32,
}

impl Purchases {
    /// Buys the next part. `None` after the last, and after a part that was not carried out in full:
    /// store the codes of each part and [`ack`](Issuer::ack) it before you ask for the next.
    pub async fn next(&mut self) -> Option<Result<Issued, IssueError>> {
        if self.left == 0 {
            return None;
        }
        let count = self.left.min(self.issuer.options.max_count);
        let before = std::mem::take(&mut self.left);
        let issued = self
            .issuer
            .issue(NewCdks {
                traffic: self.traffic,
                count,
            })
            .await;
        if matches!(&issued, Ok(issued) if issued.is_complete()) {
            self.left = before.saturating_sub(count);
        }
        Some(issued)
    }

    /// How many vouchers have not been ordered yet; 0 after a part that was not carried out in full.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.left
    }
}
