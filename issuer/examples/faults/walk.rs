//! A seeded random walk over faults: many orders on one account, and then the sandbox's ledger against what the issuer
//! says.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use thordata_cdk_issuer::thordata_cdk::{
    CdkCode, Client, Credentials, NewCdks, RetryPolicy, Traffic,
};
use thordata_cdk_issuer::{
    Event, IssueError, Issuer, IssuerOptions, Order, OrderFilter, OrderState,
};
use thordata_cdk_sandbox::{Sandbox, Voucher, VoucherStatus};

use super::menu::{MISHAPS, list_mishap};
use super::stores::Place;
use super::tally::{Row, Tally};

type Failure = Box<dyn Error + Send + Sync>;

/// Which event the process "dies" at.
const DEATHS: [fn(Event) -> bool; 5] = [
    |event| matches!(event, Event::Sending { .. }),
    |event| matches!(event, Event::SendingAgain { .. }),
    |event| matches!(event, Event::Bought { .. }),
    |event| matches!(event, Event::Refused(_)),
    |event| matches!(event, Event::Looking { .. }),
];

type Death = Arc<Mutex<Option<fn(Event) -> bool>>>;

/// An order as its caller knows it.
struct Known {
    key: String,
    goods: NewCdks,
    mishap: &'static str,
    retried: bool,
    /// What `issue` returned when the order was complete.
    codes: Vec<String>,
}

/// One account: a sandbox, a store, and a run of orders.
struct Account {
    seed: u64,
    sandbox: Sandbox,
    client: Client,
    place: Place,
    exclusive: bool,
    death: Death,
    rng: Rng,
    orders: Vec<Known>,
    /// From which request on the service worked for which order.
    turns: Vec<(u64, usize)>,
    tally: Tally,
}

/// Walks `orders` orders on one account.
pub(crate) async fn walk(seed: u64, orders: usize, place: Place) -> Result<Tally, Failure> {
    let mut rng = Rng::with_seed(seed);
    let sandbox = Sandbox::builder().seed(seed).balance(u64::MAX);
    let sandbox = sandbox.start().await?;
    sandbox.preload(rng.u32(0..4), 2);
    let secrets = sandbox.credentials();
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url(sandbox.base_url())
        .create_timeout(Duration::from_millis(300))
        .timeout(Duration::from_secs(5))
        .retry(
            RetryPolicy::default()
                .base_delay(Duration::from_millis(1))
                .max_retry_after(Duration::from_millis(1))
                .budget(1_000_000),
        )
        .adaptive_rate_limit(false) // a refusal here is a mishap, no limit
        .build()?;
    let mut account = Account {
        seed,
        exclusive: rng.bool(),
        client,
        sandbox,
        place,
        death: Death::default(),
        rng,
        orders: Vec::new(),
        turns: Vec::new(),
        tally: Tally::default(),
    };
    let mut issuer = account.open().await?;
    for number in 0..orders {
        issuer = account.order(number, issuer).await?;
    }
    account.close().await
}

impl Account {
    /// As a process that starts.
    async fn open(&self) -> Result<Issuer, Failure> {
        let death = Arc::clone(&self.death);
        let options = match self.exclusive {
            true => IssuerOptions::exclusive(),
            false => IssuerOptions::shared(),
        };
        let options = options
            .window(Duration::from_millis(40))
            .first_look(Duration::from_millis(1))
            .send_within(Duration::from_millis(500))
            .adaptive_rate_limit(false)
            .observer(move |event| {
                let mut at = death.lock().unwrap();
                if at.is_some_and(|dies_at| dies_at(event)) {
                    *at = None;
                    drop(at);
                    // The task ends here and writes nothing more, as if the process had died.
                    std::panic::resume_unwind(Box::new("crash"));
                }
            });
        self.place.issuer(self.client.clone(), options).await
    }

