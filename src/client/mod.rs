//! The client: `create`, `get` and `revoke`. The lists are in `crate::list`.

mod adjust;
mod adjustments;
mod build;
mod builder;
mod options;
mod route;

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;
use std::time::Duration;

pub use self::builder::ClientBuilder;
pub use self::options::CallOptions;
use crate::attempt::retry::is_safe_to_resend;
use crate::attempt::{Attempt, Call, ClientInner, Shared};
use crate::created::Created;
use crate::credentials::Credentials;
use crate::error::{DecodeError, Error, InvalidInput, Outcome};
use crate::operation::Operation;
use crate::payload::{PaidCodes, Payload, Revocation, Standing};
use crate::raw;
use crate::raw::promised::CdkDetails;
use crate::raw::types::{CreateCdksRequest, RevokeCdkRequest};
use crate::trace;
use crate::types::{CdkCode, CdkStatus, NewCdks, Timestamp};

/// A client of the four CDK operations. Get one with [`Client::from_env`], [`Client::new`] or [`Client::builder`].
///
/// Guide: [whether you need this client or an issuer](crate::guide::choose), and [what to do when an answer is
/// lost](crate::guide::delivery).
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = thordata_cdk_sandbox::Sandbox::start().await?;
/// # let (token, key) = (&sandbox.credentials().token, &sandbox.credentials().key);
/// # let base_url = sandbox.base_url();
/// use thordata_cdk::{CdkStatus, Client, Credentials, NewCdks, Traffic};
///
/// let client = Client::builder(Credentials::new(token, key)?)
///     .base_url(base_url) // left out, the vendor's
///     .build()?;
/// let codes = client.create(NewCdks { traffic: Traffic(3), count: 2 }).await?;
/// assert_eq!(client.get(&codes[0]).await?.status, CdkStatus::Unused);
/// # Ok(()) }
/// ```
///
/// Cheap to clone; clones share connections, retry budget and pace. Every future may be dropped at any
/// time: the client stays usable. Dropping [`create`](Self::create) or [`revoke`](Self::revoke) while
/// it runs leaves open whether it was carried out.
///
/// **Runtimes.** Calls need a tokio runtime with I/O and timers (`enable_all`, as `#[tokio::main]` has it). Outside
/// one, and on one that lacks either, a call is an [`Error::Config`], and nothing is sent. (tokio tells that it lacks
/// one by a panic alone, which is caught: the panic hook sees it, and with `panic = "abort"` it ends the program.) A client may be used on
/// several runtimes, at once or one after the other, such as a runtime for each test. Connections belong to the runtime
/// that opened them, so each runtime has its own. That does not hold for an HTTP client of yours
/// ([`http_client`](ClientBuilder::http_client)), nor for [`raw`](Self::raw): use those on one runtime.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<ClientInner>,
}

