use openapi::apis::{cdk_api, configuration::Configuration};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let given: Vec<String> = std::env::args().collect();
    // The generator knows one key for both headers: they are set as default headers.
    let headers = [("token", &given[2]), ("key", &given[3])].map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let client = reqwest::Client::builder().default_headers(headers.into_iter().collect()).build().unwrap();
    let conf = Configuration { base_path: given[1].clone(), client, ..Configuration::default() };
    let json = |reply: &dyn Fn() -> serde_json::Value| reply();
    match given[4].as_str() {
        "calls" => {
            let made = serde_json::to_value(cdk_api::create_cdks(&conf, 3, 2).await.unwrap()).unwrap();
            let codes = made["data"]["cdk"].as_array().unwrap().clone();
            let code = codes[0].as_str().unwrap();
            let listed = serde_json::to_value(cdk_api::list_cdks(&conf, None).await.unwrap()).unwrap();
            let found = serde_json::to_value(cdk_api::get_cdk(&conf, code).await.unwrap()).unwrap();
            let revoked = serde_json::to_value(cdk_api::revoke_cdk(&conf, code).await.unwrap()).unwrap();
            println!("{} {} {} {}", codes.len(), listed["data"].as_array().unwrap().len(), found["data"]["status"], revoked["code"]);
        }
        "create" => {
            let made = serde_json::to_value(cdk_api::create_cdks(&conf, 3, 2).await.unwrap()).unwrap();
            println!("{}", json(&|| made["code"].clone()));
        }
        _ => {
            let found = serde_json::to_value(cdk_api::get_cdk(&conf, &given[5]).await.unwrap()).unwrap();
            println!("{}", found["data"]["status"]);
        }
    }
}
