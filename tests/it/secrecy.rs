//! Nothing that a program prints or logs holds the token, the key, or a whole voucher code.

pub(crate) mod echo;
mod errors;
mod logs;
mod values;

use std::error::Error;
use std::fmt::{Debug, Display};

/// With characters that URLs and forms encode.
const TOKEN: &str = "tok-3n/Secret+Token=9Q";
const KEY: &str = "key/Very+Secret=Key&7Z";
/// As the vendor makes them.
const CODE: &str = "nozzapqOWJOCcWIX";
/// As the contract allows them.
const ODD_CODE: &str = "Zz9/aB+cD=eF&gH0%x";

/// The secret itself, and what a URL, a form, JSON by PHP or HTML make of it.
fn forms(secret: &str) -> Vec<String> {
    let percent = |upper: bool| -> String {
        let encode = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        };
        secret.bytes().map(encode).collect()
    };
    vec![
        secret.to_owned(),
        percent(true),
        percent(false),
        secret.replace('/', "\\/"),
        secret.replace('&', "&amp;"),
    ]
}

/// Panics if `text` holds one of the secrets in any form.
#[track_caller]
fn check_text(what: &str, text: &str, codes: &[&str]) {
    for secret in [TOKEN, KEY].iter().chain(codes) {
        for form in forms(secret) {
            assert!(!text.contains(&form), "{what} shows {form}:\n{text}");
        }
    }
}

#[track_caller]
fn check_debug(value: &dyn Debug) {
    check_text("Debug", &format!("{value:?}"), &[CODE, ODD_CODE]);
    check_text("{:#?}", &format!("{value:#?}"), &[CODE, ODD_CODE]);
}

#[track_caller]
fn check_display(value: &dyn Display) {
    check_text("Display", &format!("{value}"), &[CODE, ODD_CODE]);
    check_text("{:#}", &format!("{value:#}"), &[CODE, ODD_CODE]);
}

/// The error and everything below it.
#[track_caller]
fn check_error(error: &(dyn Error + 'static)) {
    let mut layer = Some(error);
    while let Some(error) = layer {
        check_debug(&error);
        check_display(&error);
        layer = error.source();
    }
}
