//! Where live answers differ from the contract. Only reads, and shows no code.

use serde_json::Value;
use thordata_cdk::reqwest::{self, header};

use super::findings::{Findings, Health};
use crate::account::Account;
use crate::context::Context;
use crate::doctor::contract::Contract;
use crate::doctor::schema_diff::{self, Differences};

/// How a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Query,
    Body,
}

// Not by the library, which accepts more than the contract says and would hide differences.
struct Asking<'a> {
    contract: Contract,
    account: &'a Account,
    http: &'a reqwest::Client,
    max_bytes: usize,
}

pub(crate) async fn compare(
    context: &Context,
    http: &reqwest::Client,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let asking = Asking {
        contract: Contract::load()?,
        account: context.account()?,
        http,
        max_bytes: context.global.max_response_bytes,
    };
    let list = asking.ask("listCdks", None, Place::Query).await;
    let Some(list) = note_reply(findings, "contract: list", &asking, "ListCdksSuccess", list)?
    else {
        return Ok(());
    };
    let items = list
        .get("data")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    filter(findings, &asking, &items).await?;
    let code = items.iter().find_map(|item| item.get("cdk")?.as_str());
    match code {
        None => {
            let detail = "there is no voucher to look up";
            findings.put("contract: get", Health::Warn, detail, None)?;
        }
        Some(code) => look_up(findings, &asking, code).await?,
    }
    unknown_code(findings, &asking).await?;
    Ok(())
}

impl Asking<'_> {
    /// A reply's JSON, or why there is none.
    async fn ask(
        &self,
        operation: &str,
        parameter: Option<(&str, &str)>,
        place: Place,
    ) -> Result<Value, String> {
        let path = self
            .contract
            .path_of(operation)
            .ok_or("the contract lacks this operation")?;
        let base = self.account.base_url.value.trim_end_matches('/');
        let mut url = reqwest::Url::parse(&format!("{base}{path}")).map_err(|e| e.to_string())?;
        let mut body = None;
        if let Some((name, value)) = parameter {
            url.query_pairs_mut().append_pair(name, value);
            if place == Place::Body {
                body = url.query().map(str::to_owned);
                url.set_query(None);
            }
        }
        let mut request = self
            .http
            .get(url)
            .header("token", &self.account.token.value)
            .header("key", &self.account.key.value);
        if let Some(body) = body {
            let form = "application/x-www-form-urlencoded";
            request = request.header(header::CONTENT_TYPE, form).body(body);
        }
        let failed = |error: reqwest::Error| error.without_url().to_string();
        let mut reply = request.send().await.map_err(failed)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(failed)? {
            if bytes.len().saturating_add(chunk.len()) > self.max_bytes {
                return Err("the reply is longer than --max-response-bytes".to_owned());
            }
            bytes.extend_from_slice(&chunk);
        }
        // What serde complains about may quote a code.
        serde_json::from_slice(&bytes).map_err(|_| "the reply is not JSON".to_owned())
    }

    /// The vouchers of a list with a filter.
    async fn filtered(&self, status: i64, place: Place) -> Option<Vec<i64>> {
        let reply = self
            .ask("listCdks", Some(("status", &status.to_string())), place)
            .await
            .ok()?;
        let items = reply.get("data")?.as_array()?;
        Some(items.iter().filter_map(status_of).collect())
    }
}

/// A number, or a string that holds one.
fn status_of(item: &Value) -> Option<i64> {
    let status = item.get("status")?;
    status.as_i64().or_else(|| status.as_str()?.parse().ok())
}

/// Compares a reply with what the contract says of a success.
fn note_reply(
    findings: &mut Findings,
    check: &str,
    asking: &Asking<'_>,
    schema: &str,
    reply: Result<Value, String>,
) -> anyhow::Result<Option<Value>> {
    let reply = match reply {
        Ok(reply) => reply,
        Err(why) => {
            findings.put(check, Health::Warn, why, None)?;
            return Ok(None);
        }
    };
    let mut found = Differences::default();
    if let Some(schema) = asking.contract.schema(schema) {
        schema_diff::compare(&asking.contract, schema, &reply, "reply", &mut found);
    }
    if found.is_empty() {
        findings.put(
            check,
            Health::Ok,
            "the reply is as the contract has it",
            None,
        )?;
    }
    for line in found.lines() {
        // A warning and no failure, since the library may read it all the same.
        let next = Some("report it, so that the contract can follow");
        findings.put(check, Health::Warn, line, next)?;
    }
    Ok(Some(reply))
}

