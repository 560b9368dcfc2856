//! Keeps codes and credentials out of everything that is meant to be read.

/// The first and last two characters of a code of at least 12 characters, nothing of a shorter one: so few that the
/// rest of a code of 16 cannot be guessed.
pub(crate) fn mask(code: &str) -> String {
    // By bytes: a code is ASCII, and of any other text the half of a letter is left out.
    let mut ends = (code.get(..2), code.get(code.len().saturating_sub(2)..));
    if code.len() < 12 {
        ends = (None, None);
    }
    format!(
        "{}…{}",
        ends.0.unwrap_or_default(),
        ends.1.unwrap_or_default()
    )
}

/// A reply may be long; no more of it than this is looked at.
const LOOKED_AT: usize = 16 * 1024;

/// `text` from the network, fit to be shown: the given secrets removed, whatever looks like a voucher
/// code masked, control characters replaced, and cut to `max_chars`.
pub(crate) fn scrub(text: &str, secrets: &[&str], max_chars: usize) -> String {
    let mut text = visible(&text.chars().take(LOOKED_AT).collect::<String>());
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = without_secret(&text, secret);
    }
    let mut shown = String::new();
    let mut run = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter.is_ascii_alphanumeric() {
            run.push(letter);
            if rest.peek().is_some_and(char::is_ascii_alphanumeric) {
                continue;
            }
            if looks_like_a_code(&run) {
                shown.push_str(&mask(&run))
            } else {
                shown.push_str(&run)
            }
            run.clear();
        } else {
            shown.push(if letter.is_control() { ' ' } else { letter });
        }
    }
    // Cut last: half a secret would not be recognised.
    match shown.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

/// `text` without letters that nobody sees, also as HTML writes them: one in the middle would hide a secret from the masks.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let (read, after) = match entity(rest) {
            Some((number, after)) if char::from_u32(number).is_some_and(is_invisible) => {
                (None, after)
            }
            _ => (
                Some(letter),
                rest.get(letter.len_utf8()..).unwrap_or_default(),
            ),
        };
        shown.extend(read.filter(|letter| !is_invisible(*letter)));
        rest = after;
    }
    shown
}

/// Letters without a form of their own, and those that change the direction of others. The command line hides the same
/// ones, by a list of its own, since this one is not public.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}'
        | '\u{8e2}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The number of the letter that an HTML entity at the beginning of `text` stands for, and what follows it.
fn entity(text: &str) -> Option<(u32, &str)> {
    let (name, rest) = text.strip_prefix('&')?.split_once(';')?;
    let number = match name {
        "amp" => u32::from('&'),
        "lt" => u32::from('<'),
        "gt" => u32::from('>'),
        "quot" => u32::from('"'),
        "apos" => u32::from('\''),
        "shy" => 0xad,
        "zwnj" => 0x200c,
        "zwj" => 0x200d,
        "lrm" => 0x200e,
        "rlm" => 0x200f,
        "NoBreak" => 0x2060,
        "ZeroWidthSpace" => 0x200b,
        _ => match name.strip_prefix('#')?.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => name.strip_prefix('#')?.parse().ok()?,
        },
    };
    Some((number, rest))
}

/// serde's complaint about a reply, without the value that it quotes: that may be a voucher code.
pub(crate) fn without_value(complaint: &str) -> String {
    let Some((kind, value)) = complaint.split_once(['"', '`']) else {
        return complaint.to_owned();
    };
    match value.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{}, expected {expected}", kind.trim_end()),
        // Then the quoted word is a name of the contract's, as in "missing field `cdk`".
        None => complaint.to_owned(),
    }
}

/// serde's complaint without its place, for a reader of part of a reply.
pub(crate) fn without_place(complaint: &str) -> &str {
    complaint
        .rsplit_once(" at line ")
        .map_or(complaint, |(what, _)| what)
}

/// `text` without `secret`, plain or as URLs, forms, JSON and HTML write it.
fn without_secret(text: &str, secret: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after = secret.chars().try_fold(rest, strip_letter);
        if after.is_some() {
            kept.push('…');
        } else {
            kept.push(letter);
        }
        rest = after.unwrap_or_else(|| rest.get(letter.len_utf8()..).unwrap_or_default());
    }
    kept
}

/// What follows `letter` at the beginning of `text`, where it may stand escaped.
fn strip_letter(text: &str, letter: char) -> Option<&str> {
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let coded = |prefix: &str, len: usize| {
        let (digits, rest) = text.strip_prefix(prefix)?.split_at_checked(len)?;
        (hex(digits)? == u32::from(letter)).then_some(rest)
    };
    let entity = || {
        let (number, rest) = entity(text)?;
        (number == u32::from(letter)).then_some(rest)
    };
    // The escaped forms first: a plain `%` is also the beginning of `%25`.
    coded("%", 2)
        .or_else(|| coded("\\u", 4))
        .or_else(entity)
        .or_else(|| text.strip_prefix('\\')?.strip_prefix(letter))
        .or_else(|| text.strip_prefix(letter))
}

