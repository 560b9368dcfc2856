//! One row of a list, in the form that the vendor's page shows.

use crate::raw::promised::Cdk;
use crate::types::{CdkCode, CdkStatus, Timestamp, Traffic, TrafficDuration};

/// The row at the beginning of `text` and what follows it, if it is written as the page "Get CDK List"
/// shows it: the five fields in this order, without spaces, every number a whole one and not negative.
///
/// `None` says nothing of the row: serde reads whatever this does not. It must never take what serde
/// refuses, nor read it differently; a property test holds that.
pub(super) fn parse_canonical(text: &[u8]) -> Option<(Cdk, &[u8])> {
    let rest = text.strip_prefix(br#"{"cdk":""#)?;
    let (cdk, rest) = CdkCode::parse_quoted(rest)?;
    let rest = rest.strip_prefix(br#","create_time":"#)?;
    let (create_time, rest) = parse_digits(rest)?;
    let rest = rest.strip_prefix(br#","status":"#)?;
    let (status, rest) = parse_digits(rest)?;
    let rest = rest.strip_prefix(br#","traffic":"#)?;
    let (traffic, rest) = parse_digits(rest)?;
    let rest = rest.strip_prefix(br#","traffic_duration":"#)?;
    let (traffic_duration, rest) = parse_digits(rest)?;
    let rest = rest.strip_prefix(b"}")?;
    let row = Cdk::new(
        cdk,
        Timestamp(i64::try_from(create_time).ok()?),
        CdkStatus::from(i64::try_from(status).ok()?),
        Traffic(i64::try_from(traffic).ok()?),
        TrafficDuration(traffic_duration),
    );
    Some((row, rest))
}

/// More digits might not fit; serde decides then.
const MAX_DIGITS: usize = 18;

/// A whole number as JSON writes it, without a sign, and what follows. Whether it ends there is for
/// the next field's name to say.
fn parse_digits(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    let mut rest = text;
    let mut digits = 0_usize;
    while let Some((first, after)) = rest.split_first()
        && first.is_ascii_digit()
    {
        if digits == MAX_DIGITS {
            return None;
        }
        digits = digits.wrapping_add(1);
        // Eighteen digits fit.
        number = number
            .wrapping_mul(10)
            .wrapping_add(u64::from(first.wrapping_sub(b'0')));
        rest = after;
    }
    // JSON allows none, and serde would refuse it.
    let leading_zero = digits > 1 && text.first() == Some(&b'0');
    (digits > 0 && !leading_zero).then_some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"{"cdk":"uJQJFnycHOpSEw5N","create_time":1748332399,"status":3,"traffic":3,"traffic_duration":7776000}"#;

    #[test]
    fn the_row_of_the_vendors_page_is_read() {
        let text = format!("{ROW},next");
        let (row, rest) = parse_canonical(text.as_bytes()).unwrap();
        assert_eq!(row.cdk.as_str(), "uJQJFnycHOpSEw5N");
        assert_eq!(row.create_time, Timestamp(1_748_332_399));
        assert_eq!(row.status, CdkStatus::Revoked);
        assert_eq!(row.traffic, Traffic(3));
        assert_eq!(row.traffic_duration, TrafficDuration(7_776_000));
        assert_eq!(rest, b",next");
        let none = ROW.replace(r#""traffic":3"#, r#""traffic":0"#);
        let (row, _) = parse_canonical(none.as_bytes()).unwrap();
        assert_eq!(row.traffic, Traffic(0));
    }

    #[test]
    fn whatever_else_is_left_to_serde() {
        for (usual_text, other) in [
            (":3,", ": 3,"),
            (":3,", ":03,"),
            (":3,", ":-3,"),
            (":3,", ":3.0,"),
            (":3,", ":3e0,"),
            (":3,", r#":"3","#),
            (":3,", ":,"),
            (":3,", ":1234567890123456789,"),
            ("uJQJ", "uJ\\nJ"),
            ("uJQJ", "uJ J"),
            ("uJQJFnycHOpSEw5N", ""),
            ("\"cdk\"", "\"CDK\""),
            ("}", ",\"more\":1}"),
            ("}", ""),
        ] {
            let text = ROW.replacen(usual_text, other, 1);
            assert_eq!(parse_canonical(text.as_bytes()), None, "{text}");
        }
    }
}
