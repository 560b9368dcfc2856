//! Who is asking, and where each value came from: environment, profile file, prompt.

mod profile;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use thordata_cdk::Credentials;
use thordata_cdk::reqwest::Url;

pub(crate) use self::profile::Profile;
use crate::failure::Failure;
use crate::redact;
use crate::secure_fs;
use crate::ui::Ui;

pub(crate) const TOKEN_VARIABLE: &str = "THORDATA_PUBLIC_TOKEN";
pub(crate) const KEY_VARIABLE: &str = "THORDATA_PUBLIC_KEY";
pub(crate) const BASE_URL_VARIABLE: &str = "THORDATA_CDK_BASE_URL";
pub(crate) const DEFAULT_BASE_URL: &str = "https://api.thordata.com";
pub(crate) const DEFAULT_PROFILE: &str = "default";
const CONFIG_VARIABLE: &str = "THORDATA_CDK_CONFIG_DIR";
const DATA_VARIABLE: &str = "THORDATA_CDK_DATA_DIR";
const FOLDER: &str = "thordata-cdk";
/// The file that names the profile in use.
const CHOSEN: &str = "profile-in-use";

/// Where profiles and records are kept.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    pub(crate) config: PathBuf,
    pub(crate) data: PathBuf,
}

impl Folders {
    pub(crate) fn find() -> Result<Self, Failure> {
        let given = |name| variable_os(name).map(PathBuf::from);
        // Only if it is needed: with both variables set, no home folder is missed.
        let base = || {
            etcetera::choose_base_strategy().map_err(|_| {
                Failure::usage("there is no home folder to keep records in").next(format!(
                    "set HOME, or {CONFIG_VARIABLE} and {DATA_VARIABLE}"
                ))
            })
        };
        Ok(Self {
            config: match given(CONFIG_VARIABLE) {
                Some(folder) => folder,
                None => base()?.config_dir().join(FOLDER),
            },
            data: match given(DATA_VARIABLE) {
                Some(folder) => folder,
                None => base()?.data_dir().join(FOLDER),
            },
        })
    }

    pub(crate) fn profile_file(&self, name: &str) -> PathBuf {
        self.config.join("profiles").join(format!("{name}.json"))
    }

    pub(crate) fn profile_data(&self, name: &str) -> PathBuf {
        self.data.join(name)
    }

    /// The profile that `profiles use` chose, if any.
    pub(crate) fn chosen(&self) -> Option<String> {
        let text = secure_fs::read_regular(&self.config.join(CHOSEN), 1024).ok()??;
        check_name(str::from_utf8(&text).ok()?.trim()).ok()
    }

    /// Uses this profile from now on.
    pub(crate) fn choose(&self, name: &str) -> Result<(), Failure> {
        let path = self.config.join(CHOSEN);
        let before = secure_fs::read_regular(&path, 1024);
        let is_ours = before.as_ref().is_ok_and(|text| {
            text.as_ref().is_none_or(|text| {
                let name = str::from_utf8(text).map(str::trim);
                name.is_ok_and(|name| name.is_empty() || check_name(name).is_ok())
            })
        });
        // A file of that name may be somebody else's.
        if !is_ours {
            return Err(Failure::usage(format!(
                "{} holds something else than the name of a profile",
                path.display()
            ))
            .why("it is left as it is, and nothing was stored")
            .next("move the file away, or name another folder with THORDATA_CDK_CONFIG_DIR"));
        }
        secure_fs::replace(&path, format!("{name}\n").as_bytes()).map_err(|error| {
            Failure::error(format!("{} cannot be written", path.display()))
                .why(error.to_string())
                .next("check the folder and its permissions; nothing was stored")
        })
    }

