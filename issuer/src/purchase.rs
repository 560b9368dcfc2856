//! One purchase: written down, sent once, and its end written down. It lists nothing.

use std::collections::HashSet;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use thordata_cdk::{
    CallOptions, CdkCode, Client, Created, Deadline, NewCdks, Outcome, RetryPolicy, Traffic,
};
use uuid::Uuid;

use crate::error::IssueError;
use crate::options::{Event, IssuerOptions, Refusal};
use crate::store::{Begin, BeginPurchase, CodeHash, Finish, Store, StoreError, Voucher};

/// A request is sent again this often at the most, each time because it is proven that nothing was bought.
pub(crate) const ATTEMPTS: u32 = 4;
/// The wait after the first attempt; it doubles, with jitter.
const BACKOFF: Duration = Duration::from_millis(250);
/// Time to write an answer down, before the purchase counts as given up: a tenth of the time that an answer may take,
/// within these bounds.
const TO_WRITE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// How often the end of a purchase is written before the store counts as failed.
const WRITES: u32 = 5;

/// What came of an attempt to buy for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Bought {
        count: u32,
    },
    NotBought,
    /// Refused as too frequent: nothing was bought, and the shared pace is slower now.
    Throttled,
    InDoubt,
    NothingToBuy,
    GateClosed,
    Full,
}

/// Keyed hashes of codes and of the token.
#[derive(Clone)]
pub(crate) struct Hasher {
    key: [u8; 32],
}

impl Hasher {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    fn digest(&self, what: &str, text: &str) -> [u8; 32] {
        // HMAC takes a key of any length, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return [0; 32];
        };
        // `what` ends in a NUL, so that no code can have the hash of a token.
        mac.update(what.as_bytes());
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().into()
    }

    pub(crate) fn code(&self, code: &CdkCode) -> CodeHash {
        let digest = self.digest("voucher\0", code.as_str());
        // Never too short: a digest has 32 bytes.
        CodeHash(*digest.first_chunk().unwrap_or(&[0; 16]))
    }

    pub(crate) fn account(&self, client: &Client) -> [u8; 32] {
        self.digest("account\0", client.credentials().expose_token())
    }

    pub(crate) fn voucher(&self, code: CdkCode) -> Voucher {
        Voucher {
            hash: self.code(&code),
            code,
        }
    }
}

/// What a purchase needs.
pub(crate) struct Buyer<'a> {
    pub(crate) client: &'a Client,
    pub(crate) store: &'a dyn Store,
    pub(crate) hasher: &'a Hasher,
    pub(crate) options: &'a IssuerOptions,
}