impl Client {
    pub(crate) fn from_inner(inner: ClientInner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Buys `count` vouchers of `traffic` each and returns their codes. **Spends money.**
    ///
    /// It is sent again only if it is proven that nothing was bought: the request never left, or it was refused as too
    /// frequent. All codes of the reply are returned; [`Created`] says whether they are as many as were ordered.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] before anything is sent if `traffic` or `count` is below 1. After any
    /// other error ask [`Error::outcome`]: on [`Outcome::Unknown`] the vouchers may exist, and calling
    /// again may buy them twice. [The guide](crate::guide::delivery) says what to do; `thordata-cdk-issuer` does it.
    ///
    /// # Cancel safety
    /// **Not cancel safe.** If you drop the future, the vouchers may have been bought, and their codes are lost to you
    /// until a list shows them. Let it run in a task of its own, or use `thordata-cdk-issuer`.
    pub async fn create(&self, order: NewCdks) -> Result<Created, Error> {
        let call = self.for_call();
        let run = || call.create_with_retries(order);
        trace::call(Operation::Create, self.tag(), run).await
    }

    async fn create_with_retries(&self, order: NewCdks) -> Result<Created, Error> {
        order_body(order)?; // before it waits for its attempt
        let mut attempts = self.inner.attempts();
        loop {
            let created = match self.begin_create(attempts.begin()).await {
                Ok(attempt) => self.create_once(attempt, order).await,
                Err(error) => Err(error),
            };
            match created {
                Ok(codes) => return Ok(codes),
                Err(error) if is_safe_to_resend(&error) && attempts.wait(&error).await => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until one more order may be sent.
    pub(crate) async fn begin_create(&self, resend_count: u32) -> Result<Attempt<'_>, Error> {
        let call = Call {
            operation: Operation::Create,
            code: None,
            resend_count,
        };
        self.inner.begin_attempt(call).await
    }

    /// One attempt, never a second.
    pub(crate) async fn create_once(
        &self,
        mut attempt: Attempt<'_>,
        order: NewCdks,
    ) -> Result<Created, Error> {
        let body = order_body(order)?;
        let answer = attempt
            .exchange::<PaidCodes>(|raw| Ok(raw.create_cdks_request(&body)?.read_as()))
            .await?;
        // Before the codes are looked at: any answer shows that the service works.
        self.inner.shared.budget.refill();
        let PaidCodes { codes, unreadable } = answer
            .into_data()
            .ok_or_else(|| without_data(Outcome::Unknown))?;
        Ok(Created::new(codes, unreadable, order.count))
    }

    /// What is known of one voucher. Retries transient errors.
    ///
    /// # Errors
    /// The [`Error`] of the last attempt; nothing was changed. The vendor does not document what it answers for an
    /// unknown code: expect an [`Error::Api`]. A reply about another voucher is an [`Error::Decode`].
    ///
    /// # Cancel safety
    /// Cancel safe: it only reads.
    pub async fn get(&self, code: &CdkCode) -> Result<CdkDetails, Error> {
        self.look_up(code).await
    }

    /// What is known of one voucher, as far as `T` asks for it.
    async fn look_up<T: Payload>(&self, code: &CdkCode) -> Result<T, Error> {
        let inner = &*self.inner.for_call();
        let get = |resend_count| {
            let call = Call {
                operation: Operation::Get,
                code: Some(code),
                resend_count,
            };
            inner.attempt_once(call, |raw| Ok(raw.get_cdk_request(code)?.read_as()))
        };
        let answer = inner.read_with_retries(Operation::Get, get).await?;
        answer
            .into_data()
            .ok_or_else(|| without_data(Outcome::NotApplied))
    }

    /// Makes an unused voucher worthless.
    ///
    /// It works towards the target state: after an attempt whose outcome is unknown it looks the voucher up, and sends
    /// the revocation again only if the voucher is still unused. A refusal after such an attempt counts as success if
    /// the voucher turns out to be revoked. So does HTTP 400 or 429, which may be the answer to another request.
    ///
    /// # Errors
    /// [`Error::Api`] for a voucher that is used, or that somebody else has revoked. After any error ask
    /// [`Error::outcome`]: on [`Outcome::Unknown`] it may be revoked. Call it again, or ask [`get`](Self::get).
    ///
    /// # Cancel safety
    /// If you drop the future, the voucher may have been revoked. Call it again, or ask [`get`](Self::get).
    pub async fn revoke(&self, code: &CdkCode) -> Result<(), Error> {
        let call = self.for_call();
        let run = || call.revoke_with_retries(code);
        trace::call(Operation::Revoke, self.tag(), run).await
    }

    async fn revoke_with_retries(&self, code: &CdkCode) -> Result<(), Error> {
        let body = &RevokeCdkRequest::new(code.clone());
        let mut attempts = self.inner.attempts();
        let mut in_doubt = false;
        let mut maybe_stale = false;
        loop {
            let call = Call {
                operation: Operation::Revoke,
                code: Some(code),
                resend_count: attempts.begin(),
            };
            let error = match self
                .inner
                .attempt_once::<Revocation>(call, |raw| Ok(raw.revoke_cdk_request(body)?.read_as()))
                .await
            {
                Ok(answer) if answer.code().is_some() => {
                    self.inner.shared.budget.refill();
                    return Ok(());
                }
                // Without a code it says nothing: `data` of a revocation may be anything.
                Ok(_) => Error::Decode(DecodeError {
                    status: 200,
                    reason: "it carries no `code`".into(),
                    too_long: false,
                    outcome: Outcome::Unknown,
                }),
                Err(error) => error,
            };
            let unknown = error.outcome() == Outcome::Unknown;
            in_doubt |= unknown;
            // A server that is closing the connection may have said so of no request at all.
            maybe_stale |= matches!(error.status(), Some(400 | 429));
            let look = in_doubt || (maybe_stale && !is_safe_to_resend(&error));
            // Who allows one attempt gets one request: no look-up either.
            if look && attempts.allows_more() {
                // Boxed, since it is rare and every revocation would carry its room along.
                let look = Box::pin(self.look_up::<Standing>(code));
                match look.await.map(|standing| standing.status) {
                    Ok(CdkStatus::Revoked) => return Ok(()),
                    // Not carried out, or not yet: revoking twice does no harm, so it is sent again.
                    Ok(CdkStatus::Unused) if unknown => {}
                    Ok(_) | Err(_) if is_safe_to_resend(&error) => {}
                    // Used: no earlier attempt was carried out either.
                    Ok(CdkStatus::Used) => return Err(error),
                    Ok(_) | Err(_) if !in_doubt => return Err(error),
                    Ok(_) | Err(_) => return Err(error.with_unknown_outcome()),
                }
            } else if !is_safe_to_resend(&error) {
                return Err(error);
            }
            if !attempts.wait(&error).await {
                // This attempt may be proven void while an earlier one is not.
                return Err(if in_doubt {
                    error.with_unknown_outcome()
                } else {
                    error
                });
            }
        }
    }

    /// This client with other settings for its calls. It shares connections, pace, retry budget and the
    /// limit of requests in flight with `self`.
    ///
    /// ```no_run
    /// # async fn f(client: thordata_cdk::Client, order: thordata_cdk::NewCdks) -> Result<(), thordata_cdk::Error> {
    /// use thordata_cdk::{CallOptions, RetryPolicy};
    ///
    /// // Exactly one attempt, whatever happens.
    /// let once = client.with_options(CallOptions::new().retry(RetryPolicy::none()));
    /// let codes = once.create(order).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        // What these options leave out may be set by earlier ones, and stays.
        let mut inner = ClientInner::clone(&self.inner);
        if let Some(policy) = options.retry {
            inner.policy = policy;
        }
        inner.send_before = options.send_before.or(inner.send_before);
        inner.call_timeout = options.timeout.or(inner.call_timeout);
        inner.tag = options.tag.or(inner.tag);
        Self::from_inner(inner)
    }

    /// A client of another account, on the same connections and with the same settings: base URL, limits, time limits,
    /// retry policy, hook. Pace, retry budget, the limit in flight and [`service_time`](Self::service_time) are its own:
    /// what one account is refused says nothing of another. A provider of credentials does not come along, nor do
    /// a last moment to send, a time limit or a tag of [`CallOptions`].
    ///
    /// ```no_run
    /// # async fn f(client: thordata_cdk::Client) -> Result<(), thordata_cdk::Error> {
    /// use thordata_cdk::Credentials;
    ///
    /// let other = client.with_credentials(Credentials::new("another token", "its key")?);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        let settings = Arc::new(self.inner.settings.with_credentials(credentials));
        let mut raw = self.inner.raw.clone();
        raw.inner = raw::Hooks {
            settings: Arc::clone(&settings),
        };
        let (limits, policy) = (self.inner.limits, self.inner.policy.clone());
        Self::from_inner(ClientInner {
            runtimes: Arc::clone(&self.inner.runtimes),
            raw,
            settings,
            shared: Arc::new(Shared::new(&policy, limits)),
            policy,
            send_before: None,
            call_timeout: None,
            deadline: None,
            tag: None,
            limits,
        })
    }

    fn for_call(&self) -> Self {
        Self {
            inner: self.inner.for_call(),
        }
    }

    fn tag(&self) -> Option<&str> {
        self.inner.tag.as_deref()
    }

    /// The service's clock now, estimated from the newest reply: its `Date` header plus the time since.
    /// `None` before the first reply, and if the service sends no usable `Date`. Precise to about a second
    /// and the time that the reply took.
    #[must_use]
    pub fn service_time(&self) -> Option<Timestamp> {
        self.inner.shared.clock.now()
    }

    /// The credentials that every request carries; those of the first moment if a provider renews the key.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.inner.settings.credentials
    }

