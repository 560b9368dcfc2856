//! The calls.

use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt;

use super::runtime::{BlockingIter, OwnedRuntime};
use crate::bulk::Codes;
use crate::client::{CallOptions, Client as AsyncClient};
use crate::created::Created;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::list::{self, CdkList, ListSummary, UnreadableRows};
use crate::raw::promised::{Cdk, CdkDetails};
use crate::types::{CdkCode, CdkStatus, NewCdks};

/// A client of the four CDK operations that blocks the calling thread. Cheap to clone.
///
/// ```no_run
/// use thordata_cdk::blocking::Client;
/// use thordata_cdk::{NewCdks, Traffic};
///
/// # fn main() -> Result<(), thordata_cdk::Error> {
/// let client = Client::from_env()?;
/// for code in client.create(NewCdks { traffic: Traffic(3), count: 2 })? {
///     println!("{code}");
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [async, blocking, or neither](crate::guide::choose).
#[derive(Clone)]
pub struct Client {
    pub(super) client: AsyncClient,
    pub(super) runtime: Arc<OwnedRuntime>,
}

impl Client {
    /// See [`thordata_cdk::Client::new`](AsyncClient::new): a client with the default settings.
    ///
    /// # Errors
    /// [`Error::Config`] as there, if no thread can be started, and inside an async runtime. Nothing is sent.
    pub fn new(credentials: Credentials) -> Result<Self, Error> {
        Self::from_async(AsyncClient::new(credentials)?)
    }

