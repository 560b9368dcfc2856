//! Charts as SVG: stacked bars, vertical or horizontal. Colours and fonts are the page's.

use indicatif::HumanCount;
use maud::{Markup, html};

use crate::output::cut_middle;

/// One part of a bar.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The CSS class that colours it.
    pub(super) class: &'static str,
    pub(super) size: u64,
    /// The text that a pointer over it shows.
    pub(super) tip: String,
}

/// One bar.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    pub(super) name: String,
    /// Beside a horizontal bar.
    pub(super) remark: String,
    pub(super) parts: Vec<Part>,
}

impl Bar {
    fn size(&self) -> u64 {
        self.parts
            .iter()
            .fold(0, |sum, part| sum.saturating_add(part.size))
    }
}

/// The parts of a bar as they are drawn: where each begins, and how long it is.
fn laid_out(bar: &Bar, scale: f64) -> impl Iterator<Item = (f64, f64, &Part)> {
    let mut end = 0.0;
    bar.parts
        .iter()
        .filter(|part| part.size > 0)
        .map(move |part| {
            let begin = end;
            let length = part.size as f64 * scale;
            end += length;
            (begin, length, part)
        })
}

const WIDTH: f64 = 760.0;

/// Vertical bars over a line, with a scale on the left.
pub(super) fn vertical_bars(id: &str, title: &str, bars: &[Bar]) -> Markup {
    const HEIGHT: f64 = 280.0;
    const LEFT: f64 = 56.0;
    const TOP: f64 = 22.0;
    const FLOOR: f64 = HEIGHT - 30.0;
    let largest = bars.iter().map(Bar::size).max().unwrap_or(0);
    let step = step(largest, 4);
    let top = step.saturating_mul(largest.div_ceil(step).max(1));
    let scale = (FLOOR - TOP) / top as f64;
    let slot = (WIDTH - LEFT) / bars.len().max(1) as f64;
    let thick = (slot * 0.66).min(64.0);
    html! {
        svg id=(id) class="chart" viewBox={"0 0 " (WIDTH) " " (HEIGHT)} role="img" aria-label=(title) {
            @for tick in (0..=top).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
                @let y = FLOOR - tick as f64 * scale;
                line class="grid" x1=(LEFT) x2=(WIDTH) y1=(px(y)) y2=(px(y)) {}
                text class="tick" x=(LEFT - 8.0) y=(px(y + 4.0)) text-anchor="end" { (HumanCount(tick)) }
            }
            @for (at, bar) in bars.iter().enumerate() {
                @let middle = LEFT + (at as f64 + 0.5) * slot;
                @for (begin, length, part) in laid_out(bar, scale) {
                    rect class=(part.class) x=(px(middle - thick / 2.0)) width=(px(thick))
                        y=(px(FLOOR - begin - length)) height=(px(length)) { title { (part.tip) } }
                }
                // With more bars the numbers overlap.
                @if bars.len() <= 14 {
                    text class="value" x=(px(middle)) y=(px(FLOOR - bar.size() as f64 * scale - 6.0))
                        text-anchor="middle" { (HumanCount(bar.size())) }
                }
                text class="name" x=(px(middle)) y=(HEIGHT - 10.0) text-anchor="middle" { (bar.name) }
            }
        }
    }
}

/// Horizontal bars, one under the other, with names on the left.
pub(super) fn horizontal_bars(id: &str, title: &str, bars: &[Bar]) -> Markup {
    const LEFT: f64 = 170.0;
    const RIGHT: f64 = WIDTH - 120.0;
    const SLOT: f64 = 34.0;
    const THICK: f64 = 20.0;
    // At least 1, since it divides.
    let largest = bars.iter().map(Bar::size).max().unwrap_or(0).max(1);
    let scale = (RIGHT - LEFT) / largest as f64;
    let height = SLOT * bars.len().max(1) as f64;
    html! {
        svg id=(id) class="chart" viewBox={"0 0 " (WIDTH) " " (height)} role="img" aria-label=(title) {
            @for (at, bar) in bars.iter().enumerate() {
                @let top = at as f64 * SLOT + (SLOT - THICK) / 2.0;
                @let base = px(top + THICK / 2.0 + 4.5);
                text class="name" x=(LEFT - 10.0) y=(base) text-anchor="end" {
                    title { (bar.name) }
                    (shortened(&bar.name))
                }
                @for (begin, length, part) in laid_out(bar, scale) {
                    rect class=(part.class) y=(px(top)) height=(THICK) x=(px(LEFT + begin))
                        width=(px(length)) { title { (part.tip) } }
                }
                text class="value" x=(px(LEFT + bar.size() as f64 * scale + 8.0)) y=(base) { (bar.remark) }
            }
        }
    }
}

/// Two decimals are finer than any screen.
fn px(number: f64) -> String {
    format!("{number:.2}")
}

/// Both ends of a long name; its whole text is in the title.
fn shortened(name: &str) -> String {
    cut_middle(name, 22)
}

/// The distance of the lines of a scale: 1, 2 or 5 and zeros, for at most `most` of them.
fn step(largest: u64, most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            // A saturated power would go on for ever.
            if step == u64::MAX || largest.div_ceil(step) <= most {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_few_round_lines() {
        let steps = [0, 1, 4, 5, 9, 21, 460, 1_000_001].map(|largest| step(largest, 4));
        assert_eq!(steps, [1, 1, 1, 2, 5, 10, 200, 500_000]);
        assert_eq!(step(u64::MAX, 4), 5_000_000_000_000_000_000);
    }

    #[test]
    fn parts_of_a_bar_stand_on_each_other_and_empty_ones_are_left_out() {
        let part = |size| Part {
            class: "sold",
            size,
            tip: String::new(),
        };
        let bar = Bar {
            name: String::new(),
            remark: String::new(),
            parts: vec![part(3), part(0), part(2)],
        };
        let places: Vec<(f64, f64)> = laid_out(&bar, 10.0)
            .map(|(at, long, _)| (at, long))
            .collect();
        assert_eq!(places, [(0.0, 30.0), (30.0, 20.0)]);
    }
}
