//! Codes from anywhere: what is read, what is refused, and what is never sent.

use crate::support::Shop;

const TWO: &str = "nozzapqOWJOCcWlX\nuJQJFnycHOpSEw5N\n";

#[test]
fn every_form_of_a_file_comes_back_as_the_same_codes() {
    let shop = Shop::with_three();
    let utf16: Vec<u8> = "\u{feff}Nr;Code\r\n1;nozzapqOWJOCcWlX\r\n2;uJQJFnycHOpSEw5N\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    std::fs::write(shop.path("utf16.csv"), utf16).unwrap();
    shop.write("quoted.txt", "\"nozzapqOWJOCcWlX\"\n\"uJQJFnycHOpSEw5N\"\n");
    shop.write(
        "sep.csv",
        "sep=;\nlabel;cdk\n\"a;b\";nozzapqOWJOCcWlX\nx;uJQJFnycHOpSEw5N\n",
    );
    shop.run("list -o json").exits(0);
    for file in ["utf16.csv", "quoted.txt", "sep.csv"] {
        shop.run(&format!("show --file {file} -o codes"))
            .exits(0)
            .prints(TWO);
    }
    for format in ["json", "jsonl", "csv", "codes"] {
        let written = shop.run(&format!("list -o {format}")).exits(0).out;
        let read = shop
            .run_with_input("show - -o codes", &written)
            .exits(0)
            .out;
        assert_eq!(read.lines().count(), 3, "{format}");
    }
}

#[test]
fn nothing_is_sent_of_a_file_with_a_line_that_is_no_code() {
    let shop = Shop::with_three();
    shop.write(
        "pairs.csv",
        "nozzapqOWJOCcWlX,webshop\nuJQJFnycHOpSEw5N,kiosk\n",
    );
    shop.run("revoke --file pairs.csv --yes")
        .exits(2)
        .prints("")
        .says(&[
            "error: pairs.csv does not say which column holds the codes; nothing was sent",
            "why: its columns, by their first line: 1 `no…lX`, 2 `webshop`",
            "why: what column 1 holds looks like codes",
            "next: if that is right, add --column 1",
        ]);
    shop.write(
        "damaged.csv",
        "cdk;label\nnozzapqOWJOCcWlX;a\n1,23457E+15;b\n",
    );
    shop.run("revoke --file damaged.csv --yes").exits(2).says(&[
        "error: damaged.csv: 1 of 2 lines hold no code; nothing was sent",
        "why: line 3: `1,23457E+15`: a spreadsheet has turned a code into a number",
    ]);
    shop.run("revoke a,b --yes")
        .exits(2)
        .says(&["argument 1 is no voucher code; nothing was sent"]);
    shop.run("revoke --file nowhere.txt --yes")
        .exits(2)
        .says(&["nowhere.txt cannot be read"]);
    assert_eq!(shop.sandbox.requests().len(), 0);
    shop.run("revoke --file pairs.csv --column 1 --dry-run -o codes")
        .exits(3)
        .prints("nozzapqOWJOCcWlX\n");
}

#[test]
fn codes_with_other_characters_need_an_override() {
    let shop = Shop::open();
    shop.put("a+b/c=", 1, 5, thordata_cdk_sandbox::VoucherStatus::Unused);
    shop.run_with_input("show - -o codes", "a+b/c=\n")
        .exits(2)
        .says(&["holds something else than letters, digits, `-` and `_`"]);
    let mut command = shop.command("show -");
    command.env("THORDATA_CDK_CODE_CHARACTERS", "+/=");
    crate::support::ended(command, "a+b/c=\n").exits(0);
}
