//! Lists: whole, as a stream of rows, and summed up.

mod decoder;
#[cfg(fuzzing)]
pub mod fuzzing;
#[cfg(test)]
mod long_values;
mod open;
mod reader;
mod row;
mod scan;
mod stream;
mod summary;
#[cfg(test)]
mod tests;
mod unreadable;

pub use self::stream::ListStream;
pub use self::summary::{ListSummary, Tally};
pub use self::unreadable::{CdkList, UnreadableRow, UnreadableRows};
use crate::client::Client;
use crate::error::Error;
use crate::operation::Operation;
use crate::types::CdkStatus;

impl Client {
    /// Every voucher, or those in one status: `list(None)`, `list(CdkStatus::Unused)`.
    ///
    /// There is no pagination, so the reply may be long; all of its rows are held in memory, 64 bytes
    /// for each. No order is documented. Repeated after errors that may pass. A row that cannot be read costs
    /// only itself, and [`CdkList::unreadable`] names it.
    ///
    /// # Errors
    /// The [`Error`] of the last attempt; nothing was changed. A list of which no row can be read is an
    /// [`Error::Decode`]. So is a reply above [`max_response_bytes`](crate::ClientBuilder::max_response_bytes):
    /// [`list_stream`](Self::list_stream) reads longer ones.
    ///
    /// # Cancel safety
    /// Cancel safe: it only reads.
    pub async fn list(&self, status: impl Into<Option<CdkStatus>>) -> Result<CdkList, Error> {
        let (inner, status) = (&*self.inner.for_call(), status.into());
        inner
            .read_with_retries(Operation::List, |resend_count| {
                open::collect(inner, status, resend_count)
            })
            .await
    }

    /// The same rows, each as soon as its bytes are there. The memory that it takes does not depend on
    /// how long the list is.
    ///
    /// Nothing is sent until it is polled. It is repeated after errors that may pass, but only before the
    /// first row: after that an error is the last item, and the rows before it are some of the list, not
    /// all. **Only once it has ended without an error is the list complete, and only then is it known to be
    /// a success**: should the service send `code` after `data`, against its own pages, at least the first
    /// 1,024 rows are held back until it has come, but a longer list is handed out before.
    ///
    /// [`timeout`](crate::ClientBuilder::timeout) bounds the wait for the first row and then for each next one,
    /// whatever else arrives meanwhile, but not the whole, and
    /// [`max_response_bytes`](crate::ClientBuilder::max_response_bytes) does not apply. 1 MiB without the end of a row
    /// ends it, and so do more rows than [`max_list_rows`](crate::ClientBuilder::max_list_rows) or more waiting than
    /// [`list_timeout`](crate::ClientBuilder::list_timeout). While you take no rows, none are read: the service waits.
    /// A row that cannot be read, or is longer than 64 KiB, is left out, and [`ListStream::unreadable`] names it.
    ///
    /// ```no_run
    /// # async fn f(client: thordata_cdk::Client) -> Result<(), thordata_cdk::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut rows = client.list_stream(None);
    /// while let Some(cdk) = rows.try_next().await? {
    ///     println!("{}: {}", cdk.cdk.masked(), cdk.status);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn list_stream(&self, status: impl Into<Option<CdkStatus>>) -> ListStream {
        ListStream::new(self.inner.clone(), status.into())
    }

    /// How many vouchers there are in each status, their traffic and ages, without keeping them: a list of
    /// any length takes the same memory. Repeated after errors that may pass. Rows that cannot be read are in
    /// [`ListSummary::unreadable`] alone.
    ///
    /// # Errors
    /// The [`Error`] of the last attempt; nothing was changed. A list that takes longer than
    /// [`list_timeout`](crate::ClientBuilder::list_timeout) is an [`Error::Decode`].
    ///
    /// # Cancel safety
    /// Cancel safe: it only reads.
    pub async fn summarize(
        &self,
        status: impl Into<Option<CdkStatus>>,
    ) -> Result<ListSummary, Error> {
        stream::summarize(&self.inner.for_call(), status.into()).await
    }
}
