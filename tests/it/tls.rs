//! TLS as it is met on the wire: whom the client trusts, which provider it uses, which HTTP it offers.
//!
//! A process of its own asks each server, since the authorities that it trusts come from its environment and
//! a crypto provider is installed for a whole process.

use std::io::Write;
use std::sync::{Arc, Mutex};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::{CipherSuite, ServerConfig};
use thordata_cdk::{Error, reqwest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{EMPTY_LIST, ORDER, builder};

const CHACHA20: CipherSuite = CipherSuite::TLS13_CHACHA20_POLY1305_SHA256;

/// What a handshake agreed on.
#[derive(Debug, Clone, PartialEq)]
struct Agreed {
    suite: CipherSuite,
    application: Vec<u8>,
}

struct Server {
    url: String,
    certificate: String,
    agreed: Arc<Mutex<Vec<Agreed>>>,
}

impl Server {
    /// Speaks HTTP/1.1 and HTTP/2, and answers everything with an empty list.
    async fn start() -> Self {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!(
                "https://localhost:{}",
                listener.local_addr().unwrap().port()
            ),
            certificate: own.cert.pem(),
            agreed: Arc::default(),
        };
        let agreed = Arc::clone(&server.agreed);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(acceptor.clone(), stream, Arc::clone(&agreed)));
            }
        });
        server
    }

    /// What a client process of this server printed, and what each handshake agreed on.
    async fn asked_by(&self, trusted: bool, wishes: &str) -> (String, Vec<Agreed>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        // An authority that signed nothing here, if this one is not to be trusted.
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let other = other.cert.pem();
        let pem = if trusted { &self.certificate } else { &other };
        file.write_all(pem.as_bytes()).unwrap();
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "--ignored", "--nocapture", "tls::ask_a_server"]);
        for name in [
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
            "SSL_CERT_DIR",
        ] {
            child.env_remove(name);
        }
        child.env("SSL_CERT_FILE", file.path());
        child
            .env("TEST_SERVER", &self.url)
            .env("TEST_WISHES", wishes)
            .env("TEST_ROOT", &self.certificate);
        let output = tokio::task::spawn_blocking(move || child.output());
        let text = String::from_utf8(output.await.unwrap().unwrap().stdout).unwrap();
        let reported = text.lines().find_map(|line| line.strip_prefix("reported "));
        let reported = reported.unwrap_or_else(|| panic!("{text}")).to_owned();
        (reported, std::mem::take(&mut *self.agreed.lock().unwrap()))
    }
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream, agreed: Arc<Mutex<Vec<Agreed>>>) {
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    let session = stream.get_ref().1;
    let application = session.alpn_protocol().unwrap_or_default().to_vec();
    let http2 = application == b"h2";
    let suite = session.negotiated_cipher_suite().unwrap().suite();
    agreed.lock().unwrap().push(Agreed { suite, application });
    if http2 {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let mut body = respond
                .send_response(http::Response::default(), false)
                .unwrap();
            body.send_data(EMPTY_LIST.into(), true).unwrap();
        }
    } else {
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n") {
            seen.push(stream.read_u8().await.unwrap());
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
            EMPTY_LIST.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(EMPTY_LIST.as_bytes()).await.unwrap();
    }
}

/// Run by the tests below in a process of its own.
#[tokio::test]
#[ignore = "prints what another test reads"]
async fn ask_a_server() {
    let wishes = std::env::var("TEST_WISHES").unwrap();
    if wishes == "install ChaCha20" {
        let mut provider = ring::default_provider();
        provider
            .cipher_suites
            .retain(|suite| suite.suite() == CHACHA20);
        provider.install_default().unwrap();
    }
    let builder = builder(std::env::var("TEST_SERVER").unwrap());
    let mut builder = builder.http2(wishes == "http2");
    if wishes.starts_with("own root") {
        let root = std::env::var("TEST_ROOT").unwrap();
        let root = reqwest::Certificate::from_pem(root.as_bytes()).unwrap();
        builder = builder.configure(move |http| http.add_root_certificate(root.clone()));
    }
    let client = builder.build().unwrap();
    let reported = match wishes.as_str() {
        "buy" => client.create(ORDER).await.map(|codes| codes.len()),
        _ => client.list(None).await.map(|list| list.len()),
    };
    let installed = CryptoProvider::get_default().is_some();
    match reported {
        Ok(number) => println!("reported {number}, installed: {installed}"),
        Err(error @ Error::Transport(_)) => println!("reported {:?}", error.outcome()),
        Err(error) => println!("reported {error}"),
    }
}

#[tokio::test]
async fn a_server_of_an_authority_that_the_system_trusts_is_asked_in_http_1_and_nothing_is_installed()
 {
    let server = Server::start().await;
    let (reported, agreed) = server.asked_by(true, "").await;
    assert_eq!(reported, "0, installed: false");
    assert_eq!(
        agreed,
        [Agreed {
            suite: CipherSuite::TLS13_AES_256_GCM_SHA384,
            application: b"http/1.1".to_vec()
        }]
    );
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_gets_no_order() {
    let server = Server::start().await;
    let (reported, agreed) = server.asked_by(false, "buy").await;
    assert_eq!(reported, "NotApplied");
    assert_eq!(agreed, []);
}

#[tokio::test]
async fn a_provider_that_the_program_installed_is_used() {
    let server = Server::start().await;
    let (reported, agreed) = server.asked_by(true, "install ChaCha20").await;
    assert_eq!(reported, "0, installed: true");
    assert_eq!(agreed.len(), 1);
    assert_eq!(agreed[0].suite, CHACHA20);
}

#[tokio::test]
async fn http_2_is_spoken_once_it_is_switched_on() {
    let server = Server::start().await;
    let (reported, agreed) = server.asked_by(true, "http2").await;
    assert_eq!(reported, "0, installed: false");
    assert_eq!(agreed[0].application, b"h2");
}

#[tokio::test]
async fn a_root_certificate_of_the_programs_own_is_trusted_and_http_1_stays() {
    let server = Server::start().await;
    let (reported, agreed) = server.asked_by(false, "own root").await;
    assert_eq!(reported, "0, installed: true");
    assert_eq!(agreed.len(), 1);
    assert_eq!(agreed[0].application, b"http/1.1");
}
