//! The thread that owns the connection. Transactions that wait at the same time are committed together.

use std::any::Any;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::store::{StoreError, StoreErrorKind};

/// At most this many transactions share one write to the disk.
const GROUP: usize = 64;

type Reply = Result<Box<dyn Any + Send>, StoreError>;
type Work = Box<dyn FnOnce(&Connection) -> rusqlite::Result<Reply> + Send>;

struct Job {
    work: Work,
    reply: oneshot::Sender<Reply>,
}

/// A handle on the thread. When the last handle is dropped, the thread ends and the file is closed: SQLite then moves
/// what is in its log into the file and removes the log, which may hold codes that were acknowledged meanwhile.
#[derive(Clone)]
pub(super) struct Writer(Arc<Thread>);

struct Thread {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        // First: the thread ends when the last sender is gone, and `join` waits for that.
        self.jobs.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported by the panic hook.
            drop(thread.join());
        }
    }
}

impl Writer {
    pub(super) fn start(mut db: Connection) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("thordata-cdk-store".into())
            .spawn(move || {
                while let Ok(first) = waiting.recv() {
                    let mut group = vec![first];
                    while group.len() < GROUP
                        && let Ok(next) = waiting.try_recv()
                    {
                        group.push(next);
                    }
                    commit_together(&mut db, group);
                }
            })
            .map_err(|error| {
                StoreError::new(StoreErrorKind::Unavailable, "no thread can be started")
                    .caused_by(error)
            })?;
        Ok(Self(Arc::new(Thread {
            jobs: Some(jobs),
            thread: Some(thread),
        })))
    }

    /// Runs `work` in a transaction and returns after it is durable. If the future is dropped, the transaction may
    /// be carried out all the same.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, replied) = oneshot::channel();
        let boxed = |value: T| Box::new(value) as Box<dyn Any + Send>;
        let work: Work = Box::new(move |db| Ok(work(db)?.map(boxed)));
        let jobs = self.0.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(Job { work, reply }).map_err(|_| stopped())?;
        let value = replied.await.map_err(|_| stopped())??;
        // It is what `boxed` made of a `T`, so this cannot fail.
        value.downcast().map(|value| *value).map_err(|_| stopped())
    }
}

pub(super) fn stopped() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the store's thread has ended")
}

/// One transaction for all jobs, each in a savepoint of its own. Nothing is answered before the commit.
fn commit_together(db: &mut Connection, group: Vec<Job>) {
    let mut answers = Vec::with_capacity(group.len());
    let mut jobs = group.into_iter();
    let committed = (|| {
        // It takes the write lock at once: a job that has read could no longer get it after another process
        // wrote.
        let mut write = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for job in jobs.by_ref() {
            let savepoint = write.savepoint()?;
            match (job.work)(&savepoint) {
                Ok(reply) => {
                    // A refusal, such as another account's store, is an answer too.
                    savepoint.commit()?;
                    answers.push((job.reply, reply));
                }
                // Its savepoint is dropped, which takes back this job's changes and no other's.
                Err(error) => answers.push((job.reply, Err(failed(&error)))),
            }
        }
        write.commit()
    })();
    match committed {
        Ok(()) => {
            for (reply, answer) in answers {
                // Its caller has left; the transaction is durable even so.
                drop(reply.send(answer));
            }
        }
        Err(error) => {
            let waiting = answers.into_iter().map(|(reply, _)| reply);
            for reply in waiting.chain(jobs.map(|job| job.reply)) {
                drop(reply.send(Err(failed(&error))));
            }
        }
    }
}

fn failed(error: &rusqlite::Error) -> StoreError {
    let (kind, what) = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => (
            StoreErrorKind::Damaged,
            "the store is damaged; stop, and restore a backup",
        ),
        Some(rusqlite::ErrorCode::DiskFull) => (
            StoreErrorKind::Unavailable,
            "the disk of the store is full; make room, and call again with the same key",
        ),
        Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied) => (
            StoreErrorKind::Unavailable,
            "the store cannot be written; make its file and its folder writable, and call again",
        ),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => (
            StoreErrorKind::Unavailable,
            "another process has kept the store locked for too long; call again with the same key",
        ),
        _ => (
            StoreErrorKind::Unavailable,
            "the store failed; call again with the same key",
        ),
    };
    // The text of SQLite's own error: it names tables and causes, and never a bound value.
    StoreError::new(kind, what).caused_by(error.to_string())
}
