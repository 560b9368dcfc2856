//! Doors for the targets in `fuzz/`, compiled for them alone (`--cfg fuzzing`): no part of the API.

use reqwest::header::{DATE, HeaderValue, RETRY_AFTER};

use crate::attempt::classify::Classifier;
use crate::attempt::facts::{AttemptFacts, ResponseHead};
use crate::client::Client;
use crate::envelope::Envelope;
use crate::error::Error;
pub use crate::list::fuzzing as list;
use crate::operation::Operation;
use crate::payload::Payload;
use crate::types::CdkCode;

/// The payloads that replies are read as.
#[expect(private_bounds, reason = "the trait itself is no part of the API")]
pub trait AnyPayload: Payload {}
impl<T: Payload> AnyPayload for T {}

/// What `operation` makes of a whole reply, with `header` as its `Retry-After` and `Date`.
pub fn reply<T: AnyPayload>(
    client: &Client,
    operation: &str,
    code: &CdkCode,
    (status, header): (u16, Option<HeaderValue>),
    body: &[u8],
) -> Result<Envelope<T>, Error> {
    let facts = AttemptFacts {
        body_taken: None,
        credentials: None,
        head: Some(ResponseHead {
            status,
            headers: [RETRY_AFTER, DATE]
                .into_iter()
                .zip(header.iter().cycle().cloned())
                .collect(),
        }),
    };
    let classifier = Classifier {
        operation: match operation {
            "create" => Operation::Create,
            "list" => Operation::List,
            "get" => Operation::Get,
            _ => Operation::Revoke,
        },
        facts: &facts,
        code: Some(code),
        settings: &client.raw().inner.settings,
    };
    classifier.envelope(body)
}
