//! `profiles use`, `logout`, and files that an editor has touched.

use crate::support::{KEY, Shop, TOKEN, ended};

#[test]
fn a_profile_is_chosen_and_forgotten() {
    let shop = Shop::with_three();
    let bare = |arguments: &str| {
        let mut command = shop.command(arguments);
        command
            .env_remove("THORDATA_PUBLIC_TOKEN")
            .env_remove("THORDATA_PUBLIC_KEY");
        ended(command, "")
    };
    let secrets = format!("{TOKEN}\n{KEY}\n");
    shop.run_with_input("login --profile shop --from-stdin", &secrets)
        .exits(0);
    bare("list").exits(2).says(&["there are no credentials"]);
    bare("list --profile shpo")
        .exits(2)
        .says(&["there is no profile `shpo`", "next: choose from shop"]);
    bare("profiles use shop")
        .exits(0)
        .says(&["From now on the profile `shop` is used."]);
    bare("list -o codes").exits(0);
    assert!(shop.path("data/shop").exists() || shop.run("orders").exit == Some(0));
    bare("logout").exits(2).says(&[
        "Forget the credentials of the profile `shop`?",
        "next: add --yes",
    ]);
    bare("logout --yes")
        .exits(0)
        .says(&["Its orders and records stay."]);
    assert!(!shop.path("config/profiles/shop.json").exists());
    bare("logout --yes")
        .exits(2)
        .says(&["there is no profile `shop`", "no profile is stored"]);
}

#[test]
fn a_profile_with_a_byte_order_mark_is_read() {
    let shop = Shop::with_three();
    shop.run_with_input(
        "login --profile shop --from-stdin",
        &format!("{TOKEN}\n{KEY}\n"),
    )
    .exits(0);
    let text = shop.read("config/profiles/shop.json");
    shop.write("config/profiles/shop.json", &format!("\u{feff}{text}"));
    shop.run("list --profile shop").exits(0);
}
