//! A file in memory that fails on demand, and that forgets in a crash what a sync has not confirmed.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use super::super::storage::Storage;
use super::super::{Journal, JournalError, Mismatch};
use super::ACCOUNT;

/// One byte of a file, and whether it is on disk.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    OnDisk,
    /// Written to the system's memory alone.
    Waiting,
    /// The sync that should have taken it to the disk failed: it still reads well, and no later sync
    /// takes it there.
    GivenUp,
}

type Content = Vec<(u8, Place)>;

#[derive(Debug, Default)]
pub(super) struct Disk {
    content: Content,
    new: Option<Content>,
    /// What was in place before the last rename, until the folder is synced.
    replaced: Option<Content>,
    /// What a cut took away, until it is on disk that it is gone.
    cut: Content,
    /// Fails the call of this name when the count has run down; a failed write leaves half behind.
    fail: Option<(&'static str, u32, io::ErrorKind)>,
    /// Each call fails with this chance in percent, drawn from the generator.
    trouble: Option<(u32, fastrand::Rng)>,
    pub(super) calls: Vec<&'static str>,
}

#[derive(Debug, Clone, Default)]
pub(in crate::issue) struct Fake(Arc<Mutex<Disk>>);

fn on_disk(bytes: &[u8]) -> Content {
    bytes.iter().map(|byte| (*byte, Place::OnDisk)).collect()
}

fn bytes(content: &Content) -> Vec<u8> {
    content.iter().map(|(byte, _)| *byte).collect()
}

impl Fake {
    pub(super) fn with(bytes: &[u8]) -> Self {
        let fake = Self::default();
        fake.disk().content = on_disk(bytes);
        fake
    }

    pub(super) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }

    pub(in crate::issue) fn fail(&self, call: &'static str, after: u32, kind: io::ErrorKind) {
        self.disk().fail = Some((call, after, kind));
    }

    pub(super) fn trouble(&self, percent: u32, seed: u64) {
        self.disk().trouble = (percent > 0).then(|| (percent, fastrand::Rng::with_seed(seed)));
    }

    pub(in crate::issue) fn last_calls(&self, count: usize) -> Vec<&'static str> {
        let calls = &self.disk().calls;
        calls[calls.len().saturating_sub(count)..].to_vec()
    }

    pub(in crate::issue) fn bytes(&self) -> Vec<u8> {
        bytes(&self.disk().content)
    }

    pub(in crate::issue) fn open(&self) -> Result<Journal, JournalError> {
        Journal::with_storage(Box::new(self.clone()), ACCOUNT, Mismatch::Refuse)
    }

    /// What a machine may find that lost its power just now.
    pub(super) fn after_a_crash(&self, random: &mut fastrand::Rng) -> Self {
        let disk = self.disk();
        let content = match &disk.replaced {
            Some(old) if random.bool() => old.clone(),
            Some(_) => disk.content.clone(),
            None if !disk.cut.is_empty() && random.bool() => {
                let kept = disk.content.iter().chain(&disk.cut);
                kept.copied().collect()
            }
            None => disk.content.clone(),
        };
        let sure = content
            .iter()
            .take_while(|(_, place)| *place == Place::OnDisk);
        let sure = sure.count();
        let maybe = content.iter().skip(sure);
        let maybe = maybe.take_while(|(_, place)| *place != Place::GivenUp);
        let lucky = random.usize(0..=maybe.count());
        Self::with(&bytes(&content)[..sure + lucky])
    }

    /// What a process finds that was started after another was killed: all that was written.
    pub(super) fn after_a_kill(&self) -> Self {
        let old = self.disk();
        let fake = Self::default();
        let mut disk = fake.disk();
        disk.content = old.content.clone();
        disk.replaced = old.replaced.clone();
        disk.cut = old.cut.clone();
        drop(disk);
        fake
    }

    pub(super) fn damage(&self, place: usize) {
        self.disk().content[place].0 ^= 1;
    }

    pub(super) fn has_given_up(&self) -> bool {
        let content = &self.disk().content;
        content.iter().any(|(_, place)| *place == Place::GivenUp)
    }
}

impl Disk {
    fn check(&mut self, call: &'static str) -> io::Result<()> {
        self.calls.push(call);
        if let Some((percent, random)) = &mut self.trouble
            && random.u32(0..100) < *percent
        {
            return Err(io::ErrorKind::StorageFull.into());
        }
        match &mut self.fail {
            Some((name, 0, kind)) if *name == call => {
                let error = io::Error::from(*kind);
                self.fail = None;
                Err(error)
            }
            Some((name, left, _)) if *name == call => {
                *left -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn settle(&mut self, waiting: Place) {
        let in_flight = self.content.iter_mut().map(|(_, place)| place);
        in_flight
            .filter(|place| **place == Place::Waiting)
            .for_each(|place| *place = waiting);
    }
}

impl Storage for Fake {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.disk().check("read")?;
        Ok(self.bytes())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        let done = disk.check("append");
        let len = if done.is_ok() {
            bytes.len()
        } else {
            bytes.len() / 2
        };
        // What is written over a cut makes it impossible for what was cut off to come back.
        disk.cut.clear();
        disk.content
            .extend(bytes[..len].iter().map(|byte| (*byte, Place::Waiting)));
        done
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.disk();
        let done = disk.check("sync");
        disk.settle(if done.is_ok() {
            Place::OnDisk
        } else {
            Place::GivenUp
        });
        done
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut disk = self.disk();
        let cut = disk.content.split_off(len as usize);
        disk.cut.splice(..0, cut);
        disk.check("truncate")?;
        disk.cut.clear();
        disk.settle(Place::OnDisk);
        Ok(())
    }

    fn write_new(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.disk();
        disk.check("write_new")?;
        disk.new = Some(on_disk(bytes));
        Ok(())
    }

    fn install_new(&mut self) -> io::Result<()> {
        let mut disk = self.disk();
        disk.check("install_new")?;
        let new = disk.new.take().unwrap();
        let old = std::mem::replace(&mut disk.content, new);
        // The oldest name that may come back counts.
        disk.replaced.get_or_insert(old);
        disk.cut.clear();
        Ok(())
    }

    fn sync_name(&mut self) -> io::Result<()> {
        let mut disk = self.disk();
        disk.check("sync_name")?;
        disk.replaced = None;
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.disk().check("reopen")
    }
}
