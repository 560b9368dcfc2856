//! For comparison only: buying with the retry policy of the vendor's own Python transport, which sends a
//! POST up to four times when the connection drops. Never do this.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use fastrand::Rng;
use thordata_cdk_issuer::thordata_cdk::{self, reqwest};
use thordata_cdk_sandbox::Sandbox;

use super::menu::MISHAPS;

type Failure = Box<dyn Error + Send + Sync>;

/// Orders bought more than once, and vouchers that nobody was shown.
pub(crate) async fn walk(seed: u64, orders: usize) -> Result<(usize, usize), Failure> {
    let mut rng = Rng::with_seed(seed);
    let sandbox = Sandbox::builder()
        .seed(seed)
        .balance(u64::MAX)
        .start()
        .await?;
    thordata_cdk::install_crypto_provider();
    let http = reqwest::Client::builder()
        .timeout(Duration::from_millis(300))
        .build()?;
    let mut twice = 0;
    let mut shown = BTreeSet::new();
    for _ in 0..orders {
        if rng.u8(0..5) == 0 {
            let mishap = rng.choice(MISHAPS).ok_or("no mishaps")?;
            (mishap.faults)(&mut rng)
                .into_iter()
                .for_each(|fault| sandbox.inject(fault));
        }
        let first_request = sandbox
            .requests()
            .last()
            .map_or(1, |request| request.id + 1);
        let body = format!("flow={}&num={}", rng.u8(1..4), rng.u8(1..5));
        shown.extend(buy(&http, &sandbox, &body).await);
        sandbox.clear_faults();
        sandbox.commit_held();
        let requests: BTreeSet<u64> = sandbox
            .vouchers()
            .iter()
            .map(|voucher| voucher.request_id)
            .filter(|id| *id >= first_request)
            .collect();
        twice += usize::from(requests.len() > 1);
    }
    let lost = sandbox
        .vouchers()
        .iter()
        .filter(|voucher| !shown.contains(&voucher.code))
        .count();
    Ok((twice, lost))
}

async fn buy(http: &reqwest::Client, sandbox: &Sandbox, body: &str) -> Vec<String> {
    let secrets = sandbox.credentials();
    for _ in 0..4 {
        let reply = http
            .post(format!("{}/api/cdk/create", sandbox.base_url()))
            .header("token", &secrets.token)
            .header("key", &secrets.key)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.to_owned())
            .send()
            .await;
        // A dropped connection is tried again, whatever had left before.
        let Ok(reply) = reply else { continue };
        let Ok(bytes) = reply.bytes().await else {
            continue;
        };
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
            return Vec::new();
        };
        let codes = json
            .pointer("/data/cdk")
            .and_then(serde_json::Value::as_array);
        let text = |code: &serde_json::Value| code.as_str().map(str::to_owned);
        return codes.into_iter().flatten().filter_map(text).collect();
    }
    Vec::new()
}
