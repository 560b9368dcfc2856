//! Tables for people: as wide as the terminal, one line for each record.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::value::Column;
use crate::ui::BOLD;

/// So many rows are laid out together; the columns keep their widths over the whole table, unless a
/// later cell is wider.
const BLOCK: usize = 1000;

/// Between two columns.
const GAP: usize = 2;

/// A text is cut to no less than this.
const LEAST: usize = 8;

/// What is shown of a table: how wide it may be, and whether its columns were chosen by hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) bold: bool,
    /// In columns of a terminal; `None` if anything fits.
    pub(crate) width: Option<usize>,
    /// No column is left out.
    pub(crate) chosen: bool,
    /// The heading was written before.
    pub(crate) headed: bool,
}

/// A table that is written block by block.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    /// The places of the columns that are shown; absent before the first block.
    shown: Option<Vec<usize>>,
    widths: Vec<usize>,
    frame: Frame,
    begun: bool,
}

impl Table {
    pub(crate) fn new(columns: Vec<Column>, frame: Frame) -> Self {
        Self {
            widths: vec![0; columns.len()],
            columns,
            rows: Vec::new(),
            shown: None,
            frame,
            begun: false,
        }
    }

    pub(crate) fn push(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// An empty line, unless it would be the first.
    pub(crate) fn gap(&mut self) {
        if self.begun || !self.rows.is_empty() {
            self.rows.push(Vec::new());
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() >= BLOCK
    }

    /// The headings of the columns that there was no room for.
    pub(crate) fn left_out(&self) -> Vec<&'static str> {
        let Some(shown) = &self.shown else {
            return Vec::new();
        };
        let hidden = self
            .columns
            .iter()
            .enumerate()
            .filter(|(at, _)| !shown.contains(at));
        hidden.map(|(_, column)| column.heading).collect()
    }

    /// Writes the rows that wait, and the heading before the first of them.
    pub(crate) fn write_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let shown = self.lay_out(&rows);
        if !self.begun && !self.frame.headed {
            let headings: Vec<String> = self
                .columns
                .iter()
                .map(|column| column.heading.to_owned())
                .collect();
            let line = self.line(&shown, &headings);
            match self.frame.bold {
                true => writeln!(out, "{BOLD}{line}{BOLD:#}")?,
                false => writeln!(out, "{line}")?,
            }
        }
        self.begun = true;
        for row in &rows {
            writeln!(out, "{}", self.line(&shown, row))?;
        }
        self.shown = Some(shown);
        Ok(())
    }

    fn line(&self, shown: &[usize], cells: &[String]) -> String {
        let mut line = String::new();
        for at in shown {
            let (Some(column), Some(width)) = (self.columns.get(*at), self.widths.get(*at)) else {
                continue;
            };
            let cell = cells.get(*at).map_or("", String::as_str);
            let cell = match column.may_be_cut {
                true => cut_middle(cell, *width),
                false => cell.to_owned(),
            };
            let blank = " ".repeat(width.saturating_sub(cell.width()));
            match column.right {
                true => line.extend([&*blank, &*cell]),
                false => line.extend([&*cell, &*blank]),
            }
            line.push_str("  ");
        }
        // A terminal would wrap the blanks behind a line that is as wide as itself.
        line.truncate(line.trim_end().len());
        line
    }

