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
