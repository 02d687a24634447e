//! Analyses with their numbers.

use crate::{
    circuit::{ElementId, NodeId, Probe},
    diag::Span,
};

/// What to compute of a circuit.
#[derive(Clone, Debug, PartialEq)]
pub enum Analysis {
    /// `.op`
    OperatingPoint {
        /// The card.
        span: Span,
    },
    /// `.tran`
    Transient {
        /// Print step, s.
        step: f64,
        /// Stop time, s.
        stop: f64,
        /// First time kept, s.
        start: f64,
        /// Largest step, s.
        max_step: Option<f64>,
        /// Start from the initial conditions.
        uic: bool,
        /// The card.
        span: Span,
    },
    /// `.dc`
    Sweep {
        /// One or two sources; the first varies fastest.
        sources: Vec<SourceSweep>,
        /// The card.
        span: Span,
    },
    /// `.ac`
    Ac {
        /// Hz, ascending.
        frequencies: Vec<f64>,
        /// The card.
        span: Span,
    },
    /// `.noise`
    Noise {
        /// Whose noise.
        output: Probe,
        /// To which source it is referred.
        source: ElementId,
        /// Hz, ascending, positive.
        frequencies: Vec<f64>,
        /// The card.
        span: Span,
    },
    /// `.tf`
    Transfer {
        /// Of what.
        output: Probe,
        /// To which source.
        source: ElementId,
        /// The card.
        span: Span,
    },
    /// `.sens`
    Sensitivity {
        /// Of what.
        output: Probe,
        /// Hz, ascending; at rest for `None`.
        frequencies: Option<Vec<f64>>,
        /// The card.
        span: Span,
    },
    /// `.pz`
    PolesZeros {
        /// Where the input enters.
        input: [NodeId; 2],
        /// Where the output is taken.
        output: [NodeId; 2],
        /// True for a voltage source at the input, false for a current source.
        is_voltage: bool,
        /// Poles are wanted.
        poles: bool,
        /// Zeros are wanted.
        zeros: bool,
        /// The card.
        span: Span,
    },
}

/// A source and the values that it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSweep {
    /// The source.
    pub source: ElementId,
    /// Its values in the order of the sweep, V or A, at least one.
    pub values: Vec<f64>,
}

impl Analysis {
    /// The card.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::OperatingPoint { span }
            | Self::Transient { span, .. }
            | Self::Sweep { span, .. }
            | Self::Ac { span, .. }
            | Self::Noise { span, .. }
            | Self::Transfer { span, .. }
            | Self::Sensitivity { span, .. }
            | Self::PolesZeros { span, .. } => *span,
        }
    }
}
