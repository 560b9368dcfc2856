//! Bytes out: what each call puts on the wire, as a server of another make received it.

mod account;
mod connections;
mod in_flight;
mod input;
mod proxy;
mod redirect;
mod requests;
mod settings;

use std::sync::{Arc, Mutex};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};

/// The compiler's version, which the user agent names.
const RUSTC: &str = env!("THORDATA_CDK_RUSTC");

/// The details of the code that the tests ask for.
const DETAILS: &str = r#"{"code":200,"data":{"cdk":"nozzapqOWJOCcWIX","status":1,"create_time":1748253271,"traffic":2,"traffic_duration":7776000},"msg":"ok"}"#;

/// A server that answers every request alike and notes it whole.
struct Wire {
    server: MockServer,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Wire {
    async fn answering(status: u16, body: &'static str) -> Self {
        Self::with_header(status, body, ("x-answer", "1")).await
    }

    async fn with_header(status: u16, body: &'static str, header: (&'static str, &str)) -> Self {
        let server = MockServer::start_async().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let header = (header.0, header.1.to_owned());
        server
            .mock_async(|when, then| {
                when.any_request();
                then.respond_with(move |request: &HttpMockRequest| {
                    noted.lock().unwrap().push(whole(request));
                    HttpMockResponse::builder()
                        .status(status)
                        .header(header.0, &header.1)
                        .body(body)
                        .build()
                });
            })
            .await;
        Self { server, seen }
    }

    fn base_url(&self) -> String {
        self.server.base_url()
    }

    fn address(&self) -> String {
        self.server.address().to_string()
    }

    fn seen(&self) -> Vec<String> {
        let host = format!("127.0.0.1:{}", self.server.port());
        let seen = self.seen.lock().unwrap();
        let compiler = format!(" rust/{RUSTC}");
        seen.iter()
            .map(|one| one.replace(&host, "HOST"))
            .map(|one| one.replace(&compiler, " rust/VERSION"))
            .collect()
    }

    /// The one request that came in.
    fn one(&self) -> String {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:#?}");
        seen.into_iter().next().unwrap()
    }
}

/// Method and target as they were sent (httpmock puts the host before the path), all headers in
/// alphabetical order, an empty line, the body.
fn whole(request: &HttpMockRequest) -> String {
    let mut headers: Vec<String> = request
        .headers_vec()
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    headers.sort();
    format!(
        "{} {}\n{}\n{}",
        request.method_str(),
        request.uri().path_and_query().unwrap(),
        headers.concat(),
        request.body_string()
    )
}
