//! The service: a sandbox behind a relay that counts bytes, in a process of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use thordata_cdk_sandbox::{Fault, Operation, Sandbox, Voucher};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;

/// How long ago the vouchers of the account were created.
const OLD: i64 = 7 * 86_400;

/// Serves until standard input ends. The first line of output is `URL TOKEN KEY`; each line of input is answered with how
/// many bytes went to the service and came from it so far.
#[tokio::main]
pub(crate) async fn run(vouchers: u32, latency_ms: u64, lost: u32) -> Result<(), Failure> {
    let sandbox = Sandbox::builder().balance(u64::MAX).log_capacity(10);
    let sandbox = sandbox.start().await?;
    // Not of now: vouchers of the same traffic and the same minute could each be the one of a lost answer.
    let created = sandbox.now() - OLD;
    for number in 0..vouchers {
        sandbox.insert(Voucher::new(format!("old{number:013}"), 1, created));
    }
    if latency_ms > 0 {
        let slow = Fault::on(Operation::Create).always();
        sandbox.inject(slow.latency(Duration::from_millis(latency_ms)));
    }
    if lost > 0 {
        sandbox.inject(
            Fault::commit_then_reset(Operation::Create)
                .skip(1)
                .times(lost),
        );
    }
    let service = sandbox.base_url().trim_start_matches("http://").to_owned();
    let service = service.trim_end_matches('/').to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let bytes = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let secrets = sandbox.credentials();
    let address = listener.local_addr()?;
    println!("http://{address} {} {}", secrets.token, secrets.key);
    std::io::stdout().flush()?;
    let counted = Arc::clone(&bytes);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(relay(client, service.clone(), Arc::clone(&counted)));
        }
    });
    tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lines() {
            line?;
            let [sent, received] =
                [&bytes[0], &bytes[1]].map(|bytes| bytes.load(Ordering::Relaxed));
            println!("{sent} {received}");
        }
        Ok(())
    })
    .await?
}

/// A connection that ends on one side ends on both.
async fn relay(
    mut client: TcpStream,
    service: String,
    bytes: Arc<[AtomicU64; 2]>,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(service).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::select! {
        ended = copy(from_client, to_server, &bytes[0]) => ended,
        ended = copy(from_server, to_client, &bytes[1]) => ended,
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    bytes: &AtomicU64,
) -> std::io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        bytes.fetch_add(length as u64, Ordering::Relaxed);
        to.write_all(&buffer[..length]).await?;
    }
}

/// The service as its caller holds it.
pub(crate) struct Service {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub(crate) base_url: String,
    pub(crate) token: String,
    pub(crate) key: String,
}

impl Service {
    pub(crate) fn start(vouchers: u32, latency_ms: u64, lost: u32) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("service")
            .args([u64::from(vouchers), latency_ms, u64::from(lost)].map(|n| n.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("the service has no input")?;
        let output = child.stdout.take().ok_or("the service has no output")?;
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut word = || words.next().ok_or("the service did not start");
        Ok(Self {
            base_url: word()?,
            token: word()?,
            key: word()?,
            child,
            input,
            output,
        })
    }

    /// How many bytes were sent to it and received from it.
    pub(crate) fn bytes(&mut self) -> Result<u64, Failure> {
        writeln!(self.input)?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let (sent, received) = line.trim().split_once(' ').ok_or("no bytes were counted")?;
        Ok(sent.parse::<u64>()? + received.parse::<u64>()?)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
