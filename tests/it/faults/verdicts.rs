//! What an order comes to under each fault of the answer.

use std::time::Duration;

use thordata_cdk::Outcome;
use thordata_cdk::issue::{Block, IssueError, IssuerKind, Resolution, Verdict};
use thordata_cdk_sandbox::{AfterReply, Answer, Commit, Fault, Operation, Read};

use super::bench::{Bench, names, sorted};

const KINDS: [IssuerKind; 2] = [IssuerKind::Shared, IssuerKind::Exclusive];

fn create() -> Fault {
    Fault::on(Operation::Create)
}

fn page(status: u16) -> Answer {
    let (content_type, body) = ("text/html".into(), "<h1>gateway</h1>".into());
    Answer::Status {
        status,
        content_type,
        body,
        headers: vec![],
    }
}

fn code(code: i64) -> Answer {
    Answer::Code {
        code,
        msg: String::new(),
    }
}

#[tokio::test]
async fn a_sound_answer_is_created() {
    for kind in KINDS {
        let bench = Bench::new(kind).await;
        let issued = bench.issue().await;
        let Verdict::Created { codes } = &issued.verdict else {
            panic!("{}", issued.verdict)
        };
        assert_eq!(codes.len(), 3);
        assert!(issued.durable);
        assert_eq!(names(&issued.verdict), sorted(bench.created()));
        assert_eq!(bench.posts(), 1);
        bench.check(&[&issued]).await;
        assert!(bench.orphans().await.is_empty());
    }
}

/// Rows 18 to 30: the server has read the whole request, and the answer is lost or spoilt.
fn spoilt_answers() -> Vec<(&'static str, Fault)> {
    let mut answers = vec![
        ("closed", create().answer(Answer::Close)),
        ("reset", create().answer(Answer::Reset)),
        (
            "half a status line",
            create().answer(Answer::HalfStatusLine),
        ),
        ("half the headers", create().answer(Answer::HalfHeaders)),
        ("103 only", create().answer(Answer::Informational103)),
        ("garbage", create().answer(Answer::GarbageStatusLine)),
        ("no answer", create().answer(Answer::Hang(None))),
        (
            "half a body, closed",
            create().answer(Answer::HalfBody).then(AfterReply::Close),
        ),
        (
            "half a body, reset",
            create().answer(Answer::HalfBody).then(AfterReply::Reset),
        ),
        (
            "half a body, silence",
            create().answer(Answer::HalfBody).then(AfterReply::Hang),
        ),
        (
            "chunks cut",
            create()
                .answer(Answer::ChunkedTruncated)
                .then(AfterReply::Close),
        ),
        (
            "last chunk missing",
            create()
                .answer(Answer::ChunkedUnended)
                .then(AfterReply::Close),
        ),
        (
            "cut without a sign",
            create().answer(Answer::CloseDelimitedTruncated),
        ),
        (
            "too long a length",
            create()
                .answer(Answer::WrongContentLength(9999))
                .then(AfterReply::Close),
        ),
        ("not JSON", create().answer(page(200))),
        ("empty data", create().answer(Answer::EmptyData)),
        ("null data", create().answer(Answer::NullData)),
        ("no data", create().answer(Answer::NoData)),
    ];
    for status in [408, 500, 502, 503, 504] {
        answers.push(("a page with 408 or 5xx", create().answer(page(status))));
    }
    for number in [10001, 10009, 300, 500, 77_777] {
        answers.push(("a code that leaves it open", create().answer(code(number))));
    }
    answers
}

#[tokio::test]
async fn a_lost_answer_of_a_purchase_that_took_place_is_recovered_by_an_exclusive_issuer() {
    for (name, fault) in spoilt_answers() {
        let bench = Bench::patient(IssuerKind::Exclusive).await;
        bench.inject(fault.commit(Commit::Yes));
        let issued = bench.issue().await;
        assert!(
            matches!(issued.verdict, Verdict::Recovered { .. }),
            "{name}: {}",
            issued.verdict
        );
        assert_eq!(names(&issued.verdict), sorted(bench.created()), "{name}");
        assert_eq!(bench.posts(), 1, "{name}");
        bench.check(&[&issued]).await;
    }
}

