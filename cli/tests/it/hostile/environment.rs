//! Proxies, hosts, variables, runtimes and waits.

use std::future::Future;
use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};

use thordata_cdk::{Client, Error};

use super::calls::{
    Call, ORDER, answered, block_on, builder, command, counted, created, result_in_words,
    without_proxies, words,
};
use super::replies::{named, rows};
use super::sandbox::ask;
use super::server::{Replies, Reply, Server, with_headers};
use super::{Case, Did, ROW, Section};
use crate::support::{KEY, Running, Shop, TOKEN, ended, until};

/// No name server knows it.
const BEHIND: &str = "http://service.invalid";
const CLOSED: &str = "http://127.0.0.1:9";

/// Run by the rows of this file in a process of its own: a test must not change its environment.
#[test]
#[ignore = "prints what another test reads"]
fn ask_by_the_environment() {
    let words = match std::env::var("TEST_LIST") {
        Ok(url) => {
            let client = builder(&url).allow_plain_http(true).build();
            let listed = client.and_then(|client| block_on(client.list(None)));
            result_in_words(listed.map(|list| counted(list.len(), "row")), false)
        }
        Err(_) => {
            let client = Client::from_env().map(|client| client.base_url().to_owned());
            result_in_words(client.map(|url| format!("the base URL is {url}")), false)
        }
    };
    println!("reported {words}");
}

/// What a program of the library makes of these variables.
fn library(shop: &Shop, url: &str, variables: &[(&str, &str)], lists: bool) -> String {
    let mut child = shop.program(std::env::current_exe().unwrap());
    without_proxies(&mut child);
    child.args([
        "--exact",
        "--ignored",
        "--nocapture",
        "hostile::environment::ask_by_the_environment",
    ]);
    match lists {
        true => child.env("TEST_LIST", url),
        false => child.env("THORDATA_CDK_BASE_URL", url),
    };
    child.envs(variables.iter().copied());
    let ended = ended(child, "");
    let line = ended
        .out
        .lines()
        .find_map(|line| line.strip_prefix("reported "));
    line.unwrap_or_else(|| panic!("{ended:#?}")).to_owned()
}

fn command_in(shop: &Shop, url: &str, line: &str, variables: &[(&str, &str)]) -> String {
    let mut command = command(shop, line);
    command.env("THORDATA_CDK_BASE_URL", url);
    command.envs(variables.iter().copied());
    words(&ended(command, ""))
}

/// A list of a host that no name server knows, with a proxy that answers it.
fn through(shop: &Shop, server: &Server, variables: &[(&str, &str)]) -> Did {
    let library = library(shop, BEHIND, variables, true);
    let before = server.asked("list");
    let line = "list -o codes --allow-plain-http";
    let command = command_in(shop, BEHIND, line, variables);
    // How a name server refuses is not the same everywhere.
    let command = command
        .split("; why: ")
        .next()
        .unwrap_or_default()
        .to_owned();
    let by_proxy = |requests| match requests {
        0 => " (nothing through the proxy)",
        _ => " (through the proxy)",
    };
    Did::default()
        .library(library + by_proxy(before))
        .command(command + by_proxy(server.asked("list") - before))
}

/// What `doctor` says of the way to another host.
fn doctor(shop: &Shop, proxy: &str) -> Did {
    let mut doctor = command(shop, "doctor -o json --allow-plain-http");
    doctor
        .env("THORDATA_CDK_BASE_URL", BEHIND)
        .env("HTTP_PROXY", proxy);
    let ended = ended(doctor, "");
    assert!(!ended.out.contains("sesame") && !ended.err.contains("sesame"));
    let rows = ended.json();
    let rows = rows.as_array().unwrap().iter().filter_map(|row| {
        let (check, detail) = (row["check"].as_str()?, row["detail"].as_str()?);
        matches!(check, "proxy" | "host").then(|| format!("{check}: {detail}"))
    });
    let about: Vec<String> = rows.collect();
    Did::default().command(format!(
        "exit {}, {}",
        ended.exit.unwrap(),
        about.join("; ")
    ))
}

fn listing() -> Replies {
    Replies::default().on("list", [rows(ROW)])
}

/// The same line in an environment where a proxy is meant that nobody answers for.
fn this_machine(shop: &Shop, name: &str) -> Did {
    let url = shop.sandbox.base_url();
    let variables = [(name, CLOSED)];
    let library = library(shop, url, &variables, true);
    let command = command_in(shop, url, "list -o codes", &variables);
    let asked = shop.requests("list");
    Did::default()
        .library(library)
        .command(command)
        .sandbox(format!("{asked} requests arrived"))
}

