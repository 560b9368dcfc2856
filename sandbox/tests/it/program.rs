//! The program: its flags, what it prints, and how it stops.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use crate::support::Http;

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thordata-cdk-sandbox"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Stops the program, whatever becomes of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the program and reads its four lines.
fn run(command: &mut Command) -> (Running, Vec<String>) {
    let mut running = Running(command.spawn().unwrap());
    let out = BufReader::new(running.0.stdout.take().unwrap());
    let lines = out.lines().take(4).map(Result::unwrap).collect();
    (running, lines)
}

fn base_url(lines: &[String]) -> &str {
    lines[2]
        .strip_prefix("export THORDATA_CDK_BASE_URL=")
        .unwrap()
}

#[test]
fn it_prints_lines_to_paste_and_serves() {
    let mut command = program();
    command
        .args(["--token", "tok", "--key", "it's"])
        .env("THORDATA_CDK_SANDBOX_MAX_NUM", "2");
    let (_running, lines) = run(&mut command);
    assert_eq!(lines[0], "export THORDATA_PUBLIC_TOKEN=tok");
    assert_eq!(lines[1], r"export THORDATA_PUBLIC_KEY='it'\''s'");
    let mut http = Http::at(base_url(&lines));
    http.write("GET /api/cdk/list HTTP/1.1\r\nhost: localhost\r\ntoken: tok\r\nkey: it's\r\n\r\n");
    assert_eq!(http.reply().code(), 200);
    assert_eq!(http.create(1, 1).code(), 10014);
    assert_eq!(http.get("/_sandbox/health").json()["max_num"], 2);
    let token = lines[3].strip_prefix("export THORDATA_CDK_SANDBOX_ADMIN_TOKEN=");
    let token = token.unwrap();
    http.write(&format!(
        "GET /_sandbox/credentials HTTP/1.1\r\nhost: localhost\r\nx-sandbox-token: {token}\r\n\r\n"
    ));
    assert_eq!(http.reply().json()["token"], "tok");
}

#[test]
fn faults_come_from_flags_and_from_the_environment() {
    let mut command = program();
    command
        .args([
            "--token",
            "tok",
            "--key",
            "key",
            "--http-failures",
            "--seed",
            "1",
        ])
        .args([
            "--fault",
            r#"{"on":"create","answer":{"code":{"code":10009}}}"#,
        ])
        .args(["--fault", r#"{"on":"list","answer":"empty_data"}"#])
        .env(
            "THORDATA_CDK_SANDBOX_FAULTS",
            r#"[{"on":"get","answer":{"code":{"code":1}}}]"#,
        );
    let (_running, lines) = run(&mut command);
    let mut http = Http::at(base_url(&lines));
    assert_eq!(http.create(1, 1).code(), 10009);
    assert_eq!(http.create(1, 1).codes(), ["g7Ks0ZqiOKA39iFr"]);
    assert_eq!(
        http.get("/api/cdk/list").body,
        r#"{"code":200,"data":{},"msg":"ok"}"#
    );
    assert_eq!(http.get("/api/cdk/info?cdk=x").code(), 1);
    assert_eq!(http.get("/api/cdk/info?cdk=x").status, 404);
}

#[test]
fn a_variable_that_is_set_and_empty_counts_as_unset() {
    let mut command = program();
    for name in [
        "PORT",
        "SEED",
        "TOKEN",
        "KEY",
        "NOW",
        "HOST",
        "ALLOW_HOST",
        "STATE",
        "FAULTS",
    ] {
        command.env(format!("THORDATA_CDK_SANDBOX_{name}"), "");
    }
    let (_running, lines) = run(&mut command);
    assert!(lines[0].starts_with("export THORDATA_PUBLIC_TOKEN=sandbox-token-"));
    assert_eq!(
        Http::at(base_url(&lines)).get("/_sandbox/health").status,
        200
    );
}

#[test]
fn in_a_container_it_listens_beyond_loopback_and_answers_to_its_name() {
    let mut command = program();
    command
        .args(["--host", "0.0.0.0", "--allow-host", "sandbox,other"])
        .args(["--allow-host", "third", "--admin-token", "mine"]);
    let (_running, lines) = run(&mut command);
    assert!(base_url(&lines).starts_with("http://127.0.0.1:"));
    assert_eq!(lines[3], "export THORDATA_CDK_SANDBOX_ADMIN_TOKEN=mine");
    let mut http = Http::at(base_url(&lines));
    let mut status = |host: &str, path: &str, token: &str| {
        http.write(&format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nx-sandbox-token: {token}\r\n\r\n"
        ));
        http.reply().status
    };
    for host in [
        "sandbox:4010",
        "other",
        "third",
        "172.17.0.2:4010",
        "localhost",
    ] {
        assert_eq!(status(host, "/_sandbox/health", ""), 200, "{host}");
    }
    assert_eq!(status("evil.example", "/_sandbox/health", "mine"), 421);
    assert_eq!(status("sandbox", "/_sandbox/credentials", ""), 401);
    assert_eq!(status("sandbox", "/_sandbox/credentials", "mine"), 200);
}

#[test]
fn wrong_flags_end_it_with_a_reason() {
    for (flags, reason) in [
        (
            ["--fault", r#"{"on":"create","anwser":"close"}"#],
            "unknown field `anwser`",
        ),
        (["--rate-limit", "0"], "must be a number above 0"),
        (["--token", "tok"], "--key <KEY>"),
    ] {
        let mut running = Running(program().args(flags).spawn().unwrap());
        let mut text = String::new();
        running
            .0
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(running.0.wait().unwrap().code(), Some(2));
        assert!(text.contains(reason), "{text}");
    }
}

#[test]
fn a_taken_port_ends_it_with_the_cause() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = program().args(["--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains(&format!("could not listen on 127.0.0.1:{port}: ")),
        "{text}"
    );
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_in_order() {
    for signal in ["INT", "TERM"] {
        let (mut running, lines) = run(&mut program());
        assert_eq!(
            Http::at(base_url(&lines)).get("/_sandbox/health").status,
            200
        );
        let id = running.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(running.0.wait().unwrap().code(), Some(0), "{signal}");
    }
}