#[tokio::test]
async fn on_a_shared_account_its_vouchers_are_candidates_and_a_person_decides() {
    for (name, fault) in spoilt_answers() {
        let bench = Bench::patient(IssuerKind::Shared).await;
        bench.inject(fault.commit(Commit::Yes));
        let issued = bench.issue().await;
        let Verdict::Unknown { candidates } = &issued.verdict else {
            panic!("{name}: {}", issued.verdict)
        };
        assert_eq!(names(&issued.verdict), sorted(bench.created()), "{name}");
        assert_eq!(bench.posts(), 1, "{name}");

        let blocked = bench.issuer.issue(super::bench::ORDER).await.unwrap_err();
        assert!(
            matches!(blocked, IssueError::Blocked { id, block: Block::NeedsDecision } if id == issued.id),
            "{name}: {blocked}"
        );
        assert_eq!(bench.posts(), 1, "{name}");
        let adopted = Resolution::Adopt(candidates.clone());
        bench.issuer.resolve(issued.id, adopted).await.unwrap();
        bench.check(&[&issued]).await;
        assert!(bench.orphans().await.is_empty(), "{name}");
        assert!(
            bench.issue().await.is_complete(),
            "{name}: it can buy again"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_of_a_purchase_that_did_not_take_place_is_not_observed() {
    let spoilt = spoilt_answers();
    // A cut success and an empty one presuppose a purchase.
    for (name, fault) in spoilt
        .into_iter()
        .filter(|(name, _)| !name.contains("data"))
    {
        for kind in KINDS {
            let bench = Bench::new(kind).await;
            bench.inject(fault.clone().commit(Commit::No));
            let issued = bench.issue().await;
            assert!(
                matches!(issued.verdict, Verdict::NotObserved { .. }),
                "{name}: {}",
                issued.verdict
            );
            assert_eq!(bench.posts(), 1, "{name}: never sent again");
            bench.check(&[&issued]).await;
            assert_eq!(bench.created().len(), 0, "{name}");
        }
    }
}

#[tokio::test]
async fn a_request_of_which_the_server_read_a_part_only_is_not_observed() {
    for read in [Read::Nothing, Read::Head, Read::Half] {
        for answer in [Answer::Close, Answer::Reset] {
            let bench = Bench::new(IssuerKind::Shared).await;
            bench.inject(
                create()
                    .read(read)
                    .commit(Commit::No)
                    .answer(answer.clone()),
            );
            let issued = bench.issue().await;
            // Whether the body was taken before the connection broke is the kernel's choice.
            match &issued.verdict {
                Verdict::NotObserved { .. } => assert_eq!(bench.posts(), 0),
                Verdict::Created { .. } => assert_eq!(bench.posts(), 1),
                other => panic!("{read:?}, {answer:?}: {other}"),
            }
            bench.check(&[&issued]).await;
        }
    }
}

#[tokio::test]
async fn a_refusal_is_rejected_at_once() {
    for number in [
        10000, 10003, 10005, 10008, 10012, 10013, 10014, 10017, 10019, 400, 402,
    ] {
        let bench = Bench::new(IssuerKind::Shared).await;
        bench.inject(create().answer(code(number)));
        let issued = bench.issue().await;
        let Verdict::Rejected { error } = &issued.verdict else {
            panic!("{}", issued.verdict)
        };
        assert_eq!(error.api_code().unwrap().as_i64(), number);
        assert_eq!(error.outcome(), Outcome::NotApplied);
        assert_eq!(bench.posts(), 1);
        bench.check(&[&issued]).await;
    }
}

#[tokio::test]
async fn too_frequent_is_sent_again_after_a_pause_and_a_look() {
    let retry_after = |value: &str| {
        let headers = vec![("Retry-After".to_owned(), value.to_owned())];
        Answer::Status {
            status: 429,
            content_type: "text/html".into(),
            body: String::new(),
            headers,
        }
    };
    let refusals = [
        code(10011),
        page(429),
        retry_after("1"),
        retry_after("Wed, 21 Oct 2015 07:28:00 GMT"),
        retry_after("86400"),
    ];
    for refusal in refusals {
        let bench = Bench::new(IssuerKind::Shared).await;
        bench.inject(create().times(2).answer(refusal));
        let issued = bench.issue().await;
        assert!(
            matches!(issued.verdict, Verdict::Created { .. }),
            "{}",
            issued.verdict
        );
        assert_eq!(bench.posts(), 3);
        bench.check(&[&issued]).await;
    }
}

#[tokio::test]
async fn too_frequent_without_end_is_rejected_after_four_attempts() {
    let bench = Bench::new(IssuerKind::Shared).await;
    bench.inject(create().always().answer(code(10011)));
    let issued = bench.issue().await;
    let Verdict::Rejected { error } = &issued.verdict else {
        panic!("{}", issued.verdict)
    };
    assert!(error.is_rate_limited());
    assert_eq!(bench.posts(), 4);
    bench.check(&[&issued]).await;
}

#[tokio::test]
async fn too_frequent_is_not_sent_again_while_an_earlier_order_may_still_run() {
    let bench = Bench::new(IssuerKind::Shared).await;
    bench.inject(create().commit(Commit::Held).answer(Answer::Close));
    let first = bench.issue().await;
    assert!(
        matches!(first.verdict, Verdict::NotObserved { .. }),
        "{}",
        first.verdict
    );

    // The earlier order is carried out while the later one is refused: as its lock would do.
    bench.inject(
        create()
            .answer(code(10011))
            .latency(Duration::from_millis(1)),
    );
    bench.inject(Fault::on(Operation::List).skip(1).times(1));
    let server = std::sync::Arc::clone(&bench.sandbox);
    let held = tokio::spawn(async move {
        while server.pending_faults() > 1 {
            tokio::task::yield_now().await;
        }
        server.commit_held()
    });
    let second = bench.issue().await;
    held.await.unwrap();
    match &second.verdict {
        Verdict::Rejected { error } => assert!(error.is_rate_limited()),
        Verdict::Created { .. } => {} // the commit came after the look
        other => panic!("{other}"),
    }
    bench.check(&[&first, &second]).await;
}

#[tokio::test]
async fn a_commit_within_the_window_is_found_however_late() {
    for lists in 1..5 {
        let bench = Bench::patient(IssuerKind::Exclusive).await;
        bench.inject(
            create()
                .commit(Commit::AfterLists(lists))
                .answer(Answer::Close),
        );
        let issued = bench.issue().await;
        assert!(
            matches!(issued.verdict, Verdict::Recovered { .. }),
            "{lists}: {}",
            issued.verdict
        );
        assert_eq!(bench.posts(), 1);
        bench.check(&[&issued]).await;
    }
}

#[tokio::test]
async fn a_commit_after_the_window_is_an_orphan_and_never_adopted() {
    for kind in KINDS {
        let bench = Bench::new(kind).await;
        bench.inject(create().commit(Commit::Held).answer(Answer::Close));
        let first = bench.issue().await;
        assert!(
            matches!(first.verdict, Verdict::NotObserved { .. }),
            "{}",
            first.verdict
        );
        assert_eq!(bench.sandbox.commit_held(), 1);

        let second = bench.issue().await;
        assert!(
            matches!(second.verdict, Verdict::Created { .. }),
            "{}",
            second.verdict
        );
        let late: Vec<String> = bench.created().into_iter().take(3).collect();
        assert_eq!(
            bench.orphans().await.into_iter().collect::<Vec<_>>(),
            sorted(late)
        );
        bench.check(&[&first, &second]).await;
    }
}

#[tokio::test]
async fn an_answer_with_the_wrong_number_of_codes_is_never_created() {
    let answers = [
        Answer::FewerCodes(1),
        Answer::MoreCodes(1),
        Answer::DuplicateCodes,
        Answer::EmptyData,
    ];
    for answer in answers {
        let bench = Bench::new(IssuerKind::Shared).await;
        bench.inject(create().commit(Commit::Yes).answer(answer.clone()));
        let issued = bench.issue().await;
        assert!(
            matches!(issued.verdict, Verdict::Unknown { .. }),
            "{answer:?}: {}",
            issued.verdict
        );
        assert_eq!(bench.posts(), 1);
        bench.check(&[&issued]).await;
        // What only the garbled answer named must not block the future.
        bench
            .issuer
            .resolve(issued.id, Resolution::Discard)
            .await
            .unwrap();
        assert!(bench.issue().await.is_complete(), "{answer:?}");
    }
}

#[tokio::test]
async fn fewer_vouchers_than_ordered_are_partial_at_the_end_of_the_window() {
    for answer in [Answer::Close, Answer::Normal] {
        let bench = Bench::new(IssuerKind::Exclusive).await;
        bench.inject(create().commit(Commit::Some(2)).answer(answer));
        let issued = bench.issue().await;
        assert!(
            matches!(issued.verdict, Verdict::Partial { .. }),
            "{}",
            issued.verdict
        );
        assert_eq!(names(&issued.verdict), sorted(bench.created()));
        assert_eq!(issued.codes().len(), 2);
        bench.check(&[&issued]).await;
    }
}

#[tokio::test]
async fn vouchers_that_come_one_by_one_are_waited_for() {
    let bench = Bench::patient(IssuerKind::Exclusive).await;
    bench.inject(create().commit(Commit::PerList(1)).answer(Answer::Close));
    let issued = bench.issue().await;
    assert!(
        matches!(issued.verdict, Verdict::Recovered { .. }),
        "{}",
        issued.verdict
    );
    assert_eq!(issued.codes().len(), 3);
    bench.check(&[&issued]).await;
}

#[tokio::test]
async fn two_copies_of_one_order_are_candidates_all_six() {
    for kind in KINDS {
        let bench = Bench::new(kind).await;
        bench.inject(create().commit(Commit::Twice).answer(Answer::Close));
        let issued = bench.issue().await;
        let Verdict::Unknown { candidates } = &issued.verdict else {
            panic!("{}", issued.verdict)
        };
        assert_eq!(candidates.len(), 6);
        bench.check(&[&issued]).await;
    }
}

#[tokio::test]
async fn a_person_can_adopt_neither_another_orders_vouchers_nor_older_ones_nor_none_that_exist() {
    let bench = Bench::patient(IssuerKind::Shared).await;
    let first = bench.issue().await;
    bench.inject(create().commit(Commit::Yes).answer(Answer::Close));
    let second = bench.issue().await;
    let Verdict::Unknown { candidates } = &second.verdict else {
        panic!("{}", second.verdict)
    };
    let older = bench.sandbox.vouchers()[0].code.parse().unwrap();
    for wrong in [first.codes().to_vec(), vec![older]] {
        let decision = Resolution::Adopt(wrong);
        let error = bench.issuer.resolve(second.id, decision).await.unwrap_err();
        assert!(matches!(error, IssueError::Client(_)), "{error}");
    }
    let nowhere = Resolution::Adopt(vec!["NoSuchCode000000".parse().unwrap()]);
    let error = bench.issuer.resolve(second.id, nowhere).await.unwrap_err();
    assert!(
        matches!(error, IssueError::ListIncomplete { .. }),
        "{error}"
    );

    // Naming one twice does no harm.
    let twice = candidates.iter().chain(candidates).cloned().collect();
    let decision = Resolution::Adopt(twice);
    bench.issuer.resolve(second.id, decision).await.unwrap();
    bench.check(&[&first, &second]).await;
    assert!(bench.orphans().await.is_empty());
}
