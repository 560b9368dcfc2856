//! Every case of `conformance/cases/`, run against this client by the sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use thordata_cdk::{Cdk, CdkDetails};
use thordata_cdk::{
    CdkCode, CdkStatus, Client, Created, Credentials, Error, NewCdks, Outcome, RetryPolicy, Traffic,
};
use thordata_cdk_sandbox::{Fault, LoggedRequest, Sandbox};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    #[serde(rename = "$schema")]
    _schema: String,
    #[serde(rename = "about")]
    _about: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "why")]
    _why: String,
    call: Call,
    /// None if nothing may be sent.
    request: Option<Request>,
    /// In the sandbox's words for the answer of a fault.
    answer: Value,
    /// Of no use to this client, which needs no allowance.
    #[serde(default, rename = "allows")]
    _allows: Vec<String>,
    reported: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    operation: String,
    arguments: Arguments,
    credentials: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    flow: Option<i64>,
    num: Option<u32>,
    status: Option<i64>,
    cdk: Option<String>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    form: Option<BTreeMap<String, String>>,
    headers: BTreeMap<String, String>,
}

impl Request {
    /// What came in, with those headers alone that the case speaks of.
    fn received(logged: &LoggedRequest, wanted: Option<&Self>) -> Self {
        let pairs = |text: &[u8]| {
            let pairs: Vec<(String, String)> = form_urlencoded::parse(text).into_owned().collect();
            let map: BTreeMap<_, _> = pairs.iter().cloned().collect();
            assert_eq!(map.len(), pairs.len(), "a parameter was sent twice");
            map
        };
        let names = wanted.iter().flat_map(|wanted| wanted.headers.keys());
        let header = |name: &String| Some((name.clone(), logged.header(name)?.to_owned()));
        Self {
            method: logged.method.clone(),
            path: logged.path.clone(),
            query: pairs(logged.query.as_deref().unwrap_or_default().as_bytes()),
            form: (!logged.body.is_empty()).then(|| pairs(&logged.body)),
            headers: names.filter_map(header).collect(),
        }
    }
}

/// The kit knows no reply of which one value cannot be read and the rest arrives: for it that is a reply which cannot be
/// read.
const PARTLY_READ: Value = Value::Bool(false);

async fn reported(client: &Client, call: &Call) -> Value {
    let outcome = match call.operation.as_str() {
        "create" | "revoke" => "unknown",
        _ => "not_applied",
    };
    match success(client, call).await {
        Ok(PARTLY_READ) => json!({
            "result": "failure", "outcome": outcome, "status": 200, "code": null, "message": null, "kind": "other",
        }),
        Ok(data) => json!({ "result": "success", "data": data }),
        Err(Error::InvalidInput(wrong)) => {
            json!({ "result": "invalid_input", "field": wrong.field() })
        }
        Err(error) => json!({
            "result": "failure",
            "outcome": match error.outcome() {
                Outcome::NotApplied => "not_applied",
                Outcome::Unknown => "unknown",
            },
            "status": error.status(),
            "code": error.api_code().map(|code| code.as_i64()),
            "message": match &error {
                Error::Api(api) if !api.message.is_empty() => Some(&api.message),
                _ => None,
            },
            "kind": match &error {
                _ if error.is_auth() => "auth",
                _ if error.is_rate_limited() => "rate_limited",
                _ if error.is_insufficient_funds() => "insufficient_funds",
                _ => "other",
            },
        }),
    }
}

async fn success(client: &Client, call: &Call) -> Result<Value, Error> {
    let code = || CdkCode::new(call.arguments.cdk.as_deref().unwrap());
    Ok(match call.operation.as_str() {
        "create" => {
            let order = NewCdks {
                traffic: Traffic(call.arguments.flow.unwrap()),
                count: call.arguments.num.unwrap(),
            };
            let created = client.create(order).await?;
            if let Created::OtherCount {
                unreadable: 1.., ..
            } = created
            {
                return Ok(PARTLY_READ);
            }
            json!(created.into_codes())
        }
        "list" => {
            let status = call.arguments.status.map(CdkStatus::from);
            let list = client.list(status).await?;
            if !list.unreadable().is_empty() {
                return Ok(PARTLY_READ);
            }
            list.into_iter().map(item).collect()
        }
        "get" => details(&client.get(&code()?).await?),
        "revoke" => {
            client.revoke(&code()?).await?;
            Value::Null
        }
        other => panic!("unknown operation {other}"),
    })
}

fn item(cdk: Cdk) -> Value {
    json!({
        "cdk": cdk.cdk,
        "create_time": cdk.create_time,
        "status": cdk.status,
        "traffic": cdk.traffic,
        "traffic_duration": cdk.traffic_duration,
    })
}

fn details(cdk: &CdkDetails) -> Value {
    let redemption = cdk
        .redemption()
        .map(|redemption| json!({ "username": redemption.username, "time": redemption.time }));
    json!({
        "cdk": cdk.cdk,
        "create_time": cdk.create_time,
        "status": cdk.status,
        "traffic": cdk.traffic,
        "traffic_duration": cdk.traffic_duration,
        "redemption": redemption,
    })
}

/// Plays one case, and says what is wrong, if anything.
async fn play(sandbox: &Sandbox, case: &Case) -> Result<(), String> {
    sandbox.reset();
    let fault: Fault =
        serde_json::from_value(json!({ "on": case.call.operation, "answer": case.answer }))
            .map_err(|error| format!("the sandbox does not know its answer: {error}"))?;
    sandbox.inject(fault);
    let secret = |name: &str| &case.call.credentials[name];
    let client = Client::builder(Credentials::new(secret("token"), secret("key")).unwrap())
        .base_url(sandbox.base_url())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let reported = reported(&client, &case.call).await;
    if reported != case.reported {
        return Err(format!("reported {reported}, not {}", case.reported));
    }
    let wanted = case.request.as_ref();
    let log = sandbox.requests();
    let received: Vec<Request> = log
        .iter()
        .map(|one| Request::received(one, wanted))
        .collect();
    if !received.iter().eq(wanted) {
        return Err(format!("received {received:?}, not {wanted:?}"));
    }
    match log.iter().find_map(|one| leak(one, &case.call.credentials)) {
        Some(leak) => Err(leak),
        None => Ok(()),
    }
}

/// Where a credential went besides its own header.
fn leak(logged: &LoggedRequest, credentials: &BTreeMap<String, String>) -> Option<String> {
    let body = String::from_utf8_lossy(&logged.body);
    let query = logged.query.as_deref().unwrap_or_default();
    let places = [("query", query), ("body", &*body)];
    credentials.iter().find_map(|(own, secret)| {
        let headers = logged.headers.iter().filter(|(name, _)| name != own);
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
        let (at, _) = places
            .into_iter()
            .chain(headers)
            .find(|(_, text)| text.contains(secret.as_str()))?;
        Some(format!("the {own} was sent in {at} as well"))
    })
}

#[tokio::test]
async fn the_client_passes_every_case_of_the_conformance_kit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/cases");
    let sandbox = Sandbox::builder().seed(1).start().await.unwrap();
    let mut names = BTreeSet::new();
    let mut failures = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let cases: Cases = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in cases.cases {
            let name = &case.name;
            assert!(
                names.insert(name.clone()),
                "there are two cases named {name}"
            );
            if let Err(wrong) = play(&sandbox, &case).await {
                failures.push(format!("{name}: {wrong}"));
            }
        }
    }
    // `just conformance` reads this line.
    let passed = names.len() - failures.len();
    println!("conformance: {passed} passed, {} failed", failures.len());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(passed >= 60, "only {passed} cases were found");
}