/// Which way of sending `status` the service obeys.
async fn filter(findings: &mut Findings, asking: &Asking<'_>, all: &[Value]) -> anyhow::Result<()> {
    let check = "contract: list by status";
    let present: Vec<i64> = all.iter().filter_map(status_of).collect();
    let statuses = asking.contract.statuses();
    // If all vouchers had it, an ignored filter would look obeyed.
    let distinctive = statuses
        .iter()
        .copied()
        .find(|status| present.iter().any(|other| other != status));
    let Some(status) = distinctive else {
        let detail = "too few vouchers to see whether `status` has an effect";
        findings.put(check, Health::Warn, detail, None)?;
        return Ok(());
    };
    let is_obeyed = |found: Option<Vec<i64>>| {
        found.is_some_and(|found| found.iter().all(|other| *other == status))
    };
    let in_query = is_obeyed(asking.filtered(status, Place::Query).await);
    let in_body = is_obeyed(asking.filtered(status, Place::Body).await);
    match (in_query, in_body) {
        (true, _) => {
            let detail = "`status` is taken from the query, as the contract has it";
            findings.put(check, Health::Ok, detail, None)?;
        }
        (false, true) => {
            let detail = "`status` is taken from the body, not from the query";
            findings.put(
                check,
                Health::Warn,
                detail,
                Some("set THORDATA_CDK_GET_PARAMS_IN_BODY=true"),
            )?;
        }
        (false, false) => {
            let detail = "`status` is ignored; this program filters by itself";
            findings.put(check, Health::Warn, detail, None)?;
        }
    }
    Ok(())
}

async fn look_up(findings: &mut Findings, asking: &Asking<'_>, code: &str) -> anyhow::Result<()> {
    let check = "contract: get";
    let found = |reply: &Result<Value, String>| {
        let reply = reply.as_ref().ok();
        reply.and_then(|reply| reply.get("data")?.get("cdk")?.as_str()) == Some(code)
    };
    let by_query = asking
        .ask("getCdk", Some(("cdk", code)), Place::Query)
        .await;
    if found(&by_query) {
        note_reply(findings, check, asking, "GetCdkSuccess", by_query)?;
        return Ok(());
    }
    let by_body = asking.ask("getCdk", Some(("cdk", code)), Place::Body).await;
    if found(&by_body) {
        let detail = "`cdk` is taken from the body, not from the query";
        findings.put(
            check,
            Health::Warn,
            detail,
            Some("set THORDATA_CDK_GET_PARAMS_IN_BODY=true"),
        )?;
        note_reply(findings, check, asking, "GetCdkSuccess", by_body)?;
    } else {
        let detail = "a listed voucher cannot be looked up, neither by query nor by body";
        findings.put(check, Health::Warn, detail, None)?;
    }
    Ok(())
}

/// What the answer to a code is that nobody has.
async fn unknown_code(findings: &mut Findings, asking: &Asking<'_>) -> anyhow::Result<()> {
    let check = "contract: unknown code";
    // No code has this form: those on the vendor's pages have 16 letters and digits.
    let nobodys = ("cdk", "thordata-cdk-doctor");
    let reply = match asking.ask("getCdk", Some(nobodys), Place::Query).await {
        Ok(reply) => reply,
        Err(why) => {
            findings.put(check, Health::Warn, why, None)?;
            return Ok(());
        }
    };
    let code = reply.get("code").and_then(Value::as_i64);
    let (health, detail) = match code {
        None => (Health::Warn, "the reply has no `code`".to_owned()),
        Some(200) => (
            Health::Warn,
            "a code that nobody has is answered with success".to_owned(),
        ),
        Some(code) if asking.contract.knows_code(code) => (
            Health::Ok,
            format!("answered with {code}, which is documented"),
        ),
        Some(code) => (
            Health::Warn,
            format!("answered with {code}, which is not documented"),
        ),
    };
    findings.put(check, health, detail, None)?;
    Ok(())
}
