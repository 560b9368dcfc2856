//! A list read whole, the rows of a list that cannot be read, and a reply that is no list.

use std::fmt;
use std::ops::Deref;
use std::vec;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, Visitor};

use crate::error::{DecodeError, Error, Outcome};
use crate::raw::promised::Cdk;
use crate::redact;
use crate::types::{CdkCode, CdkStatus, Object, Timestamp, readable_or_absent};

/// Every row of a list. From [`Client::list`](crate::Client::list).
///
/// It derefs to the rows that can be read. A row that cannot be read costs only itself:
/// [`unreadable`](Self::unreadable) names it. So the rows are the whole list only if that is empty.
///
/// ```no_run
/// # async fn f(client: thordata_cdk::Client) -> Result<(), thordata_cdk::Error> {
/// let list = client.list(None).await?;
/// println!("{} rows", list.len());
/// if !list.unreadable().is_empty() {
///     eprintln!("{}", list.unreadable());
/// }
/// # Ok(()) }
/// ```
///
/// Guide: [numbers and odd rows](crate::guide::decisions).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CdkList {
    pub(super) rows: Vec<Cdk>,
    pub(super) unreadable: UnreadableRows,
}

impl CdkList {
    /// The rows that cannot be read.
    #[must_use]
    pub fn unreadable(&self) -> &UnreadableRows {
        &self.unreadable
    }

    /// The rows that can be read.
    #[must_use]
    pub fn into_rows(self) -> Vec<Cdk> {
        self.rows
    }
}

impl Deref for CdkList {
    type Target = [Cdk];

    fn deref(&self) -> &[Cdk] {
        &self.rows
    }
}

/// The same rows, and none that cannot be read.
impl<const N: usize> PartialEq<[Cdk; N]> for CdkList {
    fn eq(&self, rows: &[Cdk; N]) -> bool {
        self.unreadable.is_empty() && self.rows == rows
    }
}

impl IntoIterator for CdkList {
    type Item = Cdk;
    type IntoIter = vec::IntoIter<Cdk>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<'a> IntoIterator for &'a CdkList {
    type Item = &'a Cdk;
    type IntoIter = std::slice::Iter<'a, Cdk>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

/// Which rows of a list cannot be read, and how many they are. `Display` names the first.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use thordata_cdk_sandbox::{Sandbox, Voucher};
/// # let sandbox = Sandbox::builder().vouchers(1).start().await?;
/// # let secrets = sandbox.credentials();
/// # let credentials = thordata_cdk::Credentials::new(&secrets.token, &secrets.key)?;
/// # let client = thordata_cdk::Client::builder(credentials).base_url(sandbox.base_url()).build()?;
/// sandbox.insert(Voucher::new("no code", 3, sandbox.now())); // a code holds no space
/// let list = client.list(None).await?;
/// let unreadable = list.unreadable();
/// assert_eq!((list.len(), unreadable.count()), (1, 1));
/// assert!(unreadable.check().is_err());
/// # Ok(()) }
/// ```
///
/// Guide: [numbers and odd rows](crate::guide::decisions).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnreadableRows {
    count: u64,
    first: Vec<UnreadableRow>,
}

/// One row of a list that cannot be read, and the fields that can be read. From [`UnreadableRows::first`].
///
/// ```
/// # fn f(list: thordata_cdk::CdkList) {
/// for row in list.unreadable().first() {
///     let code = row.code.as_ref().map(|code| code.masked());
///     println!("row {} ({}): {}", row.number, code.unwrap_or_default(), row.reason);
/// }
/// # }
/// ```
///
/// Guide: [numbers and odd rows](crate::guide::decisions).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadableRow {
    /// Its place in the list; the first row is 1.
    pub number: u64,
    /// Its code.
    pub code: Option<CdkCode>,
    /// Its status.
    pub status: Option<CdkStatus>,
    /// When it was created.
    pub create_time: Option<Timestamp>,
    /// What is wrong with it, without any of its values.
    pub reason: String,
}

impl UnreadableRows {
    /// So many are kept, so that a list of any length takes the same memory.
    const KEPT: usize = 1000;

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether every row can be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first of them, up to 1,000.
    #[must_use]
    pub fn first(&self) -> &[UnreadableRow] {
        &self.first
    }

