//! Numbers as SPICE writes them.
//!
//! ```text
//! number = [+-] digits [. digits] [e [+-] digits] [scale] [unit]
//! scale  = t g meg k mil m u n p f a     1e12 1e9 1e6 1e3 25.4e-6 1e-3 1e-6 … 1e-18
//! ```
//!
//! Case does not matter, so `1M` is a thousandth and `1F` a femto-something, as
//! in every SPICE. Letters after the scale are a unit and mean nothing.

use std::fmt::Write;

mod series;

pub use series::{Series, nearest_of};

/// Why a text is no SPICE number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// It does not begin with a digit, after an optional sign and point.
    #[error("`{text}` is not a number")]
    NotANumber {
        /// The text.
        text: String,
    },
    /// An exponent letter without digits, as in `1e`.
    #[error("the exponent of `{text}` has no digits")]
    EmptyExponent {
        /// The text.
        text: String,
    },
    /// Something other than letters follows, as in `1k5` or `1.2.3`.
    #[error("`{text}` is not a number: unexpected `{tail}` after `{number}`")]
    Trailing {
        /// The text.
        text: String,
        /// The part that is a number.
        number: String,
        /// What follows it.
        tail: String,
    },
    /// Its magnitude is above the largest or below the smallest double.
    #[error("`{text}` is out of the range of a double (about 5e-324 to 1.8e308)")]
    OutOfRange {
        /// The text.
        text: String,
    },
}

/// The pieces of a number before it is rounded: digits times 10^exponent.
struct Decimal<'a> {
    negative: bool,
    /// ASCII digits.
    whole: &'a str,
    /// ASCII digits.
    fraction: &'a str,
    exponent: i64,
}

/// The number that `text` writes, rounded once: `4.7u` is the double 4.7e-6.
///
/// # Errors
///
/// The whole of `text` must be one finite number; see [`NumberError`]. A
/// non-zero number that is too small for a double is an error as well.
///
/// # Examples
///
/// ```
/// use analogon::units::parse_number;
/// assert_eq!(parse_number("2.2kohm"), Ok(2200.0));
/// assert_eq!(parse_number("1MEG"), Ok(1e6));
/// assert!(parse_number("1k5").is_err());
/// ```
pub fn parse_number(text: &str) -> Result<f64, NumberError> {
    let (decimal, tail) = split_decimal(text)?;
    let letters = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
    if letters < tail.len() {
        let head = text.len() - tail.len() + letters;
        return Err(NumberError::Trailing {
            text: text.to_owned(),
            number: text[..head].to_owned(),
            tail: text[head..].to_owned(),
        });
    }
    if tail.eq_ignore_ascii_case("e") {
        return Err(NumberError::EmptyExponent { text: text.to_owned() });
    }
    let value = scaled(&decimal, tail);
    let zero = decimal.whole.bytes().chain(decimal.fraction.bytes()).all(|b| b == b'0');
    if value.is_infinite() || (value == 0.0 && !zero) {
        return Err(NumberError::OutOfRange { text: text.to_owned() });
    }
    Ok(if decimal.negative { -value } else { value })
}

