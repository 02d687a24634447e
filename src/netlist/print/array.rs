//! Arrays, their nodes in short.

use super::{FIXED_BLANK, Printer};
use crate::netlist::ast::{Array, NodeList};

/// Nodes from which on a range is shorter than they are.
const SHORTEST: usize = 3;

impl Printer<'_> {
    pub(super) fn array(&mut self, array: &Array) {
        self.push(" ");
        self.push(array.form.name());
        self.nodes(" rows=", &array.rows);
        self.nodes(" columns=", &array.columns);
        if let Some(inverted) = &array.inverted {
            self.nodes(" inverted=", inverted);
        }
        self.quoted(" file=", &array.file.name);
        if let Some(name) = &array.file.array {
            self.quoted(" array=", name);
        }
        if let Some(gain) = &array.gain {
            self.push(" gain=");
            self.value(gain);
        }
    }

    /// A name in quotes, which no line end may part.
    fn quoted(&mut self, key: &str, name: &str) {
        let quote = if name.contains('"') { "'" } else { "\"" };
        let name = name.replace(' ', FIXED_BLANK);
        self.push(&format!("{key}{quote}{name}{quote}"));
    }

    fn nodes(&mut self, key: &str, list: &NodeList) {
        let names: Vec<&str> = list.names.iter().map(|name| self.symbols.name(*name)).collect();
        let mut terms = Vec::new();
        let mut at = 0;
        while at < names.len() {
            let length = numbered(&names[at..]);
            if length < SHORTEST {
                terms.push(names[at].to_owned());
                at += 1;
                continue;
            }
            let (prefix, first) = parts(names[at]);
            let last = first.unwrap_or(0) + length as u64 - 1;
            terms.push(format!("{prefix}{{{}..{last}}}", first.unwrap_or(0)));
            at += length;
        }
        self.push(key);
        match terms.as_slice() {
            [only] => self.push(only),
            several => self.push(&format!("({})", several.join(" "))),
        }
    }
}

/// How many of `names`, from the first on, count up.
fn numbered(names: &[&str]) -> usize {
    let (prefix, first) = parts(names[0]);
    let Some(first) = first else { return 1 };
    let follows = |(name, number): (&&str, u64)| parts(name) == (prefix, Some(number));
    names.iter().zip(first..).take_while(|pair| follows(*pair)).count()
}

/// A name without the number at its end, and the number, which has no zero before it.
fn parts(name: &str) -> (&str, Option<u64>) {
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (prefix, digits) = name.split_at(name.len() - digits);
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    let zeros = if zeros > 0 && zeros == digits.len() { zeros - 1 } else { zeros };
    let digits = &digits[zeros..];
    if digits.is_empty() || digits.len() > 15 {
        return (name, None);
    }
    (&name[..prefix.len() + zeros], digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_end_of_names_are_told_apart() {
        for (name, expected) in [
            ("s10", ("s", Some(10))),
            ("s007", ("s00", Some(7))),
            ("s00", ("s0", Some(0))),
            ("0", ("", Some(0))),
            ("out", ("out", None)),
            ("x1.a", ("x1.a", None)),
        ] {
            assert_eq!(parts(name), expected, "{name}");
        }
        assert_eq!(numbered(&["s08", "s09", "s10"]), 2);
        assert_eq!(numbered(&["s8", "s9", "s10", "t11"]), 3);
    }
}
