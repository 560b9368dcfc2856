//! `cards`.

use thordata_cdk_sandbox::VoucherStatus;

use crate::support::Shop;

#[test]
fn every_card_has_its_code_in_letters_and_in_a_qr_code_that_can_be_read() {
    let shop = Shop::open();
    shop.put("nozzapqOWJOCcWIX", 3, 1, VoucherStatus::Unused);
    shop.put("nozzapqOWJOCcWlX", 5, 1, VoucherStatus::Unused);
    shop.put("LCoum2cHq1XSmTGi", 5, 1, VoucherStatus::Revoked);
    let line = "thordata-cdk cards nozzapqOWJOCcWlX nozzapqOWJOCcWIX LCoum2cHq1XSmTGi nopenopenope1 \
                --html cards.html --title '<Café>' --note '网店'";
    shop.shell(line).exits(3).prints("").says(&[
        "2 cards in cards.html; print it from a browser.",
        "2 vouchers left out: used, revoked or not found",
    ]);
    let page = shop.read("cards.html");
    assert!(
        page.contains("&lt;Café&gt;") && page.contains("网店"),
        "{page}"
    );
    for foreign in ["<script", "http:", "https:", "url(", "@import"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let cards: Vec<&str> = page.split("<section").skip(1).collect();
    let read: Vec<(String, String)> = cards
        .iter()
        .map(|card| (letters(card), decoded(card)))
        .collect();
    let both = |code: &str| (code.to_owned(), code.to_owned());
    assert_eq!(read, [both("nozzapqOWJOCcWlX"), both("nozzapqOWJOCcWIX")]);
    let mode = shop.shell("ls -l cards.html | cut -c1-10").out;
    assert_eq!(mode, "-rw-------\n");
}

#[test]
fn an_order_or_a_label_is_printed_as_a_whole() {
    let shop = Shop::open();
    shop.run("create --order A-17 --traffic 5 --count 3 --label kiosk --out codes.txt")
        .exits(0);
    for chosen in ["--order A-17", "--label kiosk", "--file codes.txt"] {
        shop.run(&format!("cards {chosen} --html cards.html"))
            .exits(0)
            .says(&["3 cards in cards.html"]);
    }
}

fn letters(card: &str) -> String {
    let (_, code) = card.split_once("class=\"code\">").unwrap();
    let (code, _) = code.split_once("</p>").unwrap();
    code.replace("<span>", "").replace("</span>", "")
}

/// Draws the path as a picture, and reads that.
fn decoded(card: &str) -> String {
    const SCALE: usize = 4;
    let (_, size) = card.split_once("viewBox=\"0 0 ").unwrap();
    let size: usize = size.split_once(' ').unwrap().0.parse().unwrap();
    let (_, path) = card.split_once("<path d=\"").unwrap();
    let (path, _) = path.split_once('"').unwrap();
    let mut dark = vec![false; size * size];
    for square in path.split('M').skip(1) {
        let (x, rest) = square.split_once(' ').unwrap();
        let y = rest.split_once('h').unwrap().0;
        dark[y.parse::<usize>().unwrap() * size + x.parse::<usize>().unwrap()] = true;
    }
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(size * SCALE, size * SCALE, |x, y| {
            if dark[(y / SCALE) * size + x / SCALE] {
                0
            } else {
                255
            }
        });
    picture.detect_grids()[0].decode().unwrap().1
}
