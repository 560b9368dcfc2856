//! The store of orders: where it is, and which order a voucher belongs to.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use thordata_cdk::{CdkCode, Client};
use thordata_cdk_issuer::{Issuer, IssuerOptions, SqliteStore};

use crate::failure::Failure;
use crate::output::Origin;

/// The file of the embedded store, in the folder of a profile.
pub(crate) const FILE: &str = "orders.db";

/// The file that `--store` names, or else the profile's own.
pub(crate) fn place(named: Option<&str>, folder: &Path) -> Result<PathBuf, Failure> {
    match named {
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Err(Failure::usage("this build has no PostgreSQL store")
                .why("--store names a PostgreSQL database")
                .next("name a file, or leave --store out"))
        }
        Some(path) => Ok(PathBuf::from(path)),
        None => Ok(folder.join(FILE)),
    }
}

pub(crate) async fn open(
    client: Client,
    place: &Path,
    options: IssuerOptions,
) -> anyhow::Result<Issuer> {
    let store = SqliteStore::open(place)
        .await
        .context("the store of orders cannot be opened")?;
    Ok(Issuer::new(client, store, options).await?)
}

/// What the store knows of vouchers. Without a store it knows nothing.
pub(crate) struct Book {
    issuer: Option<Issuer>,
}

impl Book {
    /// The store at `place` if there is one: to read is no reason to make one.
    pub(crate) async fn read(client: Client, place: &Path) -> anyhow::Result<Self> {
        let issuer = match place.exists() {
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
