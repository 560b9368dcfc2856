//! Credentials, profiles and the service.

use thordata_cdk_sandbox::{Answer, Fault, Operation};

use super::cases::{BARE, Case, Section, refused, with};
use crate::support::{KEY, TOKEN};

pub(super) const SECTIONS: &[Section] = &[
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
            Case("profiles use, its file is something else", |shop| {
                let login = "login --profile shop --from-stdin --no-check";
                shop.run_with_input(login, "token\nkey\n").exits(0);
                shop.write("config/profile-in-use", "{\"port\":80}");
                shop.run("profiles use shop")
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
];
