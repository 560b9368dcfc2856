//! The file of a profile: an account's token and key, and the host that they are for.

use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::{leftovers, secure_fs};

const WHAT: &str = "the profile file";

/// How a file begins.
// A field, since JSON has no comments.
const FIRST_LINE: &str = r#"{ "thordata-cdk": "profile 1","#;

/// What a profile file holds.
#[derive(Clone, Serialize, Deserialize)]
// JSON of another program must not pass for a profile: `store` would replace it.
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// What the first line says; absent in files of earlier versions.
    // `store` writes it by hand, so that the file begins with it.
    #[serde(rename = "thordata-cdk", default, skip_serializing)]
    _first_line: Option<String>,
    pub(crate) token: String,
    pub(crate) key: String,
    /// The host that the two are sent to, and no other; the vendor's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) base_url: Option<String>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Profile {
    pub(crate) fn new(token: String, key: String, base_url: String) -> Self {
        Self {
            _first_line: None,
            token,
            key,
            base_url: Some(base_url),
        }
    }

    /// `None` if there is no such file.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Failure> {
        if let Some(folder) = path.parent() {
            // A `login` that was killed may have left both secrets in a temporary file.
            leftovers::remove_all(folder);
        }
        let Some(mut file) = secure_fs::open(path, WHAT)? else {
            return Ok(None);
        };
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| {
            Failure::error(format!("the profile {} cannot be read", path.display()))
                .why(error.to_string())
                .next("check its permissions, or run `thordata-cdk login` to write it anew")
        })?;
        // What is wrong in it is not shown: it may be a part of a secret.
        // Editors on Windows put a byte order mark before it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        serde_json::from_str(text).map(Some).map_err(|error| {
            let advice = match text.starts_with(FIRST_LINE) {
                true => "run `thordata-cdk login` to write it anew".to_owned(),
                false => format!(
                    "move it away, then run `thordata-cdk login`: mv {0} {0}.old",
                    secure_fs::shell_word(path)
                ),
            };
            Failure::usage(format!(
                "the profile {} is not readable JSON",
                path.display()
            ))
            .why(format!("line {}, column {}", error.line(), error.column()))
            .next(advice)
        })
    }

    /// Replaces a profile, but no file that is none.
    pub(crate) fn store(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: io::Error| {
            Failure::error(format!("{} cannot be written", path.display()))
                .why(error.to_string())
                .next("check the folder and its permissions; nothing was stored")
        };
        if let Some(folder) = path.parent() {
            secure_fs::make_folder(folder).map_err(failed)?;
        }
        if is_foreign(path).map_err(failed)? {
            return Err(Failure::usage(format!("{} is no profile", path.display()))
                .why("it is left as it is, and nothing was stored")
                .next("name another --profile, or move the file away"));
        }
        let fields = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        let fields = fields.strip_prefix('{').unwrap_or_default();
        let text = format!("{FIRST_LINE}{fields}\n");
        secure_fs::replace(path, text.as_bytes()).map_err(failed)
    }

    /// Removes a profile, but no file that is none.
    pub(crate) fn remove(path: &Path) -> Result<(), Failure> {
        let failed = |error: io::Error| {
            Failure::error(format!("{} cannot be removed", path.display()))
                .why(error.to_string())
                .next("check the folder and its permissions")
        };
        if is_foreign(path).map_err(failed)? {
            return Err(Failure::usage(format!("{} is no profile", path.display()))
                .why("it is left as it is")
                .next("name another --profile, or look at the file and remove it yourself"));
        }
        std::fs::remove_file(path).map_err(failed)
    }
}

/// A profile is shorter than this.
const MAX_BYTES: u64 = 1024 * 1024;

/// Whether a file holds anything else than a profile.
fn is_foreign(path: &Path) -> io::Result<bool> {
    let text = secure_fs::read_regular(path, MAX_BYTES)?;
    Ok(text.is_some_and(|text| {
        !text.starts_with(FIRST_LINE.as_bytes())
            && serde_json::from_slice::<Profile>(&text).is_err()
    }))
}
