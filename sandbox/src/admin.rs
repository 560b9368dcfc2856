//! The admin API under `/_sandbox/`: what [`Sandbox`](crate::Sandbox) can do, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State as Shares};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::fault::Fault;
use crate::ledger::MAX_VOUCHERS;
use crate::ledger::voucher::{RedeemError, Voucher};
use crate::server::admission;
use crate::server::reply::Reply;
use crate::server::respond::respond;
use crate::state::Shared;

/// The admin API's own contract.
const OPENAPI: &str = include_str!("../admin.openapi.yaml");

/// Room for a long list of vouchers to insert.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// How many faults may wait at a time.
const MAX_FAULTS: usize = 10_000;

pub(crate) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let guarded = Router::new()
        .route("/_sandbox/credentials", get(credentials))
        .route("/_sandbox/reset", post(reset))
        .route("/_sandbox/vouchers", get(vouchers).post(add_vouchers))
        .route("/_sandbox/redeem", post(redeem))
        .route("/_sandbox/clock", get(clock).post(set_clock))
        .route("/_sandbox/settings", post(set))
        .route("/_sandbox/requests", get(requests).delete(clear_requests))
        .route(
            "/_sandbox/faults",
            get(faults).post(add_faults).delete(clear_faults),
        )
        .route("/_sandbox/commit_held", post(commit_held))
        // axum's own limit is 2 MB.
        .layer(DefaultBodyLimit::max(MAX_BODY))
        // The last layer is the outermost: without the token no body is read.
        .layer(from_fn_with_state(Arc::clone(shared), admission::admin));
    // What a container's health check and a reader without the token may see: numbers, and documents.
    Router::new()
        .route("/_sandbox/health", get(health))
        .route("/_sandbox/openapi.yaml", get(openapi))
        // Else the fallback would log the request, and answer like the vendor.
        .route("/_sandbox/{*rest}", axum::routing::any(unknown))
        .merge(guarded)
}

type Shared_ = Shares<Arc<Shared>>;

async fn health(Shares(shared): Shared_) -> Response {
    let state = shared.lock();
    let body = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "now": state.clock.now(),
        "balance": state.store.balance,
        "max_num": state.store.max_num,
        "rate_limit": state.limiter.per_second(),
        "served": state.limiter.counters.served,
        "refused": state.limiter.counters.refused,
        "vouchers": state.store.all().len(),
        "last_request_id": state.log.last_id(),
        "pending_faults": state.faults.len(),
        "pending_commits": state.pending.len(),
        "state_error": state.save_error,
    });
    // `ok` locks again, and the lock is not reentrant.
    drop(state);
    ok(&shared, &body)
}

async fn openapi(Shares(shared): Shared_) -> Response {
    respond(
        Reply::file("application/yaml", OPENAPI),
        &shared.http_date(),
    )
}

/// For whoever has the admin token: they open this sandbox and nothing else.
async fn credentials(Shares(shared): Shared_) -> Response {
    let credentials = &shared.credentials;
    let body = json!({ "token": credentials.token, "key": credentials.key });
    ok(&shared, &body)
}

async fn reset(shared: Shared_) -> Response {
    shared.reset();
    health(shared).await
}

async fn vouchers(Shares(shared): Shared_) -> Response {
    let body = json!({ "vouchers": shared.lock().store.all() });
    ok(&shared, &body)
}

/// Either so many new vouchers, or these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddVouchers {
    #[serde(default)]
    count: u32,
    #[serde(default = "one")]
    traffic: i64,
    #[serde(default)]
    vouchers: Vec<Voucher>,
}

const fn one() -> i64 {
    1
}

