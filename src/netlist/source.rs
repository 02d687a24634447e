//! What independent sources deliver.

use crate::diag::{Diagnostic, Span};
use crate::netlist::ast::{ElementKind, Quantity, Source, Value, Wave};
use crate::netlist::card::{Card, Fault};

/// A value and its place.
type Placed = (Value, Span);

impl Card<'_, '_> {
    pub(super) fn independent(&mut self, letter: char) -> Result<ElementKind, Fault> {
        let nodes = self.terminals()?;
        let quantity = if letter == 'v' { Quantity::Voltage } else { Quantity::Current };
        let mut source = Source::default();
        while self.peek().is_some() {
            self.source_part(&mut source)?;
        }
        if source == Source::default() {
            let span = self.span(self.cursor.last);
            let warning = Diagnostic::warning(span, "a source without a value delivers 0");
            self.diagnostics.push(warning.with_hint("write `DC 0` if that is meant"));
        }
        Ok(ElementKind::Source { quantity, nodes, source: Box::new(source) })
    }

    /// One of `DC value`, `AC magnitude [phase]`, a wave, and a bare value.
    fn source_part(&mut self, source: &mut Source) -> Result<(), Fault> {
        let mark = self.cursor;
        let start = self.at();
        let keyword = self.word().map(|word| word.text.to_ascii_lowercase()).unwrap_or_default();
        let double = match keyword.as_str() {
            "dc" => source.dc.replace(self.value("the value after `DC`")?).is_some(),
            "ac" => {
                let magnitude = self.optional_value()?.unwrap_or(Value::Number(1.0));
                source.ac.replace((magnitude, self.optional_value()?)).is_some()
            }
            "pulse" => source.wave.replace(Wave::Pulse(self.wave("PULSE", 2, 7)?)).is_some(),
            // LTspice's name.
            "sin" | "sine" => source.wave.replace(Wave::Sin(self.wave("SIN", 2, 6)?)).is_some(),
            "exp" => source.wave.replace(Wave::Exp(self.wave("EXP", 2, 6)?)).is_some(),
            "sffm" => source.wave.replace(Wave::Sffm(self.wave("SFFM", 2, 7)?)).is_some(),
            "am" => source.wave.replace(Wave::Am(self.wave("AM", 4, 5)?)).is_some(),
            "pwl" => source.wave.replace(Wave::Pwl(self.points()?)).is_some(),
            _ => {
                self.cursor = mark;
                if *source != Source::default() {
                    return self.finish("the values of the source");
                }
                let what = "a value or `DC`, `AC`, `PULSE`, `SIN`, `EXP`, `SFFM`, `AM`, `PWL`";
                source.dc = Some(self.value(what)?);
                false
            }
        };
        if double {
            let part = match keyword.as_str() {
                "dc" => "`DC` value",
                "ac" => "`AC` value",
                _ => "wave",
            };
            let message = format!("the source has a second {part}");
            return Err(Box::new(Diagnostic::error(self.span(start), message)));
        }
        Ok(())
    }

    /// A value, unless the card ends or a keyword of a source follows.
    fn optional_value(&mut self) -> Result<Option<Value>, Fault> {
        const KEYWORDS: [&str; 9] =
            ["dc", "ac", "pulse", "sin", "sine", "exp", "sffm", "am", "pwl"];
        let keyword = self
            .peek_word()
            .is_some_and(|word| KEYWORDS.iter().any(|known| word.text.eq_ignore_ascii_case(known)));
        if keyword || matches!(self.peek(), None | Some(')')) {
            return Ok(None);
        }
        self.value("a value").map(Some)
    }

    /// The values of a wave, in parentheses or not, with commas or not, and
    /// their places.
    fn wave_values(&mut self, name: &str) -> Result<Vec<Placed>, Fault> {
        let start = self.at();
        let open = self.eat('(').then(|| self.span(start));
        let mut values = Vec::new();
        loop {
            let at = self.at();
            let Some(value) = self.optional_value()? else { break };
            values.push((value, self.span(at)));
            self.eat(',');
        }
        if let Some(open) = open {
            self.close(open, ')')?;
        }
        if values.is_empty() {
            return self.expected(&format!("the values of `{name}`"));
        }
        Ok(values)
    }

    fn wave(&mut self, name: &str, least: usize, most: usize) -> Result<Vec<Value>, Fault> {
        let values = self.wave_values(name)?;
        let found = values.len();
        if found < least || found > most {
            let span = values.get(most).map_or(values[0].1, |&(_, span)| span);
            let message = format!("`{name}` takes {least} to {most} values, found {found}");
            return Err(Box::new(Diagnostic::error(span, message)));
        }
        Ok(values.into_iter().map(|(value, _)| value).collect())
    }

    /// The points of a piecewise linear wave; literal times must increase.
    fn points(&mut self) -> Result<Vec<Value>, Fault> {
        let values = self.wave_values("PWL")?;
        if values.len() % 2 == 1 {
            let found = values.len();
            let message =
                format!("`PWL` takes pairs of time and value, found an odd number, {found}");
            let fault = Diagnostic::error(values[values.len() - 1].1, message);
            return Err(Box::new(fault.with_hint("the last time has no value")));
        }
        let mut last: Option<(f64, Span)> = None;
        for (value, span) in values.iter().step_by(2) {
            let Value::Number(time) = *value else {
                last = None;
                continue;
            };
            match last {
                Some((before, place)) if time <= before => {
                    self.inside_value = true;
                    let message =
                        format!("the times of `PWL` must increase, but {time} follows {before}");
                    let fault = Diagnostic::error(*span, message);
                    return Err(Box::new(fault.with_related(place, "the time before")));
                }
                _ => last = Some((time, *span)),
            }
        }
        Ok(values.into_iter().map(|(value, _)| value).collect())
    }
}
