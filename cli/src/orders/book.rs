//! The store of orders: where it is, and which order a voucher belongs to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use thordata_cdk::{CdkCode, Client};
use thordata_cdk_issuer::{Issuer, IssuerOptions, Order, OrderFilter, SqliteStore};

use crate::failure::Failure;
use crate::output::Origin;
use crate::records::Records;
use crate::records::redemptions::Redemption;

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
    records: Option<Records>,
}

impl Book {
    /// The store at `place` if there is one: to read is no reason to make one.
    pub(crate) async fn read(
        client: Client,
        place: &Path,
        records: Option<Records>,
    ) -> anyhow::Result<Self> {
        let issuer = match place.exists() {
            true => Some(open(client, place, IssuerOptions::shared()).await?),
            false => None,
        };
        Ok(Self { issuer, records })
    }

    /// The origins of these vouchers, in the order given.
    pub(crate) async fn origins(&self, codes: &[CdkCode]) -> anyhow::Result<Vec<Origin>> {
        let found = match &self.issuer {
            Some(issuer) => issuer.origins(codes).await?,
            None => vec![None; codes.len()],
        };
        let origins = codes.iter().zip(found).map(|(code, origin)| {
            let (order, label) = origin.map(|origin| (origin.key, origin.label)).unzip();
            let records = self.records.as_ref();
            Ok(Origin {
                label: label.flatten(),
                order,
                customer: records
                    .map(|records| records.customer(code))
                    .transpose()?
                    .flatten(),
            })
        });
        origins.collect()
    }

    /// Every label, each once.
    pub(crate) async fn labels(&self) -> anyhow::Result<BTreeSet<String>> {
        let orders = self.orders().await?;
        Ok(orders.into_iter().filter_map(|order| order.label).collect())
    }

    /// Every order.
    pub(crate) async fn orders(&self) -> anyhow::Result<Vec<Order>> {
        match &self.issuer {
            Some(issuer) => Ok(issuer.orders(&OrderFilter::default()).await?),
            None => Ok(Vec::new()),
        }
    }

    /// Every customer.
    pub(crate) fn customers(&self) -> anyhow::Result<BTreeSet<String>> {
        let customers = self.records.as_ref().map(Records::customers).transpose()?;
        Ok(customers.unwrap_or_default().into_iter().collect())
    }

    /// Who redeemed a voucher, as far as this machine has seen it.
    pub(crate) fn redemption(&self, code: &CdkCode) -> anyhow::Result<Option<Redemption>> {
        let records = self.records.as_ref();
        Ok(records
            .map(|records| records.redemption(code))
            .transpose()?
            .flatten())
    }

    /// What is kept beside the orders.
    pub(crate) fn records(&self) -> Option<&Records> {
        self.records.as_ref()
    }

    pub(crate) async fn origin(&self, code: &CdkCode) -> anyhow::Result<Origin> {
        let origins = self.origins(std::slice::from_ref(code)).await?;
        Ok(origins.into_iter().next().unwrap_or_default())
    }
}
