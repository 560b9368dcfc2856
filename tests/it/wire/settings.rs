//! Settings of the builder that show on the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use thordata_cdk::{CdkStatus, Client, Credentials, Error, reqwest};

use super::{RUSTC, Wire};
use crate::support::{CREATED, EMPTY_LIST, KEY, ORDER, TOKEN, builder, code};

#[tokio::test]
async fn get_params_in_body_sends_the_query_as_a_form_too() {
    let wire = Wire::answering(200, super::DETAILS).await;
    let client = builder(wire.base_url())
        .get_params_in_body(true)
        .build()
        .unwrap();
    client.get(&code()).await.unwrap();
    assert_eq!(
        wire.one(),
        "GET /api/cdk/info?cdk=nozzapqOWJOCcWIX\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         content-length: 20\n\
         content-type: application/x-www-form-urlencoded\n\
         host: HOST\n\
         key: key/Yd83hVnP5sJq1GaE==\n\
         token: tok-4f9QzL0xWm7RbT2c\n\
         user-agent: thordata-cdk/0.1.0 rust/VERSION\n\
         \n\
         cdk=nozzapqOWJOCcWIX"
    );
}

#[tokio::test]
async fn get_params_in_body_leaves_a_list_without_filter_and_a_post_unchanged() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let client = builder(wire.base_url())
        .get_params_in_body(true)
        .build()
        .unwrap();
    client.list(None).await.unwrap();
    client.list(CdkStatus::Used).await.unwrap();
    let _ = client.create(ORDER).await;
    let seen = wire.seen();
    assert!(seen[0].starts_with("GET /api/cdk/list\n"), "{}", seen[0]);
    assert!(seen[0].ends_with("\n\n"), "{}", seen[0]);
    assert!(!seen[0].contains("content-"), "{}", seen[0]);
    assert!(seen[1].ends_with("\n\nstatus=2"), "{}", seen[1]);
    assert!(seen[2].ends_with("\n\nflow=3&num=2"), "{}", seen[2]);
}

#[tokio::test]
async fn the_path_of_the_base_url_stays_with_or_without_a_slash_at_its_end() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    for suffix in ["", "/", "/gateway/v1", "/gateway/v1/"] {
        let client = builder(format!("{}{suffix}", wire.base_url()));
        client.build().unwrap().list(None).await.unwrap();
    }
    let lines: Vec<String> = wire
        .seen()
        .iter()
        .map(|request| request.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "GET /api/cdk/list",
            "GET /api/cdk/list",
            "GET /gateway/v1/api/cdk/list",
            "GET /gateway/v1/api/cdk/list",
        ]
    );
}

#[test]
fn the_limits_are_those_of_the_documentation() {
    let shown = format!("{:?}", builder("http://127.0.0.1"));
    for setting in [
        " timeout: 30s,",
        " create_timeout: 120s,",
        " connect_timeout: 10s,",
        " pool_idle_timeout: 4s,",
        " max_response_bytes: 67108864,",
        " max_list_rows: 100000000,",
        " list_timeout: 3600s,",
        " get_params_in_body: false,",
    ] {
        assert!(shown.contains(setting), "{setting} is not in {shown}");
    }
}

/// How many connections two requests one after the other take.
async fn connections(idle: std::time::Duration) -> usize {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let accepted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            accepted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let length = EMPTY_LIST.len();
                let reply =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{EMPTY_LIST}");
                while stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {
                    stream.write_all(reply.as_bytes()).await.unwrap();
                }
            });
        }
    });
    let client = builder(url).pool_idle_timeout(idle).build().unwrap();
    for _ in 0..2 {
        client.list(None).await.unwrap();
    }
    count.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_connection_is_used_again_unless_it_has_been_idle_for_longer_than_allowed() {
    assert_eq!(connections(std::time::Duration::from_secs(60)).await, 1);
    assert_eq!(connections(std::time::Duration::ZERO).await, 2);
}