    /// See [`thordata_cdk::Client::from_env`](AsyncClient::from_env).
    ///
    /// # Errors
    /// [`Error::Config`] as there, if no thread can be started, and inside an async runtime. Nothing is sent.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_async(AsyncClient::from_env()?)
    }

    /// Wraps a client with settings of its own. Do not use that client on another runtime before: its
    /// connections would belong there.
    ///
    /// # Errors
    /// [`Error::Config`] if no thread can be started, and inside an async runtime. Nothing is sent.
    pub fn from_async(client: AsyncClient) -> Result<Self, Error> {
        Ok(Self {
            client,
            runtime: OwnedRuntime::new()?,
        })
    }

    /// See [`thordata_cdk::Client::with_options`](AsyncClient::with_options).
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        self.with_client(self.client.with_options(options))
    }

    /// See [`thordata_cdk::Client::with_credentials`](AsyncClient::with_credentials).
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        self.with_client(self.client.with_credentials(credentials))
    }

    fn with_client(&self, client: AsyncClient) -> Self {
        Self {
            client,
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// See [`thordata_cdk::Client::create`](AsyncClient::create). **Spends money.**
    ///
    /// # Errors
    /// Those of the async call; [`Error::Config`] inside an async runtime, where nothing is sent.
    pub fn create(&self, order: NewCdks) -> Result<Created, Error> {
        self.runtime.run(self.client.create(order))?
    }

    /// See [`thordata_cdk::Client::list`](AsyncClient::list).
    ///
    /// # Errors
    /// Those of the async call; [`Error::Config`] inside an async runtime, where nothing is sent.
    pub fn list(&self, status: impl Into<Option<CdkStatus>>) -> Result<CdkList, Error> {
        self.runtime.run(self.client.list(status))?
    }

    /// See [`thordata_cdk::Client::list_stream`](AsyncClient::list_stream): the rows as an iterator. They
    /// arrive only while the next one is asked for.
    pub fn list_stream(&self, status: impl Into<Option<CdkStatus>>) -> ListStream {
        ListStream {
            rows: self.client.list_stream(status),
            steps: BlockingIter::of(&self.runtime),
        }
    }

    /// See [`thordata_cdk::Client::summarize`](AsyncClient::summarize).
    ///
    /// # Errors
    /// Those of the async call; [`Error::Config`] inside an async runtime, where nothing is sent.
    pub fn summarize(&self, status: impl Into<Option<CdkStatus>>) -> Result<ListSummary, Error> {
        self.runtime.run(self.client.summarize(status))?
    }

    /// See [`thordata_cdk::Client::get`](AsyncClient::get).
    ///
    /// # Errors
    /// Those of the async call; [`Error::Config`] inside an async runtime, where nothing is sent.
    pub fn get(&self, code: &CdkCode) -> Result<CdkDetails, Error> {
        self.runtime.run(self.client.get(code))?
    }

    /// See [`thordata_cdk::Client::revoke`](AsyncClient::revoke).
    ///
    /// # Errors
    /// Those of the async call; [`Error::Config`] inside an async runtime, where nothing is sent.
    pub fn revoke(&self, code: &CdkCode) -> Result<(), Error> {
        self.runtime.run(self.client.revoke(code))?
    }

    /// See [`thordata_cdk::Client::revoke_all`](AsyncClient::revoke_all). Requests go on only while the
    /// next result is asked for.
    pub fn revoke_all<I>(&self, codes: I) -> Bulk<I::IntoIter, ()>
    where
        I: IntoIterator<Item = CdkCode>,
    {
        Bulk {
            bulk: self.client.revoke_all(codes),
            steps: BlockingIter::of(&self.runtime),
        }
    }

    /// See [`thordata_cdk::Client::get_all`](AsyncClient::get_all). Requests go on only while the next
    /// result is asked for.
    pub fn get_all<I>(&self, codes: I) -> Bulk<I::IntoIter, CdkDetails>
    where
        I: IntoIterator<Item = CdkCode>,
    {
        Bulk {
            bulk: self.client.get_all(codes),
            steps: BlockingIter::of(&self.runtime),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("blocking::Client")
            .field(&self.client)
            .finish()
    }
}

/// The rows of a list, as an iterator that reads them as they arrive. An error is the last item, and the list is
/// complete only if there was none.
///
/// ```no_run
/// # fn f(client: thordata_cdk::blocking::Client) -> Result<(), thordata_cdk::Error> {
/// for row in client.list_stream(None) {
///     println!("{}", row?.cdk.masked());
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [what a list shows](crate::guide::decisions).
#[derive(Debug)]
pub struct ListStream {
    rows: list::ListStream,
    steps: BlockingIter,
}

impl ListStream {
    /// See [`thordata_cdk::ListStream::unreadable`](crate::ListStream::unreadable).
    #[must_use]
    pub fn unreadable(&self) -> &UnreadableRows {
        self.rows.unreadable()
    }
}

impl Iterator for ListStream {
    type Item = Result<Cdk, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.steps.next(self.rows.next())? {
            Ok(row) => Some(row),
            Err(error) => Some(Err(error)),
        }
    }
}

/// The results of a bulk call, as an iterator of one result for each code, in completion order.
///
/// ```no_run
/// # fn f(client: thordata_cdk::blocking::Client, codes: Vec<thordata_cdk::CdkCode>) -> Result<(), thordata_cdk::Error> {
/// for result in client.revoke_all(codes).concurrency(8) {
///     let (code, revoked) = result?;
///     println!("{}: {}", code.masked(), revoked.is_ok());
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [what to do after an unknown outcome](crate::guide::delivery).
#[derive(Debug)]
pub struct Bulk<I, T> {
    bulk: crate::bulk::Bulk<Codes<I>, T>,
    steps: BlockingIter,
}

impl<I, T> Bulk<I, T> {
    /// See [`thordata_cdk::Bulk::concurrency`](crate::Bulk::concurrency).
    #[must_use]
    pub fn concurrency(mut self, limit: usize) -> Self {
        self.bulk = self.bulk.concurrency(limit);
        self
    }

    /// See [`thordata_cdk::Bulk::stop`](crate::Bulk::stop).
    pub fn stop(&mut self) {
        self.bulk.stop();
    }

    /// See [`thordata_cdk::Bulk::in_flight`](crate::Bulk::in_flight).
    #[must_use]
    pub fn in_flight(&self) -> &[CdkCode] {
        self.bulk.in_flight()
    }
}

impl<I, T> Iterator for Bulk<I, T>
where
    I: Iterator<Item = CdkCode>,
{
    /// The outer error says that the iterator was used inside an async runtime. Nothing was done then, and
    /// it is the last item.
    type Item = Result<(CdkCode, Result<T, Error>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.steps.next(self.bulk.next())
    }
}
