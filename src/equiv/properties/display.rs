//! Properties as text.

use std::fmt::{self, Display, Formatter};

use crate::units::si;

use super::{Bound, Judgement, Property};

impl Display for Property {
    /// One line: verdict, name, value against threshold, what was found, who is to blame.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Judgement::Holds => "holds",
            Judgement::Fails => "FAILS",
            Judgement::NotJudged => "-",
        };
        write!(f, "{verdict:<6} {:<14} {}", self.name.name(), self.words())
    }
}

impl Property {
    /// The property that fails in one line: name, value against threshold, who is to blame.
    pub(in crate::equiv) fn fault(&self) -> String {
        format!("{}: {}", self.name.name(), self.words())
    }

    /// Value against threshold, what was found, who is to blame.
    #[must_use]
    pub fn words(&self) -> String {
        let mut text = String::new();
        if let (Some(value), Some(threshold)) = (self.value, self.threshold) {
            let (value, threshold) = (self.number(value), self.number(threshold));
            text = format!("{value} ({} {threshold}): ", self.side());
        }
        text.push_str(&self.detail);
        if !self.elements.is_empty() {
            let names: Vec<String> = self.elements.iter().map(|e| format!("`{e}`")).collect();
            text.push_str("; ");
            text.push_str(&names.join(", "));
        }
        text
    }

    fn side(&self) -> &'static str {
        match self.bound {
            Bound::Above => "above",
            Bound::AtLeast => "at least",
            Bound::AtMost => "at most",
        }
    }

    fn number(&self, value: f64) -> String {
        if !self.unit.is_empty() {
            return si(value, self.unit);
        }
        let rounded = format!("{value:.2e}");
        crate::units::format_number(rounded.parse().unwrap_or(value))
    }
}

/// `11 of 14 hold, 2 are not judged, 1 fails`.
#[must_use]
pub fn summary(properties: &[Property]) -> String {
    let number = |verdict| properties.iter().filter(|p| p.verdict == verdict).count();
    let (holding, failing) = (number(Judgement::Holds), number(Judgement::Fails));
    let open = number(Judgement::NotJudged);
    let all = format!("{holding} of {} hold", properties.len());
    let others = [
        (open, if open == 1 { "is not judged" } else { "are not judged" }),
        (failing, if failing == 1 { "fails" } else { "fail" }),
    ];
    let others = others.into_iter().filter(|(number, _)| *number > 0);
    others.fold(all, |text, (number, words)| format!("{text}, {number} {words}"))
}
