//! The client: `create`, `get` and `revoke`. The lists are in `crate::list`.

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
use crate::attempt::{Attempt, Call, ClientInner};
use crate::created::Created;
use crate::credentials::Credentials;
use crate::error::{DecodeError, Error, InvalidInput, Outcome};
use crate::operation::Operation;
use crate::payload::{PaidCodes, Payload, Revocation, Standing};
use crate::raw;
use crate::raw::types::{CdkDetails, CreateCdksRequest, RevokeCdkRequest};
use crate::trace;
use crate::types::{CdkCode, CdkStatus, NewCdks, Timestamp};

/// A client of the four CDK operations.
///
/// Cheap to clone; clones share connections, retry budget and pace. Every future may be dropped at any
/// time: the client stays usable. Dropping [`create`](Self::create) or [`revoke`](Self::revoke) while
/// it runs leaves open whether it was carried out.
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
    /// Sent again only if it is proven that nothing was bought: the request never left, or it was
    /// refused as too frequent. All codes of the reply are returned; [`Created`] says whether they are as many
    /// as were ordered.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] before anything is sent if `traffic` or `count` is below 1. After any
    /// other error ask [`Error::outcome`]: on [`Outcome::Unknown`] the vouchers may exist, and calling
    /// again may buy them twice. The crate `thordata-cdk-issuer` takes care of that.
    pub async fn create(&self, order: NewCdks) -> Result<Created, Error> {
        trace::call(Operation::Create, || self.create_with_retries(order)).await
    }

    async fn create_with_retries(&self, order: NewCdks) -> Result<Created, Error> {
        order_body(order)?; // before it waits for its attempt
        let mut attempts = self.inner.attempts();
        loop {
            let attempt = self.begin_create(attempts.begin()).await;
            match self.create_once(attempt, order).await {
                Ok(codes) => return Ok(codes),
                Err(error) if is_safe_to_resend(&error) && attempts.wait(&error).await => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until one more order may go.
    pub(crate) async fn begin_create(&self, resend_count: u32) -> Attempt<'_> {
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
        self.inner.shared.budget.refill();
        let PaidCodes { codes, unreadable } = answer
            .into_data()
            .ok_or_else(|| without_data(Outcome::Unknown))?;
        Ok(Created::new(codes, unreadable, order.count))
    }

    /// What is known of one voucher. Repeated after errors that may pass.
    ///
    /// # Errors
    /// See [`Error`]. What an unknown code answers is not documented: expect an [`Error::Api`]. A reply about
    /// another voucher is an [`Error::Decode`].
    pub async fn get(&self, code: &CdkCode) -> Result<CdkDetails, Error> {
        self.look_up(code).await
    }

    /// What is known of one voucher, as far as `T` asks for it.
    async fn look_up<T: Payload>(&self, code: &CdkCode) -> Result<T, Error> {
        let get = |resend_count| {
            let call = Call {
                operation: Operation::Get,
                code: Some(code),
                resend_count,
            };
            self.inner
                .attempt_once(call, |raw| Ok(raw.get_cdk_request(code)?.read_as()))
        };
        let answer = self.inner.read_with_retries(Operation::Get, get).await?;
        answer
            .into_data()
            .ok_or_else(|| without_data(Outcome::NotApplied))
    }

    /// Makes an unused voucher worthless.
    ///
    /// Steered by the target state: after an attempt whose outcome is unknown the voucher is looked up,
    /// and only if it is still unused the revocation is sent again. A refusal after such an attempt is a
    /// success if the voucher turns out to be revoked.
    ///
    /// # Errors
    /// See [`Error`]. A voucher that somebody else has revoked, or that is used, answers an
    /// [`Error::Api`].
    pub async fn revoke(&self, code: &CdkCode) -> Result<(), Error> {
        trace::call(Operation::Revoke, || self.revoke_with_retries(code)).await
    }

    async fn revoke_with_retries(&self, code: &CdkCode) -> Result<(), Error> {
        let body = &RevokeCdkRequest { cdk: code.clone() };
        let mut attempts = self.inner.attempts();
        let mut in_doubt = false;
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
            in_doubt |= error.outcome() == Outcome::Unknown;
            if in_doubt && attempts.allows_more() {
                // Boxed, since it is rare and every revocation would carry its room along.
                let look = Box::pin(self.look_up::<Standing>(code));
                match look.await.map(|standing| standing.status) {
                    Ok(CdkStatus::Revoked) => return Ok(()),
                    Ok(CdkStatus::Unused) if error.outcome() == Outcome::Unknown => {}
                    Ok(_) | Err(_) if is_safe_to_resend(&error) => {}
                    // Used: no earlier attempt was carried out either.
                    Ok(CdkStatus::Used) => return Err(error),
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
        let mut inner = ClientInner::clone(&self.inner);
        if let Some(policy) = options.retry {
            inner.policy = policy;
        }
        inner.send_before = options.send_before.or(inner.send_before);
        Self::from_inner(inner)
    }

    /// The service's clock now, estimated from the newest reply: its `Date` header plus the time since.
    /// `None` before the first reply, and if the service sends no usable `Date`. Precise to about a second
    /// and the time that the reply took.
    #[must_use]
    pub fn service_time(&self) -> Option<Timestamp> {
        self.inner.shared.clock.now()
    }

    /// The credentials that every request carries.
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
    let num = i32::try_from(order.count)
        .ok()
        .and(NonZeroU32::new(order.count));
    let num = num.ok_or_else(|| {
        InvalidInput::new(
            "num",
            format!("the count must be 1 to {}, not {}", i32::MAX, order.count),
        )
    })?;
    Ok(CreateCdksRequest { flow, num })
}

fn without_data(outcome: Outcome) -> Error {
    Error::Decode(DecodeError {
        status: 200,
        reason: "it says success and carries no `data`".into(),
        too_long: false,
        outcome,
    })
}
