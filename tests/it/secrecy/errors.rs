//! Every error that a reply can make of a request.

use std::collections::BTreeSet;
use std::time::Duration;

use thordata_cdk::{CdkCode, Client, Credentials, Error, NewCdks, RetryPolicy, Traffic};

use super::echo::{self, REPLIES};
use super::{CODE, KEY, ODD_CODE, TOKEN, check_error};

const ORDER: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 2,
};

pub(crate) fn client(url: &str) -> Client {
    Client::builder(Credentials::new(TOKEN, KEY).unwrap())
        .base_url(url)
        .timeout(Duration::from_secs(5))
        .retry(RetryPolicy::none())
        .adaptive_rate_limit(false)
        .build()
        .unwrap()
}

fn variant(error: &Error) -> &'static str {
    match error {
        Error::Config(_) => "Config",
        Error::InvalidInput(_) => "InvalidInput",
        Error::Transport(_) => "Transport",
        Error::Status(_) => "Status",
        Error::Api(_) => "Api",
        Error::Decode(_) => "Decode",
        _ => "another",
    }
}

/// All four calls, `get` and `revoke` with both codes.
pub(crate) async fn errors_of(client: &Client) -> Vec<Error> {
    let mut errors = Vec::new();
    errors.extend(client.create(ORDER).await.err());
    errors.extend(client.list(None).await.err());
    for code in [CODE, ODD_CODE] {
        let code = CdkCode::new(code).unwrap();
        errors.extend(client.get(&code).await.err());
        errors.extend(client.revoke(&code).await.err());
    }
    errors
}

#[tokio::test]
async fn no_error_repeats_what_a_server_says_back() {
    let mut reached = BTreeSet::new();
    for (name, reply) in REPLIES {
        let client = client(&echo::serve(*reply).await);
        for error in errors_of(&client).await {
            println!("{name}: {error}");
            reached.insert(variant(&error));
            check_error(&error);
        }
    }
    let all = ["Api", "Decode", "Status", "Transport"];
    assert_eq!(reached, BTreeSet::from(all));
}

/// The client doesn't know these codes: they're in the reply alone.
#[tokio::test]
async fn no_error_repeats_a_code_that_only_the_reply_holds() {
    for body in [
        format!(r#"{{"code":200,"data":"{ODD_CODE}"}}"#),
        format!(r#"{{"code":200,"data":{{"cdk":"{ODD_CODE}"}}}}"#),
        format!(r#"{{"code":200,"data":{{"cdk":["{ODD_CODE}",7]}}}}"#),
        format!(r#"{{"code":200,"data":[{{"cdk":"{CODE}","status":"{ODD_CODE}"}}]}}"#),
        format!(r#"{{"code":200,"data":{{"cdk":"{CODE}","create_time":"{ODD_CODE}"}}}}"#),
        format!(r#"{{"code":200,"data":[{{"{ODD_CODE}":1}}]}}"#),
        format!(r#"{{"data":"{ODD_CODE}"}}"#),
        format!(r#"{{"data":["{ODD_CODE}"],"code":200}}"#),
        format!(r#"{{"code":"{ODD_CODE}"}}"#),
        format!(r#"{{"code":10009,"msg":"failed after {CODE}"}}"#),
        format!(r#""{ODD_CODE}""#),
    ] {
        let length = body.len();
        let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
        let client = client(&echo::serve(move |_| reply.clone()).await);
        for error in [
            client.create(ORDER).await.err(),
            client.list(None).await.err(),
        ] {
            error.iter().for_each(|error| check_error(error));
        }
    }
}

#[tokio::test]
async fn no_error_before_sending_repeats_what_it_was_given() {
    let with_space = format!("{ODD_CODE} ");
    check_error(&CdkCode::new(&with_space).unwrap_err());
    check_error(&Credentials::new(format!("{TOKEN}\n"), KEY).unwrap_err());
    check_error(&Credentials::new(TOKEN, format!("{KEY} ")).unwrap_err());
    let builder = || Client::builder(Credentials::new(TOKEN, KEY).unwrap());
    for url in [
        format!("http://user:{KEY}@127.0.0.1"),
        format!("http://127.0.0.1/?key={KEY}"),
        format!("{KEY}:nothing"),
    ] {
        check_error(&builder().base_url(url).build().unwrap_err());
    }
    check_error(
        &builder()
            .user_agent(format!("{KEY}\n"))
            .build()
            .unwrap_err(),
    );
    let refused = client("http://127.0.0.1:1");
    for error in errors_of(&refused).await {
        assert!(error.is_connect(), "{error}");
        check_error(&error);
    }
}
