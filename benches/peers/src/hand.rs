//! A client as most people would write it.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Failure, credentials};

/// The form of every reply.
#[derive(Debug, Deserialize)]
pub struct Envelope<T> {
    code: i64,
    msg: Option<String>,
    data: Option<T>,
}

impl<T> Envelope<T> {
    pub(crate) fn success(self) -> Result<Option<T>, Failure> {
        if self.code != 200 {
            return Err(format!("{}: {}", self.code, self.msg.unwrap_or_default()).into());
        }
        Ok(self.data)
    }
}

/// One voucher.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Cdk {
    pub cdk: String,
    pub create_time: i64,
    pub status: i64,
    pub traffic: i64,
    pub traffic_duration: u64,
    pub use_time: Option<i64>,
    pub use_username: Option<String>,
}

/// New codes.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Created {
    pub cdk: Vec<String>,
}

/// The client.
#[derive(Debug, Clone)]
pub struct Hand {
    http: reqwest::Client,
    base_url: String,
}

#[allow(missing_docs, clippy::missing_errors_doc)]
impl Hand {
    pub fn new(base_url: &str) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .default_headers(credentials())
            .user_agent("hand/1.0")
            .timeout(Duration::from_secs(600))
            .connect_timeout(Duration::from_secs(10))
            .build()?;
        let base_url = base_url.to_owned();
        Ok(Self { http, base_url })
    }

    async fn read<T: DeserializeOwned>(
        request: reqwest::RequestBuilder,
    ) -> Result<Option<T>, Failure> {
        let response = request.send().await?.error_for_status()?;
        response.json::<Envelope<T>>().await?.success()
    }

    pub async fn get(&self, code: &str) -> Result<Cdk, Failure> {
        let url = format!("{}/api/cdk/info", self.base_url);
        let details = Self::read(self.http.get(url).query(&[("cdk", code)])).await?;
        details.ok_or_else(|| "no data".into())
    }

    pub async fn revoke(&self, code: &str) -> Result<(), Failure> {
        let url = format!("{}/api/cdk/revoke", self.base_url);
        Self::read::<serde_json::Value>(self.http.post(url).form(&[("cdk", code)])).await?;
        Ok(())
    }

    pub async fn create(&self, flow: u64, num: u32) -> Result<Vec<String>, Failure> {
        let url = format!("{}/api/cdk/create", self.base_url);
        let form = [("flow", flow.to_string()), ("num", num.to_string())];
        let created = Self::read::<Created>(self.http.post(url).form(&form)).await?;
        Ok(created.ok_or("no data")?.cdk)
    }

    pub async fn list(&self) -> Result<Vec<Cdk>, Failure> {
        let url = format!("{}/api/cdk/list", self.base_url);
        Ok(Self::read(self.http.get(url)).await?.unwrap_or_default())
    }
}
