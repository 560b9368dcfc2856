//! What must hold of every reply, whatever its bytes.

use std::error::Error as _;
use std::fmt::Debug;
use std::sync::LazyLock;

use reqwest::header::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thordata_cdk::{CdkCode, Client, Credentials, Envelope, Error, Outcome, fuzzing};

const TOKEN: &str = "t0ken&of<the>account";
const KEY: &str = "k/e%y\"2\\";
/// The code that was asked for.
const CODE: &str = "nozzapqOWJOCcWIX";
/// Another voucher, which only a reply can name.
const FOREIGN: &str = "uJQJFnycHOpSEw5N";

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    Client::builder(Credentials::new(TOKEN, KEY).unwrap())
        // Never connected to: the replies are made here.
        .base_url("http://127.0.0.1:9")
        .build()
        .unwrap()
});

/// One body, under a status that succeeds, refuses, or leaves open what was done, as its length says; its
/// beginning is also used as the headers.
pub fn reply<T: fuzzing::AnyPayload>(operation: &str, body: &[u8], holds: impl Fn(&T)) {
    let header = HeaderValue::from_bytes(body.get(..40).unwrap_or(body)).ok();
    let status = [200, 400, 200, 503, 200][body.len() % 5];
    let code = CdkCode::new(CODE).unwrap();
    match fuzzing::reply::<T>(&CLIENT, operation, &code, (status, header), body) {
        Ok(envelope) => {
            assert!((200..300).contains(&status), "HTTP {status} succeeded");
            assert!(envelope.is_success());
            if let Some(data) = envelope.data() {
                holds(data);
            }
        }
        Err(error) => {
            says_what_it_may(&error);
            let changes = matches!(operation, "create" | "revoke");
            match error.outcome() {
                Outcome::Unknown => assert!(changes, "{operation} leaves nothing open"),
                Outcome::NotApplied if changes => {
                    let refused = matches!(error, Error::Api(_) | Error::Status(_));
                    assert!(refused && status != 503, "no proof: HTTP {status}, {error}");
                }
                _ => {}
            }
        }
    }
}

/// No secret, no whole code, and of bounded length, at every layer.
fn says_what_it_may(error: &Error) {
    let mut texts = vec![error.to_string(), format!("{error:?}")];
    let mut source = error.source();
    while let Some(layer) = source {
        texts.extend([layer.to_string(), format!("{layer:?}")]);
        source = layer.source();
    }
    for text in texts {
        for secret in [TOKEN, KEY, CODE, FOREIGN] {
            assert!(!text.contains(secret), "a secret is shown: {text}");
        }
        assert!(text.len() < 8_000, "{} bytes", text.len());
    }
}

/// What was read is written and read again as the same.
pub fn comes_back<T: DeserializeOwned + Serialize + PartialEq + Debug>(data: &T) {
    let text = serde_json::to_string(data).expect("it came from JSON");
    let again: Envelope<T> =
        serde_json::from_str(&format!(r#"{{"msg":"","data":{text},"code":200}}"#)).unwrap();
    assert_eq!(again.data(), Some(data));
}
