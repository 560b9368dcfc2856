//! A shop: a sandbox, folders of its own, and the tool in an environment that leads to them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::NamedTempFile;
use thordata_cdk_sandbox::{Clock, Sandbox, Voucher, VoucherStatus};

/// 2025-11-24 16:00:00 UTC.
pub(crate) const NOW: i64 = 1_764_000_000;
pub(crate) const DAY: i64 = 86_400;

pub(crate) const TOKEN: &str = "token-of-the-shop-4711-abcd";
pub(crate) const KEY: &str = "key-of-the-shop-0815-efgh";

pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl Shop {
    /// Credentials in the environment, no voucher yet.
    pub(crate) fn open() -> Self {
        let sandbox = Sandbox::builder()
            .seed(1)
            .clock(Clock::fixed(NOW))
            .credentials(TOKEN, KEY)
            .start_blocking()
            .unwrap();
        Self {
            sandbox,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// With one voucher in each status: unused, used, revoked.
    pub(crate) fn with_three() -> Self {
        let shop = Self::open();
        shop.put("nozzapqOWJOCcWlX", 3, 40, VoucherStatus::Unused);
        shop.put("uJQJFnycHOpSEw5N", 3, 20, VoucherStatus::Unused);
        shop.sandbox
            .redeem("uJQJFnycHOpSEw5N", "Thor123456")
            .unwrap();
        shop.put("LCoum2cHq1XSmTGi", 2, 10, VoucherStatus::Revoked);
        shop
    }

    pub(crate) fn put(&self, code: &str, traffic: i64, days_ago: i64, status: VoucherStatus) {
        let created = NOW - days_ago * DAY;
        assert!(self.sandbox.insert(Voucher::new(code, traffic, created)));
        if status == VoucherStatus::Revoked {
            assert!(self.sandbox.revoke(code));
        }
    }

    /// The shop's folder, in which every command runs.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn lines(&self, name: &str) -> Vec<String> {
        self.read(name).lines().map(str::to_owned).collect()
    }

    /// Every code that the service has.
    pub(crate) fn codes(&self) -> BTreeSet<String> {
        self.sandbox
            .vouchers()
            .into_iter()
            .map(|voucher| voucher.code)
            .collect()
    }

    /// How many requests of this operation have arrived.
    pub(crate) fn requests(&self, operation: &str) -> usize {
        let path = format!("/api/cdk/{operation}");
        self.sandbox
            .requests()
            .iter()
            .filter(|request| request.path == path)
            .count()
    }

    /// A program in the shop's environment.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("THORDATA_") || name == "NO_COLOR" || name.starts_with("RUST_") {
                command.env_remove(&*name);
            }
        }
        command
            .current_dir(self.folder.path())
            .env("TZ", "UTC")
            .env("TERM", "xterm")
            .env("HOME", self.folder.path())
            .env(
                "PATH",
                with_binary(&std::env::var_os("PATH").unwrap_or_default()),
            )
            .env("THORDATA_CDK_NOW", NOW.to_string())
            .env("THORDATA_CDK_CONFIG_DIR", self.path("config"))
            .env("THORDATA_CDK_DATA_DIR", self.path("data"))
            .env("THORDATA_CDK_BASE_URL", self.sandbox.base_url())
            .env("THORDATA_PUBLIC_TOKEN", TOKEN)
            .env("THORDATA_PUBLIC_KEY", KEY);
        command
    }

    /// The tool with these arguments, split at spaces.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = self.program(binary());
        command.args(arguments.split_whitespace());
        command
    }

    pub(crate) fn run(&self, arguments: &str) -> Ended {
        self.run_with_input(arguments, "")
    }

    pub(crate) fn run_with_input(&self, arguments: &str, input: &str) -> Ended {
        ended(self.command(arguments), input)
    }

    /// A line of shell in the shop's folder.
    pub(crate) fn shell(&self, line: &str) -> Ended {
        let mut command = self.program("sh");
        command.args(["-c", line]);
        ended(command, "")
    }

    /// Starts the tool in the background.
    pub(crate) fn start(&self, arguments: &str) -> Running {
        Running::start(self.command(arguments))
    }
}

/// The tool, in the folder above the one of this test's own binary.
pub(crate) fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent().unwrap().with_file_name("thordata-cdk")
}

pub(crate) fn with_binary(path: &std::ffi::OsStr) -> std::ffi::OsString {
    let own = binary().parent().unwrap().to_owned();
    std::env::join_paths([own].into_iter().chain(std::env::split_paths(path))).unwrap()
}

/// A process that is killed if the test ends before it. Its output goes to files, so that it never waits
/// for a reader.
pub(crate) struct Running {
    child: Child,
    out: NamedTempFile,
    err: NamedTempFile,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let (out, err) = (NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap());
        command
            .stdin(Stdio::null())
            .stdout(out.reopen().unwrap())
            .stderr(err.reopen().unwrap());
        Self {
            child: command.spawn().unwrap(),
            out,
            err,
        }
    }

    /// `INT`, `TERM` or `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        let line = format!("kill -s {name} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &line])
                .status()
                .unwrap()
                .success()
        );
    }

    pub(crate) fn out(&self) -> String {
        std::fs::read_to_string(self.out.path()).unwrap()
    }

    pub(crate) fn err(&self) -> String {
        std::fs::read_to_string(self.err.path()).unwrap()
    }

    pub(crate) fn end(mut self) -> Ended {
        let exit = self.child.wait().unwrap().code();
        Ended {
            exit,
            out: self.out(),
            err: self.err(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until this holds; the test fails if it does not within a minute.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("a minute has passed, and still not: {what}");
}

/// Runs it off a terminal, for two minutes at the most.
pub(crate) fn ended(command: Command, input: &str) -> Ended {
    let mut command = assert_cmd::Command::from_std(command);
    let limit = std::time::Duration::from_secs(120);
    Ended::from(command.timeout(limit).write_stdin(input).output().unwrap())
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` if a signal ended it.
    pub(crate) exit: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.exit, Some(code), "{self:#?}");
        self
    }

    /// Checks that standard error says all of this.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.err.contains(text), "{text:?} is missing in {self:#?}");
        }
        self
    }

    /// Checks standard output as a whole.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert_eq!(self.out, text, "{self:#?}");
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