    /// How wide each column is, and which ones there is room for. The first is always there.
    fn lay_out(&mut self, rows: &[Vec<String>]) -> Vec<usize> {
        for (at, column) in self.columns.iter().enumerate() {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(at))
                .map(|cell| cell.width());
            let widest = cells.max().unwrap_or(0).max(column.heading.width());
            if let Some(width) = self.widths.get_mut(at) {
                // Never narrower than in the blocks that are written already.
                *width = widest.max(*width);
            }
        }
        let is_first = self.shown.is_none();
        let mut shown = self
            .shown
            .clone()
            .unwrap_or_else(|| (0..self.columns.len()).collect());
        let Some(limit) = self.frame.width else {
            return shown;
        };
        // Only at the first block, whose heading the later ones stand under.
        while self.too_wide(&shown, limit) > self.slack(&shown) && is_first && !self.frame.chosen {
            let rank = |at: &usize| self.columns.get(*at).map_or(0, |column| column.rank);
            // Of equals the one on the right; the first column is the record's name.
            let least = shown
                .iter()
                .copied()
                .skip(1)
                .max_by_key(|at| (rank(at), *at));
            let Some(least) = least else { break };
            shown.retain(|at| *at != least);
        }
        self.shrink(&shown, limit);
        shown
    }

    fn too_wide(&self, shown: &[usize], limit: usize) -> usize {
        let cells = shown
            .iter()
            .filter_map(|at| self.widths.get(*at))
            .sum::<usize>();
        let gaps = shown.len().saturating_sub(1).saturating_mul(GAP);
        cells.saturating_add(gaps).saturating_sub(limit)
    }

    fn least(&self, at: usize) -> usize {
        let heading = self
            .columns
            .get(at)
            .map_or(0, |column| column.heading.width());
        heading.max(LEAST)
    }

    /// How much narrower the columns can be.
    fn slack(&self, shown: &[usize]) -> usize {
        let slack = |at: &usize| match self
            .columns
            .get(*at)
            .is_some_and(|column| column.may_be_cut)
        {
            true => self
                .widths
                .get(*at)
                .map_or(0, |width| width.saturating_sub(self.least(*at))),
            false => 0,
        };
        shown.iter().map(slack).sum()
    }

    /// Takes from the widest text until it fits.
    fn shrink(&mut self, shown: &[usize], limit: usize) {
        while self.too_wide(shown, limit) > 0 {
            let widest = shown
                .iter()
                .copied()
                .filter(|at| self.slack(&[*at]) > 0)
                .max_by_key(|at| self.widths.get(*at));
            let Some(width) = widest.and_then(|at| self.widths.get_mut(at)) else {
                return;
            };
            *width = width.saturating_sub(1);
        }
    }
}

/// The text, or both ends of it.
pub(crate) fn cut_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    // One for the `…`.
    let room = width.saturating_sub(1);
    let tail_room = room / 2;
    let take = |letters: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0_usize;
        let mut taken = Vec::new();
        for letter in letters {
            used = used.saturating_add(letter.width().unwrap_or(0));
            if used > room {
                break;
            }
            taken.push(letter);
        }
        taken
    };
    let head = take(&mut text.chars(), room.saturating_sub(tail_room));
    let tail = take(&mut text.chars().rev(), tail_room);
    head.into_iter()
        .chain(['…'])
        .chain(tail.into_iter().rev())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::text("cdk", "CODE").whole(),
        Column::number("traffic", "TRAFFIC").rank(2),
        Column::text("label", "LABEL").rank(1),
        Column::text("created", "CREATED").whole().rank(3),
    ];

    fn table(width: usize, label: &str) -> (String, Vec<&'static str>) {
        let frame = Frame {
            bold: false,
            width: Some(width),
            chosen: false,
            headed: false,
        };
        let mut table = Table::new(COLUMNS.to_vec(), frame);
        table.push(
            ["nozzapqOWJOCcWlX", "3", label, "2025-10-15 16:00"]
                .map(str::to_owned)
                .to_vec(),
        );
        let mut out = Vec::new();
        table.write_to(&mut out).unwrap();
        (String::from_utf8(out).unwrap(), table.left_out())
    }

    #[test]
    fn what_does_not_fit_is_cut_and_then_left_out() {
        assert_eq!(
            table(80, "web shop"),
            (
                "CODE              TRAFFIC  LABEL     CREATED\n\
                 nozzapqOWJOCcWlX        3  web shop  2025-10-15 16:00\n"
                    .to_owned(),
                vec![]
            )
        );
        let (cut, left_out) = table(60, "the web shop of the northern branch");
        assert!(
            cut.ends_with("3  the web… branch  2025-10-15 16:00\n"),
            "{cut}"
        );
        assert_eq!(left_out, [""; 0]);
        let (narrow, left_out) = table(30, "the web shop of the northern branch");
        assert_eq!(
            narrow,
            "CODE              LABEL\nnozzapqOWJOCcWlX  the we…ranch\n"
        );
        assert_eq!(left_out, ["TRAFFIC", "CREATED"]);
        // A code is never cut, however narrow the terminal is.
        assert_eq!(table(5, "x").0, "CODE\nnozzapqOWJOCcWlX\n");
    }

    #[test]
    fn wide_letters_count_twice() {
        assert_eq!(
            cut_middle("网店北方分店", 7),
            "网…分店".replace("分店", "店")
        );
        let (text, _) = table(80, "网店");
        assert!(text.ends_with("  网店   2025-10-15 16:00\n"), "{text:?}");
    }
}
