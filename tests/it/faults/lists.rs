//! Lists that lie while an order's vouchers are looked for, and somebody else who buys.

use thordata_cdk::issue::{IssueError, IssuerKind, Verdict};
use thordata_cdk_sandbox::{AfterReply, Answer, Commit, Fault, Operation};

use super::bench::{Bench, names, sorted};

fn create() -> Fault {
    Fault::on(Operation::Create)
}

/// A lie that the lists after the purchase tell: the first one, the baseline, is sound.
fn afterwards(times: u32) -> Fault {
    Fault::on(Operation::List).skip(1).times(times)
}

#[tokio::test]
async fn no_verdict_comes_from_a_list_that_cannot_be_trusted() {
    let lies = [
        ("stale", Answer::StaleByNewest(3)),
        ("shrunk", Answer::ShrunkByOldest(2)),
        ("empty", Answer::EmptyList),
        ("an object", Answer::EmptyData),
        ("null", Answer::NullData),
        ("without data", Answer::NoData),
        (
            "too frequent",
            Answer::Code {
                code: 10011,
                msg: String::new(),
            },
        ),
        ("cut", Answer::HalfBody),
        ("cut without a sign", Answer::CloseDelimitedTruncated),
        ("dropped", Answer::Close),
    ];
    for (name, lie) in lies {
        let bench = Bench::patient(IssuerKind::Exclusive).await;
        bench.inject(create().commit(Commit::Yes).answer(Answer::Close));
        bench.inject(afterwards(3).answer(lie).then(AfterReply::Close));
        let issued = bench.issue().await;
        assert!(
            matches!(issued.verdict, Verdict::Recovered { .. }),
            "{name}: {}",
            issued.verdict
        );
        assert_eq!(names(&issued.verdict), sorted(bench.created()), "{name}");
        bench.check(&[&issued]).await;
    }
}

#[tokio::test]
async fn vouchers_that_are_used_or_revoked_meanwhile_are_recovered_all_the_same() {
    let bench = Bench::patient(IssuerKind::Exclusive).await;
    bench.inject(create().commit(Commit::Yes).answer(Answer::Hang(None)));
    let server = std::sync::Arc::clone(&bench.sandbox);
    let customer = tokio::spawn(async move {
        while server.voucher_count() < 8 {
            tokio::task::yield_now().await;
        }
        let vouchers = server.vouchers();
        server.redeem(&vouchers[5].code, "customer-1").unwrap();
        server.revoke(&vouchers[6].code);
    });
    let issued = bench.issue().await;
    customer.await.unwrap();
    assert!(
        matches!(issued.verdict, Verdict::Recovered { .. }),
        "{}",
        issued.verdict
    );
    assert_eq!(issued.codes().len(), 3);
    bench.check(&[&issued]).await;
}

#[tokio::test]
async fn an_order_whose_lists_all_fail_stays_open_and_is_recovered_later() {
    let bench = Bench::new(IssuerKind::Exclusive).await;
    bench.inject(create().commit(Commit::Yes).answer(Answer::Close));
    bench.inject(
        Fault::on(Operation::List)
            .skip(1)
            .always()
            .answer(Answer::Close),
    );
    let error = bench.issuer.issue(super::bench::ORDER).await.unwrap_err();
    assert!(matches!(error, IssueError::Unresolved { .. }), "{error}");
    bench.sandbox.clear_faults();

    let found = bench.issuer.recover().await.unwrap();
    let [issued] = found.as_slice() else {
        panic!("{} orders", found.len())
    };
    assert!(
        matches!(issued.verdict, Verdict::Recovered { .. }),
        "{}",
        issued.verdict
    );
    assert_eq!(bench.posts(), 1);
    bench.check(&[issued]).await;
}

