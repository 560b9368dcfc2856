//! The two secrets that every call carries.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::error::ConfigError;

/// The environment variables that the vendor's own SDKs read, and so does this crate.
pub(crate) const TOKEN_VARIABLE: &str = "THORDATA_PUBLIC_TOKEN";
pub(crate) const KEY_VARIABLE: &str = "THORDATA_PUBLIC_KEY";

static TOKEN: HeaderName = HeaderName::from_static("token");
static KEY: HeaderName = HeaderName::from_static("key");

/// An account's `token` and `key`, from "My Account" on the vendor's dashboard.
///
/// Never printed: `Debug` shows neither. Their memory is overwritten with zeros when the last clone, and the last
/// request that carries them, is dropped. Copies that others make stay: the text that you pass in, the process
/// environment, and the buffers of the HTTP and TLS libraries.
///
/// Guide: [who could want them, and what protects them](crate::guide::security).
///
/// ```
/// use thordata_cdk::Credentials;
///
/// let credentials = Credentials::new("the token", "the key").unwrap_err();
/// assert!(credentials.to_string().contains("token holds a space"));
/// let credentials = Credentials::new("tok-4f9QzL0xWm7RbT2c", "key/Yd83hVnP5sJq1GaE")?;
/// assert_eq!(format!("{credentials:?}"), "Credentials(token and key hidden)");
/// # Ok::<(), thordata_cdk::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    token: HeaderValue,
    key: HeaderValue,
}

impl Credentials {
    /// Takes both secrets as they are; nothing is trimmed.
    ///
    /// # Errors
    /// [`ConfigError`] if one of them is empty or holds a character that an HTTP header cannot carry,
    /// such as a line break that was copied along. The error names which, and never shows it.
    pub fn new(token: impl AsRef<str>, key: impl AsRef<str>) -> Result<Self, ConfigError> {
        Ok(Self {
            token: header("token", token.as_ref())?,
            key: header("key", key.as_ref())?,
        })
    }

    /// Reads `THORDATA_PUBLIC_TOKEN` and `THORDATA_PUBLIC_KEY`.
    ///
    /// # Errors
    /// [`ConfigError`] that names the variable which is missing or unusable.
    pub fn from_env() -> Result<Self, ConfigError> {
        let read = |name: &str| {
            let why = match std::env::var(name) {
                Ok(value) if !value.is_empty() => return Ok(value),
                Ok(_) => "is empty",
                Err(std::env::VarError::NotPresent) => "is not set",
                Err(std::env::VarError::NotUnicode(_)) => "is not valid UTF-8",
            };
            Err(ConfigError::new(format!(
                "the environment variable {name} {why}; copy its value from \"My Account\" on the \
                 vendor's dashboard"
            )))
        };
        Ok(Self {
            // An error names the variable: that is the place to correct.
            token: header(TOKEN_VARIABLE, &read(TOKEN_VARIABLE)?)?,
            key: header(KEY_VARIABLE, &read(KEY_VARIABLE)?)?,
        })
    }

    /// The token as text, by a name that shows in a review. The vendor's pages call it the account's
    /// identifier; keep it out of logs all the same.
    #[must_use]
    pub fn expose_token(&self) -> &str {
        self.token.to_str().unwrap_or_default() // visible ASCII, as `new` checked
    }

    /// Both are marked sensitive, so that no `Debug` of a request shows them.
    pub(crate) fn put_into(&self, headers: &mut HeaderMap) {
        headers.insert(TOKEN.clone(), self.token.clone());
        headers.insert(KEY.clone(), self.key.clone());
    }

    /// Both as text, for removing them from what others sent.
    pub(crate) fn secrets(&self) -> [&str; 2] {
        [
            self.token.to_str().unwrap_or_default(),
            self.key.to_str().unwrap_or_default(),
        ]
    }
}

/// Asked for the credentials of each request.
#[derive(Clone)]
pub(crate) struct Provider(Arc<dyn Fn() -> Result<Credentials, ConfigError> + Send + Sync>);

impl Provider {
    pub(crate) fn new(
        provider: impl Fn() -> Result<Credentials, ConfigError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(provider))
    }

    /// The credentials now, of the account of `first`. The token is the account: orders, pace and what is in doubt
    /// belong to it, so another account needs a client of its own.
    pub(crate) fn current(&self, first: &Credentials) -> Result<Credentials, ConfigError> {
        let current = (self.0)()?;
        if current.token != first.token {
            return Err(ConfigError::new(
                "the provider of credentials returned the token of another account; use \
                 `Client::with_credentials` for that",
            ));
        }
        Ok(current)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(token and key hidden)")
    }
}

fn header(name: &str, secret: &str) -> Result<HeaderValue, ConfigError> {
    if secret.is_empty() {
        return Err(ConfigError::new(format!("{name} is empty")));
    }
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::new(format!(
            "{name} holds a space, a line break or another character that is not visible ASCII; copy \
             it again"
        )));
    }
    // The memory is wiped when the last request that holds the header is dropped.
    let wiped = Bytes::from_owner(Zeroizing::new(secret.as_bytes().to_vec()));
    let mut value = HeaderValue::from_maybe_shared(wiped)
        .map_err(|_| ConfigError::new(format!("{name} cannot be sent as an HTTP header")))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn their_headers_are_sensitive_so_that_no_layer_below_prints_them() {
        let credentials = Credentials::new("tok-4f9QzL0xWm7RbT2c", "key/Yd83hVnP5sJq1GaE").unwrap();
        for header in [&credentials.token, &credentials.key] {
            assert!(header.is_sensitive());
            assert_eq!(format!("{header:?}"), "Sensitive");
        }
    }
}
