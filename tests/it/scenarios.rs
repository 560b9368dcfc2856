//! One list of scenarios, on every back end: the sandbox, and the live service where it is asked for.
//!
//! ```sh
//! THORDATA_CDK_LIVE=read  cargo test --test it -- --ignored live   # changes nothing
//! THORDATA_CDK_LIVE=spend cargo test --test it -- --ignored live   # buys one voucher, and revokes it
//! ```

use std::pin::Pin;

use thordata_cdk::{CdkCode, CdkStatus, Client, Credentials, Error, NewCdks, Outcome, Traffic};
use thordata_cdk_sandbox::Sandbox;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Needs {
    Read,
    Spend,
}

type Scenario = fn(Client) -> Pin<Box<dyn Future<Output = ()> + Send>>;

const SCENARIOS: &[(&str, Needs, Scenario)] = &[
    ("a list holds each voucher once", Needs::Read, |client| {
        Box::pin(each_once(client))
    }),
    (
        "a filter lets only its status through",
        Needs::Read,
        |client| Box::pin(filtered(client)),
    ),
    (
        "an unknown code is an error of the vendor's",
        Needs::Read,
        |client| Box::pin(unknown(client)),
    ),
    (
        "a voucher lives from create to revoke",
        Needs::Spend,
        |client| Box::pin(life(client)),
    ),
];

#[tokio::test]
async fn every_scenario_holds_on_the_sandbox() {
    for (name, _, scenario) in SCENARIOS {
        println!("{name}");
        let sandbox = Sandbox::builder().vouchers(5).start().await.unwrap();
        let secrets = sandbox.credentials();
        let used = sandbox.vouchers().remove(0).code;
        sandbox.redeem(&used, "customer-1").unwrap();
        let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
            .base_url(sandbox.base_url())
            .build()
            .unwrap();
        scenario(client).await;
    }
}

#[tokio::test]
#[ignore = "`just proxy` runs it, with a sandbox behind a proxy that validates"]
async fn every_scenario_holds_on_a_sandbox_behind_a_proxy() {
    let set = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let (url, token) = (set("SANDBOX_PROXY_URL"), set("SANDBOX_TOKEN"));
    assert!(url.starts_with("http://127.0.0.1:"), "not on this machine");
    let credentials = Credentials::new(&token, set("SANDBOX_KEY")).unwrap();
    let client = Client::builder(credentials).base_url(url).build().unwrap();
    for (name, _, scenario) in SCENARIOS {
        println!("{name}");
        scenario(client.clone()).await;
    }
}

#[tokio::test]
#[ignore = "needs an account, and THORDATA_CDK_LIVE=read or spend"]
async fn every_scenario_that_is_allowed_holds_on_the_live_service() {
    let allowed = match std::env::var("THORDATA_CDK_LIVE").as_deref() {
        Ok("read") => Needs::Read,
        Ok("spend") => Needs::Spend,
        other => panic!("THORDATA_CDK_LIVE must be `read` or `spend`, not {other:?}"),
    };
    let client = Client::from_env().unwrap();
    for (name, needs, scenario) in SCENARIOS {
        if *needs <= allowed {
            println!("{name}");
            scenario(client.clone()).await;
        } else {
            println!("not allowed, so not run: {name}");
        }
    }
}

async fn each_once(client: Client) {
    let list = client.list(None).await.unwrap();
    let mut codes: Vec<&CdkCode> = list.iter().map(|cdk| &cdk.cdk).collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), list.len());
}

async fn filtered(client: Client) {
    for status in [CdkStatus::Unused, CdkStatus::Used, CdkStatus::Revoked] {
        let list = client.list(status).await.unwrap();
        assert!(
            list.iter().all(|cdk| cdk.status == status),
            "{status} is not filtered"
        );
    }
}

async fn unknown(client: Client) {
    let code = CdkCode::new("NoSuchCode000000").unwrap();
    let error = client.get(&code).await.unwrap_err();
    assert!(matches!(error, Error::Api(_)), "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
}

async fn life(client: Client) {
    let order = NewCdks {
        traffic: Traffic(1),
        count: 1,
    };
    let codes = client.create(order).await.unwrap();
    let [code] = codes.codes() else {
        panic!("{} codes for one", codes.len())
    };

    let details = client.get(code).await.unwrap();
    assert_eq!(details.cdk, *code);
    assert_eq!(details.status, CdkStatus::Unused);
    assert_eq!(details.traffic, Traffic(1));
    let unused = client.list(CdkStatus::Unused).await.unwrap();
    assert!(unused.iter().any(|cdk| cdk.cdk == *code));

    client.revoke(code).await.unwrap();
    assert_eq!(client.get(code).await.unwrap().status, CdkStatus::Revoked);
    let all = client.list(None).await.unwrap();
    let listed = all.iter().find(|cdk| cdk.cdk == *code).unwrap();
    assert_eq!(listed.status, CdkStatus::Revoked);
}
