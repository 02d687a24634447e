//! `.dc`, `.ac`, `.noise`, `.tf`, `.sens` and `.pz` cards.

use crate::netlist::ast::{Analysis, ControlKind, DcSweep, Frequencies, Output, Spacing, Wanted};
use crate::netlist::card::{Card, Fault};

/// How each card reads.
const DC: &str = "the card reads `.dc source start stop increment [source start stop increment]`, with `temp`, `param NAME` or the name of a resistor and the like instead of a source";
const AC: &str = "the card reads `.ac dec|oct|lin points start stop`";
const NOISE: &str = "the card reads `.noise v(node) source dec|oct|lin points start stop`";
const TF: &str = "the card reads `.tf v(node) source`";
const PZ: &str = "the card reads `.pz in+ in- out+ out- cur|vol pol|zer|pz`";
const SENS: &str = "the card reads `.sens v(node) [ac dec|oct|lin points start stop]`";

/// Which card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AnalysisCard {
    Dc,
    Ac,
    Noise,
    Transfer,
    Sensitivity,
    PolesZeros,
}

impl Card<'_, '_> {
    pub(super) fn analysis(&mut self, card: AnalysisCard) -> Result<ControlKind, Fault> {
        let (read, form) = match card {
            AnalysisCard::Dc => (self.dc(), DC),
            AnalysisCard::Ac => (self.frequencies().map(Analysis::Ac), AC),
            AnalysisCard::Noise => (self.noise(), NOISE),
            AnalysisCard::Transfer => (self.transfer(), TF),
            AnalysisCard::Sensitivity => (self.sensitivity(), SENS),
            AnalysisCard::PolesZeros => (self.poles_zeros(), PZ),
        };
        let read = read.and_then(|analysis| {
            self.finish("the card")?;
            Ok(analysis)
        });
        match read {
            Ok(analysis) => Ok(ControlKind::Analysis(Box::new(analysis))),
            Err(fault) if fault.hint.is_none() && !self.inside_value => {
                Err(Box::new(fault.with_hint(form)))
            }
            Err(fault) => Err(fault),
        }
    }

    fn dc(&mut self) -> Result<Analysis, Fault> {
        let mut sweeps = vec![self.dc_sweep()?];
        if self.peek().is_some() {
            sweeps.push(self.dc_sweep()?);
        }
        Ok(Analysis::Dc(sweeps))
    }

    fn dc_sweep(&mut self) -> Result<DcSweep, Fault> {
        Ok(DcSweep {
            target: self.step_target("a source, `param NAME`, `temp` or an element")?,
            start: self.value("the first value")?,
            stop: self.value("the last value")?,
            step: self.value("the increment")?,
        })
    }

    fn frequencies(&mut self) -> Result<Frequencies, Fault> {
        let found = Spacing::ALL.into_iter().find(|(word, _)| self.keyword(word));
        let Some((_, spacing)) = found else { return self.expected("`dec`, `oct` or `lin`") };
        Ok(Frequencies {
            spacing,
            points: self.value("the number of points")?,
            start: self.value("the first frequency")?,
            stop: self.value("the last frequency")?,
        })
    }

    /// One voltage or current.
    fn observed(&mut self) -> Result<Output, Fault> {
        let start = self.at();
        if self.peek().is_none() {
            return self.expected("`v(node)` or `i(element)`");
        }
        let kind = self.output()?;
        Ok(Output { kind, span: self.span(start) })
    }

    fn noise(&mut self) -> Result<Analysis, Fault> {
        Ok(Analysis::Noise {
            output: self.observed()?,
            source: self.symbol("the source that noise is referred to")?,
            frequencies: self.frequencies()?,
        })
    }

    fn transfer(&mut self) -> Result<Analysis, Fault> {
        Ok(Analysis::Transfer {
            output: self.observed()?,
            source: self.symbol("the source that drives")?,
        })
    }

    fn sensitivity(&mut self) -> Result<Analysis, Fault> {
        let output = self.observed()?;
        let frequencies = if self.keyword("ac") { Some(self.frequencies()?) } else { None };
        Ok(Analysis::Sensitivity { output, frequencies })
    }

    fn poles_zeros(&mut self) -> Result<Analysis, Fault> {
        let mut node = || self.symbol("a node");
        let input = [node()?, node()?];
        let output = [node()?, node()?];
        let is_voltage = self.keyword("vol");
        if !is_voltage && !self.keyword("cur") {
            return self.expected("`vol` or `cur`");
        }
        let words = [("pol", Wanted::Poles), ("zer", Wanted::Zeros), ("pz", Wanted::Both)];
        let Some((_, wanted)) = words.into_iter().find(|(word, _)| self.keyword(word)) else {
            return self.expected("`pol`, `zer` or `pz`");
        };
        Ok(Analysis::PolesZeros { input, output, is_voltage, wanted })
    }
}
