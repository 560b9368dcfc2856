//! An HTTP client of your own: here one that goes through a proxy. On a sandbox that plays the proxy, since
//! a proxy for plain HTTP is an HTTP server.
//!
//! ```sh
//! cargo run --example own_http_client
//! ```

#![allow(clippy::print_stdout)] // it is there to be read

use std::error::Error;

use thordata_cdk::{Client, Credentials, install_crypto_provider, reqwest};
use thordata_cdk_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().vouchers(3);
    // A sandbox answers only to its own name otherwise.
    let sandbox = sandbox
        .allow_host("behind-the-proxy.invalid")
        .start()
        .await?;
    let secrets = sandbox.credentials();
    // The TLS of this build, for reqwest too.
    install_crypto_provider();
    let http = reqwest::Client::builder()
        // Credentials must not follow a redirect to another host.
        .redirect(reqwest::redirect::Policy::none())
        .proxy(reqwest::Proxy::http(sandbox.base_url())?)
        .build()?;
    let client = Client::builder(Credentials::new(&secrets.token, &secrets.key)?)
        .base_url("http://behind-the-proxy.invalid")
        // The proxy is on this machine.
        .allow_plain_http(true)
        .http_client(http)
        // So a refusal is proof that nothing was bought.
        .assume_no_redirects(true)
        .build()?;
    println!(
        "{} vouchers, through the proxy",
        client.list(None).await?.len()
    );
    Ok(())
}
