// Compiled from openapi.yaml, fingerprint 03295f68337f6ba6; `just golden` rewrites it.
#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{encode_path, ClientHooks, OperationInfo, RequestBuilderExt};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub(crate) mod schemas {
    ///One voucher of a list. The list page marks `cdk` as not required, the details page as required. Decision: required, since a voucher without its code is of no use.
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[non_exhaustive]
    pub struct Cdk {
        ///The voucher's code. Source: the page "Get CDK List".
        pub cdk: ::thordata_cdk::CdkCode,
        ///When it was created, in Unix seconds. Source: the page "Get CDK List".
        pub create_time: ::thordata_cdk::Timestamp,
        ///Where it stands: 1 unused, 2 used, 3 revoked, and open to more. Source: the page "Get CDK List".
        pub status: ::thordata_cdk::CdkStatus,
        ///Its traffic, in the unit in which `flow` was ordered. Source: the page "Get CDK List".
        pub traffic: ::thordata_cdk::Traffic,
        ///Its validity period, in seconds: of the code (English page) or of the traffic (Chinese page). Source: the page "Get CDK List".
        pub traffic_duration: ::thordata_cdk::TrafficDuration,
    }
    ///One voucher and its redemption. Source: the page "Get CDK Details".
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[non_exhaustive]
    pub struct CdkDetails {
        ///The voucher's code. Source: the page "Get CDK List".
        pub cdk: ::thordata_cdk::CdkCode,
        ///When it was created, in Unix seconds. Source: the page "Get CDK List".
        pub create_time: ::thordata_cdk::Timestamp,
        ///Where it stands: 1 unused, 2 used, 3 revoked, and open to more. Source: the page "Get CDK List".
        pub status: ::thordata_cdk::CdkStatus,
        ///Its traffic, in the unit in which `flow` was ordered. Source: the page "Get CDK List".
        pub traffic: ::thordata_cdk::Traffic,
        ///Its validity period, in seconds: of the code (English page) or of the traffic (Chinese page). Source: the page "Get CDK List".
        pub traffic_duration: ::thordata_cdk::TrafficDuration,
        ///When it was redeemed, in Unix seconds. 0 means absent. Source: the page "Get CDK Details".
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub use_time: ::std::option::Option<::thordata_cdk::Timestamp>,
        ///The user name of whoever redeemed it, as typed by a customer: untrusted text. Empty means absent. Source: the page "Get CDK Details".
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub use_username: ::std::option::Option<::std::string::String>,
    }
    ///An order for vouchers. Both numbers cost money when they grow; do not swap them.
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[non_exhaustive]
    pub struct CreateCdksRequest {
        ///Traffic of each voucher, in the unit of the vendor's shop (none is given). Source: the page "Create CDK", "Traffic in CDKEY". Decision: at least 1, since less buys nothing, and the same number that the list calls `traffic`; the pages say neither.
        pub flow: ::std::num::NonZeroU64,
        ///How many vouchers to create, a count. Source: the page "Create CDK", "The numbers of CDKEY you create". Decision: at least 1, and a number of 32 bits, which is more than anybody orders; the page types it as number alone. The largest number is not documented; by its text 10012 answers one that is too large.
        pub num: ::std::num::NonZeroU32,
    }
    ///The vouchers that an order created. Source: the page "Create CDK".
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[non_exhaustive]
    pub struct CreatedCdks {
        ///The new codes, as many as were ordered, in no documented order. Source: the page "Create CDK", whose table types this as one string and whose example is an array. Decision: an array; accept one string as an array of one code.
        pub cdk: ::std::vec::Vec<::thordata_cdk::CdkCode>,
    }
    ///Who redeemed a voucher, and when. The details page marks both fields as required. Of the same unused voucher the English page shows a user name and a time in 1975, the Chinese page an empty name and 0. Decision: both are optional, an empty string and 0 mean absent, and the status is never inferred from them.
    #[derive(::serde::Serialize, Clone, Debug, Default, PartialEq)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[non_exhaustive]
    pub struct Redemption {
        ///When it was redeemed, in Unix seconds. 0 means absent. Source: the page "Get CDK Details".
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub use_time: ::std::option::Option<::thordata_cdk::Timestamp>,
        ///The user name of whoever redeemed it, as typed by a customer: untrusted text. Empty means absent. Source: the page "Get CDK Details".
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub use_username: ::std::option::Option<::std::string::String>,
    }
    ///Names the one voucher that becomes worthless.
    #[derive(::serde::Serialize, Clone, Debug, PartialEq)]
    #[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]
    #[non_exhaustive]
    pub struct RevokeCdkRequest {
        ///The voucher's code. Source: the page "Revoke CDK".
        pub cdk: ::thordata_cdk::CdkCode,
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
    impl<'de> ::serde::Deserialize<'de> for Cdk {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            #[derive(::serde::Deserialize)]
            struct Fields {
                cdk: ::thordata_cdk::CdkCode,
                create_time: ::thordata_cdk::Timestamp,
                status: ::thordata_cdk::CdkStatus,
                traffic: ::thordata_cdk::Traffic,
                traffic_duration: ::thordata_cdk::TrafficDuration,
            }
            let fields = Fields::deserialize(::thordata_cdk::raw::Object(deserializer))?;
            Ok(Self {
                cdk: fields.cdk,
                create_time: fields.create_time,
                status: fields.status,
                traffic: fields.traffic,
                traffic_duration: fields.traffic_duration,
            })
        }
    }
    impl<'de> ::serde::Deserialize<'de> for CdkDetails {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            #[derive(::serde::Deserialize)]
            struct Fields {
                cdk: ::thordata_cdk::CdkCode,
                create_time: ::thordata_cdk::Timestamp,
                status: ::thordata_cdk::CdkStatus,
                traffic: ::thordata_cdk::Traffic,
                traffic_duration: ::thordata_cdk::TrafficDuration,
                #[serde(
                    default,
                    deserialize_with = "::thordata_cdk::raw::readable_or_absent"
                )]
                use_time: ::std::option::Option<::thordata_cdk::Timestamp>,
                #[serde(
                    default,
                    deserialize_with = "::thordata_cdk::raw::readable_or_absent"
                )]
                use_username: ::std::option::Option<::std::string::String>,
            }
            let fields = Fields::deserialize(::thordata_cdk::raw::Object(deserializer))?;
            Ok(Self {
                cdk: fields.cdk,
                create_time: fields.create_time,
                status: fields.status,
                traffic: fields.traffic,
                traffic_duration: fields.traffic_duration,
                use_time: fields.use_time,
                use_username: fields.use_username,
            })
        }
    }
    impl<'de> ::serde::Deserialize<'de> for CreateCdksRequest {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            #[derive(::serde::Deserialize)]
            struct Fields {
                flow: ::std::num::NonZeroU64,
                num: ::std::num::NonZeroU32,
            }
            let fields = Fields::deserialize(::thordata_cdk::raw::Object(deserializer))?;
            Ok(Self {
                flow: fields.flow,
                num: fields.num,
            })
        }
    }
    impl<'de> ::serde::Deserialize<'de> for CreatedCdks {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            #[derive(::serde::Deserialize)]
            struct Fields {
                #[serde(deserialize_with = "::thordata_cdk::raw::one_code_or_many")]
                cdk: ::std::vec::Vec<::thordata_cdk::CdkCode>,
            }
            let fields = Fields::deserialize(::thordata_cdk::raw::Object(deserializer))?;
            Ok(Self { cdk: fields.cdk })
        }
    }
    impl<'de> ::serde::Deserialize<'de> for Redemption {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            #[derive(::serde::Deserialize)]
            struct Fields {
                #[serde(
                    default,
                    deserialize_with = "::thordata_cdk::raw::readable_or_absent"
                )]
                use_time: ::std::option::Option<::thordata_cdk::Timestamp>,
                #[serde(
                    default,
                    deserialize_with = "::thordata_cdk::raw::readable_or_absent"
                )]
                use_username: ::std::option::Option<::std::string::String>,
            }
            let fields = Fields::deserialize(::thordata_cdk::raw::Object(deserializer))?;
            Ok(Self {
                use_time: fields.use_time,
                use_username: fields.use_username,
            })
        }
    }
    impl<'de> ::serde::Deserialize<'de> for RevokeCdkRequest {
        fn deserialize<D: ::serde::Deserializer<'de>>(
            deserializer: D,
        ) -> ::std::result::Result<Self, D::Error> {
            #[derive(::serde::Deserialize)]
            struct Fields {
                cdk: ::thordata_cdk::CdkCode,
            }
            let fields = Fields::deserialize(::thordata_cdk::raw::Object(deserializer))?;
            Ok(Self { cdk: fields.cdk })
        }
    }
    impl Cdk {
        /// A value with these fields, and without those that may be left out: set them afterwards. For tests and
        /// requests; the fields that are required stay the same until the next major version.
        pub fn new(
            cdk: ::thordata_cdk::CdkCode,
            create_time: ::thordata_cdk::Timestamp,
            status: ::thordata_cdk::CdkStatus,
            traffic: ::thordata_cdk::Traffic,
            traffic_duration: ::thordata_cdk::TrafficDuration,
        ) -> Self {
            Self {
                cdk,
                create_time,
                status,
                traffic,
                traffic_duration,
            }
        }
    }
    impl CdkDetails {
        /// A value with these fields, and without those that may be left out: set them afterwards. For tests and
        /// requests; the fields that are required stay the same until the next major version.
        pub fn new(
            cdk: ::thordata_cdk::CdkCode,
            create_time: ::thordata_cdk::Timestamp,
            status: ::thordata_cdk::CdkStatus,
            traffic: ::thordata_cdk::Traffic,
            traffic_duration: ::thordata_cdk::TrafficDuration,
        ) -> Self {
            Self {
                cdk,
                create_time,
                status,
                traffic,
                traffic_duration,
                use_time: ::std::default::Default::default(),
                use_username: ::std::default::Default::default(),
            }
        }
    }
    impl CreateCdksRequest {
        /// A value with these fields, and without those that may be left out: set them afterwards. For tests and
        /// requests; the fields that are required stay the same until the next major version.
        pub fn new(flow: ::std::num::NonZeroU64, num: ::std::num::NonZeroU32) -> Self {
            Self { flow, num }
        }
    }
    impl CreatedCdks {
        /// A value with these fields, and without those that may be left out: set them afterwards. For tests and
        /// requests; the fields that are required stay the same until the next major version.
        pub fn new(cdk: ::std::vec::Vec<::thordata_cdk::CdkCode>) -> Self {
            Self { cdk }
        }
    }
    impl Redemption {
        /// A value with these fields, and without those that may be left out: set them afterwards. For tests and
        /// requests; the fields that are required stay the same until the next major version.
        pub fn new() -> Self {
            Self {
                use_time: ::std::default::Default::default(),
                use_username: ::std::default::Default::default(),
            }
        }
    }
    impl RevokeCdkRequest {
        /// A value with these fields, and without those that may be left out: set them afterwards. For tests and
        /// requests; the fields that are required stay the same until the next major version.
        pub fn new(cdk: ::thordata_cdk::CdkCode) -> Self {
            Self { cdk }
        }
    }
}
#[derive(Clone, Debug)]
/**Client for Thordata CDK

Prepaid vouchers for Thordata proxy traffic, and the four HTTP operations that create, list, look up and revoke them.

A **CDK** ("CDKEY") is a code such as `uJQJFnycHOpSEw5N`. Whoever holds it can redeem it for traffic, so it is worth money, like a gift-card number: keep it out of logs, error messages and URLs that others can read.

This contract is curated by hand from the vendor's public pages. It is not published by the vendor, and no live account was used to check it. Each operation names its page; English and Chinese pages were read in November 2026, last on 2026-11-27. Where the pages are silent or contradict themselves, the text says **Decision**, and what to do if the decision turns out wrong. An example is the page's own only if its summary says so.

**Read this before you write a client.** A failure mostly arrives as HTTP 200. Look at the payload's `code`: 200 is success, anything else is a failure, whatever the HTTP status says. `createCdks` spends money and takes no idempotency key: never send it twice because an answer got lost.

Version: 0.1.0*/
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: ::thordata_cdk::raw::Hooks,
}
impl Client {
    /// Create a new client.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new(baseurl: &str, inner: ::thordata_cdk::raw::Hooks) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        let client = {
            let dur = ::std::time::Duration::from_secs(15u64);
            reqwest::ClientBuilder::new().connect_timeout(dur).timeout(dur)
        };
        #[cfg(target_arch = "wasm32")]
        let client = reqwest::ClientBuilder::new();
        Self::new_with_client(baseurl, client.build().unwrap(), inner)
    }
    /// Construct a new client with an existing `reqwest::Client`,
    /// allowing more control over its configuration.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new_with_client(
        baseurl: &str,
        client: reqwest::Client,
        inner: ::thordata_cdk::raw::Hooks,
    ) -> Self {
        Self {
            baseurl: baseurl.to_string(),
            client,
            inner,
        }
    }
}
impl ClientInfo<::thordata_cdk::raw::Hooks> for Client {
    fn api_version() -> &'static str {
        "0.1.0"
    }
    fn baseurl(&self) -> &str {
        self.baseurl.as_str()
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &::thordata_cdk::raw::Hooks {
        &self.inner
    }
}
impl ClientHooks<::thordata_cdk::raw::Hooks> for &Client {}
#[allow(clippy::all)]
impl Client {
    /**Create CDKs

Creates `num` new vouchers of `flow` traffic each and returns their codes. The vendor offers no idempotency key: after a timeout or a broken connection the vouchers may exist although no answer came. List the vouchers and compare before you send it again.

Source: the vendor's page "Create CDK", which says nothing of the price.

Decision: **treat every call as one that spends the account's money.** The vendor's error codes speak of a wallet balance (10008), of a failed purchase (10009) and of recharging (10017).

Decision: the body is form encoded. The page does not give an encoding; the vendor's own example for a sibling operation and all four of its SDKs send `application/x-www-form-urlencoded`.

Sends a `POST` request to `/api/cdk/create`

Arguments:
- `body`: How much traffic, and how many vouchers.
*/
    pub async fn create_cdks<'a>(
        &'a self,
        body: &'a types::CreateCdksRequest,
    ) -> Result<
        ResponseValue<::thordata_cdk::Envelope<::thordata_cdk::raw::types::CreatedCdks>>,
        Error<()>,
    > {
        let mut request = self.create_cdks_request(body)?.request;
        let info = OperationInfo {
            operation_id: "create_cdks",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Get one CDK

What is known of one voucher, and of its redemption.

Source: the vendor's page "Get CDK Details".

Decision: `cdk` goes in the query string, for the reasons given at `listCdks`. The code is part of the URL then: keep URLs out of logs.

Sends a `GET` request to `/api/cdk/info`

Arguments:
- `cdk`: The voucher to look up. Case-sensitive.
*/
    pub async fn get_cdk<'a>(
        &'a self,
        cdk: &'a ::thordata_cdk::CdkCode,
    ) -> Result<
        ResponseValue<::thordata_cdk::Envelope<::thordata_cdk::raw::types::CdkDetails>>,
        Error<()>,
    > {
        let mut request = self.get_cdk_request(cdk)?.request;
        let info = OperationInfo {
            operation_id: "get_cdk",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**List CDKs

Every voucher of the account, or those in one status. There is no pagination, so the reply may be long.

Source: the vendor's page "Get CDK List".

Decision: `status` goes in the query string. The page lists it under "Body", which has no defined meaning for GET; sibling pages say "Params" and the vendor's SDKs use the query. If the service ignores the query, send the same pair as a form body too.

Sends a `GET` request to `/api/cdk/list`

Arguments:
- `status`: Return only vouchers in this status. Left out, all are returned.
*/
    pub async fn list_cdks<'a>(
        &'a self,
        status: Option<&'a ::thordata_cdk::CdkStatus>,
    ) -> Result<
        ResponseValue<
            ::thordata_cdk::Envelope<::std::vec::Vec<::thordata_cdk::raw::types::Cdk>>,
        >,
        Error<()>,
    > {
        let mut request = self.list_cdks_request(status)?.request;
        let info = OperationInfo {
            operation_id: "list_cdks",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Revoke a CDK

Makes an unused voucher worthless. Whether the price is refunded is not documented.

Source: the vendor's page "Revoke CDK". What revoking a used, revoked or unknown voucher answers is not documented. Decision: expect any failure code, and rely on none. The example with 10000 is a guess.

Decision: the body is form encoded, for the reasons given at `createCdks`. After a lost answer look the voucher up: if its status is 3 the revocation took place.

Sends a `POST` request to `/api/cdk/revoke`

Arguments:
- `body`: Which voucher to make worthless.
*/
    pub async fn revoke_cdk<'a>(
        &'a self,
        body: &'a types::RevokeCdkRequest,
    ) -> Result<
        ResponseValue<::thordata_cdk::Envelope<::thordata_cdk::Ignored>>,
        Error<()>,
    > {
        let mut request = self.revoke_cdk_request(body)?.request;
        let info = OperationInfo {
            operation_id: "revoke_cdk",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    pub(crate) fn create_cdks_request<'a>(
        &'a self,
        body: &'a types::CreateCdksRequest,
    ) -> Result<
        ::thordata_cdk::raw::PreparedRequest<
            ::thordata_cdk::Envelope<::thordata_cdk::raw::types::CreatedCdks>,
        >,
        ::thordata_cdk::raw::BuildRequestError,
    > {
        let url = self.inner.url(&self.baseurl, "/api/cdk/create")?;
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .form_urlencoded(&body)?
            .build()?;
        Ok(::thordata_cdk::raw::PreparedRequest::new(request))
    }
    pub(crate) fn get_cdk_request<'a>(
        &'a self,
        cdk: &'a ::thordata_cdk::CdkCode,
    ) -> Result<
        ::thordata_cdk::raw::PreparedRequest<
            ::thordata_cdk::Envelope<::thordata_cdk::raw::types::CdkDetails>,
        >,
        ::thordata_cdk::raw::BuildRequestError,
    > {
        let url = self.inner.url(&self.baseurl, "/api/cdk/info")?;
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("cdk", &cdk))
            .build()?;
        Ok(::thordata_cdk::raw::PreparedRequest::new(request))
    }
    pub(crate) fn list_cdks_request<'a>(
        &'a self,
        status: Option<&'a ::thordata_cdk::CdkStatus>,
    ) -> Result<
        ::thordata_cdk::raw::PreparedRequest<
            ::thordata_cdk::Envelope<::std::vec::Vec<::thordata_cdk::raw::types::Cdk>>,
        >,
        ::thordata_cdk::raw::BuildRequestError,
    > {
        let url = self.inner.url(&self.baseurl, "/api/cdk/list")?;
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("status", &status))
            .build()?;
        Ok(::thordata_cdk::raw::PreparedRequest::new(request))
    }
    pub(crate) fn revoke_cdk_request<'a>(
        &'a self,
        body: &'a types::RevokeCdkRequest,
    ) -> Result<
        ::thordata_cdk::raw::PreparedRequest<
            ::thordata_cdk::Envelope<::thordata_cdk::Ignored>,
        >,
        ::thordata_cdk::raw::BuildRequestError,
    > {
        let url = self.inner.url(&self.baseurl, "/api/cdk/revoke")?;
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .form_urlencoded(&body)?
            .build()?;
        Ok(::thordata_cdk::raw::PreparedRequest::new(request))
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    #[allow(unused_imports)]
    pub use super::Client;
}
/// Types used as operation parameters and responses, but for those that the crate's root re-exports.
pub mod types {
    pub use super::schemas::{
        CreateCdksRequest, CreatedCdks, Redemption, RevokeCdkRequest, error,
    };
    pub(crate) use super::schemas::{Cdk, CdkDetails};
}
/// What the crate's root re-exports.
pub(crate) mod promised {
    pub use super::schemas::{Cdk, CdkDetails};
}
/// `info.version` of the contract.
pub(crate) const CONTRACT_VERSION: &str = "0.1.0";
