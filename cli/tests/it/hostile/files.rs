//! Files and streams that the command is led to.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::calls::{command, words};
use super::environment::without_credentials;
use super::{Case, Did, Section};
use crate::support::{Ended, KEY, Shop, TOKEN, ended};

const BUY: &str = "create --traffic 1 --count 1";

fn run(shop: &Shop, line: &str) -> Ended {
    ended(command(shop, line), "")
}

/// What was said, and how many purchases were sent.
fn bought(shop: &Shop, ended: &Ended) -> Did {
    let purchases = shop.requests("create");
    Did::default().command(format!("{} ({purchases} purchases sent)", words(ended)))
}

/// What was said, and what became of a file that is not ours.
fn foreign(shop: &Shop, line: &str, file: &str) -> Did {
    let text = "{\"port\": 80}\n";
    std::fs::create_dir_all(shop.path(file).parent().unwrap()).unwrap();
    shop.write(file, text);
    mode(shop, file, 0o600);
    let words = words(&run(shop, line));
    let unchanged = unchanged(shop, file, text);
    Did::default().command(format!("{words} ({unchanged})"))
}

pub(super) fn unchanged(shop: &Shop, file: &str, text: &str) -> &'static str {
    match shop.read(file) == text {
        true => "the file is unchanged",
        false => "the file is changed",
    }
}

fn mode(shop: &Shop, file: &str, mode: u32) {
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(shop.path(file), mode).unwrap();
}

/// A folder where everybody may write.
fn shared(shop: &Shop) {
    std::fs::create_dir(shop.path("shared")).unwrap();
    mode(shop, "shared", 0o1777);
}

fn shell(shop: &Shop, line: &str) -> Ended {
    let mut shell = shop.program("sh");
    super::calls::without_proxies(&mut shell);
    shell.args(["-c", line]);
    ended(shell, "")
}

fn with_stored(shop: &Shop, line: &str) -> Command {
    let mut login = command(shop, "login --from-stdin --no-check");
    without_credentials(&mut login);
    ended(login, &format!("{TOKEN}\n{KEY}\n")).exits(0);
    let mut command = command(shop, line);
    without_credentials(&mut command);
    command
}

pub(super) const SECTIONS: &[Section] = &[Section("Files", FILES)];

