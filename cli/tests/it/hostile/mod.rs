//! Hostile replies, surroundings, files and requests by name, and in words what the library, the command line and the
//! sandbox did: `just hostile`.
//!
//! The table is `cli/tests/it/hostile/table.txt`. `SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it hostile`
//! rewrites it; read the difference.

mod calls;
mod environment;
mod files;
mod replies;
mod sandbox;
mod secrets;
mod server;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use snapbox::{Assert, Data};

use crate::support::{Ended, KEY, Shop, TOKEN};

const CODE: &str = "nozzapqOWJOCcWIX";
const OTHER_CODE: &str = "uJQJFnycHOpSEw5N";
const CREATED: &str =
    r#"{"code":200,"data":{"cdk":["nozzapqOWJOCcWIX","uJQJFnycHOpSEw5N"]},"msg":"ok"}"#;
const ROW: &str =
    r#"{"cdk":"nozzapqOWJOCcWIX","create_time":1,"status":1,"traffic":3,"traffic_duration":1}"#;

/// One input, and what each part did with it.
struct Case(&'static str, fn(&Shop) -> Did);

struct Section(&'static str, &'static [Case]);

/// In words; `None` where the input does not reach that part.
#[derive(Default)]
struct Did {
    library: Option<String>,
    command: Option<String>,
    sandbox: Option<String>,
}

impl Did {
    fn library(self, words: impl Into<String>) -> Self {
        Self {
            library: Some(checked(words.into())),
            ..self
        }
    }

    fn command(self, words: impl Into<String>) -> Self {
        Self {
            command: Some(checked(words.into())),
            ..self
        }
    }

    fn sandbox(self, words: impl Into<String>) -> Self {
        Self {
            sandbox: Some(checked(words.into())),
            ..self
        }
    }
}

/// What must not be seen: token and key, a code, and the halves of them that `replies` hides a letter between.
const SECRETS: [&str; 8] = [
    TOKEN,
    KEY,
    CODE,
    OTHER_CODE,
    "token-of-the-sh",
    "op-4711",
    "nozzapqO",
    "JOCcWIX",
];

#[track_caller]
fn checked(words: String) -> String {
    for secret in SECRETS {
        assert!(!words.contains(secret), "{secret} in {words}");
    }
    words
}

/// Standard output may hold codes, which were asked for.
#[track_caller]
fn check_error_output(ended: &Ended) {
    checked(ended.err.clone());
    for secret in [TOKEN, KEY] {
        assert!(!ended.out.contains(secret), "{ended:#?}");
    }
}

const SECTIONS: [&[Section]; 5] = [
    replies::SECTIONS,
    environment::SECTIONS,
    files::SECTIONS,
    secrets::SECTIONS,
    sandbox::SECTIONS,
];

const NOTES: &str = "
A dash: the input does not reach that part. Replies reach whoever asks, and the sandbox is the one that answers. Files,
terminals and tables are the command's: the library reads and writes none. Requests reach the sandbox, whose own files
and settings are also those of the command `sandbox`. Runtimes are the matter of a program that uses the library.
A file that belongs to another user can only be made by root; a test in cli/src/secure_fs.rs does so where it can.
Advisories, licences and hashes are no input of a program: `just advisories` and `just deny` look at them. What a start
of the sandbox and a change with a state file cost is measured by `just bench-sandbox`.
";

/// Most cases wait for something most of the time.
const WORKERS: usize = 8;

/// Ports and folders differ from run to run.
fn without_places(shop: &Shop, text: &str) -> String {
    let folder = shop.path("").display().to_string();
    let mut text = text.replace(folder.trim_end_matches('/'), "FOLDER");
    let mut from = 0;
    while let Some(at) = text[from..].find("127.0.0.1:").map(|at| from + at) {
        let port = at + "127.0.0.1:".len();
        let digits = text[port..].bytes().take_while(u8::is_ascii_digit).count();
        // Nothing listens on port 9.
        if digits > 1 {
            text.replace_range(at..port + digits, "HOST");
        }
        from = at + 1;
    }
    text
}

fn met(case: &Case) -> String {
    let shop = Shop::with_three();
    let did = (case.1)(&shop);
    let mut text = format!("{}\n", case.0);
    for (part, words) in [
        ("library", did.library),
        ("command line", did.command),
        ("sandbox", did.sandbox),
    ] {
        let words = words.map_or_else(|| "-".to_owned(), |words| without_places(&shop, &words));
        writeln!(text, "    {part:<12}  {words}").unwrap();
    }
    text
}

fn table() -> String {
    let sections: Vec<&Section> = SECTIONS.into_iter().flatten().collect();
    let cases: Vec<&Case> = sections.iter().flat_map(|section| section.1).collect();
    let next = AtomicUsize::new(0);
    let mut rows: Vec<(usize, String)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut rows = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(case) = cases.get(number) else {
                            return rows;
                        };
                        rows.push((number, met(case)));
                    }
                })
            })
            .collect();
        let rows = workers.into_iter().map(|worker| worker.join().unwrap());
        rows.flatten().collect()
    });
    rows.sort();
    let mut rows = rows.into_iter().map(|(_, row)| row);
    let mut table = String::new();
    for section in sections {
        writeln!(table, "== {}\n", section.0).unwrap();
        rows.by_ref()
            .take(section.1.len())
            .for_each(|row| table.push_str(&row));
        table.push('\n');
    }
    table + NOTES.trim_start()
}

#[test]
fn each_hostile_input_comes_to_what_the_table_says() {
    let table = table();
    println!("{table}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/hostile/table.txt");
    Assert::new().action_env("SNAPSHOTS").eq(
        table,
        Data::read_from(&path, Some(snapbox::data::DataFormat::Text)).raw(),
    );
}
