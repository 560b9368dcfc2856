//! Redemptions, blocking.

use std::time::Duration;

use super::client::Client;
use super::runtime::BlockingIter;
use crate::error::Error;
use crate::raw::promised::CdkDetails;
use crate::watch::{self, Cursor};

impl Client {
    /// See [`thordata_cdk::Client::watch_redemptions`](crate::Client::watch_redemptions).
    #[must_use]
    pub fn watch_redemptions(&self, interval: Duration, cursor: Cursor) -> RedemptionWatch {
        RedemptionWatch {
            watch: self.client.watch_redemptions(interval, cursor),
            steps: BlockingIter::of(&self.runtime),
        }
    }
}

/// Reports redemptions as they happen: an iterator that waits for the next one, and never ends by itself.
///
/// An error of the service is an item like any other: the watch goes on. Inside an async runtime there is
/// one [`Error::Config`], and it is the last item.
///
/// ```no_run
/// # fn f(client: thordata_cdk::blocking::Client) -> Result<(), thordata_cdk::Error> {
/// use std::time::Duration;
/// use thordata_cdk::Cursor;
///
/// for details in client.watch_redemptions(Duration::from_secs(60), Cursor::default()) {
///     println!("{} was redeemed", details?.cdk.masked());
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [what a list shows](crate::guide::decisions).
#[derive(Debug)]
pub struct RedemptionWatch {
    watch: watch::RedemptionWatch,
    steps: BlockingIter,
}

impl RedemptionWatch {
    /// See [`thordata_cdk::RedemptionWatch::next_now`](watch::RedemptionWatch::next_now).
    ///
    /// # Errors
    /// Those of the async call; [`Error::Config`] inside an async runtime, where nothing is sent.
    pub fn next_now(&mut self) -> Result<Option<CdkDetails>, Error> {
        let Self { watch, steps } = self;
        steps.runtime().run(watch.next_now())?
    }

    /// See [`thordata_cdk::RedemptionWatch::left_out`](watch::RedemptionWatch::left_out).
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.watch.left_out()
    }

    /// See [`thordata_cdk::RedemptionWatch::cursor`](watch::RedemptionWatch::cursor).
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        self.watch.cursor()
    }
}

impl Iterator for RedemptionWatch {
    type Item = Result<CdkDetails, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { watch, steps } = self;
        match steps.next(async { Some(watch.next().await) })? {
            Ok(redemption) => Some(redemption),
            Err(error) => Some(Err(error)),
        }
    }
}
