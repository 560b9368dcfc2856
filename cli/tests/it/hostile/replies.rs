//! What a service, or something before it, can answer.

use std::io::Write as _;

use super::calls::{Call, answered};
use super::server::{HTML, Replies, Reply, json, with_headers};
use super::{CODE, CREATED, Case, Did, OTHER_CODE, ROW, Section};
use crate::support::{Shop, TOKEN};

pub(super) fn rows(rows: &str) -> Reply {
    json(200, format!(r#"{{"code":200,"data":[{rows}],"msg":"ok"}}"#))
}

/// The details of `code` in the status with this number.
fn details(code: &str, status: i64) -> Reply {
    json(
        200,
        format!(
            r#"{{"code":200,"data":{{"cdk":"{code}","status":{status},"create_time":1748253271,"traffic":2,"traffic_duration":7776000}},"msg":"ok"}}"#
        ),
    )
}

pub(super) fn own(status: i64) -> Reply {
    details(CODE, status)
}

fn another(status: i64) -> Reply {
    details(OTHER_CODE, status)
}

pub(super) fn named(name: &str) -> Reply {
    json(
        200,
        format!(
            r#"{{"code":200,"data":{{"cdk":"{CODE}","status":2,"create_time":1748253271,"traffic":2,"traffic_duration":7776000,"use_username":{name},"use_time":1748332399}},"msg":"ok"}}"#
        ),
    )
}

/// A purchase, with lists that are empty before and after it.
pub(super) fn create(shop: &Shop, reply: Reply) -> Did {
    let replies = Replies::default()
        .on("create", [reply])
        .on("list", [rows("")]);
    answered(shop, Call::Create, replies)
}

pub(super) fn get(shop: &Shop, reply: Reply) -> Did {
    let replies = Replies::default()
        .on("info", [reply])
        .on("list", [rows(ROW)]);
    answered(shop, Call::Get, replies)
}

pub(super) fn list(shop: &Shop, reply: Reply) -> Did {
    answered(shop, Call::List, Replies::default().on("list", [reply]))
}

/// A revocation of a voucher that is listed as unused.
fn revoke(shop: &Shop, reply: Reply, details: Reply) -> Did {
    let replies = Replies::default()
        .on("list", [rows(ROW)])
        .on("revoke", [reply])
        .on("info", [details]);
    answered(shop, Call::Revoke, replies)
}

fn ordered(cdk: &str) -> Reply {
    json(
        200,
        format!(r#"{{"code":200,"data":{{"cdk":{cdk}}},"msg":"ok"}}"#),
    )
}

/// A status and a code, beside codes that were bought.
fn carries(status: u16, code: i64) -> Reply {
    json(
        status,
        format!(r#"{{"code":{code},"data":{{"cdk":["a","b"]}},"msg":"m"}}"#),
    )
}

/// A success of `create` with something around it.
pub(super) fn around(before: &str, after: &str) -> Reply {
    json(200, format!("{before}{CREATED}{after}"))
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(body).unwrap();
    packed.finish().unwrap()
}

/// Token and code with letters between, as a page can repeat them.
pub(super) fn split_secrets() -> String {
    let (head, tail) = TOKEN.split_at(15);
    format!("{head}&#x200b;{tail} {head}\u{200b}{tail} nozz%7AapqOWJOCcWIX")
}

fn page(title: &str) -> String {
    format!(
        "<html><head><title>{title}</title></head>{}</html>",
        split_secrets()
    )
}

/// Fifty purchases, after each of which comes a refusal that belongs to none.
fn stale(shop: &Shop, status: u16) -> Did {
    use super::calls::{ORDER, block_on, builder, command, words};
    use super::server::Server;
    let replies = Replies::default()
        .on("create", [Reply::WithStale(status, CREATED.to_owned())])
        .on("list", [rows("")]);
    let server = Server::start(replies.clone());
    let client = builder(&server.base_url).build().unwrap();
    let (mut succeeded, mut failed) = (0, 0);
    block_on(async {
        for _ in 0..50 {
            match client.create(ORDER).await {
                Ok(_) => succeeded += 1,
                Err(_) => failed += 1,
            }
        }
    });
    let carried_out = server.asked("create");
    let library = format!(
        "50 orders: {carried_out} carried out, {succeeded} reported as bought, {failed} as failed"
    );
    let distinct = (0..50).map(|number| {
        let body = CREATED
            .replace(CODE, &format!("a{number}"))
            .replace(OTHER_CODE, &format!("b{number}"));
        Reply::WithStale(status, body)
    });
    let server = Server::start(replies.on("create", distinct));
    let mut buying = command(
        shop,
        "create --order A-17 --traffic 3 --count 100 --chunk 2",
    );
    buying.env("THORDATA_CDK_BASE_URL", &server.base_url);
    let ended = crate::support::ended(buying, "");
    let command = format!(
        "{} ({} purchases sent)",
        words(&ended),
        server.asked("create")
    );
    Did::default().library(library).command(command)
}

pub(super) const SECTIONS: &[Section] = &[
    Section("A reply belongs to its request", BELONGS),
    Section("A proof is a proof", PROOFS),
    Section("Good bytes with odd ones around them", AROUND),
    Section("One odd row costs one row", ROWS),
];

const BELONGS: &[Case] = &[
    Case("get: another voucher's details", |shop| {
        get(shop, another(1))
    }),
    Case(
        "revoke: 504, then another voucher that is revoked",
        |shop| revoke(shop, json(504, ""), another(3)),
    ),
    Case("revoke: 504, then the voucher itself, unused", |shop| {
        revoke(shop, json(504, ""), own(1))
    }),
    Case(
        "revoke: 400 of a closing connection, and it was revoked",
        |shop| revoke(shop, json(400, ""), own(3)),
    ),
    Case(
        "watch: a redemption with another voucher's details",
        |shop| {
            let used = ROW.replace(r#""status":1"#, r#""status":2"#);
            let replies = Replies::default()
                .on("list", [rows(&used)])
                .on("info", [another(2)]);
            answered(shop, Call::Watch, replies)
        },
    ),
    Case("create: one code of two", |shop| {
        create(shop, ordered(r#"["a"]"#))
    }),
    Case("create: three codes of two", |shop| {
        create(shop, ordered(r#"["a","b","c"]"#))
    }),
    Case("create: one code twice", |shop| {
        create(shop, ordered(r#"["a","a"]"#))
    }),
    Case("create: two codes and a null", |shop| {
        create(shop, ordered(r#"["a",null,"b"]"#))
    }),
    Case("get: an array by position", |shop| {
        get(
            shop,
            json(200, format!(r#"{{"code":200,"data":["{CODE}",1,1,1,1]}}"#)),
        )
    }),
    Case("list: rows as arrays by position", |shop| {
        list(shop, rows(&format!(r#"["{CODE}",1748332399,3,3,7776000]"#)))
    }),
    Case("raw create: an array by position", |_| {
        use super::calls::{block_on, builder};
        use super::server::Server;
        use thordata_cdk::raw;
        let body = format!(r#"{{"code":200,"data":[["{CODE}"]],"msg":"ok"}}"#);
        let server = Server::start(Replies::default().on("create", [json(200, body)]));
        let client = builder(&server.base_url).build().unwrap();
        let order =
            raw::types::CreateCdksRequest::new(3.try_into().unwrap(), 2.try_into().unwrap());
        // Its errors hold the reply.
        let words = match block_on(client.raw().create_cdks(&order)) {
            Ok(_) => "read".to_owned(),
            Err(raw::Error::InvalidResponsePayload(_, why)) => format!("not read: {why}"),
            Err(_) => "another error".to_owned(),
        };
        Did::default().library(words)
    }),
];

const PROOFS: &[Case] = &[
    Case("create: HTTP 400 beside a success", |shop| {
        create(shop, carries(400, 200))
    }),
    Case("create: 10011 with codes", |shop| {
        create(shop, carries(200, 10011))
    }),
    Case("create: 10008 with codes", |shop| {
        create(shop, carries(200, 10008))
    }),
    Case("create: 10008 that says ok", |shop| {
        create(shop, json(200, r#"{"code":10008,"data":{},"msg":"ok"}"#))
    }),
    Case("create: HTTP 429 with half a success", |shop| {
        create(shop, json(429, &CREATED[..50]))
    }),
    Case("create: 10008", |shop| {
        create(
            shop,
            json(200, r#"{"code":10008,"data":{},"msg":"no money"}"#),
        )
    }),
    Case("create: a stale 400 after each answer", |shop| {
        stale(shop, 400)
    }),
    Case("create: a stale 429 after each answer", |shop| {
        stale(shop, 429)
    }),
];

const AROUND: &[Case] = &[
    Case("create: a byte order mark", |shop| {
        create(shop, around("\u{feff}", ""))
    }),
    Case("create: a comment after it", |shop| {
        create(shop, around("", "<!-- 0.1s -->"))
    }),
    Case("create: a NUL after it", |shop| {
        create(shop, around("", "\0"))
    }),
    Case("create: another JSON after it", |shop| {
        create(shop, around("", "{}"))
    }),
    Case("create: gzip, unasked", |shop| {
        let body = gzipped(CREATED.as_bytes());
        create(shop, with_headers(200, "content-encoding: gzip\r\n", body))
    }),
    Case("create: gzip, cut off", |shop| {
        let body = gzipped(CREATED.as_bytes());
        create(shop, with_headers(200, "", &body[..30]))
    }),
    Case("create: brotli, unasked", |shop| {
        let encoding = "content-encoding: br\r\n";
        create(shop, with_headers(200, encoding, b"\x0b\x02\x80"))
    }),
    Case("create: 500 header fields", |shop| {
        let headers: String = (0..500)
            .map(|number| format!("x-via-{number}: a\r\n"))
            .collect();
        create(shop, with_headers(200, &headers, CREATED))
    }),
    Case("create: a page with 200", |shop| {
        create(shop, with_headers(200, HTML, page("Log in")))
    }),
    Case("create: a firewall's page with 403", |shop| {
        create(shop, with_headers(403, HTML, page("Just a moment...")))
    }),
    Case("list: a firewall's page with 403", |shop| {
        list(shop, with_headers(403, HTML, page("Just a moment...")))
    }),
    Case("create: 407", |shop| {
        create(shop, with_headers(407, "", ""))
    }),
    Case("create: a redirect", |shop| {
        let location = "location: https://openapi.thordata.com/x\r\n";
        create(shop, with_headers(302, location, ""))
    }),
    Case("get: half an emoji in a name", |shop| {
        get(shop, named(r#""\ud83d""#))
    }),
    Case("get: a name that is a number", |shop| get(shop, named("7"))),
];

const ROWS: &[Case] = &[
    Case("list: a traffic of \"3.00\"", |shop| {
        list(shop, rows(&ROW.replace(":3,", ":\"3.00\",")))
    }),
    Case("list: one odd row of three", |shop| {
        let odd = ROW.replace(":3,", ":\"much\",");
        let last = ROW.replace(CODE, OTHER_CODE);
        list(shop, rows(&format!("{ROW},{odd},{last}")))
    }),
    Case("list: odd rows alone", |shop| list(shop, rows("7,null"))),
    Case("create: one code as a string", |shop| {
        let replies = Replies::default()
            .on("create", [ordered(r#""a""#)])
            .on("list", [rows("")]);
        answered(shop, Call::CreateOne, replies)
    }),
    Case("list: a row of 64 KiB", |shop| {
        let row = ROW.replace('}', &format!(r#","note":"{}"}}"#, "x".repeat(64 * 1024)));
        list(shop, rows(&row))
    }),
    Case("list: blanks without end", |shop| {
        list(shop, Reply::Blanks(8))
    }),
    Case("list: gzip that unpacks to 8 MiB of blanks", |shop| {
        list(shop, json(200, gzipped(&vec![b' '; 8 * 1024 * 1024])))
    }),
];
