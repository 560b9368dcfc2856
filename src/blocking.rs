//! The same client for programs without an async runtime (feature `blocking`).
//!
//! Each call runs its async twin to the end on a runtime of its own. Inside an async runtime every call
//! is an error, [`Error::Config`], and never a panic: use the async client there.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::client::Client as AsyncClient;
use crate::credentials::Credentials;
use crate::error::{ConfigError, Error};
use crate::model::{CdkCode, CdkStatus, NewCdks};
use crate::raw::types::{Cdk, CdkDetails};

/// A runtime with one thread, which is ended in the background: ending it in place would panic inside an
/// async runtime.
#[derive(Debug)]
struct Driver(Option<Runtime>);

impl Driver {
    fn new() -> Result<Arc<Self>, Error> {
        outside_a_runtime()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| {
            ConfigError::new(format!(
                "no thread can be started for the blocking client: {error}"
            ))
        })?;
        Ok(Arc::new(Self(Some(runtime))))
    }

    fn run<T>(&self, future: impl Future<Output = T>) -> Result<T, Error> {
        outside_a_runtime()?;
        match &self.0 {
            Some(runtime) => Ok(runtime.block_on(future)),
            None => Err(ConfigError::new("the blocking client has ended").into()),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn outside_a_runtime() -> Result<(), Error> {
    match Handle::try_current() {
        Ok(_) => Err(ConfigError::new(
            "the blocking client was used inside an async runtime, which it would stop; use \
             `thordata_cdk::Client` there, or a thread of its own",
        )
        .into()),
        Err(_) => Ok(()),
    }
}

/// The four operations, blocking. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    client: AsyncClient,
    driver: Arc<Driver>,
}

impl Client {
    /// A client with the default settings.
    ///
    /// # Errors
    /// [`Error::Config`], inside an async runtime too.
    pub fn new(credentials: Credentials) -> Result<Self, Error> {
        Self::over(AsyncClient::new(credentials)?)
    }

    /// See [`thordata_cdk::Client::from_env`](AsyncClient::from_env).
    ///
    /// # Errors
    /// [`Error::Config`], inside an async runtime too.
    pub fn from_env() -> Result<Self, Error> {
        Self::over(AsyncClient::from_env()?)
    }

    /// A blocking face for a client with settings of its own. That client must not be used on another
    /// runtime before: its connections would belong there.
    ///
    /// # Errors
    /// [`Error::Config`] inside an async runtime.
    pub fn over(client: AsyncClient) -> Result<Self, Error> {
        Ok(Self {
            client,
            driver: Driver::new()?,
        })
    }

    /// See [`thordata_cdk::Client::create`](AsyncClient::create). **Spends money.**
    ///
    /// # Errors
    /// See there.
    pub fn create(&self, order: NewCdks) -> Result<Vec<CdkCode>, Error> {
        self.driver.run(self.client.create(order))?
    }

    /// See [`thordata_cdk::Client::list`](AsyncClient::list).
    ///
    /// # Errors
    /// See there.
    pub fn list(&self, status: impl Into<Option<CdkStatus>>) -> Result<Vec<Cdk>, Error> {
        self.driver.run(self.client.list(status))?
    }

    /// See [`thordata_cdk::Client::get`](AsyncClient::get).
    ///
    /// # Errors
    /// See there.
    pub fn get(&self, code: &CdkCode) -> Result<CdkDetails, Error> {
        self.driver.run(self.client.get(code))?
    }

    /// See [`thordata_cdk::Client::revoke`](AsyncClient::revoke).
    ///
    /// # Errors
    /// See there.
    pub fn revoke(&self, code: &CdkCode) -> Result<(), Error> {
        self.driver.run(self.client.revoke(code))?
    }

    /// See [`thordata_cdk::Client::revoke_all`](AsyncClient::revoke_all). Requests go on only while the
    /// next result is asked for.
    pub fn revoke_all<I>(&self, codes: I) -> Bulk<I::IntoIter, ()>
    where
        I: IntoIterator<Item = CdkCode>,
    {
        Bulk {
            bulk: self.client.revoke_all(codes),
            driver: Arc::clone(&self.driver),
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
            driver: Arc::clone(&self.driver),
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

/// A bulk call as an iterator of one result for each code, in completion order.
#[derive(Debug)]
pub struct Bulk<I, T> {
    bulk: crate::bulk::Bulk<I, T>,
    driver: Arc<Driver>,
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
    I: Iterator<Item = CdkCode> + Unpin,
{
    /// The outer error says that the iterator was used inside an async runtime; nothing was done then.
    type Item = Result<(CdkCode, Result<T, Error>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { bulk, driver } = self;
        driver.run(bulk.next()).transpose()
    }
}

#[cfg(feature = "issuer")]
pub use issuer::{Issuer, Purchases};

#[cfg(feature = "issuer")]
mod issuer {
    use std::path::Path;
    use std::sync::Arc;

    use super::{Client, Driver};
    use crate::issue::{self, IntentId, IssueError, Issued, IssuerOptions, Resolution};
    use crate::model::{CdkCode, NewCdks};
    use crate::raw::types::Cdk;

    /// See [`thordata_cdk::Issuer`](issue::Issuer), blocking.
    #[derive(Debug, Clone)]
    pub struct Issuer {
        issuer: issue::Issuer,
        driver: Arc<Driver>,
    }

    impl Issuer {
        /// See [`issue::Issuer::open`].
        ///
        /// # Errors
        /// See there.
        pub fn open(
            client: &Client,
            journal: impl AsRef<Path>,
            options: impl Into<IssuerOptions>,
        ) -> Result<Self, IssueError> {
            let driver = Arc::clone(&client.driver);
            let opening = issue::Issuer::open(client.client.clone(), journal, options);
            let issuer = driver.run(opening)??;
            Ok(Self { issuer, driver })
        }

        /// See [`issue::Issuer::issue`]. **Spends money.**
        ///
        /// # Errors
        /// See there.
        pub fn issue(&self, order: NewCdks) -> Result<Issued, IssueError> {
            self.driver.run(self.issuer.issue(order))?
        }

        /// See [`issue::Issuer::issue_all`].
        ///
        /// # Errors
        /// See there.
        pub fn issue_all(&self, order: NewCdks) -> Result<Purchases, IssueError> {
            let purchases = self.issuer.issue_all(order)?;
            Ok(Purchases {
                purchases,
                driver: Arc::clone(&self.driver),
            })
        }

        /// See [`issue::Issuer::recover`].
        ///
        /// # Errors
        /// See there.
        pub fn recover(&self) -> Result<Vec<Issued>, IssueError> {
            self.driver.run(self.issuer.recover())?
        }

        /// See [`issue::Issuer::ack`].
        ///
        /// # Errors
        /// See there.
        pub fn ack(&self, id: IntentId) -> Result<(), IssueError> {
            self.driver.run(self.issuer.ack(id))?
        }

        /// See [`issue::Issuer::resolve`].
        ///
        /// # Errors
        /// See there.
        pub fn resolve(&self, id: IntentId, decision: Resolution) -> Result<(), IssueError> {
            self.driver.run(self.issuer.resolve(id, decision))?
        }

        /// See [`issue::Issuer::orphans`].
        ///
        /// # Errors
        /// See there.
        pub fn orphans(&self) -> Result<Vec<Cdk>, IssueError> {
            self.driver.run(self.issuer.orphans())?
        }

        /// See [`issue::Issuer::dismiss_orphans`].
        ///
        /// # Errors
        /// See there.
        pub fn dismiss_orphans(&self, codes: &[CdkCode]) -> Result<(), IssueError> {
            self.driver.run(self.issuer.dismiss_orphans(codes))?
        }

        /// See [`issue::Issuer::forget_missing`].
        ///
        /// # Errors
        /// See there.
        pub fn forget_missing(&self) -> Result<usize, IssueError> {
            self.driver.run(self.issuer.forget_missing())?
        }
    }

    /// A large order, as an iterator of its parts: see [`issue::Purchases`].
    #[derive(Debug)]
    pub struct Purchases {
        purchases: issue::Purchases,
        driver: Arc<Driver>,
    }

    impl Iterator for Purchases {
        type Item = Result<Issued, IssueError>;

        fn next(&mut self) -> Option<Self::Item> {
            match self.driver.run(self.purchases.next()) {
                Ok(part) => part,
                Err(error) => Some(Err(error.into())),
            }
        }
    }
}
