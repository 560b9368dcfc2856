// Compiled from openapi.yaml, fingerprint 03295f68337f6ba6; `just golden` rewrites it.
pub mod operations {
    //! [`When`](httpmock::When) and [`Then`](httpmock::Then)
    //! wrappers for each operation. Each can be converted to
    //! its inner type with a call to `into_inner()`. This can
    //! be used to explicitly deviate from permitted values.
    use ::thordata_cdk::raw::*;
    pub struct CreateCdksWhen(::httpmock::When);
    impl CreateCdksWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::POST)
                    .path_matches(regex::Regex::new("^/api/cdk/create$").unwrap()),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn body(self, value: &types::CreateCdksRequest) -> Self {
            Self(super::form(self.0, value))
        }
    }
    pub struct CreateCdksThen(::httpmock::Then);
    impl CreateCdksThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(
            self,
            value: &::thordata_cdk::Envelope<::thordata_cdk::raw::types::CreatedCdks>,
        ) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct GetCdkWhen(::httpmock::When);
    impl GetCdkWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(regex::Regex::new("^/api/cdk/info$").unwrap()),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn cdk(self, value: &::thordata_cdk::CdkCode) -> Self {
            Self(self.0.query_param("cdk", super::parameter(value)))
        }
    }
    pub struct GetCdkThen(::httpmock::Then);
    impl GetCdkThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(
            self,
            value: &::thordata_cdk::Envelope<::thordata_cdk::raw::types::CdkDetails>,
        ) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct ListCdksWhen(::httpmock::When);
    impl ListCdksWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::GET)
                    .path_matches(regex::Regex::new("^/api/cdk/list$").unwrap()),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn status<'a, T>(self, value: T) -> Self
        where
            T: Into<Option<&'a ::thordata_cdk::CdkStatus>>,
        {
            if let Some(value) = value.into() {
                Self(self.0.query_param("status", super::parameter(value)))
            } else {
                Self(self.0.query_param_missing("status"))
            }
        }
    }
    pub struct ListCdksThen(::httpmock::Then);
    impl ListCdksThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(
            self,
            value: &::thordata_cdk::Envelope<
                ::std::vec::Vec<::thordata_cdk::raw::types::Cdk>,
            >,
        ) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
    pub struct RevokeCdkWhen(::httpmock::When);
    impl RevokeCdkWhen {
        pub fn new(inner: ::httpmock::When) -> Self {
            Self(
                inner
                    .method(::httpmock::Method::POST)
                    .path_matches(regex::Regex::new("^/api/cdk/revoke$").unwrap()),
            )
        }
        pub fn into_inner(self) -> ::httpmock::When {
            self.0
        }
        pub fn body(self, value: &types::RevokeCdkRequest) -> Self {
            Self(super::form(self.0, value))
        }
    }
    pub struct RevokeCdkThen(::httpmock::Then);
    impl RevokeCdkThen {
        pub fn new(inner: ::httpmock::Then) -> Self {
            Self(inner)
        }
        pub fn into_inner(self) -> ::httpmock::Then {
            self.0
        }
        pub fn ok(
            self,
            value: &::thordata_cdk::Envelope<::thordata_cdk::Ignored>,
        ) -> Self {
            Self(
                self
                    .0
                    .status(200u16)
                    .header("content-type", "application/json")
                    .json_body_obj(value),
            )
        }
    }
}
/// An extension trait for [`MockServer`](httpmock::MockServer) that
/// adds a method for each operation. These are the equivalent of
/// type-checked [`mock()`](httpmock::MockServer::mock) calls.
pub trait MockServerExt {
    fn create_cdks<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::CreateCdksWhen, operations::CreateCdksThen);
    fn get_cdk<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::GetCdkWhen, operations::GetCdkThen);
    fn list_cdks<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::ListCdksWhen, operations::ListCdksThen);
    fn revoke_cdk<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::RevokeCdkWhen, operations::RevokeCdkThen);
}
impl MockServerExt for ::httpmock::MockServer {
    fn create_cdks<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::CreateCdksWhen, operations::CreateCdksThen),
    {
        self.mock(|when, then| {
            config_fn(
                operations::CreateCdksWhen::new(when),
                operations::CreateCdksThen::new(then),
            )
        })
    }
    fn get_cdk<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::GetCdkWhen, operations::GetCdkThen),
    {
        self.mock(|when, then| {
            config_fn(
                operations::GetCdkWhen::new(when),
                operations::GetCdkThen::new(then),
            )
        })
    }
    fn list_cdks<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::ListCdksWhen, operations::ListCdksThen),
    {
        self.mock(|when, then| {
            config_fn(
                operations::ListCdksWhen::new(when),
                operations::ListCdksThen::new(then),
            )
        })
    }
    fn revoke_cdk<F>(&self, config_fn: F) -> ::httpmock::Mock<'_>
    where
        F: FnOnce(operations::RevokeCdkWhen, operations::RevokeCdkThen),
    {
        self.mock(|when, then| {
            config_fn(
                operations::RevokeCdkWhen::new(when),
                operations::RevokeCdkThen::new(then),
            )
        })
    }
}
