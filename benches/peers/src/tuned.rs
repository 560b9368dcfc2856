//! The same client, with all that can be done before a call done before it.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Request, Url};
use serde::de::DeserializeOwned;

use crate::hand::{Cdk, Created, Envelope};
use crate::{Failure, credentials};

/// The client.
#[derive(Debug, Clone)]
pub struct Tuned {
    http: reqwest::Client,
    info: Url,
    revoke: Url,
    create: Url,
    headers: HeaderMap,
}

#[allow(missing_docs, clippy::missing_errors_doc)]
impl Tuned {
    pub fn new(base_url: &str) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .build()?;
        let base = Url::parse(base_url)?;
        let mut headers = credentials();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(Self {
            http,
            info: base.join("/api/cdk/info")?,
            revoke: base.join("/api/cdk/revoke")?,
            create: base.join("/api/cdk/create")?,
            headers,
        })
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<String>,
    ) -> Result<Option<T>, Failure> {
        let mut request = Request::new(method, url);
        *request.headers_mut() = self.headers.clone();
        *request.timeout_mut() = Some(Duration::from_secs(600));
        if let Some(body) = body {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(CONTENT_TYPE, form);
            *request.body_mut() = Some(body.into());
        }
        let response = self.http.execute(request).await?.error_for_status()?;
        let body = response.bytes().await?;
        serde_json::from_slice::<Envelope<T>>(&body)?.success()
    }

    pub async fn get(&self, code: &str) -> Result<Cdk, Failure> {
        let mut url = self.info.clone();
        url.query_pairs_mut().append_pair("cdk", code);
        let details = self.send(Method::GET, url, None).await?;
        details.ok_or_else(|| "no data".into())
    }

    pub async fn revoke(&self, code: &str) -> Result<(), Failure> {
        let body = Some(format!("cdk={code}"));
        self.send::<serde_json::Value>(Method::POST, self.revoke.clone(), body)
            .await?;
        Ok(())
    }

    pub async fn create(&self, flow: u64, num: u32) -> Result<Vec<String>, Failure> {
        let body = Some(format!("flow={flow}&num={num}"));
        let created = self
            .send::<Created>(Method::POST, self.create.clone(), body)
            .await?;
        Ok(created.ok_or("no data")?.cdk)
    }
}