#[test]
fn a_base_url_that_cannot_work_is_refused_and_not_shown() {
    for (url, why) in [
        ("", "is not an absolute URL"),
        ("api.thordata.com", "is not an absolute URL"),
        ("/api", "is not an absolute URL"),
        ("ftp://api.thordata.com", "is neither http nor https"),
        (
            "https://user:s3cret@api.thordata.com",
            "holds a user name or a password",
        ),
        (
            "https://api.thordata.com?token=s3cret",
            "has a query or a fragment",
        ),
        (
            "https://api.thordata.com#s3cret",
            "has a query or a fragment",
        ),
    ] {
        let error = builder(url).build().unwrap_err();
        assert!(matches!(error, Error::Config(_)), "{error:?}");
        let text = error.to_string();
        let start = format!("cannot set up the client: the base URL {why}");
        assert!(text.starts_with(&start), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[test]
fn plain_http_to_another_machine_is_refused_unless_it_is_allowed_by_name() {
    for url in [
        "http://api.thordata.com",
        "http://10.0.0.7:8080",
        "http://localhost.example",
        "http://[fd00::1]",
    ] {
        let error = builder(url).build().unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot set up the client: the base URL is plain http and its host is not this machine, so the token, \
             the key and all codes could be read on the way; use https, or allow it with \
             `ClientBuilder::allow_plain_http` (the command's `--allow-plain-http`)"
        );
        let own = builder(url).http_client(crate::support::own_http().build().unwrap());
        assert!(matches!(own.build(), Err(Error::Config(_))));
        assert!(builder(url).allow_plain_http(true).build().is_ok());
    }
    for url in [
        "http://127.0.0.1",
        "http://127.9.9.9:1",
        "http://[::1]:8080",
        "http://localhost:3000/x",
    ] {
        assert!(builder(url).build().is_ok(), "{url}");
    }
}

#[tokio::test]
async fn the_user_agent_is_replaced_whole() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let client = builder(wire.base_url()).user_agent("shop/2.1 (billing)");
    client.build().unwrap().list(None).await.unwrap();
    let request = wire.one();
    assert!(
        request.contains("\nuser-agent: shop/2.1 (billing)\n"),
        "{request}"
    );
    assert!(!request.contains("thordata-cdk"), "{request}");
}

#[tokio::test]
async fn the_application_is_added_to_the_user_agent() {
    assert!(RUSTC.starts_with("1."), "{RUSTC}");
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let client = builder(wire.base_url()).application("shop/2.1");
    client.build().unwrap().list(None).await.unwrap();
    let request = wire.one();
    let whole = "\nuser-agent: thordata-cdk/0.1.0 rust/VERSION shop/2.1\n";
    assert!(request.contains(whole), "{request}");
}

#[test]
fn a_user_agent_with_a_line_break_is_refused() {
    for bad in [
        builder("http://127.0.0.1").user_agent("a\r\nb"),
        builder("http://127.0.0.1").application("a\r\nb"),
    ] {
        assert_eq!(
            bad.build().unwrap_err().to_string(),
            "cannot set up the client: the user agent cannot be sent as an HTTP header"
        );
    }
}

#[tokio::test]
async fn an_http_client_of_ones_own_sends_its_headers_and_the_credentials() {
    let wire = Wire::answering(200, CREATED).await;
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-office", "3".parse().unwrap());
    headers.insert("token", "not-this-one".parse().unwrap());
    let own = crate::support::own_http()
        .default_headers(headers)
        .user_agent("own/1")
        .build()
        .unwrap();
    let client = builder(wire.base_url()).http_client(own).build().unwrap();
    let _ = client.create(ORDER).await.unwrap();
    assert_eq!(
        wire.one(),
        "POST /api/cdk/create\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         content-length: 12\n\
         content-type: application/x-www-form-urlencoded\n\
         host: HOST\n\
         key: key/Yd83hVnP5sJq1GaE==\n\
         token: tok-4f9QzL0xWm7RbT2c\n\
         user-agent: thordata-cdk/0.1.0 rust/VERSION\n\
         x-office: 3\n\
         \n\
         flow=3&num=2"
    );
}

#[tokio::test]
async fn the_generated_client_carries_the_same_headers() {
    let wire = Wire::answering(200, EMPTY_LIST).await;
    let client = builder(wire.base_url()).build().unwrap();
    let reply = client
        .raw()
        .list_cdks(Some(&CdkStatus::Used))
        .await
        .unwrap();
    assert!(reply.is_success());
    assert_eq!(
        wire.one(),
        "GET /api/cdk/list?status=2\n\
         accept-encoding: identity\n\
         accept: application/json\n\
         host: HOST\n\
         key: key/Yd83hVnP5sJq1GaE==\n\
         token: tok-4f9QzL0xWm7RbT2c\n\
         user-agent: thordata-cdk/0.1.0 rust/VERSION\n\
         \n"
    );
}

/// Run by the test below in a process of its own: a test must not change its environment.
#[test]
#[ignore = "prints what another test reads"]
fn print_what_the_environment_makes() {
    match Client::from_env() {
        Ok(client) => println!("made {client:?}"),
        Err(error) => println!("failed {error}"),
    }
}

fn from_env(variables: &[(&str, &str)]) -> String {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "--ignored", "--nocapture"]);
    child.arg("wire::settings::print_what_the_environment_makes");
    for name in ["PUBLIC_TOKEN", "PUBLIC_KEY", "CDK_BASE_URL"] {
        child.env_remove(format!("THORDATA_{name}"));
    }
    let output = child.envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text
        .lines()
        .find(|l| l.starts_with("made") || l.starts_with("failed"));
    line.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn the_environment_gives_credentials_and_base_url_and_an_error_names_what_is_missing() {
    let (token, key) = (
        ("THORDATA_PUBLIC_TOKEN", TOKEN),
        ("THORDATA_PUBLIC_KEY", KEY),
    );
    let url = ("THORDATA_CDK_BASE_URL", "http://127.0.0.1:9/x/");
    assert_eq!(
        from_env(&[token, key]),
        r#"made Client { base_url: "https://api.thordata.com", .. }"#
    );
    assert_eq!(
        from_env(&[token, key, url]),
        r#"made Client { base_url: "http://127.0.0.1:9/x", .. }"#
    );
    assert_eq!(
        from_env(&[key]),
        "failed cannot set up the client: the environment variable THORDATA_PUBLIC_TOKEN is not \
         set; copy its value from \"My Account\" on the vendor's dashboard"
    );
    assert!(from_env(&[token]).contains("THORDATA_PUBLIC_KEY is not set"));
    assert_eq!(
        from_env(&[token, ("THORDATA_PUBLIC_KEY", "")]),
        "failed cannot set up the client: the environment variable THORDATA_PUBLIC_KEY is empty; copy its \
         value from \"My Account\" on the vendor's dashboard"
    );
    assert_eq!(
        from_env(&[token, key, ("THORDATA_CDK_BASE_URL", "")]),
        r#"made Client { base_url: "https://api.thordata.com", .. }"#
    );
    let bad = from_env(&[token, key, ("THORDATA_CDK_BASE_URL", "localhost")]);
    assert!(
        bad.starts_with("failed cannot set up the client: the base URL is n"),
        "{bad}"
    );
}

#[test]
fn credentials_are_taken_as_they_are_or_refused_by_name() {
    assert!(Credentials::new(TOKEN, KEY).is_ok());
    for (token, key, start) in [
        ("", "k", "cannot set up the client: token is empty"),
        ("t", "", "cannot set up the client: key is empty"),
        (
            "t\n",
            "k",
            "cannot set up the client: token holds a space, a line break",
        ),
        ("t", "k k", "cannot set up the client: key holds a space"),
        ("tökn", "k", "cannot set up the client: token holds"),
    ] {
        let error = Credentials::new(token, key).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    }
}
