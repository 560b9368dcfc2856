//! A seeded random walk over faults: many orders, and then the sandbox's ledger against what the issuer
//! said. Used by this example and by the test of the same name.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use thordata_cdk::issue::{
    Block, IntentId, IssueError, Issued, Issuer, IssuerKind, IssuerOptions, Resolution, Step,
    Verdict,
};
use thordata_cdk::{CdkCode, Client, Credentials, NewCdks, RetryPolicy, Traffic};
use thordata_cdk_sandbox::{Sandbox, Voucher, VoucherStatus};

use super::menu::{MISHAPS, list_mishap};

type Failure = Box<dyn Error + Send + Sync>;

/// What became of the orders that met one kind of mishap.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) orders: usize,
    pub(crate) returned: usize,
    pub(crate) recovered: usize,
    pub(crate) candidates: usize,
    pub(crate) orphans: usize,
}

/// The result of a walk.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows: BTreeMap<&'static str, Row>,
    pub(crate) orders: usize,
    pub(crate) vouchers: usize,
    pub(crate) crashes: usize,
    pub(crate) dropped: usize,
    /// Orders of which more than one request was carried out.
    pub(crate) bought_twice: usize,
    /// Vouchers of the ledger that nobody was shown.
    pub(crate) lost: usize,
    /// Where, for whoever has to find out why.
    pub(crate) losses: Vec<String>,
    /// Vouchers that were given to two orders.
    pub(crate) given_twice: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        for (name, row) in other.rows {
            let sum = self.rows.entry(name).or_default();
            sum.orders += row.orders;
            sum.returned += row.returned;
            sum.recovered += row.recovered;
            sum.candidates += row.candidates;
            sum.orphans += row.orphans;
        }
        self.orders += other.orders;
        self.vouchers += other.vouchers;
        self.crashes += other.crashes;
        self.dropped += other.dropped;
        self.bought_twice += other.bought_twice;
        self.lost += other.lost;
        self.losses.extend(other.losses);
        self.given_twice += other.given_twice;
    }
}

pub(crate) fn client_of(sandbox: &Sandbox) -> Result<Client, Failure> {
    let secrets = sandbox.credentials();
    let policy = RetryPolicy::default()
        .base_delay(Duration::from_millis(1))
        .max_retry_after(Duration::from_millis(1))
        .budget(1_000_000);
    Ok(
        Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
            .base_url(sandbox.base_url())
            .create_timeout(Duration::from_millis(300))
            .timeout(Duration::from_secs(5))
            .retry(policy)
        .adaptive_rate_limit(false) // a refusal here is a mishap, no limit
            .build()?,
    )
}

/// One account: a sandbox, a journal, and a run of orders.
pub(crate) struct Account {
    sandbox: Arc<Sandbox>,
    client: Client,
    journal: PathBuf,
    kind: IssuerKind,
    issuer: Option<Issuer>,
    rng: Rng,
    /// The step at which the process "dies", once.
    crash_at: Arc<Mutex<Option<Step>>>,
    /// What was ordered from which request on, and under which mishap.
    orders: Vec<(u64, &'static str)>,
    /// Which order an intent belongs to.
    intents: BTreeMap<IntentId, usize>,
    returned: BTreeMap<String, IntentId>,
    recovered: BTreeMap<String, IntentId>,
    candidates: BTreeMap<String, IntentId>,
    tally: Tally,
}

/// Walks `orders` orders on one account.
pub(crate) async fn walk(seed: u64, orders: usize, folder: PathBuf) -> Result<Tally, Failure> {
    let mut rng = Rng::with_seed(seed);
    let sandbox = Arc::new(
        Sandbox::builder()
            .seed(seed)
            .balance(u64::MAX)
            .start()
            .await?,
    );
    sandbox.preload(rng.u32(0..4), 2);
    let kind = if rng.bool() {
        IssuerKind::Shared
    } else {
        IssuerKind::Exclusive
    };
    let client = client_of(&sandbox)?;
    let journal = folder.join(format!("{seed}.journal"));
    let mut account = Account {
        sandbox,
        client,
        journal,
        kind,
        issuer: None,
        rng,
        crash_at: Arc::default(),
        orders: Vec::new(),
        intents: BTreeMap::new(),
        returned: BTreeMap::new(),
        recovered: BTreeMap::new(),
        candidates: BTreeMap::new(),
        tally: Tally::default(),
    };
    let before: BTreeSet<String> = account
        .sandbox
        .vouchers()
        .into_iter()
        .map(|voucher| voucher.code)
        .collect();
    account.open().await?;
    // What exists already is known from the first look on.
    account.issuer().orphans().await?;
    for _ in 0..orders {
        account.order().await?;
    }
    account.close(before).await
}

impl Account {
    async fn open(&mut self) -> Result<(), Failure> {
        let crash_at = Arc::clone(&self.crash_at);
        let options = IssuerOptions::new(self.kind)
            .window(Duration::from_millis(40))
            .first_look(Duration::from_millis(1))
            .observer(move |step| {
                let mut at = crash_at.lock().unwrap();
                if at.is_some_and(|at| same_kind(at, step)) {
                    *at = None;
                    drop(at);
                    // The task ends here and writes nothing more, as if the process had died.
                    std::panic::resume_unwind(Box::new("crash"));
                }
            });
        self.issuer = Some(Issuer::open(self.client.clone(), &self.journal, options).await?);
        Ok(())
    }