#[tokio::test]
async fn a_baseline_that_lacks_known_vouchers_stops_the_purchase_until_they_are_forgotten() {
    let bench = Bench::new(IssuerKind::Shared).await;
    assert!(bench.issue().await.is_complete());
    bench.inject(
        Fault::on(Operation::List)
            .always()
            .answer(Answer::ShrunkByOldest(2)),
    );
    let error = bench.issuer.issue(super::bench::ORDER).await.unwrap_err();
    assert!(
        matches!(
            error,
            IssueError::ListIncomplete {
                missing: 2,
                id: None
            }
        ),
        "{error}"
    );
    assert_eq!(bench.posts(), 1, "nothing was bought");

    assert_eq!(bench.issuer.forget_missing().await.unwrap(), 2);
    assert!(bench.issue().await.is_complete());
}

#[tokio::test]
async fn on_a_shared_account_somebody_elses_vouchers_of_the_same_form_are_never_adopted() {
    let bench = Bench::new(IssuerKind::Shared).await;
    bench.inject(create().commit(Commit::No).answer(Answer::Close));
    bench.inject(Fault::on(Operation::List).skip(1).times(1));
    let server = std::sync::Arc::clone(&bench.sandbox);
    let other = tokio::spawn(async move {
        while server.pending_faults() > 1 {
            tokio::task::yield_now().await;
        }
        server.preload(3, 3)
    });
    let issued = bench.issue().await;
    let foreign = sorted(other.await.unwrap());
    match &issued.verdict {
        Verdict::Unknown { .. } => assert_eq!(names(&issued.verdict), foreign),
        Verdict::NotObserved { .. } => {
            assert_eq!(
                bench.orphans().await.into_iter().collect::<Vec<_>>(),
                foreign
            );
        }
        adopted => panic!("{adopted}"),
    }
    assert_eq!(issued.codes().len(), 0);
}

#[tokio::test]
async fn an_exclusive_issuer_that_meets_somebody_elses_voucher_attributes_nothing_from_then_on() {
    let bench = Bench::patient(IssuerKind::Exclusive).await;
    assert!(bench.issue().await.is_complete());
    let foreign = bench.sandbox.preload(1, 3);

    bench.inject(create().commit(Commit::Yes).answer(Answer::Close));
    let issued = bench.issue().await;
    assert!(
        matches!(issued.verdict, Verdict::Unknown { .. }),
        "{}",
        issued.verdict
    );
    assert_eq!(
        bench.orphans().await.into_iter().collect::<Vec<_>>(),
        foreign
    );

    // A new process knows it too.
    let bench = bench.reopen().await;
    let found = bench.issuer.recover().await.unwrap();
    let [first, second] = found.as_slice() else {
        panic!("{} orders", found.len())
    };
    assert!(
        matches!(first.verdict, Verdict::Created { .. }),
        "never acknowledged: {}",
        first.verdict
    );
    assert!(
        matches!(second.verdict, Verdict::Unknown { .. }),
        "{}",
        second.verdict
    );
}

#[tokio::test]
async fn orphans_are_reported_until_they_are_dismissed() {
    let bench = Bench::new(IssuerKind::Shared).await;
    assert!(bench.issue().await.is_complete());
    let foreign = sorted(bench.sandbox.preload(2, 1));
    assert_eq!(
        bench.orphans().await.into_iter().collect::<Vec<_>>(),
        foreign
    );
    let bench = bench.reopen().await;
    assert_eq!(
        bench.orphans().await.into_iter().collect::<Vec<_>>(),
        foreign
    );
    let codes: Vec<_> = foreign.iter().map(|code| code.parse().unwrap()).collect();
    bench.issuer.dismiss_orphans(&codes).await.unwrap();
    assert!(bench.orphans().await.is_empty());
}

#[tokio::test]
async fn the_clock_of_the_client_changes_no_verdict() {
    // The sandbox's clock is a day off, either way: only its own dates are compared with each other.
    for skew in [-86_400, 86_400] {
        let bench = Bench::patient(IssuerKind::Exclusive).await;
        bench
            .sandbox
            .set_clock(thordata_cdk_sandbox::Clock::skewed(skew));
        bench.inject(create().commit(Commit::Yes).answer(Answer::Close));
        let issued = bench.issue().await;
        assert!(
            matches!(issued.verdict, Verdict::Recovered { .. }),
            "{skew}: {}",
            issued.verdict
        );
    }
}
