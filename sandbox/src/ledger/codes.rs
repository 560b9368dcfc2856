//! Voucher codes and credentials: how they are made up, and how they are hidden.

use std::fmt;

/// How long a code is: the length of every code on the vendor's pages.
const CODE_LENGTH: usize = 16;

/// Makes codes of 16 letters and digits. The same seed makes the same codes in the same order.
pub(crate) struct CodeMaker {
    random: fastrand::Rng,
}

impl CodeMaker {
    /// `stream` keeps makers of one seed apart; without a seed every start differs.
    pub(crate) fn new(seed: Option<u64>, stream: u64) -> Self {
        let random = match seed {
            Some(seed) => {
                // Mixed first, or streams of two seeds that differ by the factor would be the same.
                // The factor is that of SplitMix64: its multiples lie far apart.
                let mut mixed = fastrand::Rng::with_seed(seed);
                let skewed = mixed
                    .u64(..)
                    .wrapping_add(stream.wrapping_mul(0x9E37_79B9_7F4A_7C15));
                fastrand::Rng::with_seed(skewed)
            }
            None => fastrand::Rng::new(),
        };
        Self { random }
    }

    /// The next code. Unique only by chance: the store sees to it.
    pub(crate) fn next_code(&mut self) -> String {
        (0..CODE_LENGTH)
            .map(|_| self.random.alphanumeric())
            .collect()
    }
}

/// A code as it may appear in logs: `no…IX`, or `…` if it has fewer than 12 characters.
pub(crate) fn masked(code: &str) -> String {
    // A test may insert any text as a code, and bytes could be cut within a letter.
    let letters: Vec<char> = code.chars().collect();
    match (letters.get(..2), letters.last_chunk::<2>()) {
        // Of 16 characters 12 stay unknown, which is more than anybody can try.
        (Some(head), Some(tail)) if letters.len() >= 12 => {
            head.iter().chain(['…'].iter()).chain(tail).collect()
        }
        _ => String::from("…"),
    }
}

/// The pair that requests must carry as the headers `token` and `key`. From
/// [`Sandbox::credentials`](crate::Sandbox::credentials).
///
/// Random for each start unless set or seeded. They are valid for this sandbox only. `Debug` masks them even so, since
/// the same fields may hold a real pair by mistake.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = thordata_cdk_sandbox::Sandbox::start().await?;
/// let credentials = sandbox.credentials();
/// assert!(credentials.token.starts_with("sandbox-token-"));
/// assert!(credentials.key.starts_with("sandbox-key-"));
/// # Ok(()) }
/// ```
///
/// Guide: [the sandbox from Rust](crate#from-rust).
#[derive(Clone, PartialEq, Eq)]
pub struct SandboxCredentials {
    /// The value of the `token` header, `THORDATA_PUBLIC_TOKEN` of the vendor's SDKs.
    pub token: String,
    /// The value of the `key` header, `THORDATA_PUBLIC_KEY` of the vendor's SDKs.
    pub key: String,
}

impl SandboxCredentials {
    /// Made up, with a prefix that says where they come from.
    pub(crate) fn random(seed: Option<u64>) -> Self {
        // A stream of its own: credentials that are given or made up leave the seeded codes alone.
        let mut maker = CodeMaker::new(seed, 3);
        Self {
            token: format!("sandbox-token-{}", maker.next_code()),
            key: format!("sandbox-key-{}", maker.next_code()),
        }
    }
}

impl fmt::Debug for SandboxCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxCredentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::Voucher;

    #[test]
    fn debug_shows_two_characters_at_each_end_of_a_code_and_nothing_of_a_short_one() {
        let shown = |code: &str| format!("{:?}", Voucher::new(code, 1, 2));
        assert!(shown("nozzapqOWJOCcWIX").starts_with("Voucher { code: no…IX, status: "));
        assert!(shown("abcdefghijk").starts_with("Voucher { code: …, status: "));
    }
}