    fn issuer(&self) -> Issuer {
        self.issuer.clone().unwrap()
    }

    async fn order(&mut self) -> Result<(), Failure> {
        let order = NewCdks {
            traffic: Traffic(self.rng.i64(1..4)),
            count: self.rng.u32(1..5),
        };
        let mishap = (self.rng.u8(0..5) == 0)
            .then(|| self.rng.choice(MISHAPS))
            .flatten();
        let name = mishap.map_or("nothing", |mishap| mishap.name);
        for fault in mishap
            .iter()
            .flat_map(|mishap| (mishap.faults)(&mut self.rng))
        {
            self.sandbox.inject(fault);
        }
        if self.rng.u8(0..12) == 0 {
            self.sandbox.inject(list_mishap(&mut self.rng));
        }
        if self.rng.u8(0..20) == 0 {
            self.somebody_else_buys();
        }
        let first_request = self
            .sandbox
            .requests()
            .last()
            .map_or(1, |request| request.id + 1);
        self.orders.push((first_request, name));
        self.tally.orders += 1;
        self.row(name).orders += 1;
        match self.rng.u8(0..40) {
            0 => self.crash(order).await?,
            1 => self.drop_the_future(order).await?,
            _ => match self.issuer().issue(order).await {
                Ok(issued) => self.take(issued).await?,
                Err(error) => self.clear_up(error).await?,
            },
        }
        self.sandbox.clear_faults();
        if self.rng.u8(0..10) == 0 {
            self.sandbox.commit_held();
        }
        Ok(())
    }

    async fn crash(&mut self, order: NewCdks) -> Result<(), Failure> {
        let id = IntentId(0);
        let steps = [
            Step::Baseline,
            Step::Intended(id),
            Step::Sending { id, attempt: 1 },
            Step::Answered(id),
            Step::Looking { id, look: 1 },
            Step::Recorded(id),
        ];
        *self.crash_at.lock().unwrap() = self.rng.choice(steps);
        let died = self.issuer().issue(order).await;
        *self.crash_at.lock().unwrap() = None;
        match died {
            Ok(issued) => self.take(issued).await,
            Err(_) => {
                self.tally.crashes += 1;
                self.issuer = None;
                self.open().await?;
                self.recover().await
            }
        }
    }

    async fn drop_the_future(&mut self, order: NewCdks) -> Result<(), Failure> {
        let wait = Duration::from_micros(self.rng.u64(0..4000));
        let issuer = self.issuer();
        match tokio::time::timeout(wait, issuer.issue(order)).await {
            Ok(Ok(issued)) => self.take(issued).await,
            Ok(Err(error)) => self.clear_up(error).await,
            Err(_) => {
                self.tally.dropped += 1;
                // Waits for the purchase that goes on by itself.
                self.recover().await
            }
        }
    }

    /// Nothing was bought, or it is not known yet: look again until it is.
    async fn clear_up(&mut self, error: IssueError) -> Result<(), Failure> {
        self.sandbox.clear_faults();
        match error {
            IssueError::Blocked {
                block: Block::NeedsRecovery,
                ..
            }
            | IssueError::Unresolved { .. } => self.recover().await,
            IssueError::Client(_) | IssueError::ListIncomplete { .. } => Ok(()),
            other => Err(other.into()),
        }
    }

    async fn recover(&mut self) -> Result<(), Failure> {
        self.sandbox.clear_faults();
        for issued in self.issuer().recover().await? {
            self.take(issued).await?;
        }
        Ok(())
    }

