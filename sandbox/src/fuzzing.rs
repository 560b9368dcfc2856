//! Doors for the targets in `fuzz/`, compiled for them alone (`--cfg fuzzing`): no part of the API.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::builder::SandboxBuilder;
use crate::ledger::persist;
use crate::ledger::voucher::Voucher;
use crate::server::connection;
use crate::server::router::router;
use crate::state::Shared;

/// A server without a socket.
pub struct Server {
    shared: Arc<Shared>,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    /// With these settings; none of them names a file.
    pub fn new(builder: SandboxBuilder) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let shared = builder.prepare().map_err(io::Error::other)?;
        Ok(Self {
            shared: Arc::new(shared),
            runtime,
        })
    }

    /// What comes back for these bytes on one connection, as far as it comes at once.
    pub fn answer(&self, bytes: &[u8]) -> Vec<u8> {
        let router = router(Arc::clone(&self.shared));
        let (mut client, server) = tokio::io::duplex(1 << 20);
        self.runtime.block_on(async {
            let serving = async {
                if let Some((mut server, script)) = connection::serve_http(server, router).await {
                    let _ = server.write_all(&script.bytes).await;
                }
            };
            let asking = async {
                let mut answer = Vec::new();
                let _ = client.write_all(bytes).await;
                // Else the server would wait for another request until its time limit.
                let _ = client.shutdown().await;
                let _ = client.read_to_end(&mut answer).await;
                answer
            };
            // A fault may hang for as long as it likes.
            let both = timeout(Duration::from_millis(20), async {
                tokio::join!(serving, asking)
            });
            both.await.map_or_else(|_| Vec::new(), |(_, answer)| answer)
        })
    }

    /// How many vouchers, waiting faults and logged bytes it holds.
    pub fn holds(&self) -> (usize, usize, usize) {
        let state = self.shared.lock();
        let logged = state.log.all();
        let logged = logged.iter().map(|request| request.body.len()).sum();
        (state.store.all().len(), state.faults.len(), logged)
    }
}

/// The vouchers of a state file, if that is one.
pub fn state_file(text: &[u8]) -> Option<Vec<Voucher>> {
    persist::parse(text).ok().map(|(vouchers, _)| vouchers)
}
