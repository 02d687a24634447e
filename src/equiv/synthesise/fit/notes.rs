//! A choice of scales in words.

use std::collections::BTreeMap;

use crate::{
    equiv::{Fit, Realisation, Stock},
    units::{count, format_number, si},
};

/// Components named in a note.
const NAMED: usize = 4;

impl Fit {
    /// The choice in words, for the deck and for the reader.
    pub(super) fn notes(&self, stock: &Stock) -> Vec<String> {
        let o = &self.options;
        let volts = o.volts.unwrap_or_default();
        let mut notes = vec![format!(
            "chosen for resistors of {} to {}, capacitors of {} to {}",
            si(stock.resistors[0], "ohm"),
            si(stock.resistors[1], "ohm"),
            si(stock.capacitors[0], "F"),
            si(stock.capacitors[1], "F")
        )];
        notes.push(format!(
            "1 unit of a sum is {} V; Rf = {}, C = {}, 1 unit of time is {}",
            format_number(volts.sum),
            si(o.feedback, "ohm"),
            si(o.capacitance, "F"),
            si(o.time_unit, "s")
        ));
        let rails = stock
            .rails
            .map_or_else(String::new, |r| format!(" of rails of {} V", format_number(r)));
        match self.reach {
            Some([sum, output]) => notes.push(format!(
                "whatever the states are, no sum is beyond {}, no output beyond {}{rails}",
                si(sum, "V"),
                si(output, "V")
            )),
            None => notes.push("sigma has no ceiling, so that no sum has a bound".to_owned()),
        }
        if o.realisation != Realisation::Ideal {
            notes.push(format!(
                "no op-amp delivers more than {} of {}",
                si(self.load, "A"),
                si(stock.amperes, "A")
            ));
        }
        if !self.outside.is_empty() {
            notes.extend(self.advice(stock));
        }
        notes
    }

    /// What does not fit, and what to do about it.
    fn advice(&self, stock: &Stock) -> Vec<String> {
        let named: Vec<String> = self
            .outside
            .iter()
            .take(NAMED)
            .map(|o| match o.weight {
                Some(w) => format!("{} ({}, a weight of {w:.1e})", o.name, si(o.value, "ohm")),
                None if o.name == "C" => format!("C ({})", si(o.value, "F")),
                None => format!("{} ({})", o.name, si(o.value, "ohm")),
            })
            .collect();
        let mut lines = vec![format!(
            "{} outside: {}{}",
            count(self.outside.len(), "component"),
            named.join(", "),
            if self.outside.len() > NAMED { ", ..." } else { "" }
        )];
        let small = self.outside.iter().filter(|o| o.value > stock.resistors[1]);
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        let mut largest = 0.0;
        for (stage, weight) in small.filter_map(|o| Some((o.stage, o.weight?.abs()))) {
            *sums.entry(stage).or_default() += weight;
            largest = if weight > largest { weight } else { largest };
        }
        if let Some(most) = sums.into_values().max_by(f64::total_cmp) {
            lines.push(format!(
                "make weights of up to {largest:.1e} zero, open circuits: in no sum and no output they come to more than {most:.1e}"
            ));
        }
        if self.outside.iter().any(|o| o.weight.is_none()) {
            lines.push("for leaks and capacitors try another --time-unit".to_owned());
        }
        let low = stock.resistors[0];
        if self.outside.iter().any(|o| o.weight.is_some() && o.value < low) {
            lines.push(
                "for large weights let op-amps deliver more, or make --feedback larger".to_owned(),
            );
        }
        lines
    }
}
