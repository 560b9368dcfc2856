//! Sells vouchers on 127.0.0.1:8080. Needs `THORDATA_PUBLIC_TOKEN`, `THORDATA_PUBLIC_KEY` and `SHOP_STORE`: a file, or
//! `postgres://…` for several replicas.

use std::error::Error;

use thordata_cdk::Client;
use thordata_cdk_issuer::{IssuerOptions, PostgresStore, SqliteStore};
use voucher_shop::{Shop, router};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().init();
    let place =
        std::env::var("SHOP_STORE").map_err(|_| "set SHOP_STORE to a file or to postgres://…")?;
    let client = Client::from_env()?;
    // Only this service buys on the account: so a lost answer is found in the list.
    let options = IssuerOptions::exclusive().in_flight(4);
    let shop = if place.starts_with("postgres") {
        Shop::open(client, PostgresStore::connect(&place).await?, options).await?
    } else {
        Shop::open(client, SqliteStore::open(&place).await?, options).await?
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, router(shop)).await?;
    Ok(())
}
