//! The store of orders: where it is, and which order a voucher belongs to.

use std::fmt;
use std::path::PathBuf;

use anyhow::Context as _;
use thordata_cdk::{CdkCode, Client};
use thordata_cdk_issuer::{Issuer, IssuerOptions, PostgresStore, SqliteStore};

use crate::output::Origin;

/// The file of the embedded store, in the folder of a profile.
pub(crate) const FILE: &str = "orders.db";

/// Where the store of orders is.
pub(crate) enum Place {
    /// The embedded store, for the processes of this machine.
    File(PathBuf),
    /// A PostgreSQL database, for several machines. Its URL may hold a password.
    Postgres(String),
}

impl Place {
    /// What `--store` names.
    pub(crate) fn named(store: &str) -> Self {
        if store.starts_with("postgres://") || store.starts_with("postgresql://") {
            Self::Postgres(store.to_owned())
        } else {
            Self::File(PathBuf::from(store))
        }
    }

    /// Whether there may be a store. A database is not asked here: to connect is the question.
    fn may_exist(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
            Self::Postgres(_) => true,
        }
    }
}

/// Without the URL's text, which may hold a password.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// Whether this names a database with its password.
pub(crate) fn has_password(store: &str) -> bool {
    let Place::Postgres(url) = Place::named(store) else {
        return false;
    };
    let user = url.rsplit_once('@').map_or("", |(before, _)| before);
    let user = user.split_once("://").map_or("", |(_, user)| user);
    user.contains(':') || url.contains("password=")
}

pub(crate) async fn open(
    client: Client,
    place: &Place,
    options: IssuerOptions,
) -> anyhow::Result<Issuer> {
    const FAILED: &str = "the store of orders cannot be opened";
    Ok(match place {
        Place::File(path) => {
            let store = SqliteStore::open(path).await.context(FAILED)?;
            Issuer::new(client, store, options).await?
        }
        Place::Postgres(url) => {
            let store = PostgresStore::connect(url).await.context(FAILED)?;
            Issuer::new(client, store, options).await?
        }
    })
}

/// What the store knows of vouchers. Without a store it knows nothing.
pub(crate) struct Book {
    issuer: Option<Issuer>,
}

impl Book {
    /// The store at `place` if there is one: to read is no reason to make one.
    pub(crate) async fn read(client: Client, place: &Place) -> anyhow::Result<Self> {
        let issuer = match place.may_exist() {
            true => Some(open(client, place, IssuerOptions::shared()).await?),
            false => None,
        };
        Ok(Self { issuer })
    }

    /// The origins of these vouchers, in the order given.
    pub(crate) async fn origins(&self, codes: &[CdkCode]) -> anyhow::Result<Vec<Origin>> {
        let Some(issuer) = &self.issuer else {
            return Ok(vec![Origin::default(); codes.len()]);
        };
        let found = issuer.origins(codes).await?;
        let origins = found.into_iter().map(|origin| match origin {
            Some(origin) => Origin {
                label: origin.label,
                order: Some(origin.key),
            },
            None => Origin::default(),
        });
        Ok(origins.collect())
    }

    pub(crate) async fn origin(&self, code: &CdkCode) -> anyhow::Result<Origin> {
        let origins = self.origins(std::slice::from_ref(code)).await?;
        Ok(origins.into_iter().next().unwrap_or_default())
    }
}
