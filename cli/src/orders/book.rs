//! The store of orders: where it is, and which order a voucher belongs to.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use anyhow::Context as _;
use thordata_cdk::{CdkCode, Client};
use thordata_cdk_issuer::{Issuer, IssuerOptions, Order, OrderFilter, PostgresStore, SqliteStore};

use crate::output::Origin;
use crate::records::Records;
use crate::records::redemption::Redemption;
use crate::secure_fs;

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
    // The last `@`: a password may hold one.
    let user = url.rsplit_once('@').map_or("", |(before, _)| before);
    let user = user.split_once("://").map_or("", |(_, user)| user);
    // PostgreSQL takes the password as a parameter too.
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
            // The store itself checks only the mode; the command also checks owner and links.
            secure_fs::open(path, "the store of orders")?;
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
    records: Option<Records>,
}

impl Book {
    /// The store at `place` if there is one: to read is no reason to make one.
    pub(crate) async fn read(
        client: Client,
        place: &Place,
        records: Option<Records>,
    ) -> anyhow::Result<Self> {
        let issuer = match place.may_exist() {
            // Shared: a command that only reads must not declare the account to be its own.
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
