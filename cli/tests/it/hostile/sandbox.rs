//! What a web page, another program or a file can send to the sandbox; and what others are promised to be read.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use thordata_cdk_sandbox::Sandbox;

use super::calls::{command, words};
use super::server::{Replies, Server, json};
use super::{Case, Did, ROW, Section};
use crate::support::{KEY, Shop, TOKEN, ended};

/// Status and reason of the answer to a request with these header lines and this body.
pub(super) fn ask(base_url: &str, request: &str, body: &str) -> String {
    let address = base_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    // The sandbox may answer, and hang up, before it has read everything.
    let _ = write!(
        stream,
        "{request}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let status = text.split(' ').nth(1).unwrap_or("nothing").to_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let header = head
        .lines()
        .find_map(|line| line.strip_prefix("x-sandbox-reason: "));
    let reply: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let text = |name: &str| reply[name].as_str().map(str::to_owned);
    let reason = header.map(str::to_owned).or(text("error")).or(text("msg"));
    let code = reply["code"].as_i64().map(|code| format!(", code {code}"));
    let reason = reason.map(|reason| format!(": {reason}"));
    format!(
        "HTTP {status}{}{}",
        code.unwrap_or_default(),
        reason.unwrap_or_default()
    )
}

fn asked(shop: &Shop, request_line: &str, headers: &str, body: &str) -> Did {
    let request = format!("{request_line} HTTP/1.1\r\n{headers}");
    Did::default().sandbox(ask(shop.sandbox.base_url(), &request, body))
}

/// With the account's credentials, and these header lines.
fn list(shop: &Shop, headers: &str) -> Did {
    let headers = format!("token: {TOKEN}\r\nkey: {KEY}\r\n{headers}");
    asked(shop, "GET /api/cdk/list", &headers, "")
}

/// With the admin API's token, as JSON.
fn admin(shop: &Shop, request_line: &str, body: &str) -> Did {
    let token = shop.sandbox.admin_token();
    let headers = format!(
        "host: localhost\r\nx-sandbox-token: {token}\r\ncontent-type: application/json\r\n"
    );
    asked(shop, request_line, &headers, body)
}

fn create(shop: &Shop, body: &str) -> Did {
    let headers = format!(
        "host: localhost\r\ntoken: {TOKEN}\r\nkey: {KEY}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    );
    asked(shop, "POST /api/cdk/create", &headers, body)
}

/// A start with this state file: by the library, and by the command that runs the same server.
fn state(shop: &Shop, text: &str) -> Did {
    shop.write("state.json", text);
    let did = state_at(shop, "state.json");
    let unchanged = super::files::unchanged(shop, "state.json", text);
    Did::default()
        .command(did.command.unwrap())
        .sandbox(format!("{} ({unchanged})", did.sandbox.unwrap()))
}

fn state_at(shop: &Shop, file: &str) -> Did {
    let path = shop.path(file);
    let started = Sandbox::builder().state_file(&path).start_blocking();
    let words_of_sandbox = match started {
        Ok(sandbox) => format!("starts with {} vouchers", sandbox.voucher_count()),
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            text
        }
    };
    let ended = ended(command(shop, &format!("sandbox --state {file}")), "");
    Did::default()
        .command(words(&ended))
        .sandbox(words_of_sandbox)
}

pub(super) const SECTIONS: &[Section] = &[
    Section("The sandbox is open to any web page", OPEN),
    Section("What the fuzz targets read", PROMISED),
];

const OPEN: &[Case] = &[
    Case("Host of another name, for the credentials", |shop| {
        asked(
            shop,
            "GET /_sandbox/credentials",
            "host: evil.example\r\n",
            "",
        )
    }),
    Case("Host of another name, for a list", |shop| {
        list(shop, "host: evil.example\r\n")
    }),
    Case("no Host", |shop| list(shop, "")),
    Case("Origin of another page", |shop| {
        list(shop, "host: localhost\r\norigin: http://evil.example\r\n")
    }),
    Case("a request that a browser marks as another page's", |shop| {
        list(shop, "host: localhost\r\nsec-fetch-site: cross-site\r\n")
    }),
    Case("/_sandbox/ without the token", |shop| {
        asked(shop, "GET /_sandbox/credentials", "host: localhost\r\n", "")
    }),
    Case("/_sandbox/ with a body that a form can send", |shop| {
        let token = shop.sandbox.admin_token();
        let headers =
            format!("host: localhost\r\nx-sandbox-token: {token}\r\ncontent-type: text/plain\r\n");
        asked(shop, "POST /_sandbox/vouchers", &headers, r#"{"count":1}"#)
    }),
    Case("4294967295 vouchers at once", |shop| {
        admin(shop, "POST /_sandbox/vouchers", r#"{"count":4294967295}"#)
    }),
    Case("10001 faults at once", |shop| {
        let faults = format!("[{}]", [r#"{"on":"list"}"#; 10_001].join(","));
        admin(shop, "POST /_sandbox/faults", &faults)
    }),
    Case("create with num=2147483647", |shop| {
        create(shop, "flow=1&num=2147483647")
    }),
    Case("create with a body of 1 MiB", |shop| {
        create(shop, &format!("flow=1&num=1&x={}", "a".repeat(1024 * 1024)))
    }),
    Case("create with a body that is no form", |shop| {
        create(shop, "{\"flow\":1,\"num\":1}\0\u{202e}")
    }),
    Case("a create that succeeds", |shop| {
        create(shop, "flow=1&num=1")
    }),
    Case("a hundred requests, and a log of 10,000 bytes", |_| {
        let sandbox = Sandbox::builder()
            .credentials(TOKEN, KEY)
            .log_bytes(10_000)
            .start_blocking()
            .unwrap();
        let request = "POST /api/cdk/create HTTP/1.1\r\nhost: localhost\r\n";
        for _ in 0..100 {
            ask(sandbox.base_url(), request, &"a".repeat(1_000));
        }
        let kept = sandbox.requests().len();
        Did::default().sandbox(format!("the log has {kept} of 100 requests"))
    }),
    Case(
        "--host for every address, and /_sandbox/ without the token",
        |_| {
            let sandbox = Sandbox::builder()
                .host(std::net::Ipv4Addr::UNSPECIFIED.into())
                .allow_host("sandbox")
                .start_blocking()
                .unwrap();
            let request = "GET /_sandbox/credentials HTTP/1.1\r\nhost: sandbox\r\n";
            Did::default().sandbox(ask(sandbox.base_url(), request, ""))
        },
    ),
    Case("a state file that is something else", |shop| {
        state(shop, "{\"port\": 80}\n")
    }),
    Case("a state file with a damaged line", |shop| {
        let first = "{\"file\":\"thordata-cdk-sandbox state\",\"version\":2}";
        state(shop, &format!("{first}\n[{{\"cdk\":7}}]\n[]\n"))
    }),
    Case("/dev/zero as a state file", |shop| {
        state_at(shop, "/dev/zero")
    }),
    Case("a named pipe as a state file", |shop| {
        let made = std::process::Command::new("mkfifo")
            .arg(shop.path("fifo"))
            .status();
        assert!(made.unwrap().success());
        state_at(shop, "fifo")
    }),
    Case("a state file of more than 2 GiB", |shop| {
        let file = std::fs::File::create(shop.path("state.json")).unwrap();
        file.set_len(3 * 1024 * 1024 * 1024).unwrap();
        state_at(shop, "state.json")
    }),
    Case("a state file that others can write", |shop| {
        shop.write("state.json", "");
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        std::fs::set_permissions(shop.path("state.json"), open).unwrap();
        state_at(shop, "state.json")
    }),
    Case("a state file that another sandbox uses", |shop| {
        let path = shop.path("state.json");
        let _first = Sandbox::builder()
            .state_file(&path)
            .start_blocking()
            .unwrap();
        state_at(shop, "state.json")
    }),
];

const PROMISED: &[Case] = &[
    Case("bytes that are no HTTP", |shop| {
        let address = shop.sandbox.base_url().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"\x16\x03\x01\x02\x00\x01\r\n\r\n")
            .unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().next().unwrap_or("nothing").to_owned();
        Did::default().sandbox(line)
    }),
    Case(
        "doctor --contract: a field and a status of its own",
        |shop| {
            let odd = ROW.replace(r#""status":1"#, r#""status":8,"vip":"nozzapqOWJOCcWIX""#);
            let body = format!(r#"{{"code":200,"data":[{odd}],"msg":"ok"}}"#);
            let replies = Replies::default().on("list", [json(200, body)]).on(
                "info",
                [json(200, r#"{"code":31337,"data":{},"msg":"no"}"#)],
            );
            let server = Server::start(replies);
            let mut doctor = command(shop, "doctor --contract -o json");
            doctor.env("THORDATA_CDK_BASE_URL", &server.base_url);
            let ended = ended(doctor, "");
            let rows = ended.json();
            let found: Vec<String> = rows
                .as_array()
                .unwrap()
                .iter()
                .filter(|row| row["check"].as_str().unwrap().starts_with("contract"))
                .map(|row| format!("{}: {}", row["check"], row["detail"]).replace('"', ""))
                .collect();
            Did::default().command(format!(
                "exit {}: {}",
                ended.exit.unwrap(),
                found.join("; ")
            ))
        },
    ),
];
