//! `docs/errors.md`: every error that a person can meet, with its next step, as the tool prints it.
//!
//! `SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it errors` rewrites the page; read the difference.

use std::fmt::Write as _;
use std::path::Path;

use snapbox::{Assert, Data};
use thordata_cdk_sandbox::{Answer, Fault, Operation};

use crate::support::{Ended, KEY, Shop, TOKEN, ended};

/// A shop in which something is wrong, and the command that meets it.
struct Case(&'static str, fn(&Shop) -> Ended);

struct Section(&'static str, &'static [Case]);

fn refused(shop: &Shop, operation: Operation, code: i64, message: &str) {
    shop.sandbox
        .inject(Fault::refuse(operation, code, message.to_owned()).always());
}

fn with(shop: &Shop, line: &str, variables: &[(&str, &str)]) -> Ended {
    let mut command = shop.command(line);
    for (name, value) in variables {
        match *value {
            "" => command.env_remove(name),
            value => command.env(name, value),
        };
    }
    ended(command, "")
}

const BARE: [(&str, &str); 2] = [("THORDATA_PUBLIC_TOKEN", ""), ("THORDATA_PUBLIC_KEY", "")];
const BUY: &str = "create --order A-17 --traffic 5 --count 2 --window 400ms";

fn undecided(shop: &Shop) {
    shop.sandbox
        .inject(Fault::commit_then_drop(Operation::Create));
    shop.run(BUY).exits(6);
}

fn two_open(shop: &Shop) {
    for key in ["A-17", "A-18"] {
        shop.sandbox.set_balance(1);
        shop.run(&format!(
            "create --order {key} --traffic 1 --count 2 --chunk 1"
        ))
        .exits(3);
    }
}

const SECTIONS: &[Section] = &[
    Section(
        "Codes and files",
        &[
            Case("show", |shop| shop.run("show")),
            Case("revoke --yes", |shop| shop.run("revoke --yes")),
            Case("assign --nobody", |shop| shop.run("assign --nobody")),
            Case("assign NOPE --nobody", |shop| {
                shop.run("assign nopenopenope1 --nobody")
            }),
            Case("show a,b", |shop| shop.run("show a,b")),
            Case("show --file nowhere.txt", |shop| {
                shop.run("show --file nowhere.txt")
            }),
            Case("show --file FILE, a line is no code", |shop| {
                shop.write(
                    "codes.csv",
                    "cdk;label\nnozzapqOWJOCcWlX;a\n1,23457E+15;b\nAnna Berg;c\n",
                );
                shop.run("show --file codes.csv")
            }),
            Case("show --file FILE, no heading", |shop| {
                shop.write(
                    "codes.csv",
                    "nozzapqOWJOCcWlX,webshop\nuJQJFnycHOpSEw5N,kiosk\n",
                );
                shop.run("show --file codes.csv")
            }),
            Case("show --file FILE, a heading that is not known", |shop| {
                shop.write("codes.txt", "Gutscheine\nnozzapqOWJOCcWlX\n");
                shop.run("show --file codes.txt")
            }),
            Case("show --file FILE --column Preis", |shop| {
                shop.write("codes.csv", "cdk;label\nnozzapqOWJOCcWlX;a\n");
                shop.run("show --file codes.csv --column Preis")
            }),
            Case("show --file FILE, a workbook", |shop| {
                shop.write("codes.xlsx", "PK\u{3}\u{4}");
                shop.run("show --file codes.xlsx")
            }),
            Case("show CODE, not known, with a look-alike", |shop| {
                shop.run("show nozzapqOWJOCcWIX")
            }),
            Case("revoke --status used --older-than 1d", |shop| {
                shop.run("revoke --status used --older-than 1d")
            }),
            Case("report --html no/such/folder.html", |shop| {
                shop.run("report --html no/such/folder.html")
            }),
            Case("watch --cursor FILE, no cursor", |shop| {
                shop.write("notes.txt", "hello\n");
                shop.run("watch --once --cursor notes.txt")
            }),
            Case("watch --cursor FILE, damaged", |shop| {
                shop.run("watch --once --cursor seen.txt").exits(0);
                shop.shell("echo nonsense >> seen.txt; thordata-cdk watch --once --cursor seen.txt")
            }),
            Case("import books.csv, a cost without a currency", |shop| {
                shop.write("books.csv", "cdk,cost\nnozzapqOWJOCcWlX,1\n");
                shop.run("import books.csv")
            }),
            Case("import books.csv, another account's codes", |shop| {
                shop.write("books.csv", "cdk,order\nnopenopenope1,A-1\n");
                shop.run("import books.csv")
            }),
            Case("import books.csv, a voucher of another order", |shop| {
                shop.write("books.csv", "cdk,order\nnozzapqOWJOCcWlX,A-1\n");
                shop.run("import books.csv").exits(0);
                shop.write("books.csv", "cdk,order\nnozzapqOWJOCcWlX,A-2\n");
                shop.run("import books.csv")
            }),
            Case("import books.csv, one order of two traffics", |shop| {
                shop.write(
                    "books.csv",
                    "cdk,order\nnozzapqOWJOCcWlX,A-1\nLCoum2cHq1XSmTGi,A-1\n",
                );
                shop.run("import books.csv")
            }),
            Case("export, an order is open", |shop| {
                shop.sandbox.set_balance(1);
                shop.run(BUY).exits(1);
                shop.run("export")
            }),
            Case("cards --html cards.html", |shop| {
                shop.run("cards --html cards.html")
            }),
            Case("cards --label websop --html cards.html", |shop| {
                shop.run("cards --label websop --html cards.html")
            }),
            Case("cards --html no/such/folder.html", |shop| {
                shop.run("cards nozzapqOWJOCcWlX --html no/such/folder.html")
            }),
            Case("watch --cursor FILE, a named pipe", |shop| {
                shop.shell("mkfifo pipe && thordata-cdk watch --once --cursor pipe")
            }),
            Case(
                "watch --cursor FILE, a link in a folder of everybody",
                |shop| {
                    shop.shell("mkdir all && chmod 777 all && ln -s ../notes.txt all/seen && thordata-cdk watch --once --cursor all/seen")
                },
            ),
            Case("watch --once --exec false", |shop| {
                shop.run("watch --once --exec false")
            }),
        ],
    ),
    Section(
        "Flags",
        &[
            Case("revoke CODE, off a terminal", |shop| {
                shop.run("revoke nozzapqOWJOCcWlX")
            }),
            Case("create, off a terminal", |shop| {
                shop.run("create --traffic 100 --count 6")
            }),
            Case("list --since soon", |shop| shop.run("list --since soon")),
            Case("log --since soon", |shop| shop.run("log --since soon")),
            Case("audit --since soon", |shop| shop.run("audit --since soon")),
            Case("report --from soon", |shop| shop.run("report --from soon")),
            Case("list --fields price", |shop| {
                shop.run("list --fields price")
            }),
            Case("report -o codes", |shop| shop.run("report -o codes")),
            Case("list -o codes --fields cdk", |shop| {
                shop.run("list -o codes --fields cdk")
            }),
            Case("watch -o json", |shop| shop.run("watch -o json")),
            Case("create --out FILE -o csv", |shop| {
                shop.run("create --traffic 1 --count 1 --out x.txt -o csv")
            }),
            Case("man frobnicate", |shop| shop.run("man frobnicate")),
            Case("help rewoke", |shop| shop.run("help rewoke")),
        ],
    ),
    Section(
        "Credentials and profiles",
        &[
            Case("list, no credentials", |shop| with(shop, "list", &BARE)),
            Case("list, half of the credentials", |shop| {
                with(shop, "list", &BARE[1..])
            }),
            Case("list, wrong token", |shop| {
                with(
                    shop,
                    "list",
                    &[("THORDATA_PUBLIC_TOKEN", "not-the-token-of-this-shop")],
                )
            }),
            Case("list, wrong key", |shop| {
                with(
                    shop,
                    "list",
                    &[("THORDATA_PUBLIC_KEY", "not-the-key-of-this-shop")],
                )
            }),
            Case("list, a token that none can be", |shop| {
                with(
                    shop,
                    "list",
                    &[("THORDATA_PUBLIC_TOKEN", "two words\u{e9}")],
                )
            }),
            Case(
                "list --profile, of another account than the environment's",
                |shop| {
                    shop.run_with_input(
                        "login --profile shop --from-stdin --no-check",
                        "another-token-of-a-shop\nkey\n",
                    )
                    .exits(0);
                    shop.run("list --profile shop")
                },
            ),
            Case("list, a profile for another host", |shop| {
                shop.run_with_input(
                    "login --from-stdin --no-check --base-url https://cdk.example",
                    "token\nkey\n",
                )
                .exits(0);
                with(shop, "list", &BARE)
            }),
            Case("list, a damaged profile", |shop| {
                shop.run_with_input(
                    "login --from-stdin --no-check",
                    &format!("{TOKEN}\n{KEY}\n"),
                )
                .exits(0);
                let text = shop.read("config/profiles/default.json");
                shop.write("config/profiles/default.json", &text[..40]);
                with(shop, "list", &BARE)
            }),
            Case("list, a profile that others can read", |shop| {
                shop.run_with_input(
                    "login --from-stdin --no-check",
                    &format!("{TOKEN}\n{KEY}\n"),
                )
                .exits(0);
                shop.shell("chmod 644 config/profiles/default.json")
                    .exits(0);
                with(shop, "list", &BARE)
            }),
            Case("list --profile nobody", |shop| {
                shop.run_with_input(
                    "login --profile shop --from-stdin --no-check",
                    &format!("{TOKEN}\n{KEY}\n"),
                )
                .exits(0);
                with(shop, "list --profile nobody", &BARE)
            }),
            Case("login, the profile's file is something else", |shop| {
                shop.shell("mkdir -p config/profiles && echo hello > config/profiles/default.json")
                    .exits(0);
                shop.run_with_input(
                    "login --from-stdin --no-check",
                    &format!("{TOKEN}\n{KEY}\n"),
                )
            }),
            Case("login, off a terminal", |shop| shop.run("login")),
            Case("login --from-stdin, one line", |shop| {
                shop.run_with_input("login --from-stdin", "token\n")
            }),
            Case("login --from-stdin, wrong key", |shop| {
                shop.run_with_input("login --from-stdin", &format!("{TOKEN}\nnot-the-key\n"))
            }),
            Case("--sandbox login", |shop| shop.run("--sandbox login")),
            Case("profiles use nobody", |shop| {
                shop.run("profiles use nobody")
            }),
            Case("logout --yes, nothing is stored", |shop| {
                shop.run("logout --yes")
            }),
        ],
    ),
    Section(
        "The service",
        &[
            Case("list, nothing listens", |shop| {
                with(
                    shop,
                    "list",
                    &[("THORDATA_CDK_BASE_URL", "http://127.0.0.1:9")],
                )
            }),
            Case("list, a base URL that is none", |shop| {
                with(shop, "list", &[("THORDATA_CDK_BASE_URL", "nonsense")])
            }),
            Case("list, plain http to another machine", |shop| {
                with(
                    shop,
                    "list",
                    &[("THORDATA_CDK_BASE_URL", "http://cdk.example")],
                )
            }),
            Case("list, no answer in time", |shop| {
                shop.sandbox.inject(
                    Fault::on(Operation::List)
                        .answer(Answer::Hang(None))
                        .always(),
                );
                shop.run("list --timeout 200ms")
            }),
            Case("list, a gateway fails", |shop| {
                shop.sandbox
                    .inject(Fault::gateway_error(Operation::List, 503).always());
                shop.run("list")
            }),
            Case("list, too frequent", |shop| {
                refused(shop, Operation::List, 10_011, "frequent operations");
                shop.run("list")
            }),
            Case("list, a code that is not documented", |shop| {
                refused(shop, Operation::List, 4711, "whatever");
                shop.run("list")
            }),
            Case("show CODE, a reply that is too long", |shop| {
                shop.run("show uJQJFnycHOpSEw5N --max-response-bytes 20")
            }),
        ],
    ),
    Section(
        "Buying",
        &[
            Case("create, the wallet is empty", |shop| {
                shop.sandbox.set_balance(1);
                shop.run(BUY)
            }),
            Case("create, out of stock", |shop| {
                refused(
                    shop,
                    Operation::Create,
                    10_005,
                    "insufficient purchase quantity",
                );
                shop.run(BUY)
            }),
            Case("create, too many at once", |shop| {
                refused(
                    shop,
                    Operation::Create,
                    10_012,
                    "exceeding the quantity limit for a single purchase",
                );
                shop.run(BUY)
            }),
            Case("create, too frequent", |shop| {
                refused(shop, Operation::Create, 10_011, "frequent operations");
                shop.run(BUY)
            }),
            Case("create, wrong key", |shop| {
                refused(shop, Operation::Create, 10_014, "apiKey error");
                shop.run(BUY)
            }),
            Case("create, nothing listens", |shop| {
                shop.run("orders").exits(0);
                with(
                    shop,
                    BUY,
                    &[("THORDATA_CDK_BASE_URL", "http://127.0.0.1:9")],
                )
            }),
            Case(
                "create, the answer is lost, and vouchers are there",
                |shop| {
                    shop.sandbox
                        .inject(Fault::commit_then_drop(Operation::Create));
                    shop.run(BUY)
                },
            ),
            Case("create, the answer is lost, and none is there", |shop| {
                shop.sandbox.inject(
                    Fault::on(Operation::Create)
                        .commit(thordata_cdk_sandbox::Commit::No)
                        .answer(Answer::Close),
                );
                shop.run(BUY)
            }),
            Case("create, the key has another order", |shop| {
                shop.run(BUY).exits(0);
                shop.run("create --order A-17 --traffic 5 --count 3")
            }),
            Case("create, the order was abandoned", |shop| {
                shop.sandbox.set_balance(1);
                shop.run(BUY).exits(1);
                shop.run("orders abandon A-17 --yes").exits(0);
                shop.run(BUY)
            }),
            Case(
                "create --out FILE, a file that holds something else",
                |shop| {
                    shop.write("letter.txt", "Dear reader,\n");
                    shop.run("create --traffic 1 --count 1 --out letter.txt")
                },
            ),
            Case("create, standard output is /dev/null", |shop| {
                shop.shell(&format!("thordata-cdk {BUY} > /dev/null"))
            }),
            Case("create --out no/such/folder.txt", |shop| {
                shop.run("create --traffic 1 --count 1 --out no/such/folder.txt")
            }),
            Case("create --resume, two orders are open", |shop| {
                two_open(shop);
                shop.run("create --resume --yes")
            }),
            Case("create --resume A-99", |shop| {
                shop.run("create --resume A-99")
            }),
            Case("create, codes that cannot be written", |shop| {
                shop.shell(&format!("thordata-cdk {BUY} > /dev/full"))
            }),
        ],
    ),
    Section(
        "Orders",
        &[
            Case("resolve A-99", |shop| shop.run("resolve A-99")),
            Case("resolve A-17, nothing is left to decide", |shop| {
                shop.run(BUY).exits(0);
                shop.run("resolve A-17")
            }),
            Case("resolve A-17, undecided", |shop| {
                undecided(shop);
                shop.run("resolve A-17")
            }),
            Case("resolve A-17 --adopt-all, off a terminal", |shop| {
                undecided(shop);
                shop.run("resolve A-17 --adopt-all")
            }),
            Case(
                "resolve A-17 --adopt CODE, which belongs to another order",
                |shop| {
                    shop.run("create --order A-16 --traffic 5 --count 1 --out one.txt")
                        .exits(0);
                    undecided(shop);
                    shop.shell("thordata-cdk resolve A-17 --adopt $(cat one.txt) --yes")
                },
            ),
            Case("orders abandon A-17 --yes, which is complete", |shop| {
                shop.run(BUY).exits(0);
                shop.run("orders abandon A-17 --yes")
            }),
        ],
    ),
    Section(
        "Files of orders and records",
        &[
            Case("orders --store FILE, no database", |shop| {
                shop.write("orders.txt", &"no database ".repeat(200));
                shop.shell("chmod 600 orders.txt && thordata-cdk orders --store orders.txt")
            }),
            Case("orders --store FILE, which others can read", |shop| {
                shop.run("orders --store own.db").exits(0);
                shop.shell("chmod 644 own.db && thordata-cdk orders --store own.db")
            }),
            Case("orders, the store of another account", |shop| {
                shop.run("orders").exits(0);
                with(
                    shop,
                    "orders",
                    &[("THORDATA_PUBLIC_TOKEN", "token-of-another-account-1")],
                )
            }),
            Case("log, records that are no records", |shop| {
                shop.run("orders").exits(0);
                shop.shell("cp data/default/orders.db data/default/records.db && thordata-cdk log")
            }),
        ],
    ),
];

/// Names of the library's calls, and words that the glossary does not have.
const FOREIGN: [&str; 15] = [
    "ClientBuilder",
    "`issue`",
    "`retry`",
    "`recover`",
    "`settle`",
    "`adopt`",
    "`acknowledge`",
    "acknowledge it",
    "intent",
    "batch",
    "panicked",
    "unwrap",
    "Some(",
    "Err(",
    "fits",
];

fn page() -> String {
    let mut page = "# Errors, and what to do\n\n\
        What `thordata-cdk` prints, for each error that a person can meet: what happened, why as far as it is known, and\n\
        the next step. Made by a test that runs each case; `SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it\n\
        errors` rewrites it.\n"
        .to_owned();
    for Section(title, cases) in SECTIONS {
        write!(
            page,
            "\n## {title}\n\n| command | exit | error | why | next |\n|---|---|---|---|---|\n"
        )
        .unwrap();
        for Case(name, meet) in *cases {
            let shop = Shop::with_three();
            let ended = meet(&shop);
            for foreign in FOREIGN {
                assert!(
                    !ended.err.contains(foreign),
                    "{name}: {foreign} in {ended:#?}"
                );
            }
            let error = without_places(&shop, &ended.err);
            write!(page, "| `{name}` | {} |", ended.exit.unwrap()).unwrap();
            let of = |tag: &str| {
                let lines = error
                    .lines()
                    .filter_map(|line| line.trim_start().strip_prefix(tag));
                lines
                    .map(|line| line.trim().replace('|', "\\|"))
                    .collect::<Vec<_>>()
                    .join("<br>")
            };
            let (what, next) = (of("error:"), of("next:"));
            assert_ne!(ended.exit, Some(0), "{name}: {ended:#?}");
            if !what.is_empty() {
                assert!(!next.is_empty(), "{name} has no next step: {ended:#?}");
            }
            writeln!(page, " {what} | {} | {next} |", of("why:")).unwrap();
        }
    }
    page
}

/// Without what differs from run to run: ports, folders, names that were made up.
fn without_places(shop: &Shop, text: &str) -> String {
    let folder = shop.path("").display().to_string();
    let address = shop.sandbox.base_url().trim_start_matches("http://");
    text.replace(folder.trim_end_matches('/'), "FOLDER")
        .replace(address, "HOST")
}

#[test]
fn every_error_has_a_next_step_and_the_page_shows_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md");
    Assert::new().action_env("SNAPSHOTS").eq(
        page(),
        Data::read_from(&path, Some(snapbox::data::DataFormat::Text)).raw(),
    );
}

