//! Cards of analyses beside `.op` and `.tran`.

use crate::netlist::{
    ast::{Output, StepTarget, Value},
    symbol::Symbol,
};

/// An analysis that sweeps a source or looks at small signals.
#[derive(Clone, Debug, PartialEq)]
pub enum Analysis {
    /// `.dc target start stop increment [target start stop increment]`; the first varies
    /// fastest.
    Dc(Vec<DcSweep>),
    /// `.ac dec|oct|lin points start stop`.
    Ac(Frequencies),
    /// `.noise output source dec|oct|lin points start stop`.
    Noise {
        /// Whose noise.
        output: Output,
        /// To which source it is referred.
        source: Symbol,
        /// Where.
        frequencies: Frequencies,
    },
    /// `.tf output source`.
    Transfer {
        /// Of what.
        output: Output,
        /// To what.
        source: Symbol,
    },
    /// `.sens output [ac dec|oct|lin points start stop]`.
    Sensitivity {
        /// Of what.
        output: Output,
        /// Where; at rest for `None`.
        frequencies: Option<Frequencies>,
    },
    /// `.pz in+ in- out+ out- cur|vol pol|zer|pz`.
    PolesZeros {
        /// Where the input enters.
        input: [Symbol; 2],
        /// Where the output is taken.
        output: [Symbol; 2],
        /// True for a voltage source at the input, false for a current source.
        is_voltage: bool,
        /// What is wanted.
        wanted: Wanted,
    },
}

/// What `.pz` looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Natural frequencies.
    Poles,
    /// Frequencies that do not pass.
    Zeros,
    /// Both.
    Both,
}

/// What `.dc` varies, and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct DcSweep {
    /// An element, a parameter or the temperature; no table.
    pub target: StepTarget,
    /// The first value.
    pub start: Value,
    /// The last value.
    pub stop: Value,
    /// From one to the next.
    pub step: Value,
}

/// How frequencies are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// So many a decade.
    Decade,
    /// So many an octave.
    Octave,
    /// So many in all, equally spaced.
    Linear,
}

impl Spacing {
    /// All of them with their words.
    pub const ALL: [(&'static str, Self); 3] =
        [("dec", Self::Decade), ("oct", Self::Octave), ("lin", Self::Linear)];

    /// Its word on a card.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decade => "dec",
            Self::Octave => "oct",
            Self::Linear => "lin",
        }
    }
}

/// Frequencies of an analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Frequencies {
    /// How they are spaced.
    pub spacing: Spacing,
    /// How many, a decade, an octave or in all.
    pub points: Value,
    /// The first, Hz.
    pub start: Value,
    /// The last, Hz.
    pub stop: Value,
}
