//! What analyses return.

use crate::{
    diag::{Diagnostic, Span},
    linalg::Complex,
    simulate::{Ending, Path, operating_point::Beginning, plan::Plan},
    solve::{Aid, Counters},
    wave::{Spectrum, Waveform},
};

/// The result of one analysis of a deck.
#[derive(Clone, Debug, PartialEq)]
pub enum AnalysisResult {
    /// `.op`
    OperatingPoint(OperatingPointResult),
    /// `.tran`
    Transient(TransientResult),
    /// `.dc`, for one value of its second source.
    Sweep(SweepResult),
    /// `.ac`
    Ac(AcResult),
    /// `.noise`
    Noise(NoiseResult),
    /// `.tf`
    Transfer(TransferResult),
    /// `.sens`
    Sensitivity(SensitivityResult),
    /// `.pz`
    PolesZeros(PolesZerosResult),
}

impl AnalysisResult {
    /// What it has over an axis, as real signals; `None` for single values.
    #[must_use]
    pub fn waveform(&self) -> Option<&Waveform> {
        match self {
            Self::OperatingPoint(_) | Self::Transfer(_) | Self::PolesZeros(_) => None,
            Self::Transient(found) => Some(&found.waveform),
            Self::Sweep(found) => Some(&found.waveform),
            Self::Noise(found) => Some(&found.waveform),
            Self::Ac(found) => Some(found.spectrum.parts()),
            Self::Sensitivity(found) => found.spectrum.as_ref().map(Spectrum::parts),
        }
    }

    /// Its amplitudes over frequency, where it has some.
    #[must_use]
    pub fn spectrum(&self) -> Option<&Spectrum> {
        match self {
            Self::Ac(found) => Some(&found.spectrum),
            Self::Sensitivity(found) => found.spectrum.as_ref(),
            Self::OperatingPoint(_)
            | Self::Transient(_)
            | Self::Sweep(_)
            | Self::Noise(_)
            | Self::Transfer(_)
            | Self::PolesZeros(_) => None,
        }
    }

    /// Work done.
    #[must_use]
    pub fn counters(&self) -> Counters {
        match self {
            Self::OperatingPoint(found) => found.counters,
            Self::Transient(found) => found.counters,
            Self::Sweep(found) => found.counters,
            Self::Ac(found) => found.counters,
            Self::Noise(found) => found.counters,
            Self::Transfer(found) => found.counters,
            Self::Sensitivity(found) => found.counters,
            Self::PolesZeros(found) => found.counters,
        }
    }
}

/// Operating points over the values of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepResult {
    /// The `.dc` card.
    pub span: Span,
    /// The second source and its value, where there is one.
    pub level: Option<(String, f64)>,
    /// What the deck saves, over the values of the first source, ascending.
    pub waveform: Waveform,
    /// What helped Newton's method at the last point that needed help.
    pub aid: Aid,
    /// Work done.
    pub counters: Counters,
}

/// Amplitudes over frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct AcResult {
    /// The `.ac` card.
    pub span: Span,
    /// What the deck saves.
    pub spectrum: Spectrum,
    /// What helped to find the operating point.
    pub aid: Aid,
    /// Work done.
    pub counters: Counters,
}

/// Noise over frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct NoiseResult {
    /// The `.noise` card.
    pub span: Span,
    /// `onoise_spectrum`, the density at the output, and `inoise_spectrum`, the same
    /// referred to the input, V (or A) per root of a hertz.
    pub waveform: Waveform,
    /// Root mean square at the output over all of the band, V or A.
    pub output_total: f64,
    /// V or A.
    pub output_unit: &'static str,
    /// The same referred to the input.
    pub input_total: f64,
    /// V or A.
    pub input_unit: &'static str,
    /// The elements with their part of `output_total`, the largest first; squares add up.
    pub contributions: Vec<(String, f64)>,
    /// What helped to find the operating point.
    pub aid: Aid,
    /// Work done.
    pub counters: Counters,
}

/// Gain and resistances at rest.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferResult {
    /// The `.tf` card.
    pub span: Span,
    /// Of what.
    pub output: String,
    /// To what.
    pub source: String,
    /// Change of the output for a change of the source.
    pub gain: f64,
    /// What the source sees, ohm; infinite where no current flows.
    pub input_resistance: f64,
    /// What a load at the output would see, ohm.
    pub output_resistance: f64,
    /// What helped to find the operating point.
    pub aid: Aid,
    /// Work done.
    pub counters: Counters,
}

/// How an output depends on the values of the elements.
#[derive(Clone, Debug, PartialEq)]
pub struct SensitivityResult {
    /// The `.sens` card.
    pub span: Span,
    /// Of what.
    pub output: String,
    /// Its value at rest, V or A.
    pub rest: f64,
    /// The derivatives of that value; empty with a spectrum.
    pub entries: Vec<Sensitivity>,
    /// The derivatives of its amplitude over frequency, by element.
    pub spectrum: Option<Spectrum>,
    /// What helped to find the operating point.
    pub aid: Aid,
    /// Work done.
    pub counters: Counters,
}

/// Poles and zeros of a transfer function, 1/s, by falling real part.
#[derive(Clone, Debug, PartialEq)]
pub struct PolesZerosResult {
    /// The `.pz` card.
    pub span: Span,
    /// Where the circuit moves by itself; `None` where they were not asked for.
    pub poles: Option<Vec<Complex>>,
    /// What does not pass.
    pub zeros: Option<Vec<Complex>>,
    /// What helped to find the operating point.
    pub aid: Aid,
    /// Work done.
    pub counters: Counters,
}

/// A derivative.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// With respect to the value of this element.
    pub element: String,
    /// That value: ohm, F, H, V, A or a gain.
    pub value: f64,
    /// Change of the output for a change of the value, unit by unit.
    pub derivative: f64,
}

/// The value of one quantity.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Reading {
    /// Its name, such as `v(out)` or `i(v1)`.
    pub name: String,
    /// `V` or `A`.
    pub unit: &'static str,
    /// Its value.
    pub value: f64,
}

/// An operating point.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatingPointResult {
    /// The `.op` card.
    pub span: Span,
    /// All node voltages, then all branch currents.
    pub readings: Vec<Reading>,
    /// What helped Newton's method.
    pub aid: Aid,
    /// Work done.
    pub counters: Counters,
}

/// A transient.
#[derive(Clone, Debug, PartialEq)]
pub struct TransientResult {
    /// The `.tran` card.
    pub span: Span,
    /// What the deck saves, from the start to the stop time; all node voltages
    /// and branch currents where it saves nothing.
    pub waveform: Waveform,
    /// The path taken: [`Path::Mna`] or [`Path::Reduced`].
    pub path: Path,
    /// Why that path.
    pub why: String,
    /// Where a reduction was tried and refused: by what.
    pub refusal: Vec<Diagnostic>,
    /// The method, in words.
    pub method: &'static str,
    /// What helped to find the operating point that it starts from; `None` with `uic`.
    pub start: Option<Aid>,
    /// Why it ended.
    pub ending: Ending,
    /// Work done, that for the start included.
    pub counters: Counters,
}

impl TransientResult {
    /// The same with the reasons for its path and with the work for its start.
    pub(super) fn with(mut self, plan: &Plan, beginning: &Beginning) -> Self {
        self.why.clone_from(&plan.why);
        self.refusal.clone_from(&plan.refusal);
        self.start = beginning.aid();
        self.counters += beginning.counters();
        self.counters.reductions += plan.reductions;
        self
    }
}