const FILES: &[Case] = &[
    Case("watch --cursor of another program's file", |shop| {
        foreign(shop, "watch --once --cursor config.json", "config.json")
    }),
    Case("watch --cursor with a damaged line", |shop| {
        run(shop, "watch --once --cursor seen.txt").exits(0);
        let text = shop.read("seen.txt");
        shop.write("seen.txt", &format!("{text}nonsense\n"));
        let words = words(&run(shop, "watch --once --cursor seen.txt"));
        Did::default().command(words)
    }),
    Case(
        "watch --cursor that is a link where others may write",
        |shop| {
            shared(shop);
            shop.write("notes.txt", "mine\n");
            symlink("../notes.txt", shop.path("shared/seen.txt")).unwrap();
            let words = words(&run(shop, "watch --once --cursor shared/seen.txt"));
            Did::default().command(words)
        },
    ),
    Case("watch --cursor that others can read", |shop| {
        run(shop, "watch --once --cursor seen.txt").exits(0);
        mode(shop, "seen.txt", 0o644);
        Did::default().command(words(&run(shop, "watch --once --cursor seen.txt")))
    }),
    Case("login over another program's file", |shop| {
        let file = "config/profiles/default.json";
        let text = "{\"port\": 80}\n";
        std::fs::create_dir_all(shop.path("config/profiles")).unwrap();
        shop.write(file, text);
        mode(shop, file, 0o600);
        let login = command(shop, "login --from-stdin --no-check");
        let words = words(&ended(login, &format!("{TOKEN}\n{KEY}\n")));
        let unchanged = unchanged(shop, file, text);
        Did::default().command(format!("{words} ({unchanged})"))
    }),
    Case("logout, and another program's file", |shop| {
        foreign(shop, "logout --yes", "config/profiles/default.json")
    }),
    Case("profiles use, and another program's file", |shop| {
        with_stored(shop, "list");
        foreign(shop, "profiles use default", "config/profile-in-use")
    }),
    Case(
        "files and folders beside a page, named as leftovers",
        |shop| {
            let mut killed = Command::new("true").spawn().unwrap();
            killed.wait().unwrap();
            let names =
                [".new-", ".thordata-cdk-new-"].map(|begin| format!("{begin}{}", killed.id()));
            for name in &names {
                shop.write(&format!("{name}-notes.txt"), "mine\n");
                std::fs::create_dir(shop.path(format!("{name}-page.html-Ab12Cd"))).unwrap();
            }
            run(shop, "report --html page.html").exits(0);
            let kept = names.iter().all(|name| {
                shop.path(format!("{name}-notes.txt")).exists()
                    && shop.path(format!("{name}-page.html-Ab12Cd")).exists()
            });
            let kept = match kept {
                true => "all of them are there",
                false => "some are gone",
            };
            Did::default().command(format!("the page is written; {kept}"))
        },
    ),
    Case("report --html over another program's file", |shop| {
        foreign(shop, "report --html page.html", "page.html")
    }),
    Case("stored credentials that others can read", |shop| {
        let list = with_stored(shop, "list -o codes");
        mode(shop, "config/profiles/default.json", 0o640);
        Did::default().command(words(&ended(list, "")))
    }),
    Case("a store that others can read", |shop| {
        run(shop, &format!("{BUY} --store own.db")).exits(0);
        mode(shop, "own.db", 0o644);
        Did::default().command(words(&run(shop, "orders --store own.db")))
    }),
    Case("a store that is a link where others may write", |shop| {
        run(shop, &format!("{BUY} --store own.db")).exits(0);
        shared(shop);
        symlink("../own.db", shop.path("shared/store.db")).unwrap();
        Did::default().command(words(&run(shop, "orders --store shared/store.db")))
    }),
    Case("a store that is another program's file", |shop| {
        foreign(shop, &format!("{BUY} --store notes.db"), "notes.db")
    }),
    Case("a half-written secret of a run that was killed", |shop| {
        let list = with_stored(shop, "list -o codes");
        let mut killed = Command::new("true").spawn().unwrap();
        killed.wait().unwrap();
        let left = shop.path(format!(
            "config/profiles/.thordata-cdk-new-{}-default.json-x1y2z3",
            killed.id()
        ));
        std::fs::write(&left, KEY).unwrap();
        let words = words(&ended(list, ""));
        let left = match left.exists() {
            true => "there",
            false => "removed",
        };
        Did::default().command(format!("{words} (what was left is {left})"))
    }),
    Case("create --out of a FIFO", |shop| {
        bought(
            shop,
            &shell(shop, &format!("mkfifo fifo; thordata-cdk {BUY} --out fifo")),
        )
    }),
    Case("create --out of /dev/stdout", |shop| {
        bought(
            shop,
            &shell(shop, &format!("thordata-cdk {BUY} --out /dev/stdout")),
        )
    }),
    Case("create --out of /dev/null", |shop| {
        bought(shop, &run(shop, &format!("{BUY} --out /dev/null")))
    }),
    Case("create --out of another program's file", |shop| {
        foreign(shop, &format!("{BUY} --out config.json"), "config.json")
    }),
    Case("create --out of another program's list", |shop| {
        shop.write(".gitignore", "target\nnode_modules\n");
        mode(shop, ".gitignore", 0o600);
        let run = bought(shop, &run(shop, &format!("{BUY} --out .gitignore")));
        let unchanged = unchanged(shop, ".gitignore", "target\nnode_modules\n");
        Did::default().command(format!("{} ({unchanged})", run.command.unwrap()))
    }),
    Case("create --out -", |shop| {
        run(shop, &format!("{BUY} --out -")).exits(0);
        let made = match shop.path("-").exists() {
            true => "a file of that name",
            false => "no file",
        };
        Did::default().command(format!("the codes go to standard output; {made} is made"))
    }),
    Case("create --out of a file that others can read", |shop| {
        shop.write("codes.txt", "");
        mode(shop, "codes.txt", 0o644);
        bought(shop, &run(shop, &format!("{BUY} --out codes.txt")))
    }),
    Case("create, and a closed standard output", |shop| {
        bought(shop, &shell(shop, &format!("thordata-cdk {BUY} >&-")))
    }),
    Case("create, and standard output to /dev/null", |shop| {
        bought(
            shop,
            &shell(shop, &format!("thordata-cdk {BUY} > /dev/null")),
        )
    }),
    Case("create, and nobody reads standard output", |shop| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(shop, BUY).stdout(writer).output().unwrap();
        bought(shop, &Ended::from(output))
    }),
    Case("create, and a full disk", |shop| {
        let full = shell(
            shop,
            &format!("thordata-cdk {BUY} --order A-17 > /dev/full"),
        );
        let again = run(shop, "create --resume A-17");
        let (full, again) = (words(&full), words(&again));
        let purchases = shop.requests("create");
        Did::default().command(format!(
            "{full}. Then --resume: {again} ({purchases} purchases sent)"
        ))
    }),
];