/// Long, and neither a plain word nor a plain number.
pub(crate) fn looks_like_a_code(run: &str) -> bool {
    let has = |kind: fn(&char) -> bool| run.chars().any(|letter| kind(&letter));
    // A capital at the beginning alone is that of a sentence.
    let inner_capital = run
        .chars()
        .skip(1)
        .any(|letter| letter.is_ascii_uppercase());
    let kinds = [
        has(char::is_ascii_digit),
        has(char::is_ascii_lowercase),
        has(char::is_ascii_uppercase) && (inner_capital || has(char::is_ascii_digit)),
    ];
    run.len() >= 12 && kinds.iter().filter(|kind| **kind).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_keeps_its_ends_and_a_short_one_keeps_nothing() {
        assert_eq!(mask("nozzapqOWJOCcWIX"), "no…IX");
        assert_eq!(mask("abcdefghijkl"), "ab…kl");
        assert_eq!(mask("abcdefghijk"), "…");
        assert_eq!(mask(""), "…");
    }

    #[test]
    fn a_secret_is_removed_in_each_form_in_which_it_may_be_written() {
        for written in [
            "a<b>c\"d'e&f",
            "a&lt;b&gt;c&quot;d&apos;e&amp;f",
            "%61%3Cb%3Ec%22d%27e%26f",
            r#"a\u003cb>c\"d'e&#38;f"#,
        ] {
            let text = format!("for {written}, no");
            assert_eq!(
                scrub(&text, &["", "a<b>c\"d'e&f"], 100),
                "for …, no",
                "{written}"
            );
        }
    }

    #[test]
    fn no_more_than_16_kib_of_a_text_are_looked_at() {
        let long = "a ".repeat(10_000);
        assert_eq!(scrub(&long, &[], 100_000).len(), 16_384);
    }

    #[test]
    fn what_looks_like_a_code_is_masked_and_prose_is_not() {
        let text = "<h1>Internationalization</h1> cdk nozzapqOWJOCcWIX, 1748332399123\tgone";
        assert_eq!(
            scrub(text, &[], 200),
            "<h1>Internationalization</h1> cdk no…IX, 1748332399123 gone"
        );
    }

    #[test]
    fn given_secrets_go_whatever_they_look_like() {
        assert_eq!(scrub("key=se-cret&x", &["se-cret", ""], 200), "key=…&x");
    }

    #[test]
    fn given_secrets_go_however_they_are_escaped() {
        for escaped in [
            "a%2Fb%26c%25d",
            "a%2fb%26c%25d",
            "a/b%26c%25d",
            r"a\/b\u0026c%d",
            "a/b&amp;c%d",
            "a&#47;b&#x26;c&#37;d",
        ] {
            assert_eq!(
                scrub(&format!("?{escaped}!"), &["a/b&c%d"], 200),
                "?…!",
                "{escaped}"
            );
        }
        assert_eq!(scrub("a%2Fb%26c, é%", &["a/b&c%d"], 200), "a%2Fb%26c, é%");
    }

    #[test]
    fn a_complaint_names_the_kind_of_a_value_and_not_the_value() {
        assert_eq!(
            without_value(
                r#"invalid type: string "a\", expected b", expected c at line 1 column 2"#
            ),
            "invalid type: string, expected c at line 1 column 2"
        );
        assert_eq!(
            without_value("invalid type: integer `1234567890123456`, expected a voucher code"),
            "invalid type: integer, expected a voucher code"
        );
        assert_eq!(without_value("missing field `cdk`"), "missing field `cdk`");
        assert_eq!(without_value("expected value"), "expected value");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(scrub("äöü", &[], 2), "äö…");
    }

    #[test]
    fn letters_that_nobody_sees_hide_no_secret() {
        let token = "tok-4f9QzL0xWm7RbT2c";
        for hidden in [
            "\u{200b}",
            "\u{ad}",
            "\u{2800}",
            "\u{fe0f}",
            "\u{e0041}",
            "\u{1bca0}",
            "&shy;",
            "&zwnj;",
            "&zwj;",
            "&lrm;",
            "&rlm;",
            "&NoBreak;",
            "&ZeroWidthSpace;",
            "&#173;",
            "&#x200B;",
        ] {
            let text = format!("for tok-4f9Qz{hidden}L0xWm7RbT2c");
            assert_eq!(scrub(&text, &[token], 100), "for …", "{hidden}");
            let text = format!("code nozza{hidden}pqOWJOCcWIX");
            assert_eq!(scrub(&text, &[], 100), "code no…IX", "{hidden}");
        }
        assert_eq!(
            scrub("a &amp; b &x; 7 & ü", &[], 100),
            "a &amp; b &x; 7 & ü"
        );
    }
}
