//! A name that does not exist, and the one that may have been meant.

use std::collections::BTreeSet;

use crate::redact;

/// How alike two names must be, from 0 to 1.
const ALIKE: f64 = 0.8;

/// The name that is most like `wanted`, if any is.
pub(crate) fn closest<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let small = wanted.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&small, &name.to_lowercase()), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

/// What to say of a name that nothing has, such as a `label`; nothing if it is known.
pub(crate) fn hint(what: &str, wanted: &str, names: &BTreeSet<String>) -> Option<String> {
    if names.contains(wanted) {
        return None;
    }
    let close = closest(wanted, names.iter().map(String::as_str));
    let few: Vec<&str> = names.iter().map(String::as_str).take(NAMED).collect();
    let more = match (close, few.as_slice()) {
        (Some(close), _) => format!("Did you mean `{close}`?"),
        (None, []) => format!("This machine knows no {what} yet."),
        (None, few) => {
            let more = names.len().saturating_sub(few.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("There are: {}{more}.", few.join(", "))
        }
    };
    // A code may have been typed where a name belongs.
    Some(format!(
        "There is no {what} `{}`. {more}",
        redact::masked(wanted)
    ))
}

/// At most this many names are offered.
const NAMED: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_gets_ten_known_ones_and_the_number_of_the_others() {
        let names = |count| -> BTreeSet<String> {
            let letters = ('a'..='z').take(count);
            letters.map(|letter| letter.to_string()).collect()
        };
        let hint = |wanted, count| hint("label", wanted, &names(count));
        assert_eq!(hint("a", 3), None);
        assert_eq!(
            hint("zz9", 0).unwrap(),
            "There is no label `zz9`. This machine knows no label yet."
        );
        assert_eq!(
            hint("zz9", 10).unwrap(),
            "There is no label `zz9`. There are: a, b, c, d, e, f, g, h, i, j."
        );
        assert_eq!(
            hint("zz9", 12).unwrap(),
            "There is no label `zz9`. There are: a, b, c, d, e, f, g, h, i, j and 2 more."
        );
    }

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["webshop", "kiosk", "partner-north"];
        assert_eq!(closest("websop", known), Some("webshop"));
        assert_eq!(closest("Kiosk ", known), Some("kiosk"));
        assert_eq!(closest("partner-nroth", known), Some("partner-north"));
        assert_eq!(closest("spring-sale", known), None);
        assert_eq!(closest("", known), None);
    }
}
