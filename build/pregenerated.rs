//! The copies of the generated texts that the package carries, for builds without the generator.

/// Where the copies are, in the package: the client, and the mocks of the feature `httpmock`.
pub(crate) const CLIENT: &str = "src/generated/client.rs";
pub(crate) const MOCKS: &str = "src/generated/httpmock.rs";

/// The first line of a copy of what `contract` compiles into.
pub(crate) fn first_line(contract: &str) -> String {
    let fingerprint = fingerprint(contract);
    format!(
        "// Compiled from openapi.yaml, fingerprint {fingerprint:016x}; `just golden` rewrites it.\n"
    )
}

/// `copy`, the file at `path`, if it is that of `contract`.
pub(crate) fn checked<'a>(path: &str, copy: &'a str, contract: &str) -> Result<&'a str, String> {
    let expected = first_line(contract);
    if copy.lines().next() == Some(expected.trim_end()) {
        return Ok(copy);
    }
    Err(format!(
        "{path} was not compiled from this openapi.yaml, whose fingerprint is {:016x}. Fix: \
         rewrite it with `just golden`, or let the build generate the client (the feature `generate` \
         on, THORDATA_CDK_PREGENERATED not set).",
        fingerprint(contract)
    ))
}

/// FNV-1a, 64 bits: it finds a copy that was forgotten, and needs no crate. It ignores line endings, which a checkout may
/// have changed.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .filter(|byte| *byte != b'\r')
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

/// Whether `value` of `THORDATA_CDK_PREGENERATED` asks for the copies.
pub(crate) fn means_yes(value: &str) -> bool {
    !matches!(
        &*value.to_ascii_lowercase(),
        "" | "0" | "false" | "off" | "no"
    )
}
