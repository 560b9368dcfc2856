//! `login`, `profiles`, and where credentials come from.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::json;
use thordata_cdk_sandbox::Sandbox;

use crate::support::{Ended, KEY, Shop, TOKEN, ended};

/// Without credentials in the environment.
pub(crate) fn bare(shop: &Shop, arguments: &str) -> Command {
    let mut command = shop.command(arguments);
    command
        .env_remove("THORDATA_PUBLIC_TOKEN")
        .env_remove("THORDATA_PUBLIC_KEY");
    command
}

pub(crate) fn login(shop: &Shop, arguments: &str) -> Ended {
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
fn a_readable_file_is_refused_with_the_command_that_fixes_it() {
    let shop = Shop::open();
    login(&shop, "").exits(0);
    let file = shop.path("config/profiles/default.json");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = ended(bare(&shop, "list"), "").exits(4);
    let fix = refused
        .err
        .split("next: ")
        .nth(1)
        .unwrap()
        .trim()
        .to_owned();
    assert_eq!(fix, format!("chmod 600 {}", file.display()));
    assert!(
        Command::new("sh")
            .args(["-c", &fix])
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
    let first_line = "{ \"thordata-cdk\": \"profile 1\",\n";
    for (start, line, next) in [
        (
            "{",
            "line 1",
            "next: move it away, then run `thordata-cdk login`: mv ",
        ),
        (
            first_line,
            "line 2",
            "next: run `thordata-cdk login` to write it anew",
        ),
    ] {
        std::fs::write(&file, format!("{start}\"token\":\"{TOKEN}\",")).unwrap();
        let refused = ended(bare(&shop, "list"), "").exits(2);
        assert!(!refused.err.contains(TOKEN));
        refused.says(&["is not readable JSON", line, next]);
    }
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
    run("create --traffic 1 --count 1").exits(2).says(&[
        "belongs to another account",
        "--token-replaced` goes on with the same store",
    ]);
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

#[test]
fn stored_credentials_go_to_the_host_that_they_were_stored_for_and_to_no_other() {
    let shop = Shop::with_three();
    let other = Sandbox::builder().credentials(TOKEN, KEY);
    let other = other.start_blocking().unwrap();
    login(&shop, "")
        .exits(0)
        .says(&[&format!("for {}, in", shop.sandbox.base_url())]);
    let at = |url: &str, arguments: &str| {
        let mut command = bare(&shop, arguments);
        command.env("THORDATA_CDK_BASE_URL", url);
        ended(command, "")
    };
    for arguments in [
        "list",
        "create --traffic 1 --count 1",
        "list --profile default",
        "watch --once",
    ] {
        at(other.base_url(), arguments).exits(2).prints("").says(&[
            &format!(
                "error: the credentials of the profile `default` are for {}, and THORDATA_CDK_BASE_URL names {}",
                shop.sandbox.base_url(),
                other.base_url()
            ),
            "why: stored credentials are sent to the host that they were stored for, and to no other",
            &format!(
                "next: unset THORDATA_CDK_BASE_URL, or store credentials for that host: `thordata-cdk login \
                 --profile NAME --base-url {}`",
                other.base_url()
            ),
        ]);
    }
    assert!(other.requests().is_empty());
    // Without the variable, or with an empty one, the file's own host is meant.
    at("", "list -o codes --status revoked")
        .exits(0)
        .prints("LCoum2cHq1XSmTGi\n");
    // Credentials of the environment go where the environment says.
    let mut both = shop.command("list");
    both.env("THORDATA_CDK_BASE_URL", other.base_url());
    ended(both, "").exits(0);
    assert_eq!(other.requests().len(), 1);
    login(
        &shop,
        &format!("--profile other --base-url {}", other.base_url()),
    )
    .exits(0);
    at(other.base_url(), "list --profile other").exits(0);
}

#[test]
fn an_older_profile_is_for_the_vendors_host() {
    let shop = Shop::open();
    login(&shop, "").exits(0);
    let file = shop.path("config/profiles/default.json");
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .starts_with("{ \"thordata-cdk\": \"profile 1\",\n  \"token\": ")
    );
    let old = format!("{{\"token\":\"{TOKEN}\",\"key\":\"{KEY}\"}}\n");
    std::fs::write(&file, old).unwrap();
    ended(bare(&shop, "list"), "").exits(2).says(&[
        "the credentials of the profile `default` are for https://api.thordata.com, and THORDATA_CDK_BASE_URL names",
    ]);
    assert!(
        shop.sandbox.requests().len() == 1,
        "that of the login alone"
    );
}

#[test]
fn login_replaces_a_profile_and_no_other_file() {
    let shop = Shop::open();
    login(&shop, "").exits(0);
    let file = shop.path("config/profiles/default.json");
    std::fs::write(&file, "{ \"thordata-cdk\": \"profile 1\",\n  \"tok").unwrap();
    login(&shop, "").exits(0);
    for foreign in ["{\"port\": 80}\n", "", "token=x\n"] {
        std::fs::write(&file, foreign).unwrap();
        login(&shop, "").exits(2).says(&[
            "is no profile",
            "why: it is left as it is, and nothing was stored",
        ]);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), foreign);
    }
    std::fs::remove_file(&file).unwrap();
    ended(
        bare(&shop, "login --from-stdin --no-check --base-url nonsense"),
        "a\nb\n",
    )
    .exits(2);
    assert!(!file.exists());
}

#[test]
fn a_variable_that_is_set_and_empty_counts_as_unset() {
    let shop = Shop::with_three();
    let mut command = shop.command("list -o codes --status revoked");
    for name in [
        "THORDATA_CDK_PROFILE",
        "THORDATA_CDK_STORE",
        "THORDATA_CDK_TIMEOUT",
        "THORDATA_CDK_GET_PARAMS_IN_BODY",
        "THORDATA_CDK_MAX_RESPONSE_BYTES",
        "THORDATA_CDK_CONFIRM_ABOVE",
    ] {
        command.env(name, "");
    }
    ended(command, "").exits(0).prints("LCoum2cHq1XSmTGi\n");
    let mut buying = shop.command("create --traffic 1 --count 1");
    buying.env("THORDATA_CDK_CONFIRM_ABOVE", "");
    ended(buying, "").exits(0);
    let mut empty = shop.command("list");
    empty
        .env("THORDATA_PUBLIC_TOKEN", "")
        .env("THORDATA_PUBLIC_KEY", "");
    ended(empty, "")
        .exits(2)
        .says(&["error: there are no credentials"]);
    let mut wrong = shop.command("list");
    wrong.env("THORDATA_CDK_TIMEOUT", "soon");
    ended(wrong, "").exits(2);
}

#[test]
fn a_store_that_is_a_link_where_others_may_write_is_not_opened() {
    let shop = Shop::open();
    shop.run("create --traffic 1 --count 1 --store own.db")
        .exits(0);
    let shared = shop.path("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o1777)).unwrap();
    std::os::unix::fs::symlink(shop.path("own.db"), shared.join("store.db")).unwrap();
    for command in ["create --traffic 1 --count 1", "orders", "list"] {
        shop.run(&format!("{command} --store shared/store.db"))
            .exits(2)
            .says(&[
                "error: the store of orders, shared/store.db, is a link",
                "why: others may write the folder, and could have put it there",
                "next: name a file in a folder of your own",
            ]);
    }
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o755)).unwrap();
    shop.run("orders --store shared/store.db").exits(0);
    assert_eq!(shop.requests("create"), 1);
}
