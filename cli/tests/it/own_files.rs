//! Files of ours, and those of others, which are left alone.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::accounts::{bare, login};
use crate::support::{KEY, Shop, ended};

#[test]
fn only_a_profile_is_removed() {
    let shop = Shop::open();
    login(&shop, "").exits(0);
    let file = shop.path("config/profiles/default.json");
    for foreign in ["{\"port\":80}\n", "", "token=x\n"] {
        std::fs::write(&file, foreign).unwrap();
        ended(bare(&shop, "logout --yes"), "")
            .exits(2)
            .says(&["is no profile", "why: it is left as it is"]);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), foreign);
    }
    // A profile of an earlier version, and one that others can read.
    std::fs::write(&file, "{\"token\":\"a\",\"key\":\"b\"}").unwrap();
    ended(bare(&shop, "logout --yes"), "").exits(0);
    assert!(!file.exists());
}

#[test]
fn only_the_name_of_a_profile_is_replaced() {
    let shop = Shop::open();
    login(&shop, "").exits(0);
    let file = shop.path("config/profile-in-use");
    std::fs::write(&file, "{\"port\":80}\n").unwrap();
    ended(bare(&shop, "profiles use default"), "")
        .exits(2)
        .says(&["holds something else than the name of a profile"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"port\":80}\n");
}

#[test]
fn what_a_killed_login_left_is_removed_by_the_next_run() {
    let shop = Shop::open();
    login(&shop, "").exits(0);
    let mut killed = Command::new("true").spawn().unwrap();
    killed.wait().unwrap();
    let left = shop.path(format!(
        "config/profiles/.thordata-cdk-new-{}-default.json-x1y2z3",
        killed.id()
    ));
    std::fs::write(&left, KEY).unwrap();
    ended(bare(&shop, "list"), "").exits(0);
    assert!(!left.exists());
}

#[test]
fn a_file_that_no_order_began_is_refused_unchanged() {
    let shop = Shop::open();
    for (file, text, mode) in [
        (".gitignore", "target\nnode_modules\n", 0o644),
        ("hosts", "web-1\nweb-2\n", 0o600),
        ("key", "bWFkZSB1cA==\n", 0o600),
        ("go.mod", "//go\n", 0o600),
        ("unended", "target", 0o600),
    ] {
        shop.write(file, text);
        let mode = Permissions::from_mode(mode);
        std::fs::set_permissions(shop.path(file), mode).unwrap();
        let refused = shop.run(&format!("create --traffic 1 --count 1 --out {file}"));
        refused.exits(2).says(&[
            &format!("{file} holds something, and no order of this store was begun with it"),
            "why: it is left as it is",
            "why: nothing was bought",
            "next: name another file",
        ]);
        assert_eq!(shop.read(file), text);
    }
    assert_eq!(shop.requests("create"), 0);
    shop.sandbox.set_balance(1);
    shop.run("create --order A --traffic 1 --count 2 --chunk 1")
        .exits(3);
    shop.sandbox.set_balance(1);
    shop.run("create --resume A --yes --out hosts").exits(2);
    assert_eq!(shop.read("hosts"), "web-1\nweb-2\n");
    assert_eq!(shop.requests("create"), 2);
}

#[test]
fn a_file_is_known_by_its_order_however_it_is_named() {
    let shop = Shop::open();
    shop.run("create --traffic 5 --count 1 --out codes.txt")
        .exits(0);
    std::os::unix::fs::symlink("codes.txt", shop.path("link")).unwrap();
    std::fs::create_dir(shop.path("folder")).unwrap();
    for name in ["./codes.txt", "folder/../codes.txt", "link"] {
        shop.run(&format!("create --traffic 5 --count 1 --out {name}"))
            .exits(0);
    }
    assert_eq!(shop.lines("codes.txt").len(), 4);
}

#[test]
fn what_a_killed_run_wrote_into_another_file_is_gone_on_with() {
    let shop = Shop::open();
    shop.sandbox.set_balance(2);
    let part = shop.run("create --order B --traffic 1 --count 3 --chunk 1");
    let codes = part.exits(3).out;
    shop.write("codes.txt", &codes[..codes.len() - 5]);
    let mode = Permissions::from_mode(0o600);
    std::fs::set_permissions(shop.path("codes.txt"), mode).unwrap();
    shop.sandbox.set_balance(1);
    shop.run("create --resume B --yes --out codes.txt").exits(0);
    assert_eq!(shop.lines("codes.txt").len(), 3);
    assert!(shop.read("codes.txt").starts_with(&codes));
}

#[test]
fn a_dash_is_standard_output() {
    let shop = Shop::open();
    let bought = shop
        .run("create --traffic 5 --count 2 --out -")
        .exits(0)
        .out;
    let codes: BTreeSet<String> = bought.lines().map(str::to_owned).collect();
    assert_eq!(codes, shop.codes());
    assert!(!shop.path("-").exists());
}
