//! The report as one page: no script, no network, light or dark as the reader has it.

use indicatif::HumanCount;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{self, Bar, Part};
use super::{Amount, Figures, Report};
use crate::ui::{counted, printable};

/// Whatever is in it, the page loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// A chart shows the last so many months, and the largest so many labels; the tables show all.
const MONTHS: usize = 24;
const LABELS: usize = 15;

/// The ages that the last chart tells apart: names, and the days after which and until which.
const AGES: [(&str, i64, i64); 5] = [
    ("up to 7 days", -1, 7),
    ("8 to 30", 7, 30),
    ("31 to 60", 30, 60),
    ("61 to 90", 60, 90),
    ("over 90 days", 90, i64::MAX),
];

pub(crate) fn page(report: &Report, label: Option<&str>) -> String {
    let title = match label {
        Some(label) => format!("Vouchers: {}", printable(label)),
        None => "Vouchers".to_owned(),
    };
    let (clock, total) = (&report.clock, &report.total);
    let page = html! {
        (DOCTYPE) (PreEscaped("<!-- thordata-cdk report -->\n"))
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                h1 { (title) }
                p class="dim" { "As of " (clock.minute(clock.now)) ", " (clock.zone_name()) }
                (tiles(total))
                @if total.issued().vouchers == 0 {
                    section { p { "There are no vouchers to show." } }
                } @else {
                    (by_month(report))
                    (by_label(report))
                    (by_age(total))
                }
                p class="dim" {
                    "Traffic is in the unit of the vendor's shop. A voucher counts as sold once it is \
                     redeemed. Months are those of issue."
                }
            }
        }
    };
    page.into_string()
}

fn tiles(total: &Figures) -> Markup {
    let tile = |class: &str, name: &str, amount: Amount, more: String| {
        html! {
            div class={"tile " (class)} {
                (name)
                b { (HumanCount(amount.vouchers)) }
                span class="dim" { "traffic " (HumanCount(amount.traffic)) (more) }
            }
        }
    };
    let sold = total
        .sold_percent()
        .map(|percent| format!(" · {percent} %"));
    let oldest = total.oldest().map(|days| format!(" · oldest {days} d"));
    html! {
        div class="tiles" {
            (tile("issued", "Issued", total.issued(), String::new()))
            (tile("sold", "Sold", total.sold, sold.unwrap_or_default()))
            (tile("unsold", "Unsold", total.unsold, oldest.unwrap_or_default()))
            (tile("revoked", "Revoked", total.revoked, String::new()))
        }
    }
}

fn by_month(report: &Report) -> Markup {
    let hidden = report.months.len().saturating_sub(MONTHS);
    let shown = report.months.iter().skip(hidden);
    let bars: Vec<Bar> = shown.map(|(month, figures)| bar(month, figures)).collect();
    let rows: Vec<_> = report
        .months
        .iter()
        .map(|(month, figures)| (month.as_str(), figures))
        .collect();
    html! {
        section {
            h2 { "By month of issue" }
            p class="dim" {
                "Traffic of the vouchers that were issued in each month, and what became of it"
                @if hidden > 0 { "; the last " (MONTHS) " months" }
            }
            (key(&report.total))
            div class="scroll" { (chart::upright("by-month", "Traffic by month of issue", &bars)) }
            (table("Month", &rows, &report.total))
        }
    }
}

fn by_label(report: &Report) -> Markup {
    let labels = report.labels();
    let name = |label: Option<&str>| label.map_or_else(|| "(no label)".to_owned(), printable);
    let named: Vec<_> = labels
        .iter()
        .map(|(label, figures)| (name(*label), *figures))
        .collect();
    let bars: Vec<Bar> = named
        .iter()
        .take(LABELS)
        .map(|(name, figures)| bar(name, figures))
        .collect();
    let rows: Vec<_> = named
        .iter()
        .map(|(name, figures)| (name.as_str(), *figures))
        .collect();
    html! {
        section {
            h2 { "By label" }
            p class="dim" {
                "Traffic of the vouchers under each label, and how many of a hundred are sold"
                @if named.len() > LABELS { "; the " (LABELS) " largest" }
            }
            (key(&report.total))
            div class="scroll" { (chart::lying("by-label", "Traffic by label", &bars)) }
            (table("Label", &rows, &report.total))
        }
    }
}

fn by_age(total: &Figures) -> Markup {
    let bars: Vec<Bar> = AGES
        .iter()
        .map(|(name, after, until)| {
            let aged = total.aged(*after, *until);
            Bar {
                name: (*name).to_owned(),
                remark: String::new(),
                parts: vec![part("unsold", name, aged)],
            }
        })
        .collect();
    html! {
        section {
            h2 { "Unsold, by age" }
            p class="dim" {
                "Traffic of the unsold vouchers, by the days since they were issued"
                @if let Some(days) = total.median_age() { "; half of them are at most " (days) " days old" }
            }
            div class="scroll" { (chart::upright("by-age", "Traffic of the unsold by age", &bars)) }
        }
    }
}

fn bar(name: &str, figures: &Figures) -> Bar {
    let percent = figures.sold_percent().unwrap_or(0);
    let parts = [
        ("sold", figures.sold),
        ("unsold", figures.unsold),
        ("revoked", figures.revoked),
        ("other", figures.other),
    ];
    Bar {
        name: name.to_owned(),
        remark: format!("{}, {percent} % sold", HumanCount(figures.issued().traffic)),
        parts: parts
            .map(|(class, amount)| part(class, &format!("{name}, {class}"), amount))
            .to_vec(),
    }
}

fn part(class: &'static str, what: &str, amount: Amount) -> Part {
    let vouchers = counted(amount.vouchers, "voucher");
    Part {
        class,
        size: amount.traffic,
        tip: format!(
            "{what}: traffic {} in {vouchers}",
            HumanCount(amount.traffic)
        ),
    }
}

fn key(total: &Figures) -> Markup {
    html! {
        div class="key" {
            span { i class="sold" {} "sold" }
            span { i class="unsold" {} "unsold" }
            span { i class="revoked" {} "revoked" }
            @if total.other.vouchers > 0 { span { i class="other" {} "in another status" } }
        }
    }
}

fn table(first: &str, rows: &[(&str, &Figures)], total: &Figures) -> Markup {
    let row = |name: &str, of: &Figures| {
        html! {
            td { (name) }
            td { (HumanCount(of.issued().vouchers)) }
            td { (HumanCount(of.sold.vouchers)) }
            td { @if let Some(percent) = of.sold_percent() { (percent) " %" } }
            td { (HumanCount(of.unsold.vouchers)) }
            td { (HumanCount(of.revoked.vouchers)) }
            td { (HumanCount(of.issued().traffic)) }
            td { (HumanCount(of.unsold.traffic)) }
            td { @if let Some(days) = of.median_age() { (days) } }
            td { @if let Some(days) = of.oldest() { (days) } }
        }
    };
    html! {
        div class="scroll" {
            table {
                thead {
                    tr {
                        th { (first) }
                        @for heading in [
                            "Issued", "Sold", "Sold %", "Unsold", "Revoked", "Traffic", "Traffic unsold",
                            "Median age, days", "Oldest, days",
                        ] {
                            th { (heading) }
                        }
                    }
                }
                tbody {
                    @for (name, figures) in rows { tr { (row(name, figures)) } }
                    tr class="all" { (row("All", total)) }
                }
            }
        }
    }
}
