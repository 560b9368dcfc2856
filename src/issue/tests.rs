//! Purchases on a disk that fails: nothing is sent without an intent on disk, and nothing that was bought
//! is lost when the disk fails afterwards.

#![allow(clippy::arithmetic_side_effects)]

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use thordata_cdk_sandbox::{Answer, Fault, Operation, Sandbox};

use super::journal::tests::disk::Fake;
use super::journal::{Durability, Record};
use super::purchase::unix_secs;
use super::{Block, IssueError, Issuer, IssuerKind, IssuerOptions, Step, Verdict};
use crate::client::Client;
use crate::credentials::Credentials;
use crate::types::{NewCdks, Traffic};

const ORDER: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 3,
};

struct Bench {
    sandbox: Arc<Sandbox>,
    client: Client,
    disk: Fake,
}

impl Bench {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().vouchers(2).start().await.unwrap();
        let secrets = sandbox.credentials();
        let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
            .base_url(sandbox.base_url())
            .build()
            .unwrap();
        Self {
            sandbox: Arc::new(sandbox),
            client,
            disk: Fake::default(),
        }
    }

    fn options() -> IssuerOptions {
        IssuerOptions::new(IssuerKind::Exclusive)
            .window(Duration::from_secs(20))
            .first_look(Duration::from_millis(2))
    }

    /// As a process that was started anew.
    fn issuer(&self) -> Issuer {
        self.issuer_with(Self::options())
    }

    fn issuer_with(&self, options: IssuerOptions) -> Issuer {
        Issuer::over(self.client.clone(), self.disk.open().unwrap(), options)
    }

    /// What a process left behind that wrote an order down at these times, sent it so often, and died.
    async fn died_after(&self, here: i64, there: i64, attempts: u32) {
        let issuer = self.issuer();
        assert!(issuer.orphans().await.unwrap().is_empty());
        drop(issuer);
        let mut records = vec![Record::Intent {
            id: 1,
            traffic: 3,
            count: 3,
            unix_secs: here,
            server_unix_secs: Some(there),
        }];
        records.extend((2..=attempts).map(|number| Record::Attempt { id: 1, number }));
        let mut journal = self.disk.open().unwrap();
        for record in records {
            journal.append(record, Durability::Durable).unwrap();
        }
    }

    /// The verdict on an order that is carried out after the second look for it.
    async fn recovered_late(&self) -> Verdict {
        let server = Arc::clone(&self.sandbox);
        let options = Self::options().observer(move |step| {
            if matches!(step, Step::Looking { look: 3, .. }) {
                server.preload(3, 3);
            }
        });
        let mut found = self.issuer_with(options).recover().await.unwrap();
        found.remove(0).verdict
    }

    fn posts(&self) -> usize {
        let requests = self.sandbox.requests();
        requests
            .iter()
            .filter(|request| request.operation == Some(Operation::Create))
            .count()
    }
}

/// The writes of one purchase, in order: the baseline (two records), the intent, the result.
const BEFORE_THE_INTENT: [u32; 3] = [0, 1, 2];

#[tokio::test]
async fn nothing_is_sent_unless_the_intent_is_on_disk() {
    for call in ["append", "sync"] {
        for kind in [ErrorKind::StorageFull, ErrorKind::Other] {
            let bench = Bench::new().await;
            let issuer = bench.issuer();
            let mut refused = 0;
            for nth in BEFORE_THE_INTENT {
                bench.disk.fail(call, nth, kind);
                match issuer.issue(ORDER).await {
                    Err(IssueError::Journal(_)) => refused += 1,
                    Ok(issued) => {
                        assert!(bench.posts() > 0);
                        assert!(issued.is_complete());
                        break;
                    }
                    Err(other) => panic!("{call} number {nth}: {other}"),
                }
                assert_eq!(bench.posts(), 0, "{call} number {nth} failed");
                assert!(
                    !String::from_utf8(bench.disk.bytes())
                        .unwrap()
                        .contains("result")
                );
            }
            assert!(refused > 0, "no {call} failed before the request was sent");
        }
    }
}

#[tokio::test]
async fn codes_that_were_bought_are_handed_over_though_the_disk_failed_and_found_again_afterwards()
{
    for call in ["append", "sync"] {
        let bench = Bench::new().await;
        let issuer = bench.issuer();
        // The baseline is there, so the next purchase writes its intent and then its result.
        assert!(issuer.orphans().await.unwrap().is_empty());
        bench.disk.fail(call, 1, ErrorKind::StorageFull);
        let issued = issuer.issue(ORDER).await.unwrap();
        assert!(
            matches!(issued.verdict, Verdict::Created { .. }),
            "{}",
            issued.verdict
        );
        assert!(!issued.durable, "{call}");

        let blocked = issuer.issue(ORDER).await.unwrap_err();
        assert!(
            matches!(blocked, IssueError::Blocked { id, block: Block::NeedsRecovery } if id == issued.id),
            "{blocked}"
        );
        drop(issuer);
        let issuer = bench.issuer();
        let found = issuer.recover().await.unwrap();
        let [again] = found.as_slice() else {
            panic!("{} orders", found.len())
        };
        // A record whose sync failed may have reached the disk all the same.
        assert!(again.is_complete(), "{}", again.verdict);
        let mut codes = (issued.codes().to_vec(), again.codes().to_vec());
        codes.0.sort();
        codes.1.sort();
        assert_eq!(codes.0, codes.1);
        assert_eq!(bench.posts(), 1);
    }
}

const AN_HOUR: i64 = 3600;