    async fn take(&mut self, issued: Issued) -> Result<(), Failure> {
        let order = self.orders.len() - 1;
        self.intents.entry(issued.id).or_insert(order);
        let map = match &issued.verdict {
            Verdict::Created { .. } => &mut self.returned,
            Verdict::Recovered { .. } | Verdict::Partial { .. } => &mut self.recovered,
            Verdict::Unknown { .. } => &mut self.candidates,
            _ => return Ok(()),
        };
        let (Verdict::Created { codes }
        | Verdict::Recovered { codes }
        | Verdict::Partial { codes }
        | Verdict::Unknown { candidates: codes }) = &issued.verdict
        else {
            return Ok(());
        };
        for code in codes {
            if map
                .insert(code.to_string(), issued.id)
                .is_some_and(|other| other != issued.id)
            {
                self.tally.given_twice += 1;
            }
        }
        if let Verdict::Unknown { candidates } = &issued.verdict {
            let decision = self.decide(candidates);
            self.issuer().resolve(issued.id, decision).await?;
        } else {
            self.issuer().ack(issued.id).await?;
        }
        Ok(())
    }

    /// A person decides, well or badly.
    fn decide(&mut self, candidates: &[CdkCode]) -> Resolution {
        if self.rng.bool() {
            return Resolution::Discard;
        }
        let (first_request, _) = self.orders[self.orders.len() - 1];
        let ours = |code: &&CdkCode| {
            let voucher = self.sandbox.voucher(code.as_str());
            voucher.is_some_and(|voucher| voucher.request_id >= first_request)
        };
        Resolution::Adopt(candidates.iter().filter(ours).cloned().collect())
    }

    fn somebody_else_buys(&mut self) {
        for _ in 0..self.rng.u32(1..3) {
            let code: String = (0..16).map(|_| self.rng.alphanumeric()).collect();
            self.sandbox.insert(Voucher {
                code,
                status: VoucherStatus::Unused,
                create_time: self.sandbox.now(),
                traffic: self.rng.i64(1..4),
                traffic_duration: 7_776_000,
                use_username: None,
                use_time: None,
                request_id: 0,
            });
        }
    }

    /// The final count: everything that is still held back is carried out, and the issuer audits once more.
    async fn close(mut self, before: BTreeSet<String>) -> Result<Tally, Failure> {
        self.sandbox.clear_faults();
        self.sandbox.commit_held();
        self.recover().await?;
        while self.sandbox.pending_commits() > 0 {
            self.client.list(None).await?;
            self.sandbox.commit_held();
        }
        let orphans: BTreeSet<String> = self
            .issuer()
            .orphans()
            .await?
            .iter()
            .map(|cdk| cdk.cdk.to_string())
            .collect();
        let ledger = self.sandbox.vouchers();
        self.tally.vouchers = ledger.len();
        let mut carried_out: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
        for voucher in &ledger {
            let code = &voucher.code;
            let order = (voucher.request_id > 0)
                .then(|| {
                    self.orders
                        .partition_point(|(first, _)| *first <= voucher.request_id)
                })
                .and_then(|place| place.checked_sub(1));
            if let Some(order) = order {
                carried_out
                    .entry(order)
                    .or_default()
                    .insert(voucher.request_id);
            }
            let name = order.map_or("somebody else's", |order| self.orders[order].1);
            let known = [
                self.returned.contains_key(code),
                self.recovered.contains_key(code),
                self.candidates.contains_key(code),
                orphans.contains(code),
            ];
            let row = self.row(name);
            row.returned += usize::from(known[0]);
            row.recovered += usize::from(known[1]);
            row.candidates += usize::from(known[2]);
            row.orphans += usize::from(known[3]);
            if known == [false; 4] && !before.contains(code) {
                self.tally.lost += 1;
                let place = order.map_or(0, |order| order + 1);
                self.tally
                    .losses
                    .push(format!("{:?}, order {place}, {name}", self.journal));
            }
        }
        self.tally.bought_twice = carried_out.values().filter(|ids| ids.len() > 1).count();
        self.tally.given_twice += self
            .returned
            .keys()
            .filter(|code| self.recovered.contains_key(*code) && !self.same_intent(code))
            .count();
        Ok(self.tally)
    }

    /// A crash between the record and the hand-over hands an order over twice, under one id.
    fn same_intent(&self, code: &str) -> bool {
        self.returned.get(code) == self.recovered.get(code)
    }

    fn row(&mut self, name: &'static str) -> &mut Row {
        self.tally.rows.entry(name).or_default()
    }
}

fn same_kind(a: Step, b: Step) -> bool {
    std::mem::discriminant(&a) == std::mem::discriminant(&b)
}
