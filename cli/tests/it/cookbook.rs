//! `docs/cookbook.md` is run from top to bottom, and compared word for word.
//!
//! `SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it cookbook` rewrites its output; read the
//! difference.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use snapbox::{Assert, Data};
use thordata_cdk_sandbox::{Clock, Sandbox};

use crate::support::{NOW, with_binary};

/// The port that the page uses.
const PORT: &str = "127.0.0.1:40100";

struct Walk {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl Walk {
    /// As the page's preface has it.
    fn begin() -> Self {
        let sandbox = Sandbox::builder()
            .seed(1)
            .clock(Clock::fixed(NOW))
            .credentials("token-of-the-sandbox", "key-of-the-sandbox")
            .admin_token("admin-of-the-sandbox")
            .start_blocking()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let state = format!(
            "export TZ=UTC THORDATA_CDK_NOW={NOW} THORDATA_CDK_BASE_URL={}\n\
             export THORDATA_CDK_CONFIG_DIR=config THORDATA_CDK_DATA_DIR=data\n",
            sandbox.base_url()
        );
        std::fs::write(folder.path().join(".state"), state).unwrap();
        Self { sandbox, folder }
    }

    /// One line of the page; what is exported stays for the next.
    fn run(&self, line: &str) -> String {
        if let Some(call) = line.strip_prefix("curl -s $THORDATA_CDK_BASE_URL") {
            return self.call(call);
        }
        let script = format!(
            "{{ . ./.state; {line}\n}} 2>&1; code=$?; export -p > .state; [ $code = 0 ] || echo \"[exit code $code]\""
        );
        let mut command = Command::new("sh");
        command
            .args(["-c", &script])
            .env_clear()
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env(
                "PATH",
                with_binary(&std::env::var_os("PATH").unwrap_or_default()),
            );
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let address = self.sandbox.base_url().trim_start_matches("http://");
        text.replace(address, PORT)
    }

    /// `curl` need not be installed: its POST is sent from here.
    fn call(&self, call: &str) -> String {
        let token = " -H x-sandbox-token:$THORDATA_CDK_SANDBOX_ADMIN_TOKEN --json ";
        let (path, body) = call.split_once(token).unwrap();
        let body = body.trim_matches('\'');
        let address = self.sandbox.base_url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n");
        write!(
            stream,
            "{head}x-sandbox-token: {}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{body}",
            self.sandbox.admin_token()
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 2"), "{call}: {reply}");
        reply.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

#[test]
fn every_recipe_does_what_the_page_shows() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cookbook.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let walk = Walk::begin();
    let mut shown = String::new();
    let mut in_console = false;
    for line in text.lines() {
        match (in_console, line) {
            (false, "```console") => in_console = true,
            (true, "```") => in_console = false,
            // What was printed is replaced by what is printed now.
            (true, line) if !line.starts_with("$ ") => continue,
            _ => {}
        }
        shown.push_str(line);
        shown.push('\n');
        if let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) {
            let printed = walk.run(command);
            shown.push_str(&printed);
            if !printed.is_empty() && !printed.ends_with('\n') {
                shown.push('\n');
            }
        }
    }
    Assert::new().action_env("SNAPSHOTS").eq(
        shown,
        Data::read_from(&page, Some(snapbox::data::DataFormat::Text)).raw(),
    );
}
