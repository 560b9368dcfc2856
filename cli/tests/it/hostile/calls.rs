//! The same replies, to a call of the library and to the command that makes it; and what came of each, in words.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt as _;
use thordata_cdk::{
    CdkCode, Client, ClientBuilder, Created, Credentials, Cursor, Error, NewCdks, Outcome,
    RetryPolicy, Traffic,
};

use super::server::{Replies, Server};
use super::{CODE, Did};
use crate::support::{Ended, KEY, Shop, TOKEN, ended};

pub(super) const ORDER: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 2,
};

/// A call, and the command that makes it.
#[derive(Clone, Copy)]
pub(super) enum Call {
    Create,
    CreateOne,
    Get,
    List,
    Revoke,
    Watch,
}

impl Call {
    const fn command(self) -> &'static str {
        match self {
            Self::Create => "create --order A-17 --traffic 3 --count 2 --window 400ms",
            Self::CreateOne => "create --order A-17 --traffic 3 --count 1 --window 400ms",
            Self::Get => "show nozzapqOWJOCcWIX -o csv --fields status,use_username",
            Self::List => "list -o codes",
            Self::Revoke => "revoke nozzapqOWJOCcWIX --yes -o csv --fields result,detail",
            Self::Watch => "watch --once -o codes",
        }
    }

    async fn of_library(self, base_url: &str) -> String {
        let client = at_once(base_url);
        match self {
            Self::Create => result_in_words(client.create(ORDER).await.map(created), true),
            Self::CreateOne => {
                let order = NewCdks { count: 1, ..ORDER };
                result_in_words(client.create(order).await.map(created), true)
            }
            Self::Get => {
                let found = client.get(&code()).await;
                let words =
                    found.map(|found| format!("{}, name {:?}", found.status, found.use_username));
                result_in_words(words, false)
            }
            Self::List => list(&client).await,
            Self::Revoke => result_in_words(client.revoke(&code()).await.map(|()| "revoked"), true),
            Self::Watch => {
                let mut watch =
                    client.watch_redemptions(Duration::from_secs(3600), Cursor::default());
                result_in_words(watch.next().await.map(|_| "a redemption"), false)
            }
        }
    }
}

pub(super) fn code() -> CdkCode {
    CdkCode::new(CODE).unwrap()
}

pub(super) fn builder(base_url: &str) -> ClientBuilder {
    Client::builder(Credentials::new(TOKEN, KEY).unwrap()).base_url(base_url)
}

/// The default policy, without its waits.
fn at_once(base_url: &str) -> Client {
    builder(base_url)
        .retry(RetryPolicy::default().base_delay(Duration::ZERO))
        .adaptive_rate_limit(false)
        .build()
        .unwrap()
}

pub(super) fn block_on<T>(call: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(call)
}

/// What a call came to. Only of purchases and revocations it matters whether they were carried out.
pub(super) fn result_in_words(result: Result<impl Display, Error>, spends: bool) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => match (spends, error.outcome()) {
            (false, _) => format!("error: {error}"),
            (true, Outcome::NotApplied) => format!("refused, proven: {error}"),
            (true, Outcome::Unknown) => format!("in doubt: {error}"),
        },
    }
}

pub(super) fn created(created: Created) -> String {
    match created {
        Created::AsOrdered(codes) => format!("{}, as ordered", counted(codes.len(), "code")),
        Created::OtherCount {
            codes,
            ordered,
            unreadable,
            ..
        } => format!(
            "another count: {} read, {unreadable} unreadable, {ordered} ordered",
            codes.len()
        ),
        _ => "another count".into(),
    }
}

/// As a whole, and row by row where that is another story.
async fn list(client: &Client) -> String {
    let list = client.list(None).await;
    let whole = list.map(|list| match list.unreadable().is_empty() {
        true => counted(list.len(), "row"),
        false => format!("{}; {}", counted(list.len(), "row"), list.unreadable()),
    });
    let mut rows = client.list_stream(None);
    let mut count = 0;
    let streamed = loop {
        match rows.next().await {
            Some(Ok(_)) => count += 1,
            Some(Err(error)) => break format!("error: {error}"),
            None if rows.unreadable().is_empty() => break counted(count, "row"),
            None => break format!("{}; {}", counted(count, "row"), rows.unreadable()),
        }
    };
    let whole = result_in_words(whole, false);
    match whole == streamed {
        true => whole,
        false => format!(
            "{whole}. Row by row: {}, then {streamed}",
            counted(count, "row")
        ),
    }
}

/// What library and command make of these replies.
pub(super) fn answered(shop: &Shop, call: Call, replies: Replies) -> Did {
    let server = Server::start(replies.clone());
    let mut library = block_on(call.of_library(&server.base_url));
    library.push_str(&sent(&server));
    let server = Server::start(replies);
    let mut command = command(shop, call.command());
    command.env("THORDATA_CDK_BASE_URL", &server.base_url);
    let ended = ended(command, "");
    // Rows that hold no code.
    let mut shown = in_words(&ended, matches!(call, Call::Get | Call::Revoke));
    shown.push_str(&sent(&server));
    Did::default().library(library).command(shown)
}

/// Whether something that is not to be repeated was sent twice.
fn sent(server: &Server) -> String {
    let times = server.asked("create") + server.asked("revoke");
    match times {
        0 | 1 => String::new(),
        times => format!(" (sent {times} times)"),
    }
}

/// The tool, without the proxies of whoever runs the tests.
pub(super) fn command(shop: &Shop, arguments: &str) -> std::process::Command {
    let mut command = shop.command(arguments);
    without_proxies(&mut command);
    command
}

pub(super) fn without_proxies(command: &mut std::process::Command) {
    let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];
    for name in proxies {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.env_remove("REQUEST_METHOD");
}

pub(super) fn counted(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// Exit code, how many lines came out, and what was said of what went wrong.
pub(super) fn words(ended: &Ended) -> String {
    in_words(ended, false)
}

/// The same, with the last line that came out.
fn in_words(ended: &Ended, with_line: bool) -> String {
    super::check_error_output(ended);
    let out = match (ended.out.lines().count(), ended.out.lines().last()) {
        (0, _) => String::new(),
        (lines @ 2.., Some(last)) if with_line => format!(", {lines} lines, the last: {last}"),
        (lines, _) => format!(", {}", counted(lines, "line")),
    };
    let lines = || ended.err.lines().map(str::trim);
    let tags = ["error:", "why:", "warning:"];
    let mut tagged: Vec<&str> = lines()
        .filter(|line| tags.iter().any(|tag| line.starts_with(tag)))
        .collect();
    // A command that asks again says the same again.
    tagged.dedup();
    let said = match tagged.as_slice() {
        // The last line says what came of it.
        [] => lines().next_back().unwrap_or_default().to_owned(),
        tagged => tagged.join("; "),
    };
    let exit = ended
        .exit
        .map_or_else(|| "a signal".to_owned(), |exit| format!("exit {exit}"));
    match said.is_empty() {
        true => format!("{exit}{out}"),
        false => format!("{exit}{out}: {said}"),
    }
}