async fn add_vouchers(Shares(shared): Shared_, body: Bytes) -> Response {
    let input: AddVouchers = match read(&shared, &body) {
        Ok(input) => input,
        Err(response) => return response,
    };
    let codes = shared.change(|state| {
        let count = usize::try_from(input.count).unwrap_or(usize::MAX);
        // Before anything is added: what does not fit is refused as a whole.
        if count.saturating_add(input.vouchers.len()) > state.store.room() {
            return None;
        }
        let mut codes = state.preload(input.count, input.traffic);
        for voucher in input.vouchers {
            let code = voucher.code.clone();
            // A code that is taken is left out; the reply names what was added.
            if state.store.insert(voucher) {
                codes.push(code);
            }
        }
        Some(codes)
    });
    match codes {
        Some(codes) => ok(&shared, &json!({ "cdk": codes })),
        None => {
            let full = format!("a sandbox holds at most {MAX_VOUCHERS} vouchers");
            refuse(&shared, StatusCode::BAD_REQUEST, &full)
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Redeem {
    cdk: String,
    user: String,
}

async fn redeem(Shares(shared): Shared_, body: Bytes) -> Response {
    let Redeem { cdk, user } = match read(&shared, &body) {
        Ok(input) => input,
        Err(response) => return response,
    };
    let result = shared.change(|state| {
        let now = state.clock.now();
        state
            .store
            .redeem(&cdk, &user, now)
            .map(|()| json!(state.store.get(&cdk)))
    });
    match result {
        Ok(voucher) => ok(&shared, &voucher),
        Err(error @ RedeemError::Unknown) => refuse(&shared, StatusCode::NOT_FOUND, &error),
        Err(error) => refuse(&shared, StatusCode::CONFLICT, &error),
    }
}

async fn clock(Shares(shared): Shared_) -> Response {
    let now = shared.lock().clock.now();
    ok(&shared, &json!({ "now": now }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum SetClock {
    /// Stop at this Unix second.
    Now(i64),
    /// Move on.
    AdvanceSeconds(u64),
    /// Follow the real clock, so far ahead of it.
    SkewSeconds(i64),
}

async fn set_clock(shared: Shared_, body: Bytes) -> Response {
    // `lock` and not `change`: the state file does not hold the clock.
    match read(&shared, &body) {
        Err(response) => return response,
        Ok(SetClock::Now(now)) => shared.lock().clock = Clock::fixed(now),
        Ok(SetClock::SkewSeconds(seconds)) => shared.lock().clock = Clock::skewed(seconds),
        Ok(SetClock::AdvanceSeconds(seconds)) => {
            shared.lock().clock.advance(Duration::from_secs(seconds));
        }
    }
    clock(shared).await
}

/// What to change; what is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    balance: Option<u64>,
    max_num: Option<u32>,
    #[serde(default, deserialize_with = "present")]
    rate_limit: Option<Option<f64>>,
}

/// Keeps `null`, no limit, apart from a field that is absent.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<f64>>, D::Error> {
    Option::<f64>::deserialize(from).map(Some)
}

async fn set(shared: Shared_, body: Bytes) -> Response {
    let settings: Settings = match read(&shared, &body) {
        Ok(settings) => settings,
        Err(response) => return response,
    };
    {
        // In a block of its own: `health` locks again.
        let mut state = shared.lock();
        state.store.balance = settings.balance.unwrap_or(state.store.balance);
        state.store.max_num = settings.max_num.unwrap_or(state.store.max_num);
        if let Some(per_second) = settings.rate_limit {
            state.limiter.set(per_second);
        }
    }
    health(shared).await
}

async fn requests(Shares(shared): Shared_, uri: axum::http::Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let after = match pairs.find(|(name, _)| name == "after") {
        None => Ok(0),
        Some((_, id)) => id.parse::<u64>(),
    };
    let Ok(after) = after else {
        return refuse(
            &shared,
            StatusCode::BAD_REQUEST,
            &"after must be a request's id",
        );
    };
    let mut requests = shared.lock().log.all();
    requests.retain(|request| request.id > after);
    ok(&shared, &json!({ "requests": requests }))
}

async fn clear_requests(shared: Shared_) -> Response {
    shared.lock().log.clear();
    health(shared).await
}

async fn faults(Shares(shared): Shared_) -> Response {
    let body = json!({ "faults": shared.lock().faults });
    ok(&shared, &body)
}

async fn add_faults(shared: Shared_, body: Bytes) -> Response {
    // Distinguished by hand: the error message of a union would not name the field that is wrong.
    let is_list = body.trim_ascii_start().starts_with(b"[");
    let input: Result<Vec<Fault>, Response> = if is_list {
        read(&shared, &body)
    } else {
        read(&shared, &body).map(|fault| vec![fault])
    };
    match input {
        Ok(new) => {
            let mut state = shared.lock();
            if new.len().saturating_add(state.faults.len()) > MAX_FAULTS {
                drop(state);
                let full = format!("at most {MAX_FAULTS} faults wait at a time");
                return refuse(&shared, StatusCode::BAD_REQUEST, &full);
            }
            state.faults.extend(new);
        }
        Err(response) => return response,
    }
    faults(shared).await
}

async fn clear_faults(shared: Shared_) -> Response {
    shared.lock().faults.clear();
    faults(shared).await
}

async fn commit_held(Shares(shared): Shared_) -> Response {
    let committed = shared.commit_held();
    ok(&shared, &json!({ "committed": committed }))
}

async fn unknown(Shares(shared): Shared_) -> Response {
    let hint = "no such admin path: see /_sandbox/openapi.yaml";
    refuse(&shared, StatusCode::NOT_FOUND, &hint)
}

/// A JSON body; or the answer that says what is wrong with it.
#[expect(clippy::result_large_err, reason = "the error is the response itself")]
fn read<T: DeserializeOwned>(shared: &Shared, body: &Bytes) -> Result<T, Response> {
    serde_json::from_slice(body).map_err(|error| refuse(shared, StatusCode::BAD_REQUEST, &error))
}

fn ok(shared: &Shared, body: &Value) -> Response {
    let reply = Reply::json(StatusCode::OK, body.to_string().into_bytes());
    respond(reply, &shared.http_date())
}

fn refuse(shared: &Shared, status: StatusCode, error: &dyn std::fmt::Display) -> Response {
    let body = json!({ "error": error.to_string() });
    respond(
        Reply::json(status, body.to_string().into_bytes()),
        &shared.http_date(),
    )
}