#[tokio::test]
async fn a_window_that_has_passed_by_both_clocks_is_not_waited_for_again() {
    let bench = Bench::new().await;
    let long_ago = unix_secs() - AN_HOUR;
    bench.died_after(long_ago, long_ago, 1).await;
    let verdict = bench.recovered_late().await;
    let Verdict::NotObserved { window } = verdict else {
        panic!("{verdict}")
    };
    assert_eq!(window, Duration::from_secs(20));
}

#[tokio::test]
async fn a_clock_that_was_set_changes_no_verdict() {
    let now = unix_secs();
    // Put forward by an hour since, put back by an hour, and put forward with a resend in between.
    for (here, there, attempts) in [
        (now - AN_HOUR, now, 1),
        (now + AN_HOUR, now - AN_HOUR, 1),
        (now - AN_HOUR, now - AN_HOUR, 2),
    ] {
        let bench = Bench::new().await;
        bench.died_after(here, there, attempts).await;
        let verdict = bench.recovered_late().await;
        assert!(
            matches!(verdict, Verdict::Recovered { .. }),
            "{}, {}, {attempts}: {verdict}",
            here - now,
            there - now
        );
    }
}

#[tokio::test]
async fn an_order_that_a_clone_settles_meanwhile_is_settled_once() {
    let bench = Bench::new().await;
    let long_ago = unix_secs() - AN_HOUR;
    bench.died_after(long_ago, long_ago, 1).await;
    let (issuer, server) = (bench.issuer(), Arc::clone(&bench.sandbox));
    let clone = issuer.clone();
    let (first, second) = tokio::join!(
        async {
            let found = issuer.recover().await.unwrap();
            // Late: an orphan, whoever looks.
            server.preload(3, 3);
            found
        },
        clone.recover()
    );
    assert!(matches!(first[0].verdict, Verdict::NotObserved { .. }));
    assert_eq!(second.unwrap().len(), 0);
    assert_eq!(issuer.orphans().await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_last_thing_before_a_request_is_sent_is_that_its_intent_is_on_disk() {
    let bench = Bench::new().await;
    bench
        .sandbox
        .inject(Fault::refuse(Operation::Create, 10011, "too frequent"));
    let disk = bench.disk.clone();
    let last = Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = Arc::clone(&last);
    let options = Bench::options().observer(move |step| {
        if let Step::Sending { attempt, .. } = step {
            noted.lock().unwrap().push((attempt, disk.last_calls(2)));
        }
    });
    let issued = bench.issuer_with(options).issue(ORDER).await.unwrap();
    assert!(issued.is_complete(), "{}", issued.verdict);
    let synced = || vec!["append", "sync"];
    assert_eq!(*last.lock().unwrap(), [(1, synced()), (2, synced())]);
}

#[tokio::test]
async fn a_purchase_that_was_too_frequent_is_not_sent_again_once_something_new_is_listed() {
    let bench = Bench::new().await;
    let too_frequent = Fault::refuse(Operation::Create, 10011, "too frequent");
    bench.sandbox.inject(too_frequent);
    let server = Arc::clone(&bench.sandbox);
    // What an earlier order, whose lock refuses this one, makes just then.
    let options = Bench::options().observer(move |step| {
        if matches!(step, Step::Answered(_)) {
            server.preload(3, 3);
        }
    });
    let issuer = bench.issuer_with(options);
    let issued = issuer.issue(ORDER).await.unwrap();
    assert!(
        matches!(issued.verdict, Verdict::Rejected { .. }),
        "{}",
        issued.verdict
    );
    assert_eq!(bench.posts(), 1);
    assert_eq!(issuer.orphans().await.unwrap().len(), 3);
}

#[tokio::test]
async fn codes_are_handed_over_again_all_of_them_or_none() {
    let bench = Bench::new().await;
    let issued = bench.issuer().issue(ORDER).await.unwrap();
    let stale = Fault::on(Operation::List).answer(Answer::StaleByNewest(1));

    bench.sandbox.inject(stale.clone().times(2));
    let found = bench.issuer().recover().await.unwrap();
    assert_eq!(found[0].id, issued.id);
    assert_eq!(found[0].codes().len(), 3);

    bench.sandbox.inject(stale.always());
    let error = bench.issuer().recover().await.unwrap_err();
    assert!(
        matches!(error, IssueError::ListIncomplete { missing: 1, id: Some(id) } if id == issued.id),
        "{error}"
    );
}

/// The window counts from the intent, so the request must not have to wait after it.
#[tokio::test]
async fn an_order_that_has_to_wait_for_its_turn_is_not_written_down_yet() {
    let bench = Bench::new().await;
    let secrets = bench.sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(bench.sandbox.base_url())
        .max_in_flight(1)
        .build()
        .unwrap();
    let client: &'static Client = Box::leak(Box::new(client));
    let taken = Arc::new(std::sync::Mutex::new(None));
    let (take, baseline) = (Arc::clone(&taken), Arc::new(tokio::sync::Notify::new()));
    let told = Arc::clone(&baseline);
    // Another request takes the only place as soon as the baseline is there.
    let options = Bench::options().observer(move |step| {
        if step == Step::Baseline {
            *take.lock().unwrap() = client.begin_create(0).now_or_never();
            told.notify_one();
        }
    });
    let issuer = Issuer::over(client.clone(), bench.disk.open().unwrap(), options);
    let issuing = tokio::spawn(async move { issuer.issue(ORDER).await });
    baseline.notified().await;
    assert!(taken.lock().unwrap().is_some());
    for _ in 0..20 {
        // What is to be written is written on such a thread.
        tokio::task::spawn_blocking(|| ()).await.unwrap();
    }
    let journal = String::from_utf8(bench.disk.bytes()).unwrap();
    assert!(!journal.contains(r#""record":"intent""#), "{journal}");
    drop(taken.lock().unwrap().take());
    assert!(issuing.await.unwrap().unwrap().is_complete());
}
