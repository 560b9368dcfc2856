//! `report`. Its page is opened in a browser by `just cli-page`.

use serde_json::json;

use crate::support::Shop;

#[test]
fn each_group_is_a_record() {
    let shop = Shop::with_three();
    shop.run("create --traffic 10 --count 2 --label kiosk")
        .exits(0);
    let report = shop.run("report -o json").exits(0).json();
    let groups: Vec<_> = report
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["by"], &row["group"]))
        .collect();
    assert_eq!(
        json!(groups),
        json!([
            ["label", "kiosk"],
            ["label", null],
            ["month", "2025-10"],
            ["month", "2025-11"],
            ["total", null]
        ])
    );
    assert_eq!(
        report[4],
        json!({
            "by": "total", "group": null, "issued": 5, "sold": 1, "sold_percent": 20, "unsold": 3, "revoked": 1,
            "other": 0, "traffic": 28, "traffic_sold": 3, "traffic_unsold": 23, "traffic_revoked": 2,
            "median_unsold_days": 0, "oldest_unsold_days": 40, "currency": null, "revenue": null, "cost": null,
            "margin": null,
        })
    );
    let own = shop.run("report --label kiosk -o json").exits(0).json();
    assert_eq!(
        (own.as_array().unwrap().len(), &own[2]["issued"]),
        (3, &json!(2))
    );
}

#[test]
fn the_page_holds_the_figures_and_loads_nothing() {
    let shop = Shop::with_three();
    shop.shell("thordata-cdk create --traffic 10 --count 2 --label '<script>alert(1)</script>'")
        .exits(0);
    shop.run("report --html report.html")
        .exits(0)
        .prints("")
        .says(&["The report is in report.html"]);
    let page = shop.read("report.html");
    assert_eq!(page.matches("<svg").count(), 3);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for foreign in [
        "<script", "http:", "https:", "url(", "@import", "<img", "<iframe",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("2025-11, unsold: traffic 20 in 2 vouchers"));
    assert!(shop.codes().iter().all(|code| !page.contains(code)));
    shop.run("report --html -").exits(0).prints(&page);
}

#[test]
fn an_empty_report_has_zeros_and_no_percentages() {
    let shop = Shop::open();
    let report = shop.run("report -o json").exits(0).json();
    assert_eq!(
        (&report[0]["issued"], &report[0]["sold_percent"]),
        (&json!(0), &json!(null))
    );
    shop.run("report --html report.html")
        .exits(0)
        .says(&["There are no vouchers to add up."]);
    assert!(
        shop.read("report.html")
            .contains("There are no vouchers to show.")
    );
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let shop = Shop::with_three();
    shop.run("report --html no/such/folder.html")
        .exits(1)
        .says(&["no/such/folder.html cannot be written"]);
    shop.run("report --html report.html -o csv")
        .exits(2)
        .says(&["cannot be used with"]);
    shop.run("report -o codes")
        .exits(2)
        .says(&["this command prints no voucher codes"]);
}

#[test]
fn a_page_replaces_a_page_and_no_other_file() {
    let shop = Shop::with_three();
    shop.run("report --html report.html").exits(0);
    assert!(
        shop.read("report.html")
            .starts_with("<!DOCTYPE html><!-- thordata-cdk report -->\n<html")
    );
    shop.run("report --html report.html").exits(0);
    shop.write("config.json", "{}");
    for (file, why) in [
        ("config.json", "config.json is no report of before"),
        (".", ". is not a regular file"),
        ("/dev/null", "/dev/null is not a regular file"),
    ] {
        shop.run(&format!("report --html {file}"))
            .exits(2)
            .says(&[why, "why: it is left as it is"]);
    }
    assert_eq!(shop.read("config.json"), "{}");
    assert_eq!(shop.requests("list"), 2, "those of the two pages alone");
}
