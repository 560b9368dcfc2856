use thordata_cdk::{Client, Credentials, NewCdks, RetryPolicy, Traffic};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};

use super::*;

#[test]
fn each_exit_code_has_a_usual_next_step() {
    for (exit, next) in [
        (
            Exit::Usage,
            "`thordata-cdk help COMMAND` shows what a command takes, with examples",
        ),
        (Exit::TryLater, "repeat the command in a few minutes"),
        (
            Exit::Unknown,
            "look before you repeat it: `thordata-cdk list`, `thordata-cdk orders`",
        ),
        (
            Exit::Error,
            "`thordata-cdk doctor` looks for what may be in the way",
        ),
    ] {
        assert_eq!(Failure::new(exit, "it failed").next_step(), next);
    }
}

#[test]
fn what_was_answered_with_no_is_no_error() {
    let failure = Failure::cancelled("nothing was bought");
    assert!(failure.cancelled);
    assert_eq!(failure.what, "Cancelled; nothing was bought.");
    assert!(!Failure::new(Exit::Usage, "it failed").cancelled);
}

#[tokio::test]
async fn an_error_of_the_service_has_the_exit_code_and_the_next_step_that_are_right_for_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let create = Operation::Create;
    for (fault, exit, next) in [
        (
            Fault::commit_then_drop(create),
            Exit::Unknown,
            "do not repeat it before you have looked",
        ),
        (
            Fault::refuse(create, 10_008, "balance"),
            Exit::Error,
            "top up the wallet",
        ),
        (
            Fault::refuse(create, 10_005, "quantity"),
            Exit::TryLater,
            "buy fewer at once",
        ),
        (
            Fault::refuse(create, 10_014, "apiKey error"),
            Exit::Credentials,
            "compare the token and the key",
        ),
        (
            Fault::gateway_error(create, 404),
            Exit::Error,
            "`thordata-cdk doctor` looks for what may be in the way",
        ),
    ] {
        sandbox.inject(fault);
        let goods = NewCdks {
            traffic: Traffic(1),
            count: 1,
        };
        let failure = Failure::of_client(&client.create(goods).await.unwrap_err());
        assert_eq!(failure.exit, exit, "{failure:?}");
        assert!(failure.next_step().starts_with(next), "{failure:?}");
    }
    let none = NewCdks {
        traffic: Traffic(1),
        count: 0,
    };
    let failure = Failure::of_client(&client.create(none).await.unwrap_err());
    assert_eq!(failure.exit, Exit::Usage);
    assert_eq!(
        failure.next_step(),
        "correct what was typed in, and repeat the command"
    );
}
