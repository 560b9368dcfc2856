//! Messages for people, all on standard error.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

use crate::failure::Failure;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    fn allows(self, terminal: bool) -> bool {
        // As no-color.org has it: an empty variable counts as unset.
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                terminal && !set("NO_COLOR") && !dumb
            }
        }
    }
}

/// Standard error, and whether anybody is there to answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    pub(crate) color_out: bool,
    pub(crate) color_err: bool,
    /// Records go to a terminal.
    pub(crate) out_terminal: bool,
    /// How wide a table may be, in columns.
    pub(crate) width: Option<usize>,
    /// Progress is drawn.
    pub(crate) err_terminal: bool,
    /// Questions can be asked.
    pub(crate) interactive: bool,
}

pub(crate) const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

impl Ui {
    pub(crate) fn new(color: ColorChoice) -> Self {
        let (out_terminal, err_terminal) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self {
            color_out: color.allows(out_terminal),
            out_terminal,
            width: width(out_terminal),
            color_err: color.allows(err_terminal),
            err_terminal,
            // A question goes to standard error: if that is a file, nobody sees it.
            interactive: err_terminal && io::stdin().is_terminal(),
        }
    }

    /// Nothing can be done for a standard error that is closed.
    fn line(&self, style: Style, tag: &str, text: &str) {
        let text = printable(text);
        let mut out = io::stderr().lock();
        let _ = if tag.is_empty() {
            writeln!(out, "{text}")
        } else if self.color_err {
            writeln!(out, "{style}{tag}{style:#} {text}")
        } else {
            writeln!(out, "{tag} {text}")
        };
    }

    pub(crate) fn note(&self, text: impl AsRef<str>) {
        self.line(DIM, "", text.as_ref());
    }

    pub(crate) fn warn(&self, text: impl AsRef<str>) {
        self.line(YELLOW, "warning:", text.as_ref());
    }

    pub(crate) fn next(&self, text: impl AsRef<str>) {
        self.line(DIM, "   next:", text.as_ref());
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.cancelled {
            self.note(&failure.what);
            return;
        }
        self.line(RED, "error:", &failure.what);
        for why in &failure.why {
            self.line(DIM, "    why:", why);
        }
        self.next(failure.next_step());
    }

    /// Asks, unless `yes`. Off a terminal it asks nothing, and says which flag is missing.
    /// `undone`: what was not done if the answer is no, such as "nothing was bought".
    pub(crate) fn confirm(&self, yes: bool, question: &str, undone: &str) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        if !self.interactive {
            return Err(Failure::usage(format!("not confirmed: {question}"))
                .why("this is not a terminal, so nobody can be asked")
                .next("add --yes"));
        }
        let mut err = io::stderr().lock();
        let _ = write!(err, "{} [y/N] ", printable(question));
        let _ = err.flush();
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        // The end of the input and an error count as no: only a yes may spend or destroy.
        if read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
            return Ok(());
        }
        Err(Failure::cancelled(undone))
    }
}

impl Ui {
    /// The same beside other things that may happen, such as Ctrl-C.
    pub(crate) async fn confirm_while_waiting(
        self,
        yes: bool,
        question: String,
        undone: &'static str,
    ) -> Result<(), Failure> {
        // A read from a terminal cannot be broken off; in a thread of its own it does not hide
        // Ctrl-C.
        let asking = tokio::task::spawn_blocking(move || self.confirm(yes, &question, undone));
        asking
            .await
            // The thread panicked, so nobody has said yes.
            .unwrap_or_else(|_| Err(Failure::cancelled(undone)))
    }
}

/// Makes tables as wide as this, wherever they go.
const WIDTH_VARIABLE: &str = "THORDATA_CDK_WIDTH";

/// As wide as the terminal. In a pipe or a file anything fits.
fn width(out_terminal: bool) -> Option<usize> {
    let wanted = std::env::var(WIDTH_VARIABLE).ok();
    let wanted = wanted
        .and_then(|text| text.parse().ok())
        .filter(|width| *width > 0);
    let own =
        || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    wanted.or_else(|| own().filter(|_| out_terminal))
}

/// `1 voucher`, `2 vouchers`.
pub(crate) fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    match number.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// Text from elsewhere, without anything that steers a terminal, turns the direction of writing or hides.
pub(crate) fn printable(text: &str) -> String {
    marked(text)
        .map(|(letter, is_hidden)| if is_hidden { '\u{fffd}' } else { letter })
        .collect()
}

/// The letters of a text, and of each whether it is hidden: whether it steers (a control character), turns the direction
/// of writing, or takes no room or leaves a blank on a screen, so that two texts that look alike may differ. A selector
/// behind a sign that may be an emoji is not.
pub(crate) fn marked(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut before = ' ';
    text.chars().map(move |letter| {
        let selects = matches!(letter, '\u{fe0e}' | '\u{fe0f}') && is_pictograph(before);
        before = letter;
        (letter, is_hidden(letter) && !selects)
    })
}

fn is_pictograph(letter: char) -> bool {
    matches!(
        letter,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{3030}' | '\u{303d}'
    ) || matches!(letter, '\u{2122}'..='\u{27bf}' | '\u{2934}'..='\u{2b55}' | '\u{3297}' | '\u{3299}')
        || matches!(letter, '\u{1f000}'..='\u{1faff}')
}

fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul fillers, the Braille blank.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}'
        )
        || matches!(
            letter,
            // Khmer vowels without ink, Mongolian selectors, byte order mark, a Hangul filler.
            '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{feff}' | '\u{ffa0}'
        )
        || matches!(
            letter,
            // Arabic and Syriac signs of the class "format".
            '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
        )
        // No width, breaks of lines, and the direction of writing.
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}')
        || matches!(letter, '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}')
        // Controls of music, and tags, which can hold a whole text that nobody sees.
        || matches!(letter, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
