//! Revocation, by target state.

use std::sync::Arc;

use thordata_cdk::{CdkCode, Client, Error, Outcome};
use thordata_cdk_sandbox::{Answer, Commit, Fault, Operation, Sandbox, VoucherStatus};

use super::support::builder;

async fn bench() -> (Arc<Sandbox>, Client, CdkCode) {
    let sandbox = Arc::new(Sandbox::builder().vouchers(1).start().await.unwrap());
    let client = builder(&sandbox).build().unwrap();
    let code = CdkCode::new(&sandbox.vouchers()[0].code).unwrap();
    (sandbox, client, code)
}

fn revoke() -> Fault {
    Fault::on(Operation::Revoke)
}

fn count(sandbox: &Sandbox, operation: Operation) -> usize {
    sandbox
        .requests()
        .iter()
        .filter(|request| request.operation == Some(operation))
        .count()
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_not_sent_again() {
    for answer in [
        Answer::Close,
        Answer::Reset,
        Answer::HalfBody,
        Answer::NoData,
    ] {
        let (sandbox, client, code) = bench().await;
        sandbox.inject(revoke().commit(Commit::Yes).answer(answer));
        client.revoke(&code).await.unwrap();
        assert_eq!(sandbox.vouchers()[0].status, VoucherStatus::Revoked);
        assert_eq!(count(&sandbox, Operation::Revoke), 1);
    }
}

#[tokio::test]
async fn a_lost_request_is_sent_again_after_the_look_up() {
    let (sandbox, client, code) = bench().await;
    sandbox.inject(revoke().commit(Commit::No).answer(Answer::Close));
    client.revoke(&code).await.unwrap();
    assert_eq!(sandbox.vouchers()[0].status, VoucherStatus::Revoked);
    assert_eq!(count(&sandbox, Operation::Revoke), 2);
    assert_eq!(count(&sandbox, Operation::Get), 1);
}

#[tokio::test]
async fn already_revoked_after_our_own_ambiguous_attempt_is_success() {
    let (sandbox, client, code) = bench().await;
    sandbox.inject(revoke().commit(Commit::AfterLists(0)).answer(Answer::Close));
    // The look comes before the first copy is carried out, so a second one is sent and refused.
    sandbox.inject(Fault::on(Operation::Get).answer(Answer::Status {
        status: 200,
        content_type: "application/json".into(),
        body: format!(
            r#"{{"code":200,"data":{{"cdk":"{code}","status":1,"create_time":1,"traffic":1,"traffic_duration":1}}}}"#
        ),
        headers: vec![],
    }));
    client.revoke(&code).await.unwrap();
    assert_eq!(sandbox.vouchers()[0].status, VoucherStatus::Revoked);
    assert_eq!(count(&sandbox, Operation::Revoke), 2);
}

#[tokio::test]
async fn revoked_by_somebody_else_is_an_error() {
    let (sandbox, client, code) = bench().await;
    assert!(sandbox.revoke(code.as_str()));
    let error = client.revoke(&code).await.unwrap_err();
    assert!(matches!(error, Error::Api(_)), "{error}");
    assert_eq!(error.outcome(), Outcome::NotApplied);
    assert_eq!(count(&sandbox, Operation::Revoke), 1);
}

#[tokio::test]
async fn a_voucher_that_was_used_meanwhile_is_an_error_and_not_sent_again() {
    let (sandbox, client, code) = bench().await;
    sandbox.inject(revoke().commit(Commit::No).answer(Answer::Close));
    sandbox.redeem(code.as_str(), "customer-1").unwrap();
    let error = client.revoke(&code).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(sandbox.vouchers()[0].status, VoucherStatus::Used);
    assert_eq!(count(&sandbox, Operation::Revoke), 1);
}

#[tokio::test]
async fn when_even_the_look_up_fails_the_outcome_stays_unknown() {
    let (sandbox, client, code) = bench().await;
    sandbox.inject(revoke().commit(Commit::Yes).answer(Answer::Close));
    sandbox.inject(Fault::on(Operation::Get).always().answer(Answer::Close));
    let error = client.revoke(&code).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(count(&sandbox, Operation::Revoke), 1);
}
