//! The examples of each `--help` are run.

use std::collections::BTreeSet;

use thordata_cdk_sandbox::{Fault, Operation, VoucherStatus};

use crate::support::{KEY, NOW, Running, Shop, TOKEN, until};

/// Everything that an example may take for granted.
fn prepared() -> Shop {
    let shop = Shop::with_three();
    shop.write("secrets.txt", &format!("{TOKEN}\n{KEY}\n"));
    shop.sandbox.set_now(NOW - 100 * 86_400);
    shop.run("create --traffic 1 --count 3 --label kiosk --out kiosk.txt")
        .exits(0);
    shop.run("create --traffic 2 --count 2 --label spring-sale --out spring.txt")
        .exits(0);
    shop.run("create --traffic 5 --count 2 --label webshop --out webshop.txt")
        .exits(0);
    shop.sandbox.set_now(NOW);
    shop.put("AAAAaaaa11112222", 1, 5, VoucherStatus::Unused);
    let books = shop.run("export").exits(0).out;
    shop.write("books.csv", &books);
    shop.write("elsewhere.csv", "1,AAAAaaaa11112222\n");
    shop
}

fn examples(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    lines
        .map(|line| line.strip_prefix("  $ ").expect(line).to_owned())
        .collect()
}

fn help(shop: &Shop, command: &str) -> String {
    shop.run(&format!("{command} --help")).exits(0).out
}

fn commands(shop: &Shop) -> BTreeSet<String> {
    let help = help(shop, "");
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_has_examples_that_work() {
    let shop = prepared();
    let names = commands(&shop);
    assert_eq!(
        names.len(),
        23,
        "if that is meant, change the number: {names:?}"
    );
    for command in names.iter().map(String::as_str).chain([""]) {
        let examples = examples(&help(&shop, command));
        let own = format!("thordata-cdk {command}");
        assert!(
            command.is_empty() || examples.iter().any(|example| example.contains(&own)),
            "{own}"
        );
        assert!(!examples.is_empty());
        // In their order: some read what the one before has written.
        let shop = prepared();
        for example in examples {
            match command {
                "sandbox" => serves(&shop, &example),
                "resolve" => works(&undecided(), &example),
                _ => works(&shop, &example),
            }
        }
    }
}

#[track_caller]
fn works(shop: &Shop, example: &str) {
    let ended = shop.shell(example);
    assert_eq!(ended.exit, Some(0), "{example}: {ended:#?}");
}

/// A purchase that waits for a decision.
fn undecided() -> Shop {
    let shop = Shop::open();
    shop.sandbox
        .inject(Fault::commit_then_drop(Operation::Create));
    shop.run("create --traffic 5 --count 2 --window 400ms")
        .exits(6);
    shop
}

fn serves(shop: &Shop, example: &str) {
    let mut command = shop.program("sh");
    command.args(["-c", &format!("exec {example}")]);
    let serving = Running::start(command);
    until("it serves", || serving.err().contains("serving on"));
    serving.signal("TERM");
    serving.end().exits(0);
}
