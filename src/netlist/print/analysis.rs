//! Cards of analyses as text.

use super::Printer;
use crate::netlist::ast::{Analysis, Frequencies, Wanted};

impl Printer<'_> {
    pub(super) fn analysis(&mut self, analysis: &Analysis) {
        match analysis {
            Analysis::Dc(sweeps) => {
                self.push(".dc");
                for sweep in sweeps {
                    self.step_target(sweep.target);
                    for value in [&sweep.start, &sweep.stop, &sweep.step] {
                        self.operand(value);
                    }
                }
            }
            Analysis::Ac(frequencies) => {
                self.push(".ac");
                self.frequencies(frequencies);
            }
            Analysis::Noise { output, source, frequencies } => {
                self.push(".noise");
                self.output(&output.kind);
                self.word(*source);
                self.frequencies(frequencies);
            }
            Analysis::Transfer { output, source } => {
                self.push(".tf");
                self.output(&output.kind);
                self.word(*source);
            }
            Analysis::Sensitivity { output, frequencies } => {
                self.push(".sens");
                self.output(&output.kind);
                if let Some(frequencies) = frequencies {
                    self.push(" ac");
                    self.frequencies(frequencies);
                }
            }
            Analysis::PolesZeros { input, output, is_voltage, wanted } => {
                self.push(".pz");
                self.words(input);
                self.words(output);
                self.push(if *is_voltage { " vol" } else { " cur" });
                self.push(match wanted {
                    Wanted::Poles => " pol",
                    Wanted::Zeros => " zer",
                    Wanted::Both => " pz",
                });
            }
        }
    }

    fn frequencies(&mut self, frequencies: &Frequencies) {
        self.push(" ");
        self.push(frequencies.spacing.name());
        for value in [&frequencies.points, &frequencies.start, &frequencies.stop] {
            self.operand(value);
        }
    }
}