    /// One order with its mishaps, until its caller has what can be had now. Returns the process that is alive.
    async fn order(&mut self, number: usize, mut issuer: Issuer) -> Result<Issuer, Failure> {
        let goods = NewCdks {
            traffic: Traffic(self.rng.i64(1..4)),
            count: self.rng.u32(1..5),
        };
        let mishap = (self.rng.u8(0..5) == 0).then(|| self.rng.choice(MISHAPS));
        let mishap = mishap.flatten();
        let name = mishap.map_or("nothing", |mishap| mishap.name);
        let faults = mishap
            .iter()
            .flat_map(|mishap| (mishap.faults)(&mut self.rng));
        faults.for_each(|fault| self.sandbox.inject(fault));
        if self.rng.u8(0..12) == 0 {
            self.sandbox.inject(list_mishap(&mut self.rng));
        }
        if self.rng.u8(0..20) == 0 {
            self.somebody_else_buys();
        }
        let key = format!("order-{number}");
        self.turns
            .push((self.sandbox.last_request_id() + 1, number));
        self.orders.push(Known {
            key: key.clone(),
            goods,
            mishap: name,
            retried: false,
            codes: Vec::new(),
        });
        self.tally.orders += 1;
        self.row(name).orders += 1;
        match self.rng.u8(0..40) {
            0 => {
                *self.death.lock().unwrap() = self.rng.choice(DEATHS);
                let died = issuer.issue(&key, goods).await;
                if self.death.lock().unwrap().take().is_none() {
                    self.tally.crashes += 1;
                    issuer = self.open().await?;
                }
                drop(died);
            }
            1 => {
                let wait = Duration::from_micros(self.rng.u64(0..4000));
                let hung_up = tokio::time::timeout(wait, issuer.issue(&key, goods)).await;
                self.tally.dropped += usize::from(hung_up.is_err());
            }
            2 => {
                // Two processes with the same key at once.
                let other = self.open().await?;
                let (one, two) = tokio::join!(issuer.issue(&key, goods), other.issue(&key, goods));
                drop((one, two));
            }
            _ => drop(issuer.issue(&key, goods).await),
        }
        self.finish(number, &issuer).await?;
        self.sandbox.clear_faults();
        if self.rng.u8(0..10) == 0 {
            self.sandbox.commit_held();
        }
        if self.rng.u8(0..8) == 0 {
            // A customer comes back with an old key.
            let old = self.rng.usize(0..=number);
            self.turns.push((self.sandbox.last_request_id() + 1, old));
            self.tally.repeated += 1;
            self.finish(old, &issuer).await?;
        }
        Ok(issuer)
    }

