//! A sandbox, a client, an issuer on a journal of their own, and the invariants.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use thordata_cdk::issue::{Issued, Issuer, IssuerKind, IssuerOptions, Step, Verdict};
use thordata_cdk::{CdkCode, Client, ClientBuilder, Credentials, NewCdks, RetryPolicy, Traffic};
use thordata_cdk_sandbox::{Fault, Operation, Sandbox};

pub(crate) const ORDER: NewCdks = NewCdks {
    traffic: Traffic(3),
    count: 3,
};
/// Long enough for a few looks, short enough for many tests.
pub(crate) const WINDOW: Duration = Duration::from_millis(120);

pub(crate) struct Bench {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) client: Client,
    pub(crate) issuer: Issuer,
    pub(crate) folder: TempDir,
    kind: IssuerKind,
    window: Duration,
}

pub(crate) fn builder(sandbox: &Sandbox) -> ClientBuilder {
    let secrets = sandbox.credentials();
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(1));
    Client::builder(Credentials::new(&secrets.token, &secrets.key).unwrap())
        .base_url(sandbox.base_url())
        .create_timeout(Duration::from_secs(2))
        .retry(retry.max_retry_after(Duration::from_millis(20)))
        .adaptive_rate_limit(false)
}

impl Bench {
    /// Five vouchers exist before the first order.
    pub(crate) async fn new(kind: IssuerKind) -> Self {
        Self::with_window(kind, WINDOW).await
    }

    /// With a window that no slow machine runs through before the vouchers appear.
    pub(crate) async fn patient(kind: IssuerKind) -> Self {
        Self::with_window(kind, Duration::from_secs(20)).await
    }

    async fn with_window(kind: IssuerKind, window: Duration) -> Self {
        let sandbox = Arc::new(Sandbox::builder().vouchers(5).start().await.unwrap());
        let client = builder(&sandbox).build().unwrap();
        Self::over(kind, window, sandbox, client).await
    }

    pub(crate) async fn over(
        kind: IssuerKind,
        window: Duration,
        sandbox: Arc<Sandbox>,
        client: Client,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = open(&client, &folder, &sandbox, kind, window).await;
        Self {
            sandbox,
            client,
            issuer,
            folder,
            kind,
            window,
        }
    }

    /// As a new process would: another issuer on the same journal.
    pub(crate) async fn reopen(self) -> Self {
        let Self {
            sandbox,
            client,
            issuer,
            folder,
            kind,
            window,
        } = self;
        drop(issuer);
        let issuer = open(&client, &folder, &sandbox, kind, window).await;
        Self {
            sandbox,
            client,
            issuer,
            folder,
            kind,
            window,
        }
    }

    pub(crate) fn inject(&self, fault: Fault) {
        self.sandbox.inject(fault);
    }

    pub(crate) async fn issue(&self) -> Issued {
        self.issuer.issue(ORDER).await.unwrap()
    }

    /// Whole POSTs that the server has read.
    pub(crate) fn posts(&self) -> usize {
        let requests = self.sandbox.requests();
        let create = |request: &&_| is_whole_create(request);
        requests.iter().filter(create).count()
    }

    /// What was created by orders, in the order of creation.
    pub(crate) fn created(&self) -> Vec<String> {
        let vouchers = self.sandbox.vouchers();
        vouchers
            .into_iter()
            .filter(|v| v.request_id > 0)
            .map(|v| v.code)
            .collect()
    }

    pub(crate) async fn orphans(&self) -> BTreeSet<String> {
        let orphans = self.issuer.orphans().await.unwrap();
        orphans.into_iter().map(|cdk| cdk.cdk.to_string()).collect()
    }

    /// I1, I2 and I3 after these orders, with everything that was held back carried out.
    pub(crate) async fn check(&self, orders: &[&Issued]) {
        self.sandbox.clear_faults();
        self.sandbox.commit_held();
        let mut reported = BTreeSet::new();
        let mut attributed = BTreeSet::new();
        for issued in orders {
            for code in issued.codes() {
                assert!(
                    attributed.insert(code.to_string()),
                    "I3: a code belongs to two orders"
                );
            }
            reported.extend(names(&issued.verdict));
        }
        reported.extend(self.orphans().await);
        let held: BTreeSet<String> = self.created().into_iter().collect();
        let lost = held.difference(&reported).count();
        assert_eq!(
            lost, 0,
            "I2: the server holds vouchers that nobody was shown"
        );
        let carried_out: BTreeSet<u64> = self
            .sandbox
            .vouchers()
            .iter()
            .map(|v| v.request_id)
            .filter(|id| *id > 0)
            .collect();
        assert!(
            carried_out.len() <= orders.len(),
            "I1: an order was carried out twice"
        );
    }
}

fn is_whole_create(request: &thordata_cdk_sandbox::LoggedRequest) -> bool {
    request.operation == Some(Operation::Create) && request.complete
}

/// Every code that a verdict names.
pub(crate) fn names(verdict: &Verdict) -> Vec<String> {
    let codes: &[CdkCode] = match verdict {
        Verdict::Created { codes } | Verdict::Recovered { codes } | Verdict::Partial { codes } => {
            codes
        }
        Verdict::Unknown { candidates } => candidates,
        _ => &[],
    };
    let mut names: Vec<String> = codes.iter().map(ToString::to_string).collect();
    names.sort();
    names
}

pub(crate) fn sorted(mut codes: Vec<String>) -> Vec<String> {
    codes.sort();
    codes
}

async fn open(
    client: &Client,
    folder: &TempDir,
    sandbox: &Arc<Sandbox>,
    kind: IssuerKind,
    window: Duration,
) -> Issuer {
    let path = folder.path().join("journal");
    let (file, server) = (path.clone(), Arc::downgrade(sandbox));
    // I4, in every test: no create has come in when the intent is on disk, and it is there when the
    // request goes out.
    let options = IssuerOptions::new(kind)
        .window(window)
        .first_look(Duration::from_millis(2));
    let options = options.observer(move |step| {
        let text = || std::fs::read_to_string(&file).unwrap();
        match step {
            Step::Intended(id) => {
                assert!(
                    text().contains(&format!(r#""record":"intent","id":{id},"#)),
                    "I4"
                );
            }
            Step::Sending { id, attempt: 1 } => {
                assert!(
                    text().contains(&format!(r#""record":"intent","id":{id},"#)),
                    "I4"
                );
                let server = server.upgrade().unwrap();
                let after = text();
                let codes = server.vouchers().into_iter().map(|voucher| voucher.code);
                codes.for_each(|code| assert!(!after.contains(&code), "a code is on disk"));
            }
            _ => {}
        }
    });
    Issuer::open(client.clone(), path, options).await.unwrap()
}
