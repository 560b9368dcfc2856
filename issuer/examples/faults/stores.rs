//! Which store the walk uses.

use std::error::Error;
use std::path::{Path, PathBuf};

use thordata_cdk_issuer::thordata_cdk::Client;
use thordata_cdk_issuer::{Issuer, IssuerOptions, PostgresStore, SqliteStore};

type Failure = Box<dyn Error + Send + Sync>;

/// Where the store of one account is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(PathBuf),
    Schema { url: String, name: String },
}

impl Place {
    /// For the account with this seed. `kind` is `sqlite` or `postgres`.
    pub(crate) fn new(kind: &str, folder: &Path, seed: u64) -> Result<Self, Failure> {
        match kind {
            "sqlite" => Ok(Self::File(folder.join(format!("{seed}.db")))),
            "postgres" => Ok(Self::Schema {
                url: std::env::var("POSTGRES_URL").map_err(|_| "run `just faults-postgres`")?,
                name: format!("faults_{}_{seed}", std::process::id()),
            }),
            _ => Err(format!("unknown store {kind}; there are sqlite and postgres").into()),
        }
    }

    /// An issuer with connections of its own.
    pub(crate) async fn issuer(
        &self,
        client: Client,
        options: IssuerOptions,
    ) -> Result<Issuer, Failure> {
        Ok(match self {
            Self::File(path) => {
                Issuer::new(client, SqliteStore::open(path).await?, options).await?
            }
            Self::Schema { url, name } => {
                let store = PostgresStore::connect_to_schema(url, name).await?;
                Issuer::new(client, store, options).await?
            }
        })
    }
}
