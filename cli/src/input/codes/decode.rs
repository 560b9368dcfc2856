//! From bytes to text, whichever program wrote them.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes are examined to recognise UTF-16 without a byte order mark.
const SAMPLE: usize = 4096;

/// The text, without its byte order mark. An error says what the file is instead.
pub(super) fn text(input: &[u8]) -> Result<String, &'static str> {
    if input.starts_with(b"PK\x03\x04") {
        return Err("it is a workbook (such as .xlsx) or another archive, and not text");
    }
    if input.starts_with(b"%PDF") {
        return Err("it is a PDF, and not text");
    }
    let encoding = match Encoding::for_bom(input) {
        Some((encoding, _)) => encoding,
        None => guess(input),
    };
    // Malformed UTF-16 becomes U+FFFD, which no code holds.
    let (text, _, _) = encoding.decode(input);
    let binary = |letter: char| letter.is_control() && !matches!(letter, '\t' | '\r' | '\n');
    // A unit separator is no text either, and `sheet` uses it.
    if text.contains(binary) {
        return Err("it is not text");
    }
    Ok(text.into_owned())
}

/// Text in ASCII has a zero in every second byte of UTF-16. What is not UTF-8 is what spreadsheets on Windows call
/// ANSI: every byte of it is a letter.
fn guess(input: &[u8]) -> &'static Encoding {
    let sample = input.get(..SAMPLE).unwrap_or(input);
    let zeros = |odd: usize| {
        let bytes = sample.iter().skip(odd).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    // In ASCII it is a half; a quarter leaves room for other letters.
    let many = sample.len().div_ceil(4).max(1);
    match (zeros(0) >= many, zeros(1) >= many) {
        (false, true) => UTF_16LE,
        (true, false) => UTF_16BE,
        _ if std::str::from_utf8(input).is_ok() => UTF_8,
        _ => WINDOWS_1252,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| match big {
                true => unit.to_be_bytes(),
                false => unit.to_le_bytes(),
            })
            .collect()
    }

    #[test]
    fn every_encoding_of_a_spreadsheet_is_read() {
        let wanted = "cdk,für\nA,ü\n";
        for input in [
            wanted.as_bytes().to_vec(),
            [b"\xef\xbb\xbf".as_slice(), wanted.as_bytes()].concat(),
            utf16(wanted, false),
            utf16(wanted, true),
            utf16(&format!("\u{feff}{wanted}"), false),
            utf16(&format!("\u{feff}{wanted}"), true),
            b"cdk,f\xfcr\nA,\xfc\n".to_vec(),
        ] {
            assert_eq!(text(&input).as_deref(), Ok(wanted), "{input:?}");
        }
        assert_eq!(text(b"").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_no_text_is_called_what_it_is() {
        assert!(text(b"PK\x03\x04\x14\x00").unwrap_err().contains(".xlsx"));
        assert!(text(b"%PDF-1.7\n").unwrap_err().contains("PDF"));
        assert_eq!(text(b"A\x00\x00\x00\x01"), Err("it is not text"));
    }
}
