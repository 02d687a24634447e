//! Bytes to text.

use crate::diag::{Diagnostic, FileId, Span};

/// Bytes behind one that is not UTF-8 that may be shown.
const SHOWN: usize = 4096;

/// The text of a file without its byte order mark, and the first byte that
/// no netlist has: one that is not UTF-8, or a control character.
///
/// Where a byte is not UTF-8, the text ends some way behind it and has such bytes
/// replaced, so that the place can be shown.
pub(super) fn decode(mut bytes: Vec<u8>, file: FileId) -> (String, Option<Diagnostic>) {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    if bytes.len() >= u32::MAX as usize {
        let fault = Diagnostic::error(Span::new(file, 0, 0), "the file is larger than 4 GiB");
        return (String::new(), Some(fault));
    }
    let (text, invalid) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[at];
            let end = std::cmp::min(error.as_bytes().len(), at + SHOWN);
            (String::from_utf8_lossy(&error.as_bytes()[..end]).into_owned(), Some((at, byte)))
        }
    };
    let valid = invalid.map_or(text.as_str(), |(at, _)| &text[..at]);
    let control = |b: u8| (b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c)) || b == 0x7f;
    // Without a branch per byte, so that the compiler can look at many at once.
    let any = |chunk: &[u8]| chunk.iter().fold(false, |found, &b| found | control(b));
    let found = valid.as_bytes().chunks(1024).any(any);
    let position = if found { valid.bytes().position(control) } else { None };
    let fault = if let Some(at) = position {
        let byte = valid.as_bytes()[at];
        let message = format!("byte 0x{byte:02X} is a control character: this is not a text file");
        Some(Diagnostic::error(Span::new(file, at, at + 1), message))
    } else {
        invalid.map(|(at, byte)| {
            let message = format!("byte 0x{byte:02X} is not UTF-8");
            let fault = Diagnostic::error(Span::new(file, at, at + 1), message);
            fault.with_hint("save the file as UTF-8, or remove the character")
        })
    };
    (text, fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> Option<(u32, String)> {
        let (_, fault) = decode(bytes.to_vec(), FileId(0));
        fault.map(|fault| (fault.span.unwrap().start, fault.message))
    }

    #[test]
    fn the_first_bad_byte_is_named() {
        assert_eq!(fault("\u{feff}tµ\r\n\tx".as_bytes()), None);
        assert_eq!(decode(b"\xef\xbb\xbfab".to_vec(), FileId(0)).0, "ab");
        let (at, message) = fault(b"ab\xb5c\0").unwrap();
        assert_eq!((at, message.as_str()), (2, "byte 0xB5 is not UTF-8"));
        assert_eq!(fault(b"a\0\xff").unwrap().0, 1);
        assert_eq!(fault(b"a\xe2\x82").unwrap().0, 1);
        assert_eq!(fault(b"\x7fELF").unwrap().0, 0);
    }
}