    /// The base URL of every request, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.inner.raw.baseurl
    }

    /// The proxy that the environment names and that every request goes through: scheme, host and port, no user
    /// name and no password. `None` if there is none, or if the builder was given proxies or an HTTP client.
    #[must_use]
    pub fn environment_proxy(&self) -> Option<&str> {
        self.inner.settings.proxy.as_deref()
    }

    /// The time limit of one attempt of [`create`](Self::create).
    #[must_use]
    pub fn create_timeout(&self) -> Duration {
        self.inner.settings.create_timeout
    }

    /// The generated client, with this client's settings. Outside the semver promise; see
    /// [`raw`].
    #[must_use]
    pub fn raw(&self) -> &raw::Client {
        &self.inner.raw
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.raw.baseurl)
            .finish_non_exhaustive()
    }
}

/// The contract's ranges are in the types of the generated request.
pub(crate) fn order_body(order: NewCdks) -> Result<CreateCdksRequest, InvalidInput> {
    let flow = u64::try_from(order.traffic.as_i64())
        .ok()
        .and_then(NonZeroU64::new);
    let flow = flow.ok_or_else(|| {
        InvalidInput::new(
            "flow",
            format!("traffic must be at least 1, not {}", order.traffic),
        )
    })?;
    // The contract's integers have a sign.
    let num = i32::try_from(order.count)
        .ok()
        .and(NonZeroU32::new(order.count));
    let num = num.ok_or_else(|| {
        InvalidInput::new(
            "num",
            format!("the count must be 1 to {}, not {}", i32::MAX, order.count),
        )
    })?;
    Ok(CreateCdksRequest::new(flow, num))
}

fn without_data(outcome: Outcome) -> Error {
    Error::Decode(DecodeError {
        status: 200,
        reason: "it says success and carries no `data`".into(),
        too_long: false,
        outcome,
    })
}
