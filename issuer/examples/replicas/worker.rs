//! One process of a shop: it sells orders under their keys, and stores their codes before it acknowledges them.

use std::error::Error;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use thordata_cdk_issuer::thordata_cdk::{
    CdkCode, Client, Credentials, NewCdks, RetryPolicy, Traffic,
};
use thordata_cdk_issuer::{
    IssueError, Issuer, IssuerOptions, OrderState, PostgresStore, SqliteStore,
};
use tokio::task::JoinSet;

type Failure = Box<dyn Error + Send + Sync>;

/// How many callers a process serves at once.
const CALLERS: usize = 4;
/// How long the service has for an answer.
const ANSWER: Duration = Duration::from_millis(500);
/// How long after it was written down a purchase may be sent.
const SEND_WITHIN: Duration = Duration::from_secs(1);

/// The work of a process, from its standard input.
pub(crate) struct Task {
    /// The URL of a PostgreSQL, or the path of a SQLite file.
    pub(crate) store: String,
    /// The schema in the database.
    pub(crate) schema: String,
    pub(crate) service: String,
    pub(crate) token: String,
    pub(crate) key: String,
    pub(crate) orders: Vec<Order>,
    /// Whether purchases of all processes keep a pace.
    pub(crate) adaptive: bool,
}

#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) key: String,
    pub(crate) traffic: i64,
    pub(crate) count: u32,
}

impl Task {
    pub(crate) fn to_json(&self) -> String {
        let order = |order: &Order| json!([order.key, order.traffic, order.count]);
        let orders: Vec<Value> = self.orders.iter().map(order).collect();
        json!([
            self.store,
            self.schema,
            self.service,
            self.token,
            self.key,
            orders,
            self.adaptive
        ])
        .to_string()
    }

    fn from_json(text: &str) -> Result<Self, Failure> {
        type Fields = (
            String,
            String,
            String,
            String,
            String,
            Vec<(String, i64, u32)>,
            bool,
        );
        let (store, schema, service, token, key, orders, adaptive): Fields =
            serde_json::from_str(text)?;
        let order = |(key, traffic, count)| Order {
            key,
            traffic,
            count,
        };
        Ok(Self {
            store,
            schema,
            service,
            token,
            key,
            orders: orders.into_iter().map(order).collect(),
            adaptive,
        })
    }

    pub(crate) async fn issuer(&self) -> Result<Issuer, Failure> {
        let client = Client::builder(Credentials::new(&self.token, &self.key)?)
            .base_url(&self.service)
            .create_timeout(ANSWER)
            .timeout(Duration::from_secs(5))
            .retry(RetryPolicy::default().base_delay(Duration::from_millis(5)))
            .adaptive_rate_limit(false)
            .build()?;
        let options = IssuerOptions::exclusive()
            .in_flight(6)
            .window(Duration::from_millis(300))
            .first_look(Duration::from_millis(20))
            .send_within(SEND_WITHIN)
            .adaptive_rate_limit(self.adaptive);
        Ok(match self.store.starts_with("postgres://") {
            true => {
                let store = PostgresStore::connect_to_schema(&self.store, &self.schema).await?;
                Issuer::new(client, store, options).await?
            }
            false => Issuer::new(client, SqliteStore::open(&self.store).await?, options).await?,
        })
    }
}

/// Sells every order of the task on standard input, and says on standard output what each came to.
pub(crate) async fn run() -> Result<(), Failure> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let task = Task::from_json(&line)?;
    let issuer = task.issuer().await?;
    let orders = Arc::new(Mutex::new(task.orders));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (issuer, orders) = (issuer.clone(), Arc::clone(&orders));
        callers.spawn(async move {
            loop {
                let next = orders.lock().map_err(|_| "poisoned")?.pop();
                match next {
                    Some(order) => sell(&issuer, &order).await?,
                    None => return Ok::<(), Failure>(()),
                }
            }
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended??;
    }
    Ok(())
}

async fn sell(issuer: &Issuer, order: &Order) -> Result<(), Failure> {
    let goods = NewCdks {
        traffic: Traffic(order.traffic),
        count: order.count,
    };
    loop {
        let issued = match issuer.issue(&order.key, goods).await {
            Ok(issued) => issued,
            // Each says: call again with the same key.
            Err(IssueError::Store(_) | IssueError::Client(_) | IssueError::Busy { .. }) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        match issued.state() {
            OrderState::Complete => {
                let codes: Vec<&str> = issued.codes().iter().map(CdkCode::as_str).collect();
                say(&format!("bought {} {}", order.key, codes.join(" ")))?;
            }
            OrderState::Acknowledged => return say(&format!("acknowledged {}", order.key)),
            OrderState::NotObserved { .. } | OrderState::NeedsDecision { .. } => {
                return say(&format!("undecided {}", order.key));
            }
            _ => continue,
        }
        if issuer.acknowledge(&order.key).await.is_ok() {
            return Ok(());
        }
    }
}

/// The shop's own durable record: the parent process holds it.
fn say(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
