//! Masks what looks like a voucher code in text of unknown origin, such as a wrong argument.

/// From this length on a text may be a code whose ends are shown, as `CdkCode::masked` has it.
pub(crate) const MASKED_FROM: usize = 12;

/// The first and last two characters, with a mark for what is left out. For texts of at least [`MASKED_FROM`].
pub(crate) fn ends(text: &str) -> String {
    let head = text.chars().take(2);
    let tail: Vec<char> = text.chars().rev().take(2).collect();
    head.chain(['…']).chain(tail.into_iter().rev()).collect()
}

/// The first and last two characters of each run of at least 12 letters and digits that is neither a
/// plain word nor a plain number.
pub(crate) fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut run = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            run.push(letter);
        } else {
            end_run(&mut run, &mut shown);
            shown.push(letter);
        }
    }
    end_run(&mut run, &mut shown);
    shown
}

fn end_run(run: &mut String, shown: &mut String) {
    let has = |kind: fn(u8) -> bool| run.bytes().any(kind);
    let kinds = [
        has(|byte| byte.is_ascii_digit()),
        has(|byte| byte.is_ascii_lowercase()),
        has(|byte| byte.is_ascii_uppercase()),
    ];
    // One kind alone is a word or a number: without these an error would say nothing.
    if run.len() >= MASKED_FROM && kinds.iter().filter(|kind| **kind).count() >= 2 {
        shown.push_str(&ends(run));
    } else {
        shown.push_str(run);
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_masked_and_words_and_numbers_stay() {
        assert_eq!(
            masked(
                "unexpected argument 'nozzapqOWJOCcWIX' found, 1748332399123, internationalization"
            ),
            "unexpected argument 'no…IX' found, 1748332399123, internationalization"
        );
    }
}
