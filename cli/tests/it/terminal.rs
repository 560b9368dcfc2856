//! The same commands on a terminal: a pseudo-terminal, with somebody who answers.

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use crate::support::{KEY, Shop, TOKEN};

struct Terminal(PtySession);

impl Terminal {
    /// A hundred columns wide; the tool finds its credentials in the environment.
    fn open(shop: &Shop, arguments: &str) -> Self {
        Self::of(shop, &format!("exec thordata-cdk {arguments}"))
    }

    fn of(shop: &Shop, line: &str) -> Self {
        let mut command = shop.program("sh");
        command.args(["-c", &format!("stty cols 100 rows 30; {line}")]);
        Self(spawn_command(command, Some(60_000)).unwrap())
    }

    #[track_caller]
    fn sees(&mut self, text: &str) {
        // Each byte of UTF-8 is read as a letter of its own.
        let bytewise: String = text.bytes().map(char::from).collect();
        self.0.exp_string(&bytewise).unwrap();
    }

    fn types(&mut self, line: &str) {
        self.0.send_line(line).unwrap();
    }

    /// What was still to be seen, and the exit code.
    fn end(mut self) -> (String, i32) {
        let rest = self.0.exp_eof().unwrap();
        let bytes = rest
            .chars()
            .map(|letter| u8::try_from(letter).unwrap())
            .collect();
        let rest = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
        match self.0.process().wait().unwrap() {
            WaitStatus::Exited(_, code) => (rest, code),
            other => panic!("{other:?}: {rest}"),
        }
    }
}

#[track_caller]
fn seen(shop: &Shop, arguments: &str, code: i32, texts: &[&str]) -> String {
    let (text, exit) = Terminal::open(shop, arguments).end();
    assert_eq!(exit, code, "{arguments}: {text}");
    for wanted in texts {
        assert!(
            text.contains(wanted),
            "{arguments}: {wanted:?} is missing in {text}"
        );
    }
    text
}

#[test]
fn every_command_succeeds_on_a_terminal() {
    let shop = Shop::with_three();
    seen(
        &shop,
        "list",
        0,
        &[
            "\u{1b}[1mCODE",
            "nozzapqOWJOCcWlX  unused",
            "2025-10-15 16:00",
        ],
    );
    seen(
        &shop,
        "show uJQJFnycHOpSEw5N",
        0,
        &["REDEEMED BY", "Thor123456"],
    );
    seen(
        &shop,
        "revoke nozzapqOWJOCcWlX --dry-run",
        0,
        &["nozzapqOWJOCcWlX", "1 voucher would be revoked"],
    );
    seen(
        &shop,
        "watch --once",
        0,
        &["uJQJFnycHOpSEw5N", "Thor123456"],
    );
    seen(
        &shop,
        "report",
        0,
        &["GROUP", "(no label)", "2025-10", "all"],
    );
    seen(
        &shop,
        "report --html page.html",
        0,
        &["The report is in page.html"],
    );
    seen(&shop, "audit", 0, &["3 vouchers listed"]);
    seen(&shop, "orders", 0, &["No orders yet."]);
    seen(
        &shop,
        "doctor --contract",
        0,
        &["contract: list by status", "agrees with the host's"],
    );
    seen(
        &shop,
        "profiles",
        0,
        &["…abcd", "environment, THORDATA_PUBLIC_TOKEN"],
    );
    seen(&shop, "spec", 0, &["openapi: 3.0.3"]);
    seen(&shop, "completions fish", 0, &["complete -c thordata-cdk"]);
    seen(&shop, "man", 0, &[".SH NAME"]);
    seen(
        &shop,
        "--sandbox list --label partner-north",
        0,
        &["partner-north"],
    );
}

#[test]
fn bad_input_is_reported_on_a_terminal() {
    let shop = Shop::with_three();
    for arguments in [
        "create --traffic x --count 1",
        "list --status sold",
        "show",
        "revoke",
        "watch -o json",
        "report -o codes",
        "audit --sort",
        "orders --sort",
        "resolve",
        "doctor --fields x",
        "login --token x",
        "profiles --fields x",
        "sandbox --port x",
        "spec --yaml",
        "completions x",
        "man x",
    ] {
        let text = seen(&shop, arguments, 2, &["error"]);
        assert!(text.contains("\u{1b}[1m"), "{arguments}: {text}");
    }
}

#[test]
fn nothing_is_said_in_words() {
    let shop = Shop::open();
    seen(&shop, "list", 0, &["No vouchers match."]);
    seen(
        &shop,
        "revoke --status unused --older-than 1d",
        0,
        &["No voucher to revoke."],
    );
    seen(&shop, "watch --once", 0, &[]);
    seen(&shop, "report", 0, &["There are no vouchers to add up."]);
    seen(&shop, "audit", 0, &["0 vouchers listed"]);
    seen(&shop, "orders", 0, &["No orders yet."]);
    seen(&shop, "create --resume", 0, &["No order is open."]);
    seen(&shop, "resolve A", 2, &["there is no order `A`"]);
}

#[test]
fn colours_go_when_they_are_not_wanted() {
    let shop = Shop::with_three();
    assert!(!seen(&shop, "list --color never", 0, &["CODE"]).contains("\u{1b}["));
    let (text, _) = Terminal::of(&shop, "NO_COLOR=1 exec thordata-cdk list").end();
    assert!(text.contains("CODE") && !text.contains("\u{1b}["), "{text}");
    let (text, _) = Terminal::of(&shop, "TERM=dumb exec thordata-cdk list").end();
    assert!(text.contains("CODE") && !text.contains("\u{1b}["), "{text}");
}

