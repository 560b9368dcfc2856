//! The report as one page: no script, no network, light or dark as the reader has it.

use indicatif::HumanCount;
use maud::{Markup, html};

use super::chart::{self, Bar, Part};
use super::{Amount, Earned, Figures, Report};
use crate::output::page_file;
use crate::records::money::Money;
use crate::time::Clock;
use crate::ui::{counted, printable};

/// A chart shows the last so many months, and the largest so many labels; the tables show all.
const MONTHS: usize = 24;
const LABELS: usize = 15;

/// The ages of the last chart: the name of each, and its days (after the first, up to the second).
const AGES: [(&str, i64, i64); 5] = [
    // After -1, since a voucher of today is 0 days old.
    ("up to 7 days", -1, 7),
    ("8 to 30", 7, 30),
    ("31 to 60", 30, 60),
    ("61 to 90", 60, 90),
    ("over 90 days", 90, i64::MAX),
];

/// What the figures are of.
pub(crate) struct Heading<'a> {
    pub(crate) label: Option<&'a str>,
    /// In words.
    pub(crate) account: &'a str,
    /// Since when and before when, in Unix seconds.
    pub(crate) period: Option<(Option<i64>, Option<i64>)>,
}

impl Heading<'_> {
    fn period(&self, clock: &Clock) -> String {
        match self.period {
            None | Some((None, None)) => "All vouchers".to_owned(),
            Some((Some(from), None)) => format!("Since {}", clock.minute(from)),
            Some((None, Some(to))) => format!("Before {}", clock.minute(to)),
            Some((Some(from), Some(to))) => {
                format!("From {} to {}", clock.minute(from), clock.minute(to))
            }
        }
    }
}

pub(crate) fn page(report: &Report, heading: &Heading<'_>) -> String {
    let title = match heading.label {
        Some(label) => format!("Vouchers: {}", printable(label)),
        None => "Vouchers".to_owned(),
    };
    let (clock, total) = (&report.clock, &report.total);
    let body = html! {
        h1 { (title) }
        p class="dim account" { (printable(heading.account)) }
        p class="dim" {
            (heading.period(clock)) ", as of " (clock.minute(clock.now)) ", " (clock.zone_name())
        }
        (tiles(total))
        @if total.issued().vouchers == 0 {
            section { p { "There are no vouchers to show." } }
        } @else {
            (by_month(report))
            (by_redemption(report))
            (by_label(report))
            (by_customer(report))
            (by_age(total))
        }
        p class="dim" {
            "Measured in traffic, in the unit of the vendor's shop. A voucher counts as sold once it is \
             redeemed: the service knows of no other sale."
        }
    };
    page_file::text(page_file::REPORT, &title, include_str!("page.css"), &body)
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
    // A month without vouchers has its place on the axis, and no row in the table.
    let months = report.all_months();
    let hidden = months.len().saturating_sub(MONTHS);
    let shown = months.iter().skip(hidden);
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
            div class="scroll" { (chart::vertical_bars("by-month", "Traffic by month of issue", &bars)) }
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
            div class="scroll" { (chart::horizontal_bars("by-label", "Traffic by label", &bars)) }
            (table("Label", &rows, &report.total))
        }
    }
}

/// Nothing if no voucher has a customer.
fn by_customer(report: &Report) -> Markup {
    let name = |name: Option<&str>| name.map_or_else(|| "(no customer)".to_owned(), printable);
    let customers = report.customers();
    let named: Vec<_> = customers
        .iter()
        .map(|(customer, figures)| (name(*customer), *figures))
        .collect();
    let rows: Vec<_> = named
        .iter()
        .map(|(name, figures)| (name.as_str(), *figures))
        .collect();
    html! {
        @if !rows.is_empty() {
            section {
                h2 { "By customer" }
                p class="dim" { "What became of the vouchers that were assigned to each customer" }
                (table("Customer", &rows, &report.total))
            }
        }
    }
}

/// Sales and margins. Nothing if no date of redemption is known.
fn by_redemption(report: &Report) -> Markup {
    let sales = &report.sales;
    let priced = sales.totals().keys().any(Option::is_some);
    // Without prices four columns would be empty.
    let headings: &[&str] = match priced {
        true => &[
            "Month",
            "Sold",
            "Traffic sold",
            "Currency",
            "Revenue",
            "Cost",
            "Margin",
        ],
        false => &["Month", "Sold", "Traffic sold"],
    };
    let money = |money: Option<Money>| html! { @if let Some(money) = money { (money) } };
    let row = |month: &str, currency: Option<&str>, earned: &Earned| {
        html! {
            td data-label="Month" { (month) }
            td data-label="Sold" { (HumanCount(earned.sold.vouchers)) }
            td data-label="Traffic sold" { (HumanCount(earned.sold.traffic)) }
            @if priced {
                td data-label="Currency" { (currency.unwrap_or_default()) }
                td data-label="Revenue" { (money(earned.revenue)) }
                td data-label="Cost" { (money(earned.cost)) }
                td data-label="Margin" { (money(earned.margin())) }
            }
        }
    };
    html! {
        @if !sales.is_empty() {
            section {
                h2 { "By month of redemption" }
                p class="dim" {
                    "What was sold in each month, whenever it was issued"
                    @if priced { "; revenue and cost of orders that have prices" }
                    @if sales.undated > 0 {
                        "; without " (counted(sales.undated, "voucher")) " whose date of redemption is not known here"
                    }
                }
                table {
                    thead {
                        tr {
                            @for heading in headings {
                                th { (heading) }
                            }
                        }
                    }
                    tbody {
                        @for (month, currency, earned) in sales.rows() { tr { (row(month, currency, earned)) } }
                        @for (currency, earned) in sales.totals() {
                            tr class="all" { (row("All", currency, &earned)) }
                        }
                    }
                }
            }
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
            div class="scroll" { (chart::vertical_bars("by-age", "Traffic of the unsold by age", &bars)) }
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

/// The headings after the first.
const HEADINGS: [&str; 9] = [
    "Issued",
    "Sold",
    "Sold %",
    "Unsold",
    "Revoked",
    "Traffic",
    "Traffic unsold",
    "Median age, days",
    "Oldest, days",
];

/// On a narrow screen each row is a block, and each cell has its heading beside it.
fn table(first: &str, rows: &[(&str, &Figures)], total: &Figures) -> Markup {
    let days = |days: Option<i64>| days.map_or_else(String::new, |days| days.to_string());
    let row = |name: &str, of: &Figures| {
        let percent = of
            .sold_percent()
            .map_or_else(String::new, |percent| format!("{percent} %"));
        let cells = [
            HumanCount(of.issued().vouchers).to_string(),
            HumanCount(of.sold.vouchers).to_string(),
            percent,
            HumanCount(of.unsold.vouchers).to_string(),
            HumanCount(of.revoked.vouchers).to_string(),
            HumanCount(of.issued().traffic).to_string(),
            HumanCount(of.unsold.traffic).to_string(),
            days(of.median_age()),
            days(of.oldest()),
        ];
        html! {
            td data-label=(first) title=(name) { span class="long" { (name) } }
            @for (heading, cell) in HEADINGS.iter().zip(cells) { td data-label=(heading) { (cell) } }
        }
    };
    html! {
        table {
            thead {
                tr {
                    th { (first) }
                    @for heading in HEADINGS { th { (heading) } }
                }
            }
            tbody {
                @for (name, figures) in rows { tr { (row(name, figures)) } }
                tr class="all" { (row("All", total)) }
            }
        }
    }
}