/// What no test can bring about, or what another test shows.
const NOT_ON_THE_PAGE: [&str; 11] = [
    "there is no home folder",
    "is not valid UTF-8",
    "was not typed in",
    "was typed in",
    "cannot be looked up",
    "standard output cannot be written",
    "the results cannot be written any more",
    "--traffic and --count are needed",
    "a purchase of the order has not ended",
    "standard output cannot be looked at",
    "cannot be removed",
];

#[test]
fn the_page_has_every_text_of_the_source() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors.md"))
            .unwrap();
    let mut missing = Vec::new();
    let mut seen = 0;
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for call in ["Failure::usage(", "Failure::error("] {
            for (at, _) in text.match_indices(call) {
                let Some(fixed) = fixed_part(&text[at + call.len()..]) else {
                    continue;
                };
                seen += 1;
                let elsewhere = NOT_ON_THE_PAGE
                    .iter()
                    .any(|text| fixed.contains(text) || text.contains(&fixed));
                if !elsewhere && !page.contains(&fixed.replace('|', "\\|")) {
                    missing.push(format!("{}: {fixed}", file.display()));
                }
            }
        }
    }
    assert!(seen > 40, "{seen}");
    assert!(missing.is_empty(), "not in docs/errors.md: {missing:#?}");
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let all = entries.flat_map(|path| match path.is_dir() {
        true => sources(&path),
        false => vec![path],
    });
    all.filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// The longest part without a placeholder of the literal that an argument begins with.
fn fixed_part(argument: &str) -> Option<String> {
    let argument = argument.trim_start();
    let argument = argument
        .strip_prefix("format!(")
        .unwrap_or(argument)
        .trim_start();
    let literal = argument.strip_prefix('"')?;
    let end = literal.find('"')?;
    let literal = literal[..end].replace("\\\n", "");
    let parts = literal
        .split(['{', '}'])
        .step_by(2)
        .map(|part| part.trim().to_owned());
    parts.max_by_key(String::len).filter(|part| part.len() >= 6)
}
