//! The same program on this crate.

use std::error::Error;

use thordata_cdk::{CdkStatus, Client, NewCdks, Traffic};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    for code in client
        .create(NewCdks {
            traffic: Traffic(3),
            count: 2,
        })
        .await?
    {
        let cdk = client.get(&code).await?;
        println!("{} of {} s", cdk.traffic, cdk.traffic_duration.0);
        client.revoke(&cdk.cdk).await?;
    }
    for cdk in client.list(CdkStatus::Used).await? {
        println!("{:?} {}", cdk.status, cdk.create_time.0);
    }
    Ok(())
}