    /// For callers who need every row: an [`Error::Decode`] unless this is empty.
    ///
    /// # Errors
    /// [`Error::Decode`] if a row cannot be read. It names the first one. The request itself has succeeded: the rows that
    /// can be read are there.
    pub fn check(&self) -> Result<(), Error> {
        if self.is_empty() {
            return Ok(());
        }
        Err(Error::Decode(DecodeError {
            status: 200,
            reason: self.to_string(),
            too_long: false,
            outcome: Outcome::NotApplied,
        }))
    }

    pub(super) fn push(&mut self, row: UnreadableRow) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < Self::KEPT {
            self.first.push(row);
        }
    }

    pub(super) fn append(&mut self, more: Self) {
        self.count = self.count.saturating_add(more.count);
        let room = Self::KEPT.saturating_sub(self.first.len());
        self.first.extend(more.first.into_iter().take(room));
    }
}

impl fmt::Display for UnreadableRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = if self.count == 1 { "row" } else { "rows" };
        write!(f, "{} {rows} of the list cannot be read", self.count)?;
        match self.first.first() {
            Some(row) => write!(f, ", the first is {row}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for UnreadableRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}", self.number)?;
        if let Some(code) = &self.code {
            write!(f, " ({})", code.masked())?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl UnreadableRow {
    /// `row` is JSON, and `error` says why it is no row.
    pub(super) fn new(number: u64, row: &str, error: &serde_json::Error) -> Self {
        let reason = error.to_string();
        let reason = redact::without_value(redact::without_place(&reason));
        let reason = redact::scrub(&reason, &[], 200);
        Self::with(
            number,
            // What is no object, or names a field twice, has nothing that can be named.
            serde_json::from_str(row).unwrap_or_default(),
            reason,
        )
    }

    /// `start` is the beginning of a row that is too long to be read.
    pub(super) fn cut(number: u64, start: &str, reason: String) -> Self {
        let mut parts = Parts::default();
        // An error in any case, since the end is missing: what came before it is what can be read.
        let mut deserializer = serde_json::Deserializer::from_str(start);
        let _ = deserializer.deserialize_map(Beginning(&mut parts));
        Self::with(number, parts, reason)
    }

    fn with(number: u64, parts: Parts, reason: String) -> Self {
        Self {
            number,
            code: parts.cdk,
            status: parts.status,
            create_time: parts.create_time,
            reason,
        }
    }
}

/// What a list can do with a row that lacks the rest.
#[derive(Default)]
struct Parts {
    cdk: Option<CdkCode>,
    status: Option<CdkStatus>,
    create_time: Option<Timestamp>,
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            #[serde(default, deserialize_with = "readable_or_absent")]
            cdk: Option<CdkCode>,
            #[serde(default, deserialize_with = "readable_or_absent")]
            status: Option<CdkStatus>,
            #[serde(default, deserialize_with = "readable_or_absent")]
            create_time: Option<Timestamp>,
        }
        let fields = Fields::deserialize(Object(deserializer))?;
        Ok(Self {
            cdk: fields.cdk,
            status: fields.status,
            create_time: fields.create_time,
        })
    }
}

/// Fills [`Parts`] field by field, as far as the row goes.
struct Beginning<'a>(&'a mut Parts);

impl<'de> Visitor<'de> for Beginning<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        #[derive(Deserialize)]
        #[serde(bound = "T: DeserializeOwned")]
        struct Readable<T>(#[serde(deserialize_with = "readable_or_absent")] Option<T>);

        let mut seen = Vec::new();
        while let Some(name) = row.next_key::<String>()? {
            if seen.contains(&name) {
                // Which of the two counts would be a guess.
                *self.0 = Parts::default();
                break;
            }
            match name.as_str() {
                "cdk" => self.0.cdk = row.next_value::<Readable<_>>()?.0,
                "status" => self.0.status = row.next_value::<Readable<_>>()?.0,
                "create_time" => self.0.create_time = row.next_value::<Readable<_>>()?.0,
                _ => {
                    row.next_value::<IgnoredAny>()?;
                    continue;
                }
            }
            seen.push(name);
        }
        Ok(())
    }
}

/// A reply that is no list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) reason: String,
    /// It would be so again.
    pub(super) too_long: bool,
}

impl Unreadable {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            too_long: false,
        }
    }

    pub(super) fn too_long(bytes: usize) -> Self {
        Self {
            reason: format!("a field of it is longer than {bytes} bytes"),
            too_long: true,
        }
    }
}