impl Buyer<'_> {
    /// At most one purchase for the order. Run it in a task: a dropped future would leave it in doubt.
    pub(crate) async fn buy(&self, key: &str, traffic: Traffic) -> Result<Step, IssueError> {
        // Before the store's clock is read: by this process's clocks the purchase then never seems younger than it is,
        // however long the process was stopped, or the machine slept, meanwhile.
        let asked = Deadline::after(Duration::ZERO);
        let id = Uuid::now_v7();
        let begin = BeginPurchase {
            key: key.to_owned(),
            id,
            max_count: self.options.max_count,
            in_flight: self.options.in_flight,
            lifetime: self.lifetime(),
            service_time: self.client.service_time().map(|time| time.as_secs()),
        };
        let (count, wait) = match self.store.begin_purchase(&begin).await? {
            Begin::Begun { count, wait } => (count, wait),
            Begin::NothingToBuy => return Ok(Step::NothingToBuy),
            Begin::GateClosed => return Ok(Step::GateClosed),
            Begin::Full => return Ok(Step::Full),
        };
        let send_before = asked.later_by(wait).later_by(self.options.send_within);
        tokio::time::sleep(wait).await;
        self.options.notify(Event::Sending { count });
        let (finish, retry_after) = self.send(NewCdks { traffic, count }, send_before).await;
        // Before anything else, even an event: nothing but this process knows what was paid for.
        let answered = self.write_end(id, &finish).await?;
        // A longer wait than this is no pace to keep: the caller hears of the refusal, and decides.
        if matches!(
            finish,
            Finish::NotBought {
                throttled: true,
                ..
            }
        ) && retry_after <= self.options.send_within
        {
            tokio::time::sleep(retry_after).await;
            return Ok(Step::Throttled);
        }
        Ok(match finish {
            // Else one of its codes belongs to another purchase, and this one is in doubt.
            Finish::Bought(_) if answered => {
                self.options.notify(Event::Bought { count });
                Step::Bought { count }
            }
            Finish::Named { vouchers, .. } if answered => {
                let named = u32::try_from(vouchers.len()).unwrap_or(u32::MAX);
                let named = named.min(count);
                self.options.notify(Event::Bought { count: named });
                match named == count {
                    true => Step::Bought { count },
                    false => Step::InDoubt,
                }
            }
            Finish::NotBought { .. } => Step::NotBought,
            _ => Step::InDoubt,
        })
    }

    /// How long the purchase may be sending: until the last moment to send it, then as long as its answer may take.
    fn lifetime(&self) -> Duration {
        let answer = self.client.create_timeout();
        let to_write = answer.mul_f64(0.1).clamp(TO_WRITE.0, TO_WRITE.1);
        let sent = self.options.send_within;
        sent.saturating_add(answer).saturating_add(to_write)
    }

    /// Sends it until an answer decides, and returns how long the service asks to wait. A refusal as too frequent ends it
    /// if a pace is kept: another purchase, in a slot of its own, comes after it.
    async fn send(&self, goods: NewCdks, send_before: Deadline) -> (Finish, Duration) {
        // The loop below retries: the client's own retries would report nothing to the observer, and keep no shared pace.
        let options = CallOptions::new()
            .retry(RetryPolicy::none())
            .send_before(send_before);
        let client = self.client.with_options(options);
        let mut backoff = BACKOFF;
        let mut attempt = 1;
        loop {
            let error = match client.create(goods).await {
                Ok(created) => return (self.answered(created), Duration::ZERO),
                Err(error) if error.outcome() == Outcome::Unknown => {
                    let reason = error.to_string();
                    return (Finish::InDoubt { reason }, Duration::ZERO);
                }
                Err(error) => error,
            };
            let throttled = error.is_rate_limited() && self.options.adaptive_rate_limit;
            // After a connection that failed, or a refusal as too frequent, a second try may succeed.
            let may_pass = !throttled
                && (error.is_rate_limited() || matches!(error, thordata_cdk::Error::Transport(_)));
            let jitter = backoff.mul_f64(fastrand::f64());
            let retry_after = error.retry_after().unwrap_or_default();
            // Added: processes that got the same `Retry-After` must not return at once.
            let wait = retry_after.saturating_add(jitter);
            let in_time = wait < send_before.remaining();
            if !may_pass || attempt >= ATTEMPTS || !in_time {
                // Else another purchase follows, and its end is what is reported.
                if !throttled || retry_after > self.options.send_within {
                    self.options.notify(Event::Refused(Refusal::of(&error)));
                }
                let reason = error.to_string();
                return (Finish::NotBought { reason, throttled }, retry_after);
            }
            tokio::time::sleep(wait).await;
            backoff = backoff.saturating_mul(2);
            attempt = attempt.saturating_add(1);
            self.options.notify(Event::SendingAgain { attempt });
        }
    }

    fn answered(&self, created: Created) -> Finish {
        match created {
            Created::AsOrdered(codes) => {
                let vouchers = codes.into_iter().map(|code| self.hasher.voucher(code));
                Finish::Bought(vouchers.collect())
            }
            // What it names was paid for. Only a list shows what it leaves out.
            Created::OtherCount {
                codes,
                ordered,
                unreadable,
                ..
            } => {
                // A code that is named twice is one voucher: counted as two it would hide that one is missing.
                let mut seen = HashSet::with_capacity(codes.len());
                let vouchers = codes.into_iter().map(|code| self.hasher.voucher(code));
                let vouchers: Vec<Voucher> = vouchers
                    .filter(|voucher| seen.insert(voucher.hash))
                    .collect();
                let beside = match unreadable {
                    0 => String::new(),
                    unreadable => format!(", and {unreadable} that cannot be read"),
                };
                let named = vouchers.len();
                let reason = format!("{ordered} ordered, and the answer names {named}{beside}");
                match vouchers.is_empty() {
                    true => Finish::InDoubt { reason },
                    false => Finish::Named { vouchers, reason },
                }
            }
            _ => Finish::InDoubt {
                reason: "the answer names another number of vouchers".into(),
            },
        }
    }

    /// Writes the end down, more than once if the store fails: what was paid for must not be forgotten.
    async fn write_end(&self, id: Uuid, finish: &Finish) -> Result<bool, StoreError> {
        let mut failures = 0_u32;
        loop {
            match self.store.finish_purchase(id, finish).await {
                Ok(answered) => return Ok(answered),
                Err(error) => {
                    failures = failures.saturating_add(1);
                    if failures >= WRITES {
                        // The purchase is in doubt after its deadline, and a list finds what it bought.
                        return Err(error);
                    }
                    tokio::time::sleep(BACKOFF.saturating_mul(failures)).await;
                }
            }
        }
    }
}