/// Sign, digits and exponent of the number at the beginning of `text`, and what follows.
fn split_decimal(text: &str) -> Result<(Decimal<'_>, &str), NumberError> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, rest) = split_digits(unsigned);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(after) => split_digits(after),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(NumberError::NotANumber { text: text.to_owned() });
    }
    let (exponent, rest) = split_exponent(rest);
    Ok((Decimal { negative, whole, fraction, exponent }, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// A decimal exponent, 0 and nothing consumed where there is none. Exponents
/// beyond any double saturate.
fn split_exponent(text: &str) -> (i64, &str) {
    let Some(after) = text.strip_prefix(['e', 'E']) else { return (0, text) };
    let (digits, rest) = split_digits(after.strip_prefix(['+', '-']).unwrap_or(after));
    if digits.is_empty() {
        return (0, text);
    }
    let magnitude = digits.trim_start_matches('0').parse().unwrap_or_else(|_| {
        // Either no digit but zeros, or more of them than an i64 holds.
        if digits.bytes().all(|b| b == b'0') { 0 } else { i64::from(i32::MAX) }
    });
    let magnitude: i64 = std::cmp::min(magnitude, i64::from(i32::MAX));
    (if after.starts_with('-') { -magnitude } else { magnitude }, rest)
}

/// Decimal exponent of the scale that `letters` begin with, and whether it is
/// `mil` (254e-7).
fn scale(letters: &str) -> (i64, bool) {
    let begins = |prefix: &str| {
        letters.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    if begins("meg") {
        return (6, false);
    }
    if begins("mil") {
        return (-7, true);
    }
    let exponent = match letters.chars().next().map(|c| c.to_ascii_lowercase()) {
        Some('t') => 12,
        Some('g') => 9,
        Some('k') => 3,
        Some('m') => -3,
        Some('u' | 'µ' | 'μ') => -6,
        Some('n') => -9,
        Some('p') => -12,
        Some('f') => -15,
        Some('a') => -18,
        _ => 0,
    };
    (exponent, false)
}

/// Powers of ten that a double holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The magnitude with its scale applied, rounded once.
fn scaled(decimal: &Decimal<'_>, letters: &str) -> f64 {
    let (shift, mil) = scale(letters);
    let exponent = decimal.exponent + shift - decimal.fraction.len().cast_signed() as i64;
    let factor = if mil { 254 } else { 1 };
    if decimal.whole.len() + decimal.fraction.len() <= 12 {
        // Clinger's fast path: an exact integer and an exact power of ten
        // meet in one correctly rounded operation.
        let digits = decimal.whole.bytes().chain(decimal.fraction.bytes());
        let mantissa = digits.fold(0_u64, |m, digit| 10 * m + u64::from(digit - b'0')) * factor;
        let power = EXACT_POWERS.get(exponent.unsigned_abs() as usize);
        if let Some(power) = power {
            let mantissa = mantissa as f64;
            return if exponent < 0 { mantissa / power } else { mantissa * power };
        }
    }
    let mut text = times(decimal.whole.bytes().chain(decimal.fraction.bytes()), factor);
    // Writing to a String cannot fail.
    let _ = write!(text, "e{exponent}");
    text.parse().unwrap_or(f64::NAN)
}

/// Decimal digits times a small factor, by long multiplication.
fn times(digits: impl DoubleEndedIterator<Item = u8>, factor: u64) -> String {
    let mut carry = 0;
    let mut reversed = Vec::new();
    for digit in digits.rev() {
        carry += u64::from(digit - b'0') * factor;
        reversed.push(carry % 10);
        carry /= 10;
    }
    while carry > 0 {
        reversed.push(carry % 10);
        carry /= 10;
    }
    reversed.iter().rev().map(|&digit| char::from(b'0' + digit as u8)).collect()
}

/// The shortest decimal that [`parse_number`] reads back to the same bits.
///
/// Values that are not finite come out as `NaN`, `inf` and `-inf`, which no
/// netlist accepts.
///
/// # Examples
///
/// ```
/// assert_eq!(analogon::units::format_number(4.7e-6), "4.7e-6");
/// assert_eq!(analogon::units::format_number(2200.0), "2200");
/// ```
#[must_use]
pub fn format_number(value: f64) -> String {
    // Both notations hold the same shortest digits; the plain one of an
    // extreme magnitude would be hundreds of zeros.
    let scientific = format!("{value:e}");
    if value != 0.0 && !(1e-5..1e15).contains(&value.abs()) {
        return scientific;
    }
    let plain = value.to_string();
    if plain.len() <= scientific.len() { plain } else { scientific }
}

/// The value with an SI prefix and four significant digits, for people:
/// `si(4.7e-6, "F")` is `4.7 µF`.
///
/// Magnitudes outside 1 a to 1000 T keep their exponent.
#[must_use]
pub fn si(value: f64, unit: &str) -> String {
    const PREFIXES: [&str; 11] = ["a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T"];
    const LOWEST: i32 = -18;
    if value == 0.0 || !value.is_finite() {
        return format!("{value} {unit}").trim_end().to_owned();
    }
    // Round first, so that 999.99 becomes 1 k and not 1000.
    let rounded = format!("{value:.3e}");
    let (digits, exponent) = rounded.split_once('e').unwrap_or((rounded.as_str(), "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let step = (exponent - LOWEST).div_euclid(3);
    let Some(prefix) = usize::try_from(step).ok().and_then(|step| PREFIXES.get(step)) else {
        let digits = trim_zeros(digits);
        return format!("{digits}e{exponent} {unit}").trim_end().to_owned();
    };
    let shift = (exponent - LOWEST).rem_euclid(3) as usize;
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let (whole, fraction) = digits.split_at(1 + shift);
    let number = format!("{whole}.{fraction}");
    format!("{sign}{} {prefix}{unit}", trim_zeros(&number)).trim_end().to_owned()
}

fn trim_zeros(number: &str) -> &str {
    number.trim_end_matches('0').trim_end_matches('.')
}

/// A number of things in words: `1 unit`, `12,345 elements`, `2 analyses`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push(' ');
    if number == 1 {
        return text + noun;
    }
    if let Some(stem) = noun.strip_suffix("sis") {
        return text + stem + "ses";
    }
    match noun.strip_suffix('y') {
        Some(stem) => text + stem + "ies",
        None => text + noun + "s",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scales_and_units() {
        let table = [
            ("1k", 1e3),
            ("4.7u", 4.7e-6),
            ("4.7µF", 4.7e-6),
            ("1meg", 1e6),
            ("1MEGohm", 1e6),
            ("1M", 1e-3),
            ("10mil", 254e-6),
            ("1e-3F", 1e-18),
            ("2.2kohm", 2200.0),
            ("1e3", 1e3),
            ("1E+3k", 1e6),
            ("5V", 5.0),
            ("3.3n", 3.3e-9),
            ("6p", 6e-12),
            ("7f", 7e-15),
            ("8a", 8e-18),
            ("9t", 9e12),
            ("1.5g", 1.5e9),
            (".5", 0.5),
            ("5.", 5.0),
            ("-2m", -2e-3),
            ("+3", 3.0),
            ("1e00000000000000000000000003", 1e3),
            ("123456789012345678901234567890e-29", 1.234_567_890_123_456_7),
            ("0.000000000000000000000000000001meg", 1e-24),
            ("123456789.012345678mil", 3_135.802_440_913_58),
        ];
        for (text, value) in table {
            assert_eq!(parse_number(text), Ok(value), "{text}");
        }
        assert_eq!(parse_number("-0").map(f64::to_bits), Ok((-0.0_f64).to_bits()));
    }

    #[test]
    fn faults_are_named() {
        for text in ["1q5", "1k5", "1.2.3", "0x10", "1_000", "1e+", "1e5.5", "10%", "1 k"] {
            assert!(matches!(parse_number(text), Err(NumberError::Trailing { .. })), "{text}");
        }
        for text in ["", "nan", "inf", "-inf", "k", ".", "-", "+-1", "--1", "e3", "{a}"] {
            assert!(matches!(parse_number(text), Err(NumberError::NotANumber { .. })), "{text}");
        }
        for text in ["1e400", "1e-400", "1e99999999999999999999", "-1e300t", "1e-320a"] {
            assert!(matches!(parse_number(text), Err(NumberError::OutOfRange { .. })), "{text}");
        }
        assert!(matches!(parse_number("1e"), Err(NumberError::EmptyExponent { .. })));
        assert_eq!(
            parse_number("1k5").map_err(|e| e.to_string()),
            Err("`1k5` is not a number: unexpected `5` after `1k`".to_owned())
        );
    }

    #[test]
    fn prefixes_for_people() {
        let table = [
            (4.7e-6, "F", "4.7 µF"),
            (4700.0, "ohm", "4.7 kohm"),
            (-1.5, "V", "-1.5 V"),
            (999.99, "Hz", "1 kHz"),
            (123.456, "V", "123.5 V"),
            (0.0, "V", "0 V"),
            (1e-18, "A", "1 aA"),
            (1e-21, "A", "1e-21 A"),
            (2.5e16, "ohm", "2.5e16 ohm"),
            (100.0, "", "100"),
            (2e-3, "", "2 m"),
        ];
        for (value, unit, text) in table {
            assert_eq!(si(value, unit), text);
        }
    }

    fn any_finite() -> impl Strategy<Value = f64> {
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn formatting_round_trips(x in any_finite()) {
            prop_assert_eq!(parse_number(&format_number(x)).map(f64::to_bits), Ok(x.to_bits()));
        }

        /// A scale suffix is the exponent it stands for, bit for bit.
        #[test]
        fn suffixes_round_once(digits in "[0-9]{1,25}(\\.[0-9]{0,25})?", k in 0_usize..11) {
            let (suffix, exponent) = [
                ("t", 12), ("g", 9), ("meg", 6), ("k", 3), ("", 0), ("m", -3), ("u", -6),
                ("n", -9), ("p", -12), ("f", -15), ("a", -18),
            ][k];
            let value: f64 = format!("{digits}e{exponent}").parse().unwrap();
            prop_assert_eq!(parse_number(&format!("{digits}{suffix}")), Ok(value));
            let value: f64 = format!("{digits}e{}", exponent - 4).parse().unwrap();
            prop_assert_eq!(parse_number(&format!("{digits}e-4{suffix}")), Ok(value));
        }

        #[test]
        fn any_text_is_a_number_or_an_error(text in "\\PC{0,12}|[0-9.e+\\-kmgilµ]{0,12}") {
            if let Ok(value) = parse_number(&text) {
                prop_assert!(value.is_finite());
            }
        }
    }
}
