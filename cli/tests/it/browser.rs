//! The report page in a browser. Needs Chromium: `just cli-page` installs it and runs this.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;

use crate::support::Shop;

fn chromium(shop: &Shop, arguments: &[&str], page: &Path) -> Vec<u8> {
    let profile = format!("--user-data-dir={}", shop.path("browser").display());
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .args(["--hide-scrollbars", "--window-size=1100,1900", &profile])
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("chromium is installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// How many pixels the page has of each colour.
fn colours(shop: &Shop, page: &Path, scheme: &str) -> HashMap<[u8; 3], usize> {
    let picture = shop.path("page.png");
    let flag = format!("--screenshot={}", picture.display());
    chromium(shop, &[&flag, scheme], page);
    let decoder = png::Decoder::new(BufReader::new(File::open(picture).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let samples = info.color_type.samples();
    let mut colours = HashMap::new();
    for pixel in bytes[..info.buffer_size()].chunks_exact(samples) {
        *colours.entry([pixel[0], pixel[1], pixel[2]]).or_default() += 1;
    }
    colours
}

#[test]
#[ignore = "needs Chromium; `just cli-page` runs it"]
fn the_report_page_shows_its_charts_light_and_dark() {
    let shop = Shop::open();
    shop.run("--sandbox report --html report.html").exits(0);
    let page = shop.path("report.html");

    let dom = String::from_utf8(chromium(&shop, &["--dump-dom"], &page)).unwrap();
    for chart in ["by-month", "by-label", "by-age"] {
        let (_, from_chart) = dom
            .split_once(&format!("<svg id=\"{chart}\""))
            .expect(chart);
        let (chart_alone, _) = from_chart.split_once("</svg>").unwrap();
        assert!(chart_alone.matches("<rect").count() >= 4, "{chart}");
    }

    // The bars are painted: sold, unsold and revoked, each in its colour, on its background.
    let light = colours(&shop, &page, "--blink-settings=preferredColorScheme=1");
    let dark = colours(&shop, &page, "--blink-settings=preferredColorScheme=0");
    for (colours, back, parts) in [
        (
            light,
            [255, 255, 255],
            [[0, 114, 178], [230, 159, 0], [154, 160, 166]],
        ),
        (
            dark,
            [29, 33, 37],
            [[74, 168, 222], [232, 171, 46], [123, 131, 139]],
        ),
    ] {
        let area = |colour: &[u8; 3]| colours.get(colour).copied().unwrap_or(0);
        assert!(area(&back) > 500_000, "{back:?}: {}", area(&back));
        let [sold, unsold, revoked] = parts.map(|part| area(&part));
        assert!(
            sold > 20_000 && unsold > 20_000 && revoked > 1_000,
            "{sold}, {unsold}, {revoked}"
        );
    }
}

/// The headings of every table, and the texts that a reader looks for.
const HEADINGS: [&str; 12] = [
    "Issued",
    "Sold",
    "Unsold",
    "Revoked",
    "Traffic",
    "Traffic unsold",
    "Median age, days",
    "Oldest, days",
    "Currency",
    "Revenue",
    "Cost",
    "Margin",
];

/// A shop with long labels in several scripts, prices, a customer, and months without sales.
fn busy_shop() -> Shop {
    let shop = Shop::open();
    shop.sandbox
        .set_now(crate::support::NOW - 150 * crate::support::DAY);
    shop.shell(
        "thordata-cdk create --order A --traffic 20 --count 4 --cost 2.5 --price 4 --currency EUR --out a.txt \
         --label 'Käsespätzle für Größenwahn: der Partner im hohen Norden, zweite Lieferung'",
    )
    .exits(0);
    shop.sandbox
        .set_now(crate::support::NOW - 3 * crate::support::DAY);
    shop.shell("thordata-cdk create --order B --traffic 10 --count 3 --label '网店北方分店特别优惠活动第二批次' --out b.txt").exits(0);
    shop.run("assign --file b.txt --customer Müller").exits(0);
    for code in shop.lines("a.txt").iter().take(2) {
        shop.sandbox.redeem(code, "somebody").unwrap();
    }
    shop.run("report --look-up --html report.html").exits(0);
    shop
}

#[test]
#[ignore = "needs Chromium and poppler; `just cli-page` runs it"]
fn nothing_of_the_report_is_lost_on_paper_or_on_a_phone() {
    let shop = busy_shop();
    let page = shop.path("report.html");

    // On paper.
    let pdf = shop.path("report.pdf");
    let print = format!("--print-to-pdf={}", pdf.display());
    chromium(&shop, &[&print, "--no-pdf-header-footer"], &page);
    let text = Command::new("pdftotext")
        .args(["-layout".as_ref(), pdf.as_os_str(), "-".as_ref()])
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let flat = words(&text);
    for heading in HEADINGS {
        let first = heading.split(' ').next().unwrap();
        assert!(flat.contains(first), "{heading} is missing in {text}");
    }
    for wanted in [
        "2025-06",
        "2025-08",
        "Käsespätzle",
        "网店北方",
        "Müller",
        "EUR",
        "8.00",
        "5.00",
        "3.00",
        "account …abcd",
    ] {
        assert!(flat.contains(wanted), "{wanted} is missing in {text}");
    }

    // On a phone nothing reaches over the edge: the page is measured by a copy of it with a script.
    let measured = shop.read("report.html").replace("default-src 'none'", "script-src 'unsafe-inline'").replace(
        "</body>",
        "<script>const wide = [...document.querySelectorAll('td, h2, p, .tile')].filter(part => \
         part.getBoundingClientRect().right > innerWidth + 1).length; const shown = \
         [...document.querySelectorAll('td')].map(cell => getComputedStyle(cell, '::before').content).join();\
         document.title = `${innerWidth} ${wide} ${document.documentElement.scrollWidth} ${shown}`</script></body>",
    );
    // A window can't be narrower than some 500 pixels, so that the page is in a frame.
    shop.write("measured.html", &measured);
    shop.write(
        "phone.html",
        "<iframe src=measured.html style='width:390px;height:3000px;border:0' \
         onload='document.title = this.contentDocument.title'></iframe>",
    );
    let dom = chromium(
        &shop,
        &[
            "--dump-dom",
            "--allow-file-access-from-files",
            "--virtual-time-budget=2000",
        ],
        &shop.path("phone.html"),
    );
    let dom = String::from_utf8(dom).unwrap();
    let title = dom
        .split_once("<title>")
        .expect(&dom)
        .1
        .split_once("</title>")
        .unwrap()
        .0
        .to_owned();
    assert!(title.starts_with("390 0 390 "), "{title}");
    for heading in HEADINGS {
        assert!(
            title.contains(heading),
            "{heading} has no place at 390 pixels: {title}"
        );
    }
}

#[test]
#[ignore = "needs Chromium and poppler; `just cli-page` runs it"]
fn cards_are_whole_on_each_sheet() {
    let shop = Shop::open();
    shop.run("create --order A --traffic 5 --count 23 --out a.txt")
        .exits(0);
    shop.run("cards --order A --html cards.html").exits(0);
    let pdf = shop.path("cards.pdf");
    let print = format!("--print-to-pdf={}", pdf.display());
    chromium(
        &shop,
        &[&print, "--no-pdf-header-footer"],
        &shop.path("cards.html"),
    );
    let text = Command::new("pdftotext")
        .args([pdf.as_os_str(), "-".as_ref()])
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let mut found = 0;
    for sheet in text.split('\u{c}') {
        // A card that was cut would have its title on one sheet and its code on the next.
        let letters: String = sheet.split_whitespace().collect();
        let codes = shop
            .codes()
            .iter()
            .filter(|code| letters.contains(code.as_str()))
            .count();
        assert_eq!(codes, sheet.matches("Traffic voucher").count(), "{sheet}");
        found += codes;
    }
    assert_eq!(found, 23);
}
