//! Between the processes and PostgreSQL: cuts connections before a commit arrives, and after it was carried out but
//! before anybody hears of it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// A simple query with the text `COMMIT`.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// How many connections were cut.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    pub(crate) before: AtomicU32,
    pub(crate) after: AtomicU32,
    /// One commit in so many is cut; 0 for none.
    pub(crate) one_in: AtomicU32,
}

/// Listens on a free port of 127.0.0.1, and returns it.
pub(crate) async fn start(socket: PathBuf, cuts: Arc<Cuts>) -> io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (socket, cuts) = (socket.clone(), Arc::clone(&cuts));
            tokio::spawn(async move {
                // While the server is down the client finds a closed connection.
                if let Ok(server) = UnixStream::connect(&socket).await {
                    drop(relay(client, server, &cuts).await);
                }
            });
        }
    });
    Ok(port)
}

async fn relay(mut client: TcpStream, mut server: UnixStream, cuts: &Cuts) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (mut from_client, mut from_server) = (vec![0; 65_536], vec![0; 65_536]);
    let mut swallow = false;
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let bytes = &from_client[..read?];
                if bytes.is_empty() {
                    return Ok(());
                }
                let is_commit = bytes.windows(COMMIT.len()).any(|window| window == COMMIT);
                let one_in = cuts.one_in.load(Ordering::Relaxed);
                if is_commit && one_in > 0 && fastrand::u32(..one_in) == 0 {
                    if fastrand::bool() {
                        cuts.before.fetch_add(1, Ordering::Relaxed);
                        return Ok(());
                    }
                    swallow = true;
                }
                server.write_all(bytes).await?;
            }
            read = server.read(&mut from_server) => {
                let bytes = &from_server[..read?];
                if bytes.is_empty() {
                    return Ok(());
                }
                if swallow {
                    cuts.after.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                client.write_all(bytes).await?;
            }
        }
    }
}