    /// Asks for an order until it has a state that does not change by asking, and decides as a person may.
    async fn finish(&mut self, number: usize, issuer: &Issuer) -> Result<(), Failure> {
        let (key, goods) = (self.orders[number].key.clone(), self.orders[number].goods);
        for attempt in 0..20 {
            let order = match issuer.issue(&key, goods).await {
                Ok(order) => order,
                // The lists cannot be read now.
                Err(IssueError::Client(_)) => {
                    self.sandbox.clear_faults();
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            match order.state() {
                OrderState::Complete => return self.take(number, &order, issuer).await,
                OrderState::Acknowledged | OrderState::Abandoned => return Ok(()),
                OrderState::Incomplete { .. } if attempt > 2 => {
                    self.sandbox.clear_faults();
                }
                OrderState::NotObserved { .. } | OrderState::NeedsDecision { .. } => {
                    match self.rng.u8(0..3) {
                        0 => {
                            self.orders[number].retried = true;
                            self.tally.retried += 1;
                            drop(issuer.retry(&key).await);
                        }
                        1 => self.adopt(&order, issuer).await?,
                        _ => {}
                    }
                    if self.rng.bool() {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn take(&mut self, number: usize, order: &Order, issuer: &Issuer) -> Result<(), Failure> {
        let codes: Vec<String> = order.codes().iter().map(CdkCode::to_string).collect();
        let before = std::mem::replace(&mut self.orders[number].codes, codes.clone());
        if !before.is_empty() && before != codes {
            return Err(format!("{} was given other codes than before", order.key).into());
        }
        if self.rng.bool() {
            issuer.acknowledge(&order.key).await?;
        }
        Ok(())
    }

    /// A person who knows which of the candidates the order brought.
    async fn adopt(&self, order: &Order, issuer: &Issuer) -> Result<(), Failure> {
        let ours = |code: &&CdkCode| {
            let voucher = self.sandbox.voucher(code.as_str());
            voucher.is_some_and(|voucher| {
                self.order_of(voucher.request_id) == Some(order.key.as_str())
            })
        };
        let ours: Vec<CdkCode> = order.candidates().iter().filter(ours).cloned().collect();
        issuer.adopt(&order.key, &ours).await?;
        Ok(())
    }

    fn order_of(&self, request: u64) -> Option<&str> {
        let turn = self.turns.partition_point(|(first, _)| *first <= request);
        let (_, number) = self.turns.get(turn.checked_sub(1)?)?;
        (request > 0).then(|| self.orders[*number].key.as_str())
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

    /// The final count: everything that is still held back is carried out, every key is asked for once more, and the
    /// issuer audits.
    async fn close(mut self) -> Result<Tally, Failure> {
        self.sandbox.clear_faults();
        self.sandbox.commit_held();
        let issuer = self.open().await?;
        issuer.settle().await?;
        while self.sandbox.pending_commits() > 0 {
            self.client.list(None).await?;
            self.sandbox.commit_held();
        }
        for number in 0..self.orders.len() {
            let turn = (self.sandbox.last_request_id() + 1, number);
            self.turns.push(turn);
            self.finish(number, &issuer).await?;
        }
        let report = issuer.audit(None).await?;
        let unexplained: BTreeSet<String> = report
            .unexplained
            .iter()
            .map(|voucher| voucher.cdk.cdk.to_string())
            .collect();
        let mut certain: BTreeMap<String, usize> = BTreeMap::new();
        let (mut surplus, mut candidates) = (BTreeSet::new(), BTreeSet::new());
        let rows = issuer.orders(&OrderFilter::default()).await?;
        for (number, known) in self.orders.iter().enumerate() {
            let row = rows.iter().find(|order| order.key == known.key);
            let row = row.ok_or_else(|| format!("{} is not in the store", known.key))?;
            surplus.extend(row.surplus().iter().map(CdkCode::to_string));
            candidates.extend(row.candidates().iter().map(CdkCode::to_string));
            let in_store = row.codes().iter().map(CdkCode::to_string);
            let codes: BTreeSet<String> = in_store.chain(known.codes.iter().cloned()).collect();
            for code in codes {
                let other = certain.insert(code, number);
                self.tally.given_twice += usize::from(other.is_some());
            }
        }
        self.count(&certain, &surplus, &candidates, &unexplained);
        Ok(self.tally)
    }

    fn count(
        &mut self,
        certain: &BTreeMap<String, usize>,
        surplus: &BTreeSet<String>,
        candidates: &BTreeSet<String>,
        unexplained: &BTreeSet<String>,
    ) {
        let mut carried_out: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        let ledger = self.sandbox.vouchers();
        self.tally.vouchers = ledger.len();
        for voucher in &ledger {
            let key = self.order_of(voucher.request_id).map(str::to_owned);
            let known = key.as_ref().and_then(|key| {
                let is_it = |order: &&Known| order.key == *key;
                self.orders.iter().find(is_it)
            });
            let name = known.map_or("somebody else's", |known| known.mishap);
            if let Some(known) = known.filter(|known| !known.retried) {
                let requests = carried_out.entry(known.key.clone()).or_default();
                requests.insert(voucher.request_id);
            }
            let code = &voucher.code;
            let shown = [
                certain.contains_key(code),
                surplus.contains(code),
                candidates.contains(code),
                unexplained.contains(code),
            ];
            if shown == [false; 4] {
                self.tally.lost += 1;
                let loss = format!("seed {}, {key:?}, {name}", self.seed);
                self.tally.losses.push(loss);
            }
            let row = self.row(name);
            row.certain += usize::from(shown[0]);
            row.surplus += usize::from(shown[1]);
            row.candidates += usize::from(shown[2]);
            row.unexplained += usize::from(shown[3]);
        }
        let twice = carried_out.values().filter(|requests| requests.len() > 1);
        self.tally.bought_twice = twice.count();
    }

    fn row(&mut self, name: &'static str) -> &mut Row {
        self.tally.rows.entry(name).or_default()
    }
}