    /// The names of the stored profiles, sorted.
    pub(crate) fn profile_names(&self) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(self.config.join("profiles")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            // Files of others are passed over: `--profile` could not name them.
            let name = name.to_str().and_then(|name| name.strip_suffix(".json"));
            names.extend(
                name.filter(|name| check_name(name).is_ok())
                    .map(str::to_owned),
            );
        }
        names.sort();
        Ok(names)
    }
}

/// For a flag: a name that is also the name of a file.
pub(crate) fn check_name(name: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    // The name becomes a part of paths: no `..`, no `/`, no hidden file.
    if name.is_empty() || name.len() > 64 || name.starts_with('.') || !name.bytes().all(fits) {
        return Err("use letters, digits, `-`, `_` and `.`, at most 64".to_owned());
    }
    Ok(name.to_owned())
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Environment(&'static str),
    File(PathBuf),
    Prompt,
    Sandbox,
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment, {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Prompt => f.write_str("typed in"),
            Self::Sandbox => f.write_str("sandbox"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and its source.
#[derive(Clone)]
pub(crate) struct Sourced {
    pub(crate) value: String,
    pub(crate) source: Source,
}

/// Everything that a client needs to know of its account.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) token: Sourced,
    pub(crate) key: Sourced,
    pub(crate) base_url: Sourced,
}

impl Account {
    /// Environment, else the profile file; `None` if neither has credentials. `chosen`: the profile was
    /// named on the command line.
    pub(crate) fn find(
        folders: &Folders,
        profile: &str,
        chosen: bool,
    ) -> Result<Option<Self>, Failure> {
        let path = folders.profile_file(profile);
        let from_env = match (variable(TOKEN_VARIABLE)?, variable(KEY_VARIABLE)?) {
            (Some(token), Some(key)) => Some((token, key)),
            (None, None) => None,
            (Some(_), None) => return Err(half_set(TOKEN_VARIABLE, KEY_VARIABLE)),
            (None, Some(_)) => return Err(half_set(KEY_VARIABLE, TOKEN_VARIABLE)),
        };
        // With credentials in the environment the file decides nothing, unless it was named.
        let stored = match &from_env {
            Some(_) if !chosen => None,
            _ => Profile::read(&path)?,
        };
        let stored = stored
            .map(|stored| Self::of_profile(&stored, &path).for_environment(profile))
            .transpose()?;
        let Some((token, key)) = from_env else {
            return Ok(stored);
        };
        // A guess between two accounts could spend the money of the wrong one.
        if let Some(stored) = &stored
            && stored.token.value != token
        {
            return Err(Failure::usage(
                "the environment holds other credentials than the profile that you named",
            )
            .why(format!(
                "{TOKEN_VARIABLE} differs from the token in {}",
                path.display()
            ))
            .next(format!(
                "unset {TOKEN_VARIABLE} and {KEY_VARIABLE}, or leave --profile out"
            )));
        }
        let given = |value, name| Sourced {
            value,
            source: Source::Environment(name),
        };
        Ok(Some(Self {
            token: given(token, TOKEN_VARIABLE),
            key: given(key, KEY_VARIABLE),
            base_url: match stored {
                Some(stored) => stored.base_url,
                None => base_url_without_file()?,
            },
        }))
    }

    /// What a profile's file says, whatever the environment does.
    pub(crate) fn of_profile(profile: &Profile, path: &Path) -> Self {
        let stored = |value: &str| Sourced {
            value: value.to_owned(),
            source: Source::File(path.to_owned()),
        };
        Self {
            token: stored(&profile.token),
            key: stored(&profile.key),
            base_url: stored(profile.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL)),
        }
    }

    /// The base URL of the environment, if it leads to the host that the stored credentials are for.
    fn for_environment(self, profile: &str) -> Result<Self, Failure> {
        let Some(url) = variable(BASE_URL_VARIABLE)? else {
            return Ok(self);
        };
        let own = &self.base_url.value;
        if !same_host(own, &url) {
            return Err(Failure::usage(format!(
                "the credentials of the profile `{profile}` are for {own}, and {BASE_URL_VARIABLE} names {url}"
            ))
            .why("stored credentials are sent to the host that they were stored for, and to no other")
            .next(format!(
                "unset {BASE_URL_VARIABLE}, or store credentials for that host: `thordata-cdk login --profile NAME \
                 --base-url {url}`"
            )));
        }
        let base_url = Sourced {
            value: url,
            source: Source::Environment(BASE_URL_VARIABLE),
        };
        Ok(Self { base_url, ..self })
    }

    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        Credentials::new(&self.token.value, &self.key.value).map_err(|error| {
            Failure::usage(error.to_string())
                .why(format!(
                    "token from {}, key from {}",
                    self.token.source, self.key.source
                ))
                .next("copy both again from \"My Account\" on the vendor's dashboard")
        })
    }
}

/// Whether two base URLs lead to the same scheme, host and port.
fn same_host(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin().is_tuple() && one.origin() == other.origin(),
        _ => false,
    }
}

