//! Bytes in: what a caller gets for each reply.

mod belongs;
mod codes;
mod contract;
mod contradictions;
mod envelope;
mod failures;
mod gateways;
mod limits;
mod odd_bytes;
mod odd_values;
mod proofs;
mod retries;
mod vendor;

use thordata_cdk::{Error, ErrorCode, Outcome};

/// The order in which [`crate::support::errors`] calls.
const OPERATIONS: [&str; 4] = ["create", "list", "get", "revoke"];

/// What each operation may conclude from a reply that proves nothing.
const UNPROVEN: [Outcome; 4] = [
    Outcome::Unknown,
    Outcome::NotApplied,
    Outcome::NotApplied,
    Outcome::Unknown,
];

/// What each operation may conclude from a refusal.
const REFUSED: [Outcome; 4] = [Outcome::NotApplied; 4];

#[track_caller]
fn are_api(
    errors: &[Error; 4],
    status: u16,
    code: ErrorCode,
    message: &str,
    reported: [Outcome; 4],
) {
    for ((error, operation), outcome) in errors.iter().zip(OPERATIONS).zip(reported) {
        let Error::Api(api) = error else {
            panic!("{operation}: {error:?}")
        };
        assert_eq!(api.status, status, "{operation}");
        assert_eq!(api.code, code, "{operation}");
        assert_eq!(api.message, message, "{operation}");
        assert_eq!(error.status(), Some(status), "{operation}");
        assert_eq!(error.api_code(), Some(code), "{operation}");
        assert_eq!(error.outcome(), outcome, "{operation}");
    }
}

#[track_caller]
fn are_status(errors: &[Error; 4], status: u16, snippet: &str, reported: [Outcome; 4]) {
    for ((error, operation), outcome) in errors.iter().zip(OPERATIONS).zip(reported) {
        let Error::Status(wrong) = error else {
            panic!("{operation}: {error:?}")
        };
        assert_eq!(wrong.status, status, "{operation}");
        assert_eq!(wrong.snippet, snippet, "{operation}");
        assert_eq!(error.status(), Some(status), "{operation}");
        assert_eq!(error.api_code(), None, "{operation}");
        assert_eq!(error.outcome(), outcome, "{operation}");
    }
}

#[track_caller]
pub(crate) fn is_decode(error: &Error, status: u16, reason: &str, outcome: Outcome) {
    let Error::Decode(unread) = error else {
        panic!("{error:?}")
    };
    assert_eq!(unread.reason, reason);
    assert_eq!(unread.status, status);
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.api_code(), None);
    assert_eq!(error.outcome(), outcome);
}

#[track_caller]
fn are_decode(errors: &[Error; 4], status: u16, reason: &str) {
    for (error, outcome) in errors.iter().zip(UNPROVEN) {
        is_decode(error, status, reason, outcome);
    }
}
