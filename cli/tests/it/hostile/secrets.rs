//! What is shown of secrets, and how text of others is shown.

use sha2::{Digest as _, Sha256};
use thordata_cdk_sandbox::{Fault, Operation, Voucher};

use super::calls::{Call, answered, code, command, words};
use super::replies::{create, named, rows, split_secrets};
use super::server::{Replies, Server, json, with_headers};
use super::{CODE, Case, Did, ROW, Section};
use crate::support::{KEY, Shop, TOKEN, ended};

/// A user name as a JSON text, in each way of the command to show it.
fn name(shop: &Shop, name: &str) -> Did {
    let replies = Replies::default().on("info", [named(name)]);
    let server = Server::start(replies.clone());
    let shown = |format: &str| {
        let mut show = command(
            shop,
            &format!("show {CODE} --fields use_username -o {format}"),
        );
        show.env("THORDATA_CDK_BASE_URL", &server.base_url);
        let ended = ended(show, "").exits(0);
        let body = ended.out.split_once('\n').map_or("", |(_, body)| body);
        body.trim_end_matches('\n').to_owned()
    };
    let json = shown("json");
    let (table, csv) = (shown("table"), shown("csv"));
    let json = json.trim_end_matches(['\n', ']', '}']);
    let json = json.split_once(':').map_or("", |(_, value)| value).trim();
    for text in [&*table, &csv, json] {
        assert!(
            !text
                .chars()
                .any(|letter| letter.is_control() && letter != '\n'),
            "{text:?}"
        );
    }
    let library = answered(shop, Call::Get, replies).library.unwrap();
    Did::default()
        .library(library)
        .command(format!("table {table} · CSV {csv} · JSON {json}"))
}

/// The reply quotes all that was sent.
fn quoted(shop: &Shop, call: Call, operation: &'static str) -> Did {
    let message = format!("no {CODE} for {TOKEN} and {KEY}");
    let refusal = json(
        200,
        format!(r#"{{"code":10000,"data":{{}},"msg":"{message}"}}"#),
    );
    let replies = Replies::default()
        .on("list", [rows(ROW)])
        .on(operation, [refusal]);
    answered(shop, call, replies)
}

pub(super) const SECTIONS: &[Section] = &[
    Section("Secrets", SECRETS),
    Section("Text of customers, per sink", SINKS),
];

const SECRETS: &[Case] = &[
    Case(
        "create: 502 that repeats secrets, split by entities, % and zero-width letters",
        |shop| create(shop, with_headers(502, "", split_secrets())),
    ),
    Case("create: 10000 that quotes token, key and a code", |shop| {
        quoted(shop, Call::Create, "create")
    }),
    Case("get: 10000 that quotes token, key and a code", |shop| {
        quoted(shop, Call::Get, "info")
    }),
    Case("a code in an argument, in Debug and in a message", |shop| {
        let voucher = Voucher::new(CODE, 1, 2);
        let debug = format!("{voucher:?}");
        Did::default()
            .library(format!("{:?}", code()))
            .command(words(&ended(command(shop, &format!("list {CODE}")), "")))
            .sandbox(debug.split(", status").next().unwrap())
    }),
    Case("a code of ten characters, in the same places", |shop| {
        let debug = format!("{:?}", Voucher::new("a1B2c3D4e5", 1, 2));
        let short = thordata_cdk::CdkCode::new("a1B2c3D4e5").unwrap();
        shop.sandbox
            .inject(Fault::refuse(Operation::Get, 10_000, "no such code"));
        let shown = words(&ended(command(shop, "show a1B2c3D4e5"), ""));
        assert!(!shown.contains("a1B2c3D4e5"), "{shown}");
        Did::default()
            .library(format!("{short:?}"))
            .command(shown)
            .sandbox(debug.split(", status").next().unwrap())
    }),
    Case(
        "the files of this machine after a purchase and a revocation",
        |shop| {
            let bought =
                ended(command(shop, "create --traffic 1 --count 2 --label x"), "").exits(0);
            ended(command(shop, "revoke nozzapqOWJOCcWlX --yes"), "").exits(0);
            let mut codes: Vec<String> = bought.out.lines().map(str::to_owned).collect();
            codes.push("nozzapqOWJOCcWlX".to_owned());
            let mut files = Vec::new();
            for entry in std::fs::read_dir(shop.path("data/default")).unwrap() {
                files.extend(std::fs::read(entry.unwrap().path()).unwrap());
            }
            let holds = |bytes: &[u8]| files.windows(bytes.len()).any(|window| window == bytes);
            let whole = codes.iter().filter(|code| holds(code.as_bytes())).count();
            let hashes = codes.iter().filter(|code| {
                let hash = Sha256::digest(code.as_bytes());
                let text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                holds(&hash) || holds(&hash[..16]) || holds(text.as_bytes())
            });
            let secrets = [TOKEN, KEY]
                .iter()
                .filter(|secret| holds(secret.as_bytes()));
            Did::default().command(format!(
                "of {} codes: {whole} whole, {} as a plain SHA-256; of token and key: {}",
                codes.len(),
                hashes.count(),
                secrets.count()
            ))
        },
    ),
];

const SINKS: &[Case] = &[
    Case("a name that sets the window's title", |shop| {
        name(shop, r#""\u001b]0;owned\u0007""#)
    }),
    Case("a name that turns the direction of writing", |shop| {
        name(shop, r#""Anna\u202egpj.exe""#)
    }),
    Case("a name with letters of no width", |shop| {
        name(shop, r#""An\u200bna\ufeff""#)
    }),
    Case("a name with a line break and a quotation mark", |shop| {
        name(shop, r#""a\nb\"c,d""#)
    }),
    Case("a name that is a formula", |shop| {
        name(shop, r#""=HYPERLINK(1)""#)
    }),
    Case("a formula after a blank", |shop| name(shop, r#""  =1+1""#)),
    Case("a formula after a tab", |shop| name(shop, r#""\t=1+1""#)),
    Case("a formula after a semicolon", |shop| {
        name(shop, r#""a;=1+1""#)
    }),
    Case("a formula in full width", |shop| name(shop, r#""＝1+1""#)),
    Case("names that begin with +, - and @", |shop| {
        name(shop, r#""@SUM(1);+1;-1""#)
    }),
    Case("a code that is a formula", |shop| {
        let row = ROW.replace(CODE, "=1+1");
        let replies = Replies::default().on("list", [rows(&row)]);
        let server = Server::start(replies.clone());
        let mut list = command(shop, "list --fields cdk -o csv");
        list.env("THORDATA_CDK_BASE_URL", &server.base_url);
        let listed = ended(list, "").exits(0);
        let cell = listed.out.lines().nth(1).unwrap_or_default().to_owned();
        let library = answered(shop, Call::List, replies).library.unwrap();
        Did::default()
            .library(library)
            .command(format!("CSV {cell}"))
    }),
];