/// From the environment, or the vendor's.
pub(crate) fn base_url_without_file() -> Result<Sourced, Failure> {
    Ok(match variable(BASE_URL_VARIABLE)? {
        Some(value) => Sourced {
            value,
            source: Source::Environment(BASE_URL_VARIABLE),
        },
        None => Sourced {
            value: DEFAULT_BASE_URL.to_owned(),
            source: Source::Default,
        },
    })
}

fn half_set(set: &str, unset: &str) -> Failure {
    Failure::usage(format!("{set} is set and {unset} is not"))
        .why("a token and a key of different origin are never mixed")
        .next(format!("set {unset} too, or unset {set}"))
}

/// Asks for a secret without showing it.
pub(crate) fn ask_hidden(ui: &Ui, what: &str) -> Result<String, Failure> {
    if !ui.interactive {
        return Err(missing());
    }
    let typed = rpassword::prompt_password(format!("{} (typing stays hidden): ", capital(what)))
        .map_err(|error| {
            Failure::usage(format!("the {what} was not typed in"))
                .why(error.to_string())
                .next("repeat the command; a script gives both with `login --from-stdin`")
        })?;
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(Failure::usage(format!("no {what} was typed in"))
            .next("repeat the command; both are on the vendor's dashboard under \"My Account\""));
    }
    Ok(typed.to_owned())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A profile that is not there, and those that are.
pub(crate) fn no_such_profile(folders: &Folders, name: &str) -> Failure {
    let names = folders.profile_names().unwrap_or_default();
    let failure = Failure::usage(format!("there is no profile `{}`", redact::masked(name)));
    match names.as_slice() {
        [] => failure
            .why("no profile is stored")
            .next("`thordata-cdk login` stores one"),
        names => failure.next(format!(
            "choose from {}, or store it: `thordata-cdk login --profile {name}`",
            names.join(", ")
        )),
    }
}

/// No credentials anywhere, and nobody to ask.
pub(crate) fn missing() -> Failure {
    Failure::usage("there are no credentials")
        .why("neither the environment nor a profile file holds them, and this is not a terminal")
        .next(format!(
            "set {TOKEN_VARIABLE} and {KEY_VARIABLE}, or run `thordata-cdk login`, or try the command \
             with --sandbox"
        ))
}

/// Set and not empty.
pub(crate) fn variable(name: &'static str) -> Result<Option<String>, Failure> {
    variable_os(name)
        .map(|value| {
            value.into_string().map_err(|_| {
                Failure::usage(format!("{name} is not valid UTF-8"))
                    .next(format!("set {name} again, or unset it"))
            })
        })
        .transpose()
}

fn variable_os(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Enough to tell two secrets apart; nothing of a short one.
pub(crate) fn last_four(secret: &str) -> String {
    let at = secret.len().saturating_sub(4);
    match secret.get(at..) {
        Some(end) if secret.len() >= 16 => format!("…{end}"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests;
