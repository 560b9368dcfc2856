//! A progress bar on standard error, drawn only on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ui::Ui;

const TICK: Duration = Duration::from_millis(200);

pub(crate) fn bar(ui: &Ui, length: u64) -> ProgressBar {
    if !ui.err_terminal {
        return ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    }
    let template = "{bar:30} {human_pos}/{human_len}  {per_sec}  {eta} left  {wide_msg}";
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─");
    let bar = ProgressBar::new(length).with_style(style);
    bar.enable_steady_tick(TICK);
    bar
}

/// The same bar for a second piece of work, after it was cleared.
pub(crate) fn again(ui: &Ui, bar: &ProgressBar, length: u64) {
    bar.reset();
    bar.set_length(length);
    bar.set_message("");
    // Clearing the bar has ended its ticks.
    if ui.err_terminal {
        bar.enable_steady_tick(TICK);
    }
}

/// Shows that a program that waits is alive.
pub(crate) fn alive(ui: &Ui) -> ProgressBar {
    if !ui.err_terminal {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{spinner} watching for {elapsed}, {msg}");
    let bar = ProgressBar::new_spinner()
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}

/// The same while records are written: none if they go to the same terminal.
pub(crate) fn bar_beside_rows(ui: &Ui, length: u64) -> ProgressBar {
    if ui.out_terminal {
        return ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    }
    bar(ui, length)
}
