//! `just cli-screens`: what each command prints on a terminal of 80 and of 40 columns, as committed text.
//!
//! `SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it screens` rewrites it; read the difference.

use std::fmt::Write as _;
use std::path::Path;

use snapbox::{Assert, Data};

use crate::support::{Shop, ended};

/// On the sample data of the sandbox; all of them change nothing.
const COMMANDS: [&str; 21] = [
    "list --label partner-north --since 20d",
    "list --label nobody",
    "list --fields cdk,status,order,label,customer --since 3d --status used",
    "show nope",
    "revoke --status unused --older-than 130d --dry-run",
    "revoke --status unused --older-than 130d --yes",
    "create --order A-17 --traffic 20 --count 2 --label webshop --dry-run",
    "create --order A-17 --traffic 20 --count 30 --label webshop",
    "create --resume",
    "orders --fields order,state,bought,count,label",
    "orders --open",
    "resolve sample-1",
    "report",
    "report --label kiosk",
    "audit",
    "log",
    "cards --label webshop --html cards.html",
    "watch --once --from-now",
    "doctor",
    "help files",
    "help exit-codes",
];

fn screens(width: usize) -> String {
    let shop = Shop::open();
    let mut text = String::new();
    for line in COMMANDS {
        let mut command = shop.command(&format!("--sandbox {line}"));
        command.env("THORDATA_CDK_WIDTH", width.to_string());
        command.env("COLUMNS", width.to_string());
        let ended = ended(command, "");
        writeln!(text, "$ thordata-cdk {line}").unwrap();
        for line in ended.out.lines() {
            let wide = line.chars().count();
            // A code is never cut.
            let is_table = wide <= width || line.len() == 16;
            assert!(
                is_table || !line.contains("  ") || width < 80,
                "{wide} columns: {line}"
            );
        }
        text.push_str(&without_places(&ended.out));
        for line in without_places(&ended.err).lines() {
            writeln!(text, "! {line}").unwrap();
        }
        writeln!(text, "[{}]\n", ended.exit.unwrap()).unwrap();
    }
    text
}

/// Without the port and the folder, which differ from run to run.
fn without_places(text: &str) -> String {
    text.lines()
        .map(|line| match (line.find("127.0.0.1:"), line.find("/tmp/")) {
            (None, None) => format!("{line}\n"),
            (Some(at), _) | (None, Some(at)) => format!("{}PLACE…\n", &line[..at]),
        })
        .collect()
}

#[track_caller]
fn compare(width: usize) {
    let path = format!("{}/tests/screens/{width}.txt", env!("CARGO_MANIFEST_DIR"));
    let path = Path::new(&path);
    Assert::new().action_env("SNAPSHOTS").eq(
        screens(width),
        Data::read_from(path, Some(snapbox::data::DataFormat::Text)).raw(),
    );
}

#[test]
fn eighty_columns() {
    compare(80);
}

#[test]
fn forty_columns() {
    compare(40);
}
