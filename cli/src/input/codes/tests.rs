use super::*;

fn with(input: &str, column: Option<&str>) -> Result<Vec<String>, Refused> {
    let read_as = ReadAs {
        name: "x",
        column,
        extra: "",
    };
    let codes = parse(input.as_bytes(), read_as)?;
    Ok(codes.iter().map(ToString::to_string).collect())
}

#[track_caller]
fn read(input: &str) -> Vec<String> {
    with(input, None).unwrap()
}

#[track_caller]
fn refused(input: &str) -> String {
    let Refused { what, why, next } = with(input, None).unwrap_err();
    format!("{what}\n{}\n{}", why.join("\n"), next.unwrap_or_default())
}

const ONE: &str = "nozzapqOWJOCcWlX";
const TWO: &str = "uJQJFnycHOpSEw5N";

#[test]
fn plain_lines_are_read() {
    assert_eq!(read("A\r\n\n B \n"), ["A", "B"]);
    assert_eq!(read("A\rB\r"), ["A", "B"]);
    assert_eq!(read("\u{feff}A\n"), ["A"]);
    assert_eq!(read("\"A\"\n\"B\"\n"), ["A", "B"]);
    assert_eq!(read("'A'\n=\"B\"\n\u{a0}C\u{200b}\n"), ["A", "B", "C"]);
    assert_eq!(read(""), [""; 0]);
}

#[test]
fn csv_of_any_kind_is_read() {
    assert_eq!(read("cdk,label\nA,x\n'-B,\"y,z\"\n"), ["A", "-B"]);
    assert_eq!(read("label;cdk\nx;A\n"), ["A"]);
    assert_eq!(read("cdk\nA\nB\n"), ["A", "B"]);
    assert_eq!(read("cdk,label\nA\n\n,only a label\nB,x\n"), ["A", "B"]);
    assert_eq!(read("sep=;\ncdk;price\nA;1,5\nB;2,5\n"), ["A", "B"]);
    assert_eq!(
        read("\"sep=|\"\r\nlabel|Voucher-Code\r\n\"x|y\"|A\r\n"),
        ["A"]
    );
    assert_eq!(
        read("Nr\tCode\tName\n1\tA\tAnna, Berlin\n2\tB\tBo; Co\n"),
        ["A", "B"]
    );
    // Two names for it: ours counts.
    assert_eq!(read("code,cdk\nX,A\n"), ["A"]);
}

#[test]
fn json_and_jsonl_are_read() {
    assert_eq!(
        read("[\n  {\"cdk\":\"A\",\"status\":1},\n  {\"cdk\":\"B\"}\n]\n"),
        ["A", "B"]
    );
    assert_eq!(
        read("{\"cdk\":\"A\",\"label\":null}\n\n{\"cdk\":\"B\"}\n"),
        ["A", "B"]
    );
    assert_eq!(read("{\n  \"cdk\": \"A\"\n}\n"), ["A"]);
    assert_eq!(read("[\"A\",\"B\"]"), ["A", "B"]);
    assert_eq!(read("[]\n"), [""; 0]);
}

#[test]
fn a_column_is_named_by_its_heading_or_its_number() {
    let text = format!("Nr;Karte;Name\n1;{ONE};Anna\n2;{TWO};Bo\n");
    assert_eq!(with(&text, Some("karte")).unwrap(), [ONE, TWO]);
    assert_eq!(with(&text, Some("2")).unwrap(), [ONE, TWO]);
    let bare = format!("1,{ONE}\n2,{TWO}\n");
    assert_eq!(with(&bare, Some("2")).unwrap(), [ONE, TWO]);
    let json = format!("[{{\"karte\":\"{ONE}\"}}]");
    assert_eq!(with(&json, Some("Karte")).unwrap(), [ONE]);
    let headed = format!("Gutscheine\n{ONE}\n");
    assert_eq!(with(&headed, Some("1")).unwrap(), [ONE]);
    for wrong in ["4", "0", "Preis"] {
        let refused = with(&text, Some(wrong)).unwrap_err();
        assert_eq!(refused.what, format!("x has no column `{wrong}`"));
        assert_eq!(
            refused.why[0],
            "its columns, by their first line: 1 `Nr`, 2 `Karte`, 3 `Name`"
        );
    }
}

#[test]
fn a_column_is_proposed_and_not_taken() {
    let message = refused(&format!("{ONE},webshop\n{TWO},kiosk\n"));
    assert!(
        message.contains("x does not say which column holds the codes; nothing was sent"),
        "{message}"
    );
    assert!(
        message.contains("its columns, by their first line: 1 `no…lX`, 2 `webshop`"),
        "{message}"
    );
    assert!(
        message.ends_with("if that is right, add --column 1"),
        "{message}"
    );
    let message = refused(&format!(
        "[{{\"karte\":\"{ONE}\",\"n\":1}},{{\"karte\":\"{TWO}\",\"n\":2}}]"
    ));
    assert!(
        message.ends_with("if that is right, add --column karte"),
        "{message}"
    );
    let message = refused("a,b\nc,d\n");
    assert!(
        message.ends_with("name it with --column NAME or --column NUMBER"),
        "{message}"
    );
    let message = refused(&format!("Gutscheine\n{ONE}\n{TWO}\n"));
    assert!(
        message.contains("line 1, `Gutscheine`, is not like the codes below it"),
        "{message}"
    );
}

#[test]
fn every_complaint_names_its_line_and_no_code() {
    let message = refused(&format!("{ONE}\n\n1.23457E+15\n{TWO} Anna\nw@x.example\n"));
    assert!(
        message.contains("x: 3 of 4 lines hold no code; nothing was sent"),
        "{message}"
    );
    assert!(
        message.contains("line 3: `1.23457E+15`: a spreadsheet has turned a code into a number"),
        "{message}"
    );
    assert!(
        message.contains("line 4: `uJ…na`: holds a blank"),
        "{message}"
    );
    assert!(
        message.contains("line 5: `w@x.example`: holds something else than"),
        "{message}"
    );
    let message = refused("sep=,\r\ncdk,label\r\n\r\nA,x\r\nB C,y\r\n");
    assert!(message.contains("line 5: `B C`"), "{message}");
    let message = refused("[\n  {\"cdk\":\"A\"},\n  {\"cdk\":\"B C\"}\n]\n");
    assert!(message.contains("line 3: `B C`"), "{message}");
    let message = refused("{\"cdk\":\"A\"}\n{\"cdk\":B}\n");
    assert!(
        message.contains("it is not readable JSON: line 2, column 8"),
        "{message}"
    );
    let many = refused(&"a b\n".repeat(30));
    assert!(
        many.contains("line 10:") && !many.contains("line 11:") && many.contains("and 20 more"),
        "{many}"
    );
}

#[test]
fn what_is_no_text_is_refused_with_a_step() {
    let refused = parse(
        b"PK\x03\x04...",
        ReadAs {
            name: "x.xlsx",
            ..ReadAs::default()
        },
    )
    .unwrap_err();
    assert_eq!(refused.what, "x.xlsx cannot be read as a list of codes");
    assert_eq!(
        refused.next.unwrap(),
        "save it as CSV or as plain text, with one code a line"
    );
}
