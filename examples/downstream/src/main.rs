//! Sells vouchers on 127.0.0.1:8080. Needs `THORDATA_PUBLIC_TOKEN`, `THORDATA_PUBLIC_KEY` and `SHOP_FOLDER`.

use std::error::Error;

use thordata_cdk::Client;
use thordata_cdk::issue::{IssuerKind, IssuerOptions};
use voucher_shop::{Shop, router};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().init();
    let folder =
        std::env::var("SHOP_FOLDER").map_err(|_| "set SHOP_FOLDER to a folder of its own")?;
    // This service is the only one that buys on the account: so a lost answer can be told from the lists.
    let options = IssuerOptions::new(IssuerKind::Exclusive);
    let shop = Shop::open(Client::from_env()?, folder, options).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, router(shop)).await?;
    Ok(())
}
