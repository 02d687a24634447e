//! Currents into the terminals of devices: `ic(q1)`, `id(m1)`, `@q1[ic]`.

use crate::diag::Diagnostic;
use crate::netlist::card::{Card, Fault, shown};
use crate::netlist::expr::ExprKind;
use crate::netlist::symbol::Symbol;

/// The currents of devices with several terminals.
const CURRENTS: [&str; 6] = ["ic", "ib", "ie", "is", "id", "ig"];

/// True for the name of such a current.
pub(super) fn is_current(lower: &str) -> bool {
    CURRENTS.contains(&lower)
}

/// The current and the device that `q1#ic` stands for, as `ic(q1)` is written.
pub(super) fn split(name: &str) -> Option<(&str, &str)> {
    let (device, current) = name.rsplit_once('#')?;
    let own = device.rsplit('.').next().unwrap_or_default();
    (is_current(current) && own.starts_with(['q', 'j', 'm'])).then_some((current, device))
}

impl Card<'_, '_> {
    /// `q1)` of `ic(q1)`, if that follows: the name of a device with several terminals
    /// and nothing else. What begins with another letter is a function of the deck.
    pub(super) fn terminal(&mut self, current: &str) -> Option<Symbol> {
        let mark = self.cursor;
        let name = self.word()?.text.to_ascii_lowercase();
        let own = name.rsplit('.').next().unwrap_or_default();
        if own.starts_with(['q', 'j', 'm']) && self.eat(')') {
            return Some(self.symbols.intern(&format!("{name}#{current}")));
        }
        self.cursor = mark;
        None
    }

    /// `@q1[ic]`, whose `@` is consumed, as ngspice writes it.
    pub(super) fn at_device(&mut self) -> Result<ExprKind, Fault> {
        let start = self.at();
        let read = self.word().map(|word| word.text.to_ascii_lowercase());
        let parts = read.as_deref().and_then(|text| text.strip_suffix(']')?.split_once('['));
        let own = parts.map(|(name, what)| {
            let letter = name.rsplit('.').next().and_then(|own| own.chars().next());
            (name, what, letter.unwrap_or(' '))
        });
        let text = match own {
            Some((name, "i", _) | (name, "id", 'd')) => name.to_owned(),
            Some((name, what, 'q' | 'j' | 'm')) if is_current(what) => format!("{name}#{what}"),
            _ => {
                let shown = shown(read.as_deref().unwrap_or_default());
                let fault =
                    Diagnostic::error(self.span(start), format!("`@{shown}` is not supported"));
                let hint = "currents are: `@r1[i]`, `@d1[id]`, `@q1[ic]`, `@m1[id]` and the like";
                return Err(Box::new(fault.with_hint(hint)));
            }
        };
        Ok(ExprKind::Current(self.symbols.intern(&text)))
    }
}
