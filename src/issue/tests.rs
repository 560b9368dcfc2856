//! Purchases on a disk that fails: nothing is sent without an intent on disk, and nothing that was bought
//! is lost when the disk fails afterwards.

#![allow(clippy::arithmetic_side_effects)]

use std::io::ErrorKind;
use std::time::Duration;

use thordata_cdk_sandbox::{Operation, Sandbox};

use super::journal::tests::disk::Fake;
use super::{Block, IssueError, Issuer, IssuerKind, IssuerOptions, Verdict};
use crate::client::Client;
use crate::credentials::Credentials;
use crate::model::{NewCdks, Traffic};

const ORDER: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 3,
};

struct Bench {
    sandbox: Sandbox,
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
            sandbox,
            client,
            disk: Fake::default(),
        }
    }

    /// As a process that was started anew.
    fn issuer(&self) -> Issuer {
        let options = IssuerOptions::new(IssuerKind::Exclusive)
            .window(Duration::from_secs(20))
            .first_look(Duration::from_millis(2));
        Issuer::over(self.client.clone(), self.disk.open().unwrap(), options)
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
