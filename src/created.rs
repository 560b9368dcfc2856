//! What `create` returns: codes that were paid for, and whether they are as many as were ordered.

use std::collections::HashSet;
use std::ops::Deref;
use std::{slice, vec};

use crate::types::CdkCode;

/// The codes of a purchase. They were paid for, however many they are.
///
/// Guide: [what to do after each outcome](crate::guide::delivery).
///
/// ```no_run
/// # async fn f(client: thordata_cdk::Client, order: thordata_cdk::NewCdks) -> Result<(), thordata_cdk::Error> {
/// use thordata_cdk::Created;
///
/// match client.create(order).await? {
///     Created::AsOrdered(codes) => println!("{} codes", codes.len()),
///     Created::OtherCount { codes, ordered, .. } => {
///         println!("{} codes instead of {ordered}: look at a list", codes.len());
///     }
///     other => println!("{} codes", other.codes().len()),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "these codes were paid for"]
pub enum Created {
    /// As many different codes as were ordered.
    AsOrdered(Vec<CdkCode>),
    /// The reply says success and names more or fewer codes than were ordered, the same one twice, or one
    /// that cannot be read.
    #[non_exhaustive]
    OtherCount {
        /// The codes that can be read, as the reply names them: one may be there twice.
        codes: Vec<CdkCode>,
        /// How many were ordered.
        ordered: u32,
        /// How many values beside them are no code.
        unreadable: u64,
    },
}

impl Created {
    pub(crate) fn new(codes: Vec<CdkCode>, unreadable: u64, ordered: u32) -> Self {
        let as_many = u32::try_from(codes.len()) == Ok(ordered) && unreadable == 0;
        if as_many && !has_repeats(&codes) {
            return Self::AsOrdered(codes);
        }
        Self::OtherCount {
            codes,
            ordered,
            unreadable,
        }
    }

    /// The codes, however many they are.
    #[must_use]
    pub fn codes(&self) -> &[CdkCode] {
        match self {
            Self::AsOrdered(codes) | Self::OtherCount { codes, .. } => codes,
        }
    }

    /// The codes, however many they are. Match on the value where their number matters.
    #[must_use]
    pub fn into_codes(self) -> Vec<CdkCode> {
        match self {
            Self::AsOrdered(codes) | Self::OtherCount { codes, .. } => codes,
        }
    }
}

/// The codes, however many they are.
impl Deref for Created {
    type Target = [CdkCode];

    fn deref(&self) -> &[CdkCode] {
        self.codes()
    }
}

/// The codes, however many they are.
impl IntoIterator for Created {
    type Item = CdkCode;
    type IntoIter = vec::IntoIter<CdkCode>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_codes().into_iter()
    }
}

impl<'a> IntoIterator for &'a Created {
    type Item = &'a CdkCode;
    type IntoIter = slice::Iter<'a, CdkCode>;

    fn into_iter(self) -> Self::IntoIter {
        self.codes().iter()
    }
}

/// Up to so many codes are compared with each other; more are hashed.
const FEW: usize = 32;

fn has_repeats(codes: &[CdkCode]) -> bool {
    if codes.len() > FEW {
        let mut seen = HashSet::with_capacity(codes.len());
        return !codes.iter().all(|code| seen.insert(code));
    }
    let mut seen = [0_u64; FEW];
    for (at, code) in codes.iter().enumerate() {
        let ends = code.ends();
        let (before, _) = seen.split_at_checked(at).unwrap_or_default();
        // Codes that begin and end alike are rare: only those are compared whole.
        if before.contains(&ends) && codes.iter().take(at).any(|other| other == code) {
            return true;
        }
        if let Some(place) = seen.get_mut(at) {
            *place = ends;
        }
    }
    false
}
