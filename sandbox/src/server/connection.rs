//! The sockets: accepting, serving, and what a fault does to a connection.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::timeout;

use crate::fault::Fault;
use crate::fault::fault_spec::{AfterReply, Answer, Commit, Operation};
use crate::server::reply::Reply;
use crate::server::wire::{self, Ending, Script};
use crate::state::Shared;

/// How long to wait after a failed accept, which mostly means that there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// How long a connection may take for the head of a request, and stay idle before it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a request may bring no further byte of its body.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How many connections are served at a time; further ones wait.
const MAX_CONNECTIONS: usize = 4096;

/// How often to look whether a client has left whose bytes are not read.
const UNREAD_PAUSE: Duration = Duration::from_millis(10);

/// Lets a request's handler take its connection away from hyper.
#[derive(Clone)]
pub(crate) struct RawConnection(mpsc::UnboundedSender<Script>);

impl RawConnection {
    /// Drops whatever hyper would still do, then writes and ends as `script` says.
    pub(crate) fn run(&self, script: Script) {
        // Without a receiver the connection has ended, and the script has nothing to act on.
        drop(self.0.send(script));
    }
}

/// A connection's fault, and the call of `commit_held` that it may have to wait for.
type Taken = (Fault, watch::Receiver<u64>);

/// Accepts until the task is dropped.
pub(crate) async fn accept(listener: TcpListener, router: Router, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // Before `accept`: a connection that waits stays in the system's queue, unopened.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                // Not in the task: connections get their faults in the order in which they come.
                let fault =
                    shared.take_for_connection(|state| state.take_fault(Operation::Connect));
                let served = connection(stream, router.clone(), Arc::clone(&shared), fault);
                tokio::spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, router: Router, shared: Arc<Shared>, fault: Option<Taken>) {
    // Replies are small and written whole: waiting to join them only delays them.
    let _ = stream.set_nodelay(true);
    let fault = match fault {
        Some(fault) => Some(fault),
        // hyper's own time limit begins only when it serves the connection.
        None => match timeout(HEAD_TIMEOUT, unread_fault(&stream, &shared)).await {
            Ok(fault) => fault,
            Err(_) => return,
        },
    };
    if let Some((fault, mut release)) = fault {
        let mut parts = fault.parts();
        if parts.commit == Commit::Held {
            // Even if the client leaves: what it sent stays in the socket, and is read then.
            let _ = release.changed().await;
        }
        tokio::time::sleep(parts.latency).await;
        if *parts.answer != Answer::Normal || parts.then.is_some() {
            // No request was read, so the connection cannot be kept for another one.
            parts.then = parts.then.or(Some(AfterReply::Close));
            let reply = Reply::without_request(parts.answer);
            if let Some(script) = wire::script(&parts, &reply, &shared.http_date()) {
                return finish(stream, script, false).await;
            }
        }
    }
    serve(stream, router).await;
}

/// The fault that takes the connection's first request without reading it, if one waits.
async fn unread_fault(stream: &TcpStream, shared: &Shared) -> Option<Taken> {
    // Peeking delays every connection a little: only for a fault that needs it.
    if !shared.lock().faults.iter().any(Fault::reads_nothing) {
        return None;
    }
    // 21 bytes tell each of the four operations. A longer beginning is none of them.
    let mut start = [0_u8; 64];
    loop {
        let length = stream.peek(&mut start).await.ok()?;
        let seen = start.get(..length)?;
        let mut words = seen.split(|byte| matches!(byte, b' ' | b'?' | b'\r'));
        match (words.next(), words.next(), words.next()) {
            (Some(method), Some(path), Some(_)) => {
                let operation = Operation::of_request(method, path)?;
                return shared.take_for_connection(|state| state.take_unread_fault(operation));
            }
            _ if length == 0 || length == start.len() => return None,
            // The bytes stay in the socket, so it stays readable and cannot be waited for.
            _ => tokio::time::sleep(UNREAD_PAUSE).await,
        }
    }
}

/// Serves requests until the client leaves or a fault takes over.
async fn serve(stream: TcpStream, router: Router) {
    if let Some((stream, script)) = serve_http(stream, router).await {
        finish(stream, script, true).await;
    }
}

/// Serves requests on whatever carries bytes. Gives it back if a fault takes over, with what the fault wants.
pub(crate) async fn serve_http<S>(stream: S, router: Router) -> Option<(S, Script)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, mut scripts) = mpsc::unbounded_channel();
    let connection = RawConnection(sender);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(connection.clone());
        hyper::service::Service::call(&router, request)
    });
    let mut served = http1::Builder::new()
        // A client that stops writing has still sent a whole request.
        .half_close(true)
        // The date comes from the sandbox's own clock.
        .auto_date_header(false)
        // hyper panics at a time limit without a timer.
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let script = tokio::select! {
        // The script first: in the same moment hyper may have seen the client leave.
        biased;
        Some(script) = scripts.recv() => script,
        _ = &mut served => return None,
    };
    // What hyper has read ahead is dropped with it: nothing further is answered here.
    Some((served.into_parts().io.into_inner(), script))
}

/// Writes what a fault wants to be written, and ends the connection.
async fn finish(mut stream: TcpStream, script: Script, reading: bool) {
    let written = stream.write_all(&script.bytes).await;
    match script.ending {
        // With a linger time of zero, closing the socket sends a RST.
        Ending::Reset => drop(stream.set_zero_linger()),
        Ending::Hang(time) if written.is_ok() => {
            let time = time.unwrap_or(Duration::MAX);
            // Both end the silence: the time runs out, or the client leaves.
            let _ = timeout(time, until_client_leaves(&mut stream, reading)).await;
        }
        Ending::Close | Ending::Hang(_) => {}
    }
    // A FIN before the drop would end the connection in order, and no RST would follow.
    if script.ending != Ending::Reset {
        let _ = stream.shutdown().await;
    }
}

/// Waits until the client leaves; whether what it sends meanwhile is read is up to the fault.
async fn until_client_leaves(stream: &mut TcpStream, reading: bool) {
    let mut waste = [0_u8; 4096];
    loop {
        if reading {
            match stream.read(&mut waste).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        } else {
            match stream.ready(Interest::READABLE).await {
                Ok(ready) if !ready.is_read_closed() => tokio::time::sleep(UNREAD_PAUSE).await,
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use tokio::time::Instant;

    use crate::builder::SandboxBuilder;
    use crate::server::router;

    /// How long a connection stays open on which these bytes come and no more, in seconds; and what was answered.
    async fn open_for(bytes: &str) -> (u64, String) {
        let shared = Arc::new(SandboxBuilder::new().prepare().unwrap());
        let (mut client, server) = tokio::io::duplex(4096);
        let begin = Instant::now();
        tokio::spawn(serve_http(server, router::router(shared)));
        client.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = client.read_to_string(&mut answer).await;
        let status = answer.lines().next().unwrap_or_default().to_owned();
        (begin.elapsed().as_secs(), status)
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_in_the_middle_does_not_keep_its_connection() {
        for (bytes, seconds, status) in [
            ("", 30, ""),
            ("POST /api/cdk/create HTT", 30, ""),
            (
                "POST /api/cdk/create HTTP/1.1\r\nhost: localhost\r\na: ",
                30,
                "",
            ),
            (
                "POST /api/cdk/create HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nnum=",
                30,
                "HTTP/1.1 400 Bad Request",
            ),
        ] {
            let found = open_for(bytes).await;
            assert_eq!(found, (seconds, status.to_owned()), "{bytes:?}");
        }
    }
}