/// The command's own server, and what it says to a request.
fn serving(shop: &Shop, variables: &[(&str, &str)]) -> String {
    let mut sandbox = command(shop, "sandbox --seed 1");
    sandbox.envs(variables.iter().copied());
    let running = Running::start(sandbox);
    until("it serves", || running.err().contains("serving on"));
    let out = running.out();
    let url = out
        .lines()
        .find_map(|line| line.strip_prefix("export THORDATA_CDK_BASE_URL="));
    let request = "GET /_sandbox/health HTTP/1.1\r\nhost: localhost\r\n";
    let words = format!("serves: {}", ask(url.unwrap(), request, ""));
    running.signal("TERM");
    running.end().exits(0);
    words
}

/// On a thread of its own, polled as by an executor that knows nothing of tokio.
fn without_runtime(client: &Client) -> Result<String, Error> {
    let mut call = pin!(client.create(ORDER));
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result.map(created),
        Poll::Pending => Ok("it waits".to_owned()),
    }
}

fn buying() -> Server {
    let bought = super::server::json(200, super::CREATED);
    Server::start(Replies::default().on("create", [bought]))
}

fn login(shop: &Shop) {
    let mut login = command(shop, "login --from-stdin --no-check");
    without_credentials(&mut login);
    ended(login, &format!("{TOKEN}\n{KEY}\n")).exits(0);
}

pub(super) fn without_credentials(command: &mut Command) {
    command
        .env_remove("THORDATA_PUBLIC_TOKEN")
        .env_remove("THORDATA_PUBLIC_KEY");
}

/// No authority is trusted in this environment.
fn without_trust(shop: &Shop, url: &str) -> Did {
    shop.write("empty.pem", "");
    std::fs::create_dir_all(shop.path("nothing")).unwrap();
    let (file, folder) = (shop.path("empty.pem"), shop.path("nothing"));
    let variables = [
        ("SSL_CERT_FILE", file.to_str().unwrap()),
        ("SSL_CERT_DIR", folder.to_str().unwrap()),
    ];
    Did::default()
        .library(library(shop, url, &variables, true))
        .command(command_in(shop, url, "list -o codes", &variables))
}

pub(super) const SECTIONS: &[Section] = &[Section("The environment", ENVIRONMENT)];

