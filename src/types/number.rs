//! Whole numbers in text, however they are written.

/// The whole number that `text` writes in decimal: `3`, `+3`, `3.00`, `3.`, `3e0`, `0.3E+1`. Nothing is rounded.
///
/// # Errors
/// What is wrong, without the text.
pub(super) fn whole(text: &str) -> Result<i64, &'static str> {
    const NO_NUMBER: &str = "a string holds no whole number";
    const TOO_LARGE: &str = "a number is too large";
    let (negative, rest) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (whole, rest) = digits(rest);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => digits(rest),
        rest => (&[][..], rest),
    };
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', exponent @ ..] => exponent_of(exponent).ok_or(NO_NUMBER)?,
        _ => return Err(NO_NUMBER),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(NO_NUMBER);
    }
    let all: Vec<u8> = whole.iter().chain(fraction).copied().collect();
    let significant = without_leading_zeros(&all);
    // Before the exponent counts: zero is zero with any.
    if significant.is_empty() {
        return Ok(0);
    }
    let written = i64::try_from(fraction.len()).map_err(|_| TOO_LARGE)?;
    let shift = exponent.saturating_sub(written);
    let mut number = 0_i64;
    let kept = match usize::try_from(shift.unsigned_abs()) {
        // The last digits stand after the point: only zeros may be there.
        Ok(dropped) if shift < 0 => {
            let (kept, dropped) = significant
                .split_at_checked(significant.len().saturating_sub(dropped))
                .unwrap_or((&[], significant));
            if dropped.iter().any(|digit| *digit != b'0') {
                return Err("a number is not whole");
            }
            kept
        }
        Ok(_) => significant,
        Err(_) => return Err(TOO_LARGE),
    };
    let zeros = usize::try_from(shift.max(0)).map_err(|_| TOO_LARGE)?;
    // The longest `i64` has 19 digits. Without this, an exponent would decide how long the loop below runs.
    if kept.len().saturating_add(zeros) > 19 {
        return Err(TOO_LARGE);
    }
    for digit in kept.iter().chain(std::iter::repeat_n(&b'0', zeros)) {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        // Counted downwards, since the lowest number has no positive twin.
        number = number
            .checked_mul(10)
            .and_then(|number| number.checked_sub(digit))
            .ok_or(TOO_LARGE)?;
    }
    match negative {
        true => Ok(number),
        false => number.checked_neg().ok_or(TOO_LARGE),
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    text.split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, &[]))
}

/// Of more digits than any number here has, some that are too large as well.
fn exponent_of(text: &[u8]) -> Option<i64> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (digits, []) = digits(rest) else {
        return None;
    };
    if digits.is_empty() {
        return None;
    }
    let exponent = digits.iter().fold(0_i64, |exponent, digit| {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        exponent.saturating_mul(10).saturating_add(digit)
    });
    Some(if negative {
        exponent.saturating_neg()
    } else {
        exponent
    })
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|digit| *digit != b'0');
    start.and_then(|start| digits.get(start..)).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for text in [
            "3", "+3", "03", "3.", "3.0", "3.00", "3e0", "3E0", "0.3e1", "300e-2", "30.00e-1",
            ".3e+1",
        ] {
            assert_eq!(whole(text), Ok(3), "{text}");
        }
        for (text, number) in [
            ("0", 0),
            ("-0.0", 0),
            ("0e999999999999999999999", 0),
            ("-4.0", -4),
            ("1.7483323990e9", 1_748_332_399),
            ("9223372036854775807.0", i64::MAX),
            ("-9223372036854775808.0", i64::MIN),
        ] {
            assert_eq!(whole(text), Ok(number), "{text}");
        }
    }

    #[test]
    fn nothing_is_rounded_cut_or_guessed() {
        for text in [
            "",
            ".",
            "+",
            "-",
            "e1",
            "3e",
            "3e+",
            "3.5",
            "3,00",
            "1 000",
            "1_000",
            "0x3",
            "3 GB",
            "three",
            "3.0.0",
            "--3",
            "Infinity",
            "NaN",
            "1e-1",
            "9223372036854775808",
            "1e19",
            "1e99999999999999999999",
            "3e-99999999999999999999",
            "-9223372036854775809",
            "٣",
        ] {
            assert!(whole(text).is_err(), "{text}");
        }
    }
}
