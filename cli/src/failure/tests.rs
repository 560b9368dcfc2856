use std::time::Duration;

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
        let failure = Failure::new(exit, "it failed");
        assert_eq!(failure.next_step(), next);
        assert_eq!(failure.to_string(), "it failed");
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

#[test]
fn an_error_of_an_order_has_the_exit_code_and_the_next_step_that_are_right_for_it() {
    let key = || "A-17".to_owned();
    let reason = || "is settled".to_owned();
    for (error, exit, next) in [
        (
            IssueError::InvalidOrder { reason: reason() },
            Exit::Usage,
            "correct --order, --traffic or --count, and repeat the command",
        ),
        (
            IssueError::KeyConflict {
                key: key(),
                existing: (5, 2),
            },
            Exit::Usage,
            "name another --order KEY",
        ),
        (
            IssueError::UnknownKey { key: key() },
            Exit::Usage,
            "`thordata-cdk orders` shows the orders of this store",
        ),
        (
            IssueError::WrongState {
                key: key(),
                reason: reason(),
            },
            Exit::Usage,
            "`thordata-cdk orders` shows how far each order is",
        ),
        (
            IssueError::Busy {
                waited: Duration::from_secs(3),
            },
            Exit::TryLater,
            "wait until the other purchase has ended, then run `thordata-cdk create --resume A-17`",
        ),
        (
            IssueError::Stopped,
            Exit::Unknown,
            "check the network (`thordata-cdk doctor`), then run `thordata-cdk create --resume A-17`",
        ),
        (
            IssueError::Store(StoreError::new(StoreErrorKind::Unavailable, "a full disk")),
            Exit::Error,
            "check the disk, the folder and its permissions, or the database; then repeat the command. Nothing is lost",
        ),
    ] {
        let failure = Failure::of_issue(&error, "A-17");
        assert_eq!(failure.exit, exit, "{error:?}");
        assert_eq!(failure.next_step(), next);
    }
}

#[test]
fn an_error_of_the_store_has_the_exit_code_and_the_next_step_that_are_right_for_it() {
    for (kind, exit, next) in [
        (
            StoreErrorKind::OtherAccount,
            Exit::Usage,
            "use one --profile, or one --store, for each account.",
        ),
        (
            StoreErrorKind::Exposed,
            Exit::Credentials,
            "run the command that is named above, then repeat yours",
        ),
        (
            StoreErrorKind::Newer,
            Exit::Usage,
            "update this program, then repeat the command",
        ),
        (
            StoreErrorKind::Damaged,
            Exit::Usage,
            "name another file with --store, or put a copy back from a backup;",
        ),
        (
            StoreErrorKind::Unavailable,
            Exit::Error,
            "check the disk, the folder and its permissions, or the database;",
        ),
    ] {
        let error = StoreError::new(kind, "it failed");
        let failure = Failure::explain(&anyhow::Error::new(error));
        assert_eq!(failure.exit, exit, "{kind:?}");
        assert!(failure.next_step().starts_with(next), "{failure:?}");
    }
}