const ENVIRONMENT: &[Case] = &[
    Case("HTTP_PROXY of a closed port, and this machine", |shop| {
        this_machine(shop, "HTTP_PROXY")
    }),
    Case("all_proxy of a closed port, and this machine", |shop| {
        this_machine(shop, "all_proxy")
    }),
    Case("HTTP_PROXY of a closed port, and --sandbox", |shop| {
        let variables = [("HTTP_PROXY", CLOSED)];
        let line = "--sandbox list -o codes";
        Did::default()
            .command(command_in(shop, CLOSED, line, &variables))
            .sandbox(serving(shop, &variables))
    }),
    Case("HTTP_PROXY of a proxy, and another host", |shop| {
        let proxy = Server::start(listing());
        through(shop, &proxy, &[("HTTP_PROXY", &proxy.base_url)])
    }),
    Case("NO_PROXY that names the host", |shop| {
        let proxy = Server::start(listing());
        let excluded = ("NO_PROXY", ".invalid");
        through(shop, &proxy, &[("HTTP_PROXY", &proxy.base_url), excluded])
    }),
    Case("NO_PROXY of all hosts", |shop| {
        let proxy = Server::start(listing());
        let excluded = ("no_proxy", "*");
        through(shop, &proxy, &[("HTTP_PROXY", &proxy.base_url), excluded])
    }),
    Case("ALL_PROXY of a SOCKS proxy (socks5h)", |shop| {
        let proxy = Server::behind_socks(listing());
        let url = proxy.base_url.replace("http://", "socks5h://");
        through(shop, &proxy, &[("ALL_PROXY", &url)])
    }),
    Case("HTTP_PROXY that is no proxy", |shop| {
        let proxy = Server::start(listing());
        through(shop, &proxy, &[("HTTP_PROXY", "gopher://127.0.0.1:9")])
    }),
    Case("HTTP_PROXY that is empty", |shop| {
        let proxy = Server::start(listing());
        let empty = ("HTTP_PROXY", "");
        through(shop, &proxy, &[empty, ("ALL_PROXY", &proxy.base_url)])
    }),
    Case("HTTP_PROXY in a CGI program", |shop| {
        let proxy = Server::start(listing());
        let cgi = ("REQUEST_METHOD", "GET");
        through(shop, &proxy, &[("HTTP_PROXY", &proxy.base_url), cgi])
    }),
    Case("doctor: a proxy with a password", |shop| {
        let proxy = Server::start(listing());
        let url = proxy.base_url.replace("http://", "http://user:sesame@");
        doctor(shop, &url)
    }),
    Case("doctor: a proxy that is not there", |shop| {
        doctor(shop, CLOSED)
    }),
    Case("plain http to another machine", |shop| {
        let refused = builder("http://api.invalid").build().unwrap_err();
        Did::default()
            .library(refused.to_string())
            .command(command_in(shop, "http://api.invalid", "list", &[]))
    }),
    Case("stored credentials, and another host", |shop| {
        login(shop);
        let other = Server::start(listing());
        let mut list = command(shop, "list -o codes");
        without_credentials(&mut list);
        list.env("THORDATA_CDK_BASE_URL", &other.base_url);
        let shown = words(&ended(list, ""));
        let asked = other.asked("list");
        Did::default().command(format!("{shown} (the other host got {asked} requests)"))
    }),
    Case("settings that are set and empty", |shop| {
        let empty = |name| (name, "");
        let ours = [
            "THORDATA_CDK_PROFILE",
            "THORDATA_CDK_STORE",
            "THORDATA_CDK_TIMEOUT",
            "THORDATA_CDK_GET_PARAMS_IN_BODY",
            "THORDATA_CDK_MAX_RESPONSE_BYTES",
            "THORDATA_CDK_CONFIRM_ABOVE",
        ];
        let sandbox = [
            "PORT",
            "SEED",
            "STATE",
            "HOST",
            "ALLOW_HOST",
            "BALANCE",
            "FAULTS",
        ]
        .map(|name| format!("THORDATA_CDK_SANDBOX_{name}"));
        let sandbox: Vec<_> = sandbox.iter().map(|name| empty(name.as_str())).collect();
        let url = shop.sandbox.base_url();
        Did::default()
            .library(library(shop, "", &[], false))
            .command(command_in(shop, url, "list -o codes", &ours.map(empty)))
            .sandbox(serving(shop, &sandbox))
    }),
    Case("a token that is set and empty", |shop| {
        let empty = [("THORDATA_PUBLIC_TOKEN", "")];
        let both = [empty[0], ("THORDATA_PUBLIC_KEY", "")];
        let url = shop.sandbox.base_url();
        Did::default()
            .library(library(shop, url, &empty, false))
            .command(command_in(shop, url, "list -o codes", &both))
            .sandbox(serving(shop, &[("THORDATA_CDK_SANDBOX_TOKEN", "")]))
    }),
    Case("no trust store, and plain http to this machine", |shop| {
        let server = Server::start(listing());
        without_trust(shop, &server.base_url)
    }),
    Case("no trust store, and https", |shop| {
        without_trust(shop, "https://127.0.0.1:9")
    }),
    Case("create outside a runtime", |_| {
        let server = buying();
        let client = builder(&server.base_url).build().unwrap();
        let result = without_runtime(&client);
        Did::default().library(result_in_words(result, true))
    }),
    Case("create on a runtime without timers", |_| {
        // The library learns it from a panic of tokio that it catches; its message has no place in the table.
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(std::panic::Location::file);
            if !place.is_some_and(|file| file.ends_with("src/attempt/runtime.rs")) {
                usual(panic);
            }
        }));
        let server = buying();
        let client = builder(&server.base_url).build().unwrap();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_io().build().unwrap();
        let result = runtime.block_on(client.create(ORDER));
        Did::default().library(result_in_words(result.map(created), true))
    }),
    Case("create on one runtime, then on another", |_| {
        let server = buying();
        let client = builder(&server.base_url).build().unwrap();
        let first = result_in_words(block_on(client.create(ORDER)).map(created), true);
        let second = result_in_words(block_on(client.create(ORDER)).map(created), true);
        Did::default().library(format!("{first}; {second}"))
    }),
    Case("watch --exec: what a child inherits", |shop| {
        let used = ROW.replace(r#""status":1"#, r#""status":2"#);
        let replies = Replies::default()
            .on("list", [rows(&used)])
            .on("info", [named(r#""Anna""#)]);
        let server = Server::start(replies);
        let mut watch = command(shop, "watch --once -o codes --exec");
        watch
            .arg("env > environment.txt")
            .env("THORDATA_CDK_STORE", shop.path("own.db"))
            .env("THORDATA_CDK_BASE_URL", &server.base_url);
        let shown = words(&ended(watch, ""));
        let inherited = shop.read("environment.txt");
        let held = [TOKEN, KEY, "own.db"]
            .iter()
            .filter(|secret| inherited.contains(**secret))
            .count();
        Did::default().command(format!(
            "{shown} (of token, key and store the child has {held})"
        ))
    }),
    Case("a list that does not end, and a time limit", |shop| {
        let replies = Replies::default().on("list", [Reply::Endless]);
        let (one, other) = (Server::start(replies.clone()), Server::start(replies));
        let client = builder(&one.base_url)
            .timeout(std::time::Duration::from_secs(2))
            .retry(thordata_cdk::RetryPolicy::none())
            .build()
            .unwrap();
        let list = block_on(client.list(None)).map(|list| counted(list.len(), "row"));
        let mut command = command(shop, "list --order nobody --timeout 2s");
        command.env("THORDATA_CDK_BASE_URL", &other.base_url);
        Did::default()
            .library(result_in_words(list, false))
            .command(words(&ended(command, "")))
    }),
    Case("a wait of more than a second", |shop| {
        let later = with_headers(429, "retry-after: 1\r\n", "");
        let replies = Replies::default().on("list", [later, rows(ROW)]);
        answered(shop, Call::List, replies)
    }),
];
