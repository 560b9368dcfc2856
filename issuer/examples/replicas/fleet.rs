//! The processes: started, stopped, killed and started again; and what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use super::worker::Task;

type Failure = Box<dyn Error + Send + Sync>;

/// What the shop has stored.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// The codes of each key.
    pub(crate) codes: BTreeMap<String, Vec<String>>,
    /// Keys that nobody decided about: nothing is bought again without `retry`.
    pub(crate) undecided: BTreeSet<String>,
    /// How often a key was answered after the first time.
    pub(crate) repeated: usize,
    /// Answers that differ from an earlier one of the same key.
    pub(crate) changed: usize,
}

impl Book {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.codes.contains_key(key) || self.undecided.contains(key)
    }

    fn note(&mut self, line: &str) {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (Some(what), Some(key)) = (words.next(), words.next()) else {
            return;
        };
        self.repeated += usize::from(self.has(&key));
        let codes: Vec<String> = words.collect();
        match &*what {
            "bought" => {
                self.undecided.remove(&key);
                let before = self.codes.insert(key, codes.clone());
                self.changed += usize::from(before.is_some_and(|before| before != codes));
            }
            "undecided" => drop(self.undecided.insert(key)),
            _ => {}
        }
    }
}

/// One process.
pub(crate) struct Worker {
    child: Child,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Worker {
    pub(crate) fn start(task: &Task, book: &Arc<Mutex<Book>>) -> Result<Self, Failure> {
        Self::start_under(&[], task, book)
    }

    /// Started by this command, such as a debugger's.
    pub(crate) fn start_under(
        command: &[&str],
        task: &Task,
        book: &Arc<Mutex<Book>>,
    ) -> Result<Self, Failure> {
        let this = std::env::current_exe()?;
        let mut words = command.iter().map(OsStr::new);
        let first = words.next().unwrap_or(this.as_os_str());
        let this = (!command.is_empty()).then_some(this.as_os_str());
        let mut child = Command::new(first)
            .args(words.chain(this))
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = child.stdin.take().ok_or("no standard input")?;
        writeln!(input, "{}", task.to_json())?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let book = Arc::clone(book);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                book.lock().unwrap().note(&line);
            }
        });
        Ok(Self {
            child,
            reader: Some(reader),
        })
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for its end, and returns whether it has sold everything.
    pub(crate) fn end(mut self) -> Result<bool, Failure> {
        Ok(self.child.wait()?.success())
    }

    /// Whether it has sold everything.
    pub(crate) fn has_ended(&mut self) -> Result<bool, Failure> {
        match self.child.try_wait()? {
            Some(status) if !status.success() => Err("a process failed".into()),
            status => Ok(status.is_some()),
        }
    }
}

impl Drop for Worker {
    /// kill -9, after which all that it said is in the book.
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(self.reader.take().map(std::thread::JoinHandle::join));
    }
}

pub(crate) fn signal(pid: u32, name: &str) {
    let killed = Command::new("kill").arg(name).arg(pid.to_string()).status();
    drop(killed);
}
