//! The four operations by hand on reqwest and serde, as most people would write them.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Debug, Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default)]
    data: serde_json::Value,
    #[serde(default)]
    msg: String,
}

#[derive(Debug, Deserialize)]
struct Created {
    cdk: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Cdk {
    cdk: String,
    create_time: i64,
    status: i64,
    traffic: i64,
    traffic_duration: i64,
    use_time: Option<i64>,
    use_username: Option<String>,
}

#[derive(Debug)]
struct Refused {
    code: i64,
    msg: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}: {}", self.code, self.msg)
    }
}

impl Error for Refused {}

struct Client {
    base_url: String,
    http: reqwest::Client,
}

impl Client {
    fn new(base_url: &str, token: &str, key: &str) -> Result<Self, Box<dyn Error>> {
        #[cfg(feature = "ring")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers.insert("token", HeaderValue::from_str(token)?);
        headers.insert("key", HeaderValue::from_str(key)?);
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            base_url: base_url.to_owned(),
            http,
        })
    }

    async fn create(&self, flow: u64, num: u32) -> Result<Vec<String>, Box<dyn Error>> {
        let form = [("flow", flow.to_string()), ("num", num.to_string())];
        let request = self.http.post(self.url("create")).form(&form);
        Ok(read::<Created>(request).await?.cdk)
    }

    async fn list(&self, status: Option<i64>) -> Result<Vec<Cdk>, Box<dyn Error>> {
        read(self.http.get(self.url("list")).query(&[("status", status)])).await
    }

    async fn get(&self, cdk: &str) -> Result<Cdk, Box<dyn Error>> {
        read(self.http.get(self.url("info")).query(&[("cdk", cdk)])).await
    }

    async fn revoke(&self, cdk: &str) -> Result<(), Box<dyn Error>> {
        let request = self.http.post(self.url("revoke")).form(&[("cdk", cdk)]);
        read::<serde_json::Value>(request).await.map(drop)
    }

    fn url(&self, operation: &str) -> String {
        format!("{}/api/cdk/{operation}", self.base_url)
    }
}

async fn read<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, Box<dyn Error>> {
    let envelope: Envelope = request.send().await?.error_for_status()?.json().await?;
    if envelope.code != 200 {
        return Err(Refused {
            code: envelope.code,
            msg: envelope.msg,
        }
        .into());
    }
    Ok(serde_json::from_value(envelope.data)?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let set = |name| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let (token, key) = (set("THORDATA_PUBLIC_TOKEN")?, set("THORDATA_PUBLIC_KEY")?);
    let client = Client::new(&set("THORDATA_CDK_BASE_URL")?, &token, &key)?;
    for code in client.create(3, 2).await? {
        let cdk = client.get(&code).await?;
        println!("{} of {} s", cdk.traffic, cdk.traffic_duration);
        client.revoke(&cdk.cdk).await?;
    }
    for cdk in client.list(Some(2)).await? {
        println!(
            "{} {} {:?} {:?}",
            cdk.status, cdk.create_time, cdk.use_time, cdk.use_username
        );
    }
    Ok(())
}
