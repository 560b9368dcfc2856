//! `login`, `profiles`, and where credentials come from.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::json;
use thordata_cdk_sandbox::Sandbox;

use crate::support::{Ended, KEY, Shop, TOKEN, ended};

/// Without credentials in the environment.
fn bare(shop: &Shop, arguments: &str) -> Command {
    let mut command = shop.command(arguments);
    command
        .env_remove("THORDATA_PUBLIC_TOKEN")
        .env_remove("THORDATA_PUBLIC_KEY");
    command
}

fn login(shop: &Shop, arguments: &str) -> Ended {
    let secrets = format!("{TOKEN}\n{KEY}\n");
    ended(
        bare(shop, &format!("login --from-stdin {arguments}")),
        &secrets,
    )
}

#[test]
fn what_is_stored_is_used() {
    let shop = Shop::with_three();
    login(&shop, "")
        .exits(0)
        .prints("")
        .says(&["Stored as profile `default`"]);
    let file = shop.path("config/profiles/default.json");
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    ended(bare(&shop, "list -o codes --status revoked"), "")
        .exits(0)
        .prints("LCoum2cHq1XSmTGi\n");
}

#[test]
fn credentials_are_tried_before_they_are_stored() {
    let shop = Shop::open();
    let wrong = ended(bare(&shop, "login --from-stdin"), "somebody\nelse\n");
    wrong.exits(4).says(&["10013", "why: nothing was stored"]);
    assert!(!shop.path("config").exists());
    ended(
        bare(&shop, "login --from-stdin --no-check"),
        "somebody\nelse\n",
    )
    .exits(0);
    ended(bare(&shop, "login --from-stdin"), "only-one\n")
        .exits(2)
        .says(&["standard input holds no key"]);
    ended(bare(&shop, "login"), "")
        .exits(2)
        .says(&["next: add --from-stdin"]);
    shop.run("--sandbox login")
        .exits(2)
        .says(&["a sandbox needs no login"]);
}

#[test]
fn a_readable_file_is_refused_with_the_command_that_mends_it() {
    let shop = Shop::open();
    login(&shop, "").exits(0);
    let file = shop.path("config/profiles/default.json");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = ended(bare(&shop, "list"), "").exits(4);
    let mend = refused
        .err
        .split("next: ")
        .nth(1)
        .unwrap()
        .trim()
        .to_owned();
    assert_eq!(mend, format!("chmod 600 {}", file.display()));
    assert!(
        Command::new("sh")
            .args(["-c", &mend])
            .status()
            .unwrap()
            .success()
    );
    ended(bare(&shop, "list"), "").exits(0);
}

#[test]
fn a_damaged_file_is_named_and_not_shown() {
    let shop = Shop::open();
    login(&shop, "").exits(0);
    let file = shop.path("config/profiles/default.json");
    std::fs::write(&file, format!("{{\"token\":\"{TOKEN}\",")).unwrap();
    ended(bare(&shop, "list"), "").exits(2).says(&[
        "is not readable JSON",
        "line 1",
        "next: run `thordata-cdk login`",
    ]);
}

#[test]
fn without_credentials_it_says_what_is_missing() {
    let shop = Shop::open();
    ended(bare(&shop, "list"), "").exits(2).says(&[
        "error: there are no credentials",
        "next: set THORDATA_PUBLIC_TOKEN and THORDATA_PUBLIC_KEY",
    ]);
    let mut half = bare(&shop, "list");
    half.env("THORDATA_PUBLIC_TOKEN", TOKEN);
    ended(half, "")
        .exits(2)
        .says(&["THORDATA_PUBLIC_TOKEN is set and THORDATA_PUBLIC_KEY is not"]);
}

#[test]
fn profiles_shows_where_each_value_comes_from_and_no_secret() {
    let shop = Shop::open();
    login(
        &shop,
        "--profile second --base-url http://127.0.0.1:9 --no-check",
    )
    .exits(0);
    let shown = shop.run("profiles -o json").exits(0);
    let rows = shown.json();
    assert_eq!(
        rows[0],
        json!({ "profile": "default", "in_use": true, "setting": "token", "value": "…abcd",
            "source": "environment, THORDATA_PUBLIC_TOKEN" })
    );
    let file = shop
        .path("config/profiles/second.json")
        .display()
        .to_string();
    let second = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["profile"] == "second")
        .unwrap();
    assert_eq!(second["source"], json!(format!("file {file}")));
    assert!(!shown.out.contains(TOKEN) && !shown.out.contains(KEY));
    let none = ended(bare(&shop, "profiles -o json"), "")
        .exits(0)
        .says(&["next: run `thordata-cdk login`"]);
    assert_eq!(none.json()[0]["value"], json!("not set"));
}

#[test]
fn a_named_profile_is_not_mixed_with_other_credentials() {
    let shop = Shop::open();
    login(&shop, "--profile second --no-check").exits(0);
    let mut mixed = shop.command("list --profile second");
    mixed
        .env("THORDATA_PUBLIC_TOKEN", "another")
        .env("THORDATA_PUBLIC_KEY", "one");
    ended(mixed, "")
        .exits(2)
        .says(&["other credentials than the profile that you named"]);
    shop.run("list --profile ../second").exits(2);
}

#[test]
fn a_replaced_token_is_declared_once() {
    let shop = Shop::open();
    shop.run("create --traffic 1 --count 1").exits(0);
    let token = "the-token-after-that-4712-ijkl";
    let replaced = Sandbox::builder().credentials(token, KEY);
    let replaced = replaced.start_blocking().unwrap();
    for voucher in shop.sandbox.vouchers() {
        assert!(replaced.insert(voucher)); // the same account
    }
    let run = |arguments: &str| {
        let mut command = shop.command(arguments);
        command
            .env("THORDATA_CDK_BASE_URL", replaced.base_url())
            .env("THORDATA_PUBLIC_TOKEN", token);
        ended(command, "")
    };
    run("create --traffic 1 --count 1")
        .exits(2)
        .says(&["belongs to another account", "with --token-replaced"]);
    assert_eq!(replaced.vouchers().len(), 1);
    run("create --traffic 1 --count 1 --token-replaced").exits(0);
    run("create --traffic 1 --count 1").exits(0);
    assert_eq!(replaced.vouchers().len(), 3);
    shop.run("create --traffic 1 --count 1").exits(2);
}

#[test]
fn each_profile_has_records_of_its_own() {
    let shop = Shop::open();
    login(&shop, "--profile second").exits(0);
    ended(
        bare(
            &shop,
            "create --traffic 1 --count 1 --label own --profile second",
        ),
        "",
    )
    .exits(0);
    ended(
        bare(&shop, "list --label own -o codes --profile second"),
        "",
    )
    .exits(0);
    shop.run("list --label own -o codes").exits(0).prints("");
}
