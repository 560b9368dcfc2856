//! Tables for people.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table as Grid, Width};

use super::value::Column;
use crate::ui::BOLD;

/// So many rows are laid out together; the columns keep their widths over the whole table, unless a
/// later cell is wider.
const BLOCK: usize = 1000;

/// A table that is written block by block.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    widths: Vec<u16>,
    bold: bool,
    begun: bool,
}

impl Table {
    pub(crate) fn new(columns: Vec<Column>, bold: bool) -> Self {
        Self {
            columns,
            rows: Vec::new(),
            widths: Vec::new(),
            bold,
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

    /// Writes the rows that wait, and the heading before the first of them.
    pub(crate) fn write_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut grid = Grid::new();
        grid.load_style(NOTHING);
        grid.set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(self.columns.iter().map(|column| column.heading));
        grid.add_rows(self.rows.drain(..));
        for (at, column) in self.columns.iter().enumerate() {
            let Some(cells) = grid.column_mut(at) else {
                continue;
            };
            // The gap between columns is on the right alone, so that lines begin at the margin.
            cells.set_padding((0, 2));
            if column.right {
                cells.set_cell_alignment(CellAlignment::Right);
            }
            if let Some(width) = self.widths.get(at) {
                let at_least = width.saturating_add(2);
                cells.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(at_least)));
            }
        }
        let widths = grid.column_max_content_widths();
        self.widths = widths
            .iter()
            .enumerate()
            .map(|(at, width)| self.widths.get(at).map_or(*width, |old| *width.max(old)))
            .collect();
        for (number, line) in grid.lines().enumerate() {
            let line = line.trim_end();
            match (number, self.begun) {
                (0, true) => {}
                (0, false) if self.bold => writeln!(out, "{BOLD}{line}{BOLD:#}")?,
                _ => writeln!(out, "{line}")?,
            }
        }
        self.begun = true;
        Ok(())
    }
}