#[test]
fn above_a_threshold_create_asks() {
    let shop = Shop::open();
    let mut terminal = Terminal::open(&shop, "create --traffic 100 --count 6 --out codes.txt");
    terminal.sees(
        "Buy 6 vouchers with traffic 100 each, 600 in total? (file codes.txt; account …abcd at ",
    );
    terminal.types("n");
    let (text, exit) = terminal.end();
    assert_eq!(exit, 2, "{text}");
    assert!(text.contains("Cancelled; nothing was bought."), "{text}");
    assert_eq!(shop.requests("create"), 0);

    let mut terminal = Terminal::open(&shop, "create --traffic 100 --count 6 --out codes.txt");
    terminal.sees("[y/N]");
    terminal.types("y");
    let (text, exit) = terminal.end();
    assert_eq!(exit, 0, "{text}");
    assert_eq!(shop.lines("codes.txt").len(), 6);
}

#[test]
fn progress_shows_rate_and_time_left() {
    let shop = Shop::open();
    let text = seen(
        &shop,
        "create --traffic 1 --count 40 --chunk 2 --out codes.txt",
        0,
        &["Bought 40 vouchers"],
    );
    assert!(
        text.contains("/40") && text.contains("/s") && text.contains("left"),
        "{text:?}"
    );
    assert!(shop.codes().iter().all(|code| !text.contains(code)));
}

#[test]
fn a_slow_answer_is_reported_once_while_it_is_waited_for() {
    use thordata_cdk_sandbox::{Fault, Operation};
    let shop = Shop::with_three();
    let slow = Fault::slow(Operation::List, std::time::Duration::from_secs(2));
    shop.sandbox.inject(slow);
    let text = seen(&shop, "list", 0, &["nozzapqOWJOCcWlX  unused"]);
    let said = "The service has not answered for 1 s. Waiting.\n";
    assert_eq!(text.matches(said).count(), 1, "{text}");
}

#[test]
fn revoke_shows_masked_what_it_will_do_and_asks() {
    let shop = Shop::with_three();
    let mut terminal = Terminal::open(&shop, "revoke --status unused --older-than 30d");
    terminal.sees("no…lX  unused, traffic 3, created 2025-10-15 16:00");
    terminal.sees("Revoke 1 voucher for good? (traffic 3 in all; account …abcd at ");
    terminal.types("yes");
    let (text, exit) = terminal.end();
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("1 revoked, 0 failed."), "{text}");
    shop.put(
        "AAAAaaaa11112222",
        1,
        5,
        thordata_cdk_sandbox::VoucherStatus::Unused,
    );
    let mut terminal = Terminal::open(&shop, "revoke AAAAaaaa11112222");
    terminal.sees("[y/N]");
    terminal.types("");
    assert_eq!(terminal.end().1, 2);
}

#[test]
fn resume_and_resolve_ask() {
    let shop = Shop::open();
    shop.sandbox
        .inject(thordata_cdk_sandbox::Fault::commit_then_drop(
            thordata_cdk_sandbox::Operation::Create,
        ));
    shop.run("create --order A --traffic 5 --count 2 --window 400ms --out codes.txt")
        .exits(6);
    let mut terminal = Terminal::open(&shop, "resolve A --adopt-all");
    terminal.sees("Adopt 2 vouchers for the order A? [y/N]");
    terminal.types("n");
    assert_eq!(terminal.end().1, 2);
    let mut terminal = Terminal::open(&shop, "create --resume A --retry-unseen");
    terminal.sees("Buy the other 2 with traffic 5 each, 10 in total? (order A; account …abcd at ");
    terminal.types("y");
    assert_eq!(terminal.end().1, 0);
    assert_eq!(shop.lines("codes.txt").len(), 2);
}

#[test]
fn login_asks_without_showing_what_is_typed() {
    let shop = Shop::with_three();
    let bare = "unset THORDATA_PUBLIC_TOKEN THORDATA_PUBLIC_KEY; exec thordata-cdk";
    let mut terminal = Terminal::of(&shop, &format!("{bare} login"));
    terminal.sees("Token (typing stays hidden): ");
    terminal.types(TOKEN);
    terminal.sees("Key (typing stays hidden): ");
    terminal.types(KEY);
    let (text, exit) = terminal.end();
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("Stored as profile `default`"), "{text}");
    assert!(!text.contains(TOKEN) && !text.contains(KEY), "{text}");
    assert_eq!(Terminal::of(&shop, &format!("{bare} list")).end().1, 0);
}

#[test]
fn without_credentials_they_are_asked_for_in_the_end() {
    let shop = Shop::with_three();
    let line =
        "unset THORDATA_PUBLIC_TOKEN THORDATA_PUBLIC_KEY; exec thordata-cdk list --status revoked";
    let mut terminal = Terminal::of(&shop, line);
    terminal.sees("No credentials are stored");
    terminal.sees("Token (typing stays hidden): ");
    terminal.types(TOKEN);
    terminal.sees("Key (typing stays hidden): ");
    terminal.types(KEY);
    let (text, exit) = terminal.end();
    assert_eq!(exit, 0, "{text}");
    assert!(text.contains("LCoum2cHq1XSmTGi"), "{text}");
}

#[test]
fn ctrl_c_at_a_question_ends_with_130() {
    let shop = Shop::with_three();
    shop.sandbox.set_balance(1);
    shop.run("create --traffic 1 --count 2 --chunk 1 --out codes.txt")
        .exits(3);
    let mut terminal = Terminal::open(&shop, "create --resume");
    terminal.sees("[y/N]");
    terminal.0.send_control('c').unwrap();
    assert_eq!(terminal.end().1, 130);
    assert_eq!(shop.lines("codes.txt").len(), 1);
}
