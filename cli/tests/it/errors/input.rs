//! Codes, files and flags.

use super::cases::{BUY, Case, Section};

pub(super) const SECTIONS: &[Section] = &[
    Section(
        "Codes and files",
        &[
            Case("show", |shop| shop.run("show")),
            Case("revoke --yes", |shop| shop.run("revoke --yes")),
            Case("assign --nobody", |shop| shop.run("assign --nobody")),
            Case("assign NOPE --nobody", |shop| {
                shop.run("assign nopenopenope1 --nobody")
            }),
            Case("show a,b", |shop| shop.run("show a,b")),
            Case("show --file nowhere.txt", |shop| {
                shop.run("show --file nowhere.txt")
            }),
            Case("show --file FILE, a line is no code", |shop| {
                shop.write(
                    "codes.csv",
                    "cdk;label\nnozzapqOWJOCcWlX;a\n1,23457E+15;b\nAnna Berg;c\n",
                );
                shop.run("show --file codes.csv")
            }),
            Case("show --file FILE, no heading", |shop| {
                shop.write(
                    "codes.csv",
                    "nozzapqOWJOCcWlX,webshop\nuJQJFnycHOpSEw5N,kiosk\n",
                );
                shop.run("show --file codes.csv")
            }),
            Case("show --file FILE, a heading that is not known", |shop| {
                shop.write("codes.txt", "Gutscheine\nnozzapqOWJOCcWlX\n");
                shop.run("show --file codes.txt")
            }),
            Case("show --file FILE --column Preis", |shop| {
                shop.write("codes.csv", "cdk;label\nnozzapqOWJOCcWlX;a\n");
                shop.run("show --file codes.csv --column Preis")
            }),
            Case("show --file FILE, a workbook", |shop| {
                shop.write("codes.xlsx", "PK\u{3}\u{4}");
                shop.run("show --file codes.xlsx")
            }),
            Case("show CODE, not known, with a look-alike", |shop| {
                shop.run("show nozzapqOWJOCcWIX")
            }),
            Case("revoke --status used --older-than 1d", |shop| {
                shop.run("revoke --status used --older-than 1d")
            }),
            Case("report --html no/such/folder.html", |shop| {
                shop.run("report --html no/such/folder.html")
            }),
            Case("watch --cursor FILE, no cursor", |shop| {
                shop.write("notes.txt", "hello\n");
                shop.run("watch --once --cursor notes.txt")
            }),
            Case("watch --cursor FILE, damaged", |shop| {
                shop.run("watch --once --cursor seen.txt").exits(0);
                shop.shell("echo nonsense >> seen.txt; thordata-cdk watch --once --cursor seen.txt")
            }),
            Case("import books.csv, a cost without a currency", |shop| {
                shop.write("books.csv", "cdk,cost\nnozzapqOWJOCcWlX,1\n");
                shop.run("import books.csv")
            }),
            Case("import books.csv, another account's codes", |shop| {
                shop.write("books.csv", "cdk,order\nnopenopenope1,A-1\n");
                shop.run("import books.csv")
            }),
            Case("import books.csv, a voucher of another order", |shop| {
                shop.write("books.csv", "cdk,order\nnozzapqOWJOCcWlX,A-1\n");
                shop.run("import books.csv").exits(0);
                shop.write("books.csv", "cdk,order\nnozzapqOWJOCcWlX,A-2\n");
                shop.run("import books.csv")
            }),
            Case("import books.csv, one order of two traffics", |shop| {
                shop.write(
                    "books.csv",
                    "cdk,order\nnozzapqOWJOCcWlX,A-1\nLCoum2cHq1XSmTGi,A-1\n",
                );
                shop.run("import books.csv")
            }),
            Case("export, an order is open", |shop| {
                shop.sandbox.set_balance(1);
                shop.run(BUY).exits(1);
                shop.run("export")
            }),
            Case("cards --html cards.html", |shop| {
                shop.run("cards --html cards.html")
            }),
            Case("cards --label websop --html cards.html", |shop| {
                shop.run("cards --label websop --html cards.html")
            }),
            Case("cards --html FILE, which is something else", |shop| {
                shop.write("letter.html", "<p>Dear reader");
                shop.run("cards nozzapqOWJOCcWlX --html letter.html")
            }),
            Case("report --html FILE, which is something else", |shop| {
                shop.write("letter.html", "<p>Dear reader");
                shop.run("report --html letter.html")
            }),
            Case("report --html FOLDER", |shop| shop.run("report --html .")),
            Case("cards --html no/such/folder.html", |shop| {
                shop.run("cards nozzapqOWJOCcWlX --html no/such/folder.html")
            }),
            Case("watch --cursor FILE, a named pipe", |shop| {
                shop.shell("mkfifo pipe && thordata-cdk watch --once --cursor pipe")
            }),
            Case(
                "watch --cursor FILE, a link in a folder of everybody",
                |shop| {
                    shop.shell("mkdir all && chmod 777 all && ln -s ../notes.txt all/seen && thordata-cdk watch --once --cursor all/seen")
                },
            ),
            Case("watch --once --exec false", |shop| {
                shop.run("watch --once --exec false")
            }),
        ],
    ),
    Section(
        "Flags",
        &[
            Case("revoke CODE, off a terminal", |shop| {
                shop.run("revoke nozzapqOWJOCcWlX")
            }),
            Case("create, off a terminal", |shop| {
                shop.run("create --traffic 100 --count 6")
            }),
            Case("list --since soon", |shop| shop.run("list --since soon")),
            Case("log --since soon", |shop| shop.run("log --since soon")),
            Case("audit --since soon", |shop| shop.run("audit --since soon")),
            Case("report --from soon", |shop| shop.run("report --from soon")),
            Case("list --fields price", |shop| {
                shop.run("list --fields price")
            }),
            Case("report -o codes", |shop| shop.run("report -o codes")),
            Case("list -o codes --fields cdk", |shop| {
                shop.run("list -o codes --fields cdk")
            }),
            Case("watch -o json", |shop| shop.run("watch -o json")),
            Case("create --out FILE -o csv", |shop| {
                shop.run("create --traffic 1 --count 1 --out x.txt -o csv")
            }),
            Case("man frobnicate", |shop| shop.run("man frobnicate")),
            Case("help rewoke", |shop| shop.run("help rewoke")),
        ],
    ),
];
