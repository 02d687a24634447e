//! Where simulators read the same text differently.

use std::fmt;

/// A simulator whose language a deck is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// ngspice: `^` is a power, `1A` is atto, `$` and a blank begin a comment.
    #[default]
    Ngspice,
    /// `PSpice`: `^` is exclusive or, `1A` is one.
    Pspice,
    /// `LTspice`: as `PSpice`.
    Ltspice,
    /// Xyce: as `PSpice`.
    Xyce,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ngspice => "ngspice",
            Self::Pspice => "PSpice",
            Self::Ltspice => "LTspice",
            Self::Xyce => "Xyce",
        })
    }
}

/// The dialect of a deck, and whether somebody said so.
///
/// Where nobody did, the deck is read as ngspice would, with a warning at every
/// place that another simulator would silently read differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// How it is read.
    pub dialect: Dialect,
    /// False where the dialect is a guess.
    pub stated: bool,
}

impl Language {
    /// That of a deck whose dialect is known.
    #[must_use]
    pub fn stated(dialect: Dialect) -> Self {
        Self { dialect, stated: true }
    }

    /// That of a deck of which nothing is known.
    #[must_use]
    pub fn guessed() -> Self {
        Self { dialect: Dialect::default(), stated: false }
    }
}

/// Options that simulators know and that have no counterpart here, because they are
/// about printing or about algorithms that this program does not have.
const WITHOUT_EFFECT: [(&str, &[Dialect]); 22] = {
    use Dialect::{Ltspice, Ngspice, Pspice, Xyce};
    [
        ("acct", &[Ngspice, Pspice]),
        ("noacct", &[Ngspice]),
        ("nopage", &[Ngspice, Pspice]),
        ("nomod", &[Ngspice, Pspice]),
        ("list", &[Ngspice, Pspice]),
        ("node", &[Ngspice, Pspice]),
        ("opts", &[Ngspice, Pspice]),
        ("numdgt", &[Ngspice, Pspice, Ltspice]),
        ("width", &[Pspice]),
        ("limpts", &[Pspice]),
        ("itl2", &[Ngspice, Pspice, Ltspice]),
        ("itl5", &[Pspice]),
        ("pivtol", &[Ngspice, Pspice, Ltspice]),
        ("pivrel", &[Ngspice, Pspice, Ltspice]),
        ("savecurrents", &[Ngspice]),
        ("klu", &[Ngspice]),
        ("sparse", &[Ngspice]),
        ("plotwinsize", &[Ltspice]),
        ("measdgt", &[Ltspice]),
        ("nomarch", &[Ltspice]),
        ("topologycheck", &[Ltspice]),
        ("parser", &[Xyce]),
    ]
};

/// True for an option that `dialect` knows and that changes nothing here.
pub(super) fn is_without_effect(dialect: Dialect, option: &str) -> bool {
    WITHOUT_EFFECT.iter().any(|(name, dialects)| *name == option && dialects.contains(&dialect))
}

/// Where the number in `text` ends, and the letters after it.
pub(super) fn suffix(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let after = |from: usize, is_part: fn(&u8) -> bool| {
        from + bytes[from..].iter().take_while(|&byte| is_part(byte)).count()
    };
    let unsigned = after(0, |byte| matches!(byte, b'+' | b'-'));
    let mut end = after(unsigned, |byte| byte.is_ascii_digit() || *byte == b'.');
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let rest = after(exponent, u8::is_ascii_digit);
        if rest > exponent {
            end = rest;
        }
    }
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_letters_begin() {
        for (text, parts) in [
            ("1A", ("1", "A")),
            ("-2.5e-3M", ("-2.5e-3", "M")),
            ("1e", ("1", "e")),
            ("10meg", ("10", "meg")),
            ("3", ("3", "")),
        ] {
            assert_eq!(suffix(text), parts, "{text}");
        }
    }
}
