//! The four calls.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::Arc;

use crate::builder::ClientBuilder;
use crate::call::{Call, Caller, Operation, Patience, Turn};
use crate::credentials::Credentials;
use crate::delivery::retry::may_spend_again;
use crate::error::{DecodeError, Error, InvalidInput, Outcome};
use crate::model::{CdkCode, CdkStatus, NewCdks};
use crate::raw;
use crate::raw::types::{CdkDetails, CreateCdksRequest, RevokeCdkRequest};
use crate::trace;

/// A client of the four CDK operations.
///
/// Cheap to clone; clones share connections, retry budget and pace. Every future may be dropped at any
/// time: the client stays usable. Dropping [`create`](Self::create) or [`revoke`](Self::revoke) while
/// it runs leaves open whether it was carried out.
#[derive(Clone)]
pub struct Client {
    pub(crate) caller: Arc<Caller>,
}

impl Client {
    /// A client with the default settings.
    ///
    /// # Errors
    /// [`Error::Config`] if no HTTP client can be set up.
    pub fn new(credentials: Credentials) -> Result<Self, Error> {
        Self::builder(credentials).build()
    }

    /// Credentials from `THORDATA_PUBLIC_TOKEN` and `THORDATA_PUBLIC_KEY`, and the base URL from
    /// `THORDATA_CDK_BASE_URL` if that is set.
    ///
    /// # Errors
    /// [`Error::Config`] that names the variable which is missing or unusable.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder(Credentials::from_env()?)
            .base_url_from_env()?
            .build()
    }

    /// Settings other than the default ones.
    #[must_use]
    pub fn builder(credentials: Credentials) -> ClientBuilder {
        ClientBuilder::new(credentials)
    }

    pub(crate) fn from_caller(caller: Caller) -> Self {
        Self {
            caller: Arc::new(caller),
        }
    }

    /// Buys `count` vouchers of `traffic` each and returns their codes. **Spends money.**
    ///
    /// Sent again only if it is proven that nothing was bought: the request never left, or it was
    /// refused as too frequent. All codes of the reply are returned, be they more or fewer than ordered:
    /// compare their number with `count`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] before anything is sent if `traffic` or `count` is below 1. After any
    /// other error ask [`Error::outcome`]: on [`Outcome::Unknown`] the vouchers may exist, and calling
    /// again may buy them twice. The `Issuer` of the feature `issuer` takes care of that.
    pub async fn create(&self, order: NewCdks) -> Result<Vec<CdkCode>, Error> {
        trace::call(Operation::Create, || self.create_patiently(order)).await
    }

    async fn create_patiently(&self, order: NewCdks) -> Result<Vec<CdkCode>, Error> {
        order_body(order)?; // before it waits for its turn
        let mut patience = Patience::new(&self.caller);
        loop {
            let turn = self.create_turn(patience.begin()).await;
            match self.create_once(turn, order).await {
                Ok(codes) => return Ok(codes),
                Err(error) if may_spend_again(&error) && patience.wait(&error).await => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until one more order may go.
    pub(crate) async fn create_turn(&self, resend_count: u32) -> Turn<'_> {
        let call = Call {
            operation: Operation::Create,
            code: None,
            resend_count,
        };
        self.caller.turn(call).await
    }

    /// One attempt, never a second.
    pub(crate) async fn create_once(
        &self,
        mut turn: Turn<'_>,
        order: NewCdks,
    ) -> Result<Vec<CdkCode>, Error> {
        let body = order_body(order)?;
        let answer = turn.exchange(|raw| raw.create_cdks_request(&body)).await?;
        self.caller.budget.refill();
        let created = answer
            .into_data()
            .ok_or_else(|| without_data(Outcome::Unknown))?;
        Ok(created.cdk)
    }

    /// What is known of one voucher. Repeated after errors that may pass.
    ///
    /// # Errors
    /// See [`Error`]. What an unknown code answers is not documented: expect an [`Error::Api`].
    pub async fn get(&self, code: &CdkCode) -> Result<CdkDetails, Error> {
        let get = |resend_count| {
            let call = Call {
                operation: Operation::Get,
                code: Some(code),
                resend_count,
            };
            self.caller.once(call, |raw| raw.get_cdk_request(code))
        };
        let answer = self.caller.read(Operation::Get, get).await?;
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
        trace::call(Operation::Revoke, || self.revoke_patiently(code)).await
    }

    async fn revoke_patiently(&self, code: &CdkCode) -> Result<(), Error> {
        let body = &RevokeCdkRequest { cdk: code.clone() };
        let mut patience = Patience::new(&self.caller);
        let mut in_doubt = false;
        loop {
            let call = Call {
                operation: Operation::Revoke,
                code: Some(code),
                resend_count: patience.begin(),
            };
            let error = match self
                .caller
                .once(call, |raw| raw.revoke_cdk_request(body))
                .await
            {
                Ok(answer) if answer.code().is_some() => {
                    self.caller.budget.refill();
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
            if in_doubt && patience.allows_more() {
                // Boxed, since it is rare and every revocation would carry its room along.
                match Box::pin(self.get(code)).await.map(|cdk| cdk.status) {
                    Ok(CdkStatus::Revoked) => return Ok(()),
                    Ok(CdkStatus::Unused) if error.outcome() == Outcome::Unknown => {}
                    Ok(_) | Err(_) if may_spend_again(&error) => {}
                    // Used: no earlier attempt was carried out either.
                    Ok(CdkStatus::Used) => return Err(error),
                    Ok(_) | Err(_) => return Err(error.in_doubt()),
                }
            } else if !may_spend_again(&error) {
                return Err(error);
            }
            if !patience.wait(&error).await {
                // This attempt may be proven void while an earlier one is not.
                return Err(if in_doubt { error.in_doubt() } else { error });
            }
        }
    }

    /// The attempts of one purchase.
    #[cfg(feature = "issuer")]
    pub(crate) fn patience(&self) -> Patience<'_> {
        Patience::new(&self.caller)
    }

    /// What tells this account from another.
    #[cfg(feature = "issuer")]
    pub(crate) fn account(&self) -> Vec<u8> {
        self.caller.settings.credentials.token().as_bytes().to_vec()
    }

    /// The generated client, with this client's settings. Outside the semver promise; see
    /// [`raw`].
    #[must_use]
    pub fn raw(&self) -> &raw::Client {
        &self.caller.raw
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.caller.raw.baseurl)
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
