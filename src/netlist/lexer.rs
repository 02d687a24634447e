//! Tokens, as nom parsers on `&str`.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, not_line_ending, one_of};
use nom::combinator::{eof, opt, peek, recognize, value};
use nom::multi::many0_count;
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

use crate::expr::Binary;
use crate::netlist::lines::is_blank;

/// A token, or nothing consumed: what is wrong is said by the grammar above.
pub(super) type Token<'t, T> = IResult<&'t str, T, ()>;

/// All that may stand between two tokens of a card: blanks, a comment to the
/// end of the line, and the line end with the mark of the continuation.
pub(super) fn gap(input: &str) -> Token<'_, ()> {
    // Most tokens follow a single blank.
    let count = input.bytes().take_while(|&byte| is_blank(byte)).count();
    let rest = &input[count..];
    if !matches!(rest.as_bytes().first(), Some(b'\n' | b';' | b'$')) {
        return Ok((rest, ()));
    }
    let within = alt((value((), take_while1(is_blank_char)), comment, continuation));
    value((), many0_count(within)).parse(rest)
}

fn is_blank_char(c: char) -> bool {
    c.is_ascii() && is_blank(c as u8)
}

fn blanks(input: &str) -> Token<'_, ()> {
    value((), take_while(is_blank_char)).parse(input)
}

/// `;`, or `$` before a blank, to the end of the line.
fn comment(input: &str) -> Token<'_, ()> {
    value((), preceded(alt((tag(";"), dollar)), take_while(|c| c != '\n'))).parse(input)
}

/// `$` before a blank or a line end; it is part of a name elsewhere.
fn dollar(input: &str) -> Token<'_, &str> {
    let end = alt((value((), one_of(" \t\r\n\x0c")), value((), eof)));
    recognize(pair(char('$'), peek(end))).parse(input)
}

/// A line end; then a comment line or the `+` that continues the card. Cards
/// are cut so that one of them follows, or a blank line.
fn continuation(input: &str) -> Token<'_, ()> {
    let comment_line = value((), pair(char('*'), not_line_ending));
    let mark = alt((comment_line, value((), char('+'))));
    value((), (char('\n'), blanks, opt(mark))).parse(input)
}

/// A name, number or keyword of a card: everything up to a blank or one of
/// `( ) = , { } ' " ;`.
pub(super) fn word(input: &str) -> Token<'_, &str> {
    // Names are nearly always ASCII, which a table tells apart.
    let count = input.bytes().take_while(|&byte| WORD_BYTES[byte as usize]).count();
    let ascii = input.as_bytes().get(count).is_none_or(u8::is_ascii);
    let word = if ascii { &input[..count] } else { take_while1(is_word_char)(input)?.1 };
    // No name ends in `$`: before a blank it begins a comment.
    let dollars = word.bytes().rev().take_while(|&byte| byte == b'$').count();
    match &word[..word.len() - dollars] {
        "" => Err(nom::Err::Error(())),
        name => Ok((&input[name.len()..], name)),
    }
}

fn is_word_char(c: char) -> bool {
    if c.is_ascii() { WORD_BYTES[c as usize] } else { c.is_alphanumeric() }
}

/// The ASCII characters of a word.
const WORD_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] =
            !matches!(byte, b'(' | b')' | b'=' | b',' | b'{' | b'}' | b'\'' | b'"' | b';');
        byte += 1;
    }
    table
};

/// The name of a parameter or function in an expression: letters, digits, `_`,
/// `.` and `#`, not beginning with a digit.
pub(super) fn identifier(input: &str) -> Token<'_, &str> {
    let first = take_while1(|c: char| c.is_alphabetic() || c == '_');
    let more = take_while(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '#'));
    recognize(pair(first, more)).parse(input)
}

/// The text of a number in an expression, with all that sticks to it, so that
/// `1k5` is one wrong number and not two right ones.
pub(super) fn number(input: &str) -> Token<'_, &str> {
    let mantissa = take_while1(|c: char| c.is_ascii_digit() || c == '.');
    let digits = take_while1(|c: char| c.is_ascii_digit());
    let exponent = (one_of("eE"), opt(one_of("+-")), digits);
    let tail = take_while(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_'));
    recognize((mantissa, opt(exponent), tail)).parse(input)
}

/// A binary operator.
pub(super) fn operator(input: &str) -> Token<'_, Binary> {
    let double = alt((
        value(Binary::Pow, tag("**")),
        value(Binary::Or, tag("||")),
        value(Binary::And, tag("&&")),
        value(Binary::Eq, tag("==")),
        value(Binary::Ne, alt((tag("!="), tag("<>")))),
        value(Binary::Le, tag("<=")),
        value(Binary::Ge, tag(">=")),
    ));
    let single = alt((
        value(Binary::Add, char('+')),
        value(Binary::Sub, char('-')),
        value(Binary::Mul, char('*')),
        value(Binary::Div, char('/')),
        value(Binary::Pow, char('^')),
        value(Binary::Lt, char('<')),
        value(Binary::Gt, char('>')),
    ));
    alt((double, single)).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_span_lines() {
        for (input, rest) in [
            ("  a", "a"),
            (" ; x\n+b", "b"),
            (" $ x\r\n* y\n\n + c", "c"),
            ("$d", "$d"),
            ("\n+ + e", "+ e"),
            ("\t$", ""),
            ("", ""),
        ] {
            assert_eq!(gap(input), Ok((rest, ())), "{input:?}");
        }
    }

    #[test]
    fn words_end_at_delimiters() {
        for (input, expected) in [
            ("a$b c", "a$b"),
            ("1k$ c", "1k"),
            ("n+[0]<1>,x", "n+[0]<1>"),
            ("βγ(", "βγ"),
            ("a;b", "a"),
            ("a$", "a"),
            ("a$;", "a"),
            ("a$$ b", "a"),
        ] {
            assert_eq!(word(input).map(|(_, word)| word), Ok(expected), "{input:?}");
        }
        for input in ["", "$ c", "$;", "(", "\u{a0}", "\u{0}"] {
            assert!(word(input).is_err(), "{input:?}");
        }
    }

    #[test]
    fn numbers_take_what_sticks_to_them() {
        for (input, expected) in
            [("1e-3+x", "1e-3"), ("2k*3", "2k"), ("1k5", "1k5"), ("1.2.3", "1.2.3"), ("5e+x", "5e")]
        {
            assert_eq!(number(input).map(|(_, text)| text), Ok(expected), "{input:?}");
        }
    }
}
