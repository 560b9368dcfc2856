//! A redirect would carry the credentials to another host. None is followed.

use thordata_cdk::{Client, Error, Outcome, reqwest};

use super::Wire;
use crate::support::{EMPTY_LIST, ORDER, builder, code};

async fn hosts(status: u16) -> (Wire, Wire, Client) {
    let other = Wire::answering(200, EMPTY_LIST).await;
    let target = format!("{}/elsewhere", other.base_url());
    let first = Wire::with_header(status, "", ("location", &target)).await;
    let client = builder(first.base_url()).build().unwrap();
    (first, other, client)
}

fn is_a_status(error: &Error, status: u16, outcome: Outcome) {
    assert!(matches!(error, Error::Status(_)), "{error:?}");
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.outcome(), outcome);
}

#[tokio::test]
async fn a_read_ends_at_the_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let (first, other, client) = hosts(status).await;
        let error = client.list(None).await.unwrap_err();
        is_a_status(&error, status, Outcome::NotApplied);
        let error = client.get(&code()).await.unwrap_err();
        is_a_status(&error, status, Outcome::NotApplied);
        assert_eq!(first.seen().len(), 2);
        assert_eq!(other.seen(), [""; 0], "the other host was asked");
    }
}

#[tokio::test]
async fn a_purchase_and_a_revocation_end_at_the_redirect_with_an_unknown_outcome() {
    for status in [301, 302, 303, 307, 308] {
        let (first, other, client) = hosts(status).await;
        let error = client.create(ORDER).await.unwrap_err();
        is_a_status(&error, status, Outcome::Unknown);
        let error = client.revoke(&code()).await.unwrap_err();
        is_a_status(&error, status, Outcome::Unknown);
        assert_eq!(first.seen().len(), 2);
        assert_eq!(other.seen(), [""; 0], "the other host was asked");
    }
}

#[tokio::test]
async fn a_program_that_changes_the_http_client_cannot_switch_redirects_on() {
    let other = Wire::answering(200, EMPTY_LIST).await;
    let target = format!("{}/elsewhere", other.base_url());
    let first = Wire::with_header(307, "", ("location", &target)).await;
    let client = builder(first.base_url())
        .configure(|http| http.redirect(reqwest::redirect::Policy::limited(5)))
        .build()
        .unwrap();
    let error = client.create(ORDER).await.unwrap_err();
    is_a_status(&error, 307, Outcome::Unknown);
    assert_eq!(other.seen(), [""; 0], "the other host was asked");
}
