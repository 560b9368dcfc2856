//! How the tool behaves among other programs.

use crate::support::{Running, Shop, ended, until};

#[test]
fn a_closed_pipe_ends_quietly() {
    let shop = Shop::open();
    shop.sandbox.preload(5000, 1);
    let ended = shop
        .shell("{ thordata-cdk list -o jsonl; echo \"exit $?\" >&2; } | head -n 1")
        .exits(0);
    assert_eq!(
        (ended.out.lines().count(), ended.err.as_str()),
        (1, "exit 0\n")
    );
    for quiet in [
        "spec",
        "man",
        "completions zsh",
        "report --html -",
        "--help",
    ] {
        let line = format!("{{ thordata-cdk {quiet}; echo \"exit $?\" >&2; }} | true");
        assert_eq!(shop.shell(&line).err, "exit 0\n", "{quiet}");
    }
}

#[test]
fn colour_is_off_in_pipes_and_on_when_asked_for() {
    let shop = Shop::with_three();
    let plain = shop.run("list").exits(0);
    assert!(!plain.out.contains('\u{1b}'));
    let coloured = shop.run("list --color always").exits(0);
    assert!(coloured.out.contains("\u{1b}[1mCODE"), "{coloured:?}");
    assert!(shop.run("show nope --color always").err.contains("\u{1b}["));
    shop.run("list --color sometimes").exits(2);
}

#[test]
fn the_contract_is_printed_as_it_was_built_in() {
    let shop = Shop::open();
    let contract = include_str!("../../../openapi.yaml");
    shop.run("spec").exits(0).prints(contract);
    let json = shop.run("spec --json").exits(0).json();
    assert_eq!(json["openapi"], "3.0.3");
    assert_eq!(json["paths"].as_object().unwrap().len(), 4);
    shop.run("spec --xml").exits(2);
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let shop = Shop::open();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = shop.run(&format!("completions {shell}")).exits(0).out;
        assert!(
            script.contains("older-than") && script.contains("doctor"),
            "{shell}"
        );
    }
    shop.run("completions tcsh").exits(2);
    shop.run("man --out man").exits(0).prints("");
    for command in ["create", "list", "revoke", "doctor"] {
        assert!(
            shop.read(&format!("man/thordata-cdk-{command}.1"))
                .contains(".SH NAME"),
            "{command}"
        );
    }
    assert!(
        shop.run("man create")
            .exits(0)
            .out
            .contains("Buy vouchers; spends money")
    );
    shop.run("man frobnicate")
        .exits(2)
        .says(&["there is no command `frobnicate`"]);
}

#[test]
fn the_sandbox_serves_until_it_is_stopped() {
    let shop = Shop::open();
    let mut command = shop.command("sandbox --seed 3 --vouchers 2");
    command.env("THORDATA_CDK_SANDBOX_NOW", "1748332399");
    let serving = Running::start(command);
    until("it serves", || serving.err().contains("serving on"));
    shop.write("settings", &serving.out());
    let listed = shop
        .shell(". ./settings && thordata-cdk list -o jsonl")
        .exits(0);
    assert_eq!(listed.out.lines().count(), 2);
    serving.signal("INT");
    serving.end().exits(0).says(&["stopped"]);
    shop.run("sandbox --port many").exits(2);
}

#[test]
fn a_throw_away_sandbox_leaves_nothing_behind() {
    let shop = Shop::open();
    std::fs::create_dir(shop.path("tmp")).unwrap();
    let run = |arguments: &str| {
        let mut command = shop.command(arguments);
        command.env("TMPDIR", shop.path("tmp"));
        ended(command, "")
    };
    run("--sandbox create --traffic 1 --count 2 --label x").exits(0);
    assert_eq!(
        run("--sandbox list -o codes --label webshop")
            .exits(0)
            .out
            .lines()
            .count(),
        250
    );
    let left = || std::fs::read_dir(shop.path("tmp")).unwrap().count();
    assert_eq!(left(), 0);
    let mut watching = shop.command("--sandbox watch --interval 60s -o codes");
    watching.env("TMPDIR", shop.path("tmp"));
    let watching = Running::start(watching);
    until("it has begun", || !watching.out().is_empty());
    watching.signal("KILL");
    assert_eq!(watching.end().exit, None);
    assert_eq!(left(), 1);
    run("--sandbox list").exits(0);
    assert_eq!(left(), 0, "the next run removes what a killed one left");
    assert_eq!(shop.sandbox.requests().len(), 0);
    assert!(!shop.path("data").exists());
}

#[test]
fn verbose_is_for_people_and_twice_for_developers() {
    let shop = Shop::with_three();
    let words = shop.run("list -v").exits(0).err;
    assert!(
        words.starts_with("list vouchers: answered in 0."),
        "{words}"
    );
    assert_eq!(words.lines().count(), 1, "{words}");
    let spans = shop.run("list -vv").exits(0).err;
    assert!(spans.contains("thordata_cdk.request"), "{spans}");
}

#[test]
fn help_explains_commands_and_topics() {
    let shop = Shop::open();
    for (about, text) in [
        ("", "Commands:"),
        ("revoke", "Revoke unused vouchers, for good"),
        ("exit-codes", "outcome unknown: look before you repeat it"),
        ("files", "records.db"),
        ("input", "--column"),
        ("output", "-o jsonl"),
    ] {
        assert!(
            shop.run(&format!("help {about}"))
                .exits(0)
                .out
                .contains(text),
            "{about}"
        );
    }
    // Without arguments the help is brief.
    let brief = shop.run("").exits(2);
    assert!(
        brief.err.lines().count() < 60 && !brief.err.contains("--max-response-bytes"),
        "{brief:#?}"
    );
}

#[test]
fn an_error_repeats_nothing_that_steers_or_hides() {
    let shop = Shop::open();
    let hidden = "a\u{202e}b\u{1b}[31mc\u{200b}d\u{fe0f}e\nerror: f";
    for arguments in [
        &["--profile", hidden, "list"][..],
        &["--color", hidden, "list"],
        &["create", "--traffic", hidden],
        &["list", hidden],
        &[hidden],
        &["list", "--since", hidden],
        // The reader of JSON repeats it.
        &["sandbox", "--fault", "{\"on\":\"a\u{202e}b\u{200b}\"}"],
        &[
            "create",
            "--traffic",
            "1",
            "--count",
            "1",
            "--label",
            hidden,
        ],
    ] {
        let mut command = shop.command("");
        command.args(arguments);
        let ended = ended(command, "").exits(2);
        let lines: Vec<&str> = ended.err.split('\n').collect();
        for line in &lines {
            let raw =
                |letter: char| letter.is_control() || "\u{202e}\u{200b}\u{fe0f}".contains(letter);
            assert!(!line.contains(raw), "{arguments:?}: {line:?}");
        }
        assert_eq!(
            lines
                .iter()
                .filter(|line| line.starts_with("error: "))
                .count(),
            1
        );
    }
}
