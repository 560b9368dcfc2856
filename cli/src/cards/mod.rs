//! Voucher cards as one page to print: no script, no network.

use anyhow::Context as _;
use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

use crate::output::page_file;
use crate::ui::printable;

/// The light edge that a reader needs around a QR code, in its own units.
const QUIET: usize = 4;

/// `vouchers`: code and traffic of each.
pub(crate) fn page(
    title: &str,
    note: Option<&str>,
    vouchers: &[(&str, i64)],
) -> anyhow::Result<String> {
    let mut cards = Vec::with_capacity(vouchers.len());
    for (code, traffic) in vouchers {
        cards.push(card(title, note, code, *traffic)?);
    }
    let style = include_str!("cards.css");
    let body = html! { @for card in &cards { (card) } };
    Ok(page_file::text(
        page_file::CARDS,
        &printable(title),
        style,
        &body,
    ))
}

fn card(title: &str, note: Option<&str>, code: &str, traffic: i64) -> anyhow::Result<Markup> {
    let qr = qr(code)?;
    // Groups of four are read and typed with fewer slips; a copy of the text has no blanks.
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    Ok(html! {
        section class="card" {
            div class="text" {
                h1 { (printable(title)) }
                p class="traffic" { "Traffic " (traffic) }
                p class="code" { @for group in &groups { span { (group) } } }
                @if let Some(note) = note { p class="note" { (printable(note)) } }
            }
            (qr)
        }
    })
}

/// The code alone, so that whatever reads it can paste it. Level M survives a crease.
fn qr(code: &str) -> anyhow::Result<Markup> {
    let code = QrCode::with_error_correction_level(code, EcLevel::M)
        .context("a code is too long for a QR code")?;
    let width = code.width();
    let size = width.saturating_add(QUIET.saturating_mul(2));
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let x = at.checked_rem(width).unwrap_or(0).saturating_add(QUIET);
            let y = at.checked_div(width).unwrap_or(0).saturating_add(QUIET);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Ok(html! {
        svg class="qr" viewBox={"0 0 " (size) " " (size)} shape-rendering="crispEdges" role="img" aria-label="QR code of the voucher code" {
            // Black on white in dark mode too: many readers take nothing else.
            rect width=(size) height=(size) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}
