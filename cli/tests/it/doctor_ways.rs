//! `doctor` recognises what is wrong, on servers that each have another fault.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::{Shop, ended};

/// Answers every connection with `answer`, until the test ends.
fn server(answer: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        listener
            .incoming()
            .for_each(|stream| answer(stream.unwrap()))
    });
    port
}

fn http(reply: &'static str) -> u16 {
    server(move |mut stream| {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(reply.as_bytes());
    })
}

/// A server with a certificate for `name`, which is valid until this year; and the certificate.
fn tls(name: &str, until: i32) -> (u16, String) {
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    let der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], der)
            .unwrap();
    let config = Arc::new(config);
    let port = server(move |stream| {
        let mut stream =
            StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    });
    (port, own.pem())
}

/// What `doctor` says of the host, and what helps.
#[track_caller]
fn reported(
    shop: &Shop,
    url: &str,
    trusted: Option<&str>,
    variables: &[(&str, &str)],
) -> (String, String) {
    let mut command = shop.command("doctor -o json --timeout 5s");
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "SSL_CERT_DIR",
    ] {
        command.env_remove(name);
    }
    command
        .env("THORDATA_CDK_BASE_URL", url)
        .envs(variables.iter().copied());
    if let Some(pem) = trusted {
        shop.write("trusted.pem", pem);
        command.env("SSL_CERT_FILE", shop.path("trusted.pem"));
    }
    let ended = ended(command, "");
    let rows = ended.json();
    let row = |check: &str| {
        rows.as_array()
            .unwrap()
            .iter()
            .find(|row| row["check"] == check)
            .unwrap()
            .clone()
    };
    // Whatever is in the way, the rest is looked at.
    assert_eq!(
        (&row("store")["result"], &row("request")["result"]),
        (&"ok".into(), &"skipped".into()),
        "{ended:#?}"
    );
    let host = row("host");
    assert_eq!(host["result"], "failed", "{ended:#?}");
    let text = |field: &str| host[field].as_str().unwrap().to_owned();
    (text("detail"), text("next"))
}

#[test]
fn each_error_has_its_name_and_its_next_step() {
    let shop = Shop::open();
    let (expired, expired_pem) = tls("localhost", 2021);
    let (other, other_pem) = tls("other.example", 2100);
    let (unknown, _) = tls("localhost", 2100);
    let foreign = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .unwrap()
        .cert
        .pem();
    let plain = http("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let moved = http(
        "HTTP/1.1 302 Found\r\nlocation: https://login.example/in?x=1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    );
    let page = http(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\nconnection: close\r\n\r\n<html>hi</html>",
    );
    let wall = http(
        "HTTP/1.1 403 Forbidden\r\nserver: cloudflare\r\ncontent-length: 7\r\nconnection: close\r\n\r\nblocked",
    );
    let path = http("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    let proxy = http(
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    );
    let url = |scheme: &str, port: u16| format!("{scheme}://localhost:{port}");
    let through = [("HTTPS_PROXY", format!("http://127.0.0.1:{proxy}"))];
    let through = [(through[0].0, through[0].1.as_str())];
    for (url, trusted, variables, what, next) in [
        (
            url("https", expired),
            Some(&expired_pem),
            &[][..],
            "the certificate has expired",
            "check the date",
        ),
        (
            url("https", other),
            Some(&other_pem),
            &[],
            "for another host name",
            "check the host in the base URL",
        ),
        (
            url("https", unknown),
            Some(&foreign),
            &[],
            "an issuer that this machine does not trust",
            "do not go on",
        ),
        (
            url("https", plain),
            None,
            &[],
            "answers without TLS",
            "write http:// if that is meant",
        ),
        (
            url("http", moved),
            None,
            &[],
            "redirects to https://login.example/in, and",
            "where it leads",
        ),
        (
            url("http", page),
            None,
            &[],
            "a web page answers",
            "check the base URL",
        ),
        (
            url("http", wall),
            None,
            &[],
            "a firewall before the service",
            "allow this machine's address",
        ),
        (
            url("http", path),
            None,
            &[],
            "knows no /api/cdk/list there",
            "check the path in the base URL",
        ),
        (
            url("http", 9),
            None,
            &[],
            "nothing listens on port 9",
            "check the port",
        ),
        (
            "https://no-such-host.invalid".to_owned(),
            None,
            &[],
            "the name no-such-host.invalid can",
            "check",
        ),
        (
            "https://cdk.example".to_owned(),
            None,
            &through,
            "the proxy http://127.0.0.1:",
            "unset HTTPS_PROXY",
        ),
        (
            "https://cdk.example".to_owned(),
            None,
            &[("HTTPS_PROXY", "http://user:sesame@127.0.0.1:9")],
            "nothing listens at the proxy http://127.0.0.1:9",
            "check the proxy's address",
        ),
    ] {
        let (detail, advice) = reported(&shop, &url, trusted.map(|pem| pem.as_str()), variables);
        assert!(
            detail.contains(what) && advice.contains(next),
            "{url}: {detail} | {advice}"
        );
    }
}

#[test]
fn without_credentials_the_host_is_checked_even_so() {
    let shop = Shop::open();
    let mut command = shop.command("doctor -o json");
    command
        .env_remove("THORDATA_PUBLIC_TOKEN")
        .env_remove("THORDATA_PUBLIC_KEY");
    let rows = ended(command, "").exits(2).json();
    let results: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["failed", "skipped", "ok", "ok", "ok", "skipped"]);
}

#[test]
fn the_wrong_secret_is_named() {
    for (name, which) in [
        ("THORDATA_PUBLIC_TOKEN", "the token is wrong"),
        ("THORDATA_PUBLIC_KEY", "the key is wrong"),
    ] {
        let shop = Shop::open();
        let mut command = shop.command("doctor");
        command.env(name, "not-that-of-this-shop");
        ended(command, "").exits(4).says(&[which]);
    }
}
