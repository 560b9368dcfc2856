//! Keeps codes and credentials out of everything that is meant to be read.

/// The first and last four characters of a code of at least 12 characters, nothing of a shorter one.
pub(crate) fn mask(code: &str) -> String {
    let mut ends = (code.get(..4), code.get(code.len().saturating_sub(4)..));
    if code.len() < 12 {
        ends = (None, None);
    }
    format!(
        "{}…{}",
        ends.0.unwrap_or_default(),
        ends.1.unwrap_or_default()
    )
}

/// `text` from the network, fit to be shown: the given secrets removed, whatever looks like a voucher
/// code masked, control characters replaced, and cut to `max_chars`.
pub(crate) fn scrub(text: &str, secrets: &[&str], max_chars: usize) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        if text.contains(secret) {
            text = text.replace(secret, "…");
        }
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
    match shown.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", shown.get(..end).unwrap_or_default()),
        None => shown,
    }
}

/// Long, and neither a plain word nor a plain number.
fn looks_like_a_code(run: &str) -> bool {
    let has = |kind: fn(&char) -> bool| run.chars().any(|letter| kind(&letter));
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
        assert_eq!(mask("nozzapqOWJOCcWIX"), "nozz…cWIX");
        assert_eq!(mask("abcdefghijk"), "…");
        assert_eq!(mask(""), "…");
    }

    #[test]
    fn what_looks_like_a_code_is_masked_and_prose_is_not() {
        let text = "<h1>Internationalization</h1> cdk nozzapqOWJOCcWIX, 1748332399123\tgone";
        assert_eq!(
            scrub(text, &[], 200),
            "<h1>Internationalization</h1> cdk nozz…cWIX, 1748332399123 gone"
        );
    }

    #[test]
    fn given_secrets_go_whatever_they_look_like() {
        assert_eq!(scrub("key=se-cret&x", &["se-cret", ""], 200), "key=…&x");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(scrub("äöü", &[], 2), "äö…");
    }
}
