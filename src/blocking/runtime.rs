//! Runs async work to its end on a thread without an async runtime.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::error::{ConfigError, Error};

/// A runtime with one thread, which is ended in the background: ending it in place would panic inside an
/// async runtime.
#[derive(Debug)]
pub(super) struct OwnedRuntime(Option<Runtime>);

impl OwnedRuntime {
    pub(super) fn new() -> Result<Arc<Self>, Error> {
        outside_a_runtime()?;
        // With a worker, and not on the caller's thread: connections are served between calls too.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("thordata-cdk")
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| {
            ConfigError::new(format!(
                "no thread can be started for the blocking client: {error}"
            ))
        })?;
        Ok(Arc::new(Self(Some(runtime))))
    }

    pub(super) fn run<T>(&self, future: impl Future<Output = T>) -> Result<T, Error> {
        outside_a_runtime()?;
        match &self.0 {
            Some(runtime) => Ok(runtime.block_on(future)),
            // Never so: only `drop` takes it.
            None => Err(ConfigError::new("the blocking client has ended").into()),
        }
    }
}

impl Drop for OwnedRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// What drives an iterator: the first error of the runtime is its last item, so that a loop which goes on
/// after errors ends inside an async runtime too.
#[derive(Debug)]
pub(super) struct BlockingIter {
    runtime: Arc<OwnedRuntime>,
    ended: bool,
}

impl BlockingIter {
    pub(super) fn of(runtime: &Arc<OwnedRuntime>) -> Self {
        Self {
            runtime: Arc::clone(runtime),
            ended: false,
        }
    }

    #[cfg(feature = "watch")]
    pub(super) fn runtime(&self) -> &OwnedRuntime {
        &self.runtime
    }

    pub(super) fn next<T>(
        &mut self,
        future: impl Future<Output = Option<T>>,
    ) -> Option<Result<T, Error>> {
        if self.ended {
            return None;
        }
        let next = self.runtime.run(future).transpose();
        self.ended = matches!(next, Some(Err(_)));
        next
    }
}

/// A thread of `spawn_blocking` counts as inside: nothing in tokio's API distinguishes it from one of the runtime's own.
fn outside_a_runtime() -> Result<(), Error> {
    match Handle::try_current() {
        Ok(_) => Err(ConfigError::new(
            "the blocking client was used inside an async runtime, which it would stop; use \
             `thordata_cdk::Client` there, or a thread of `std::thread`",
        )
        .into()),
        Err(_) => Ok(()),
    }
}
