//! Analyses with their numbers.

use std::sync::Arc;

use crate::{
    circuit::{ElementId, Kind, NodeId, Probe},
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
        /// One or two; the first varies fastest.
        sweeps: Vec<Sweep>,
        /// What becomes of the circuit at the values of those sweeps that vary something
        /// else than a source, in the order of the sweep; empty where none does.
        variants: Arc<Vec<Variant>>,
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

/// What a sweep varies, and the values that it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// The source, the element, the parameter or `temp`.
    pub name: String,
    /// Symbol of the unit of the values, empty for that of a parameter.
    pub unit: &'static str,
    /// The source that it is; all else changes elements.
    pub source: Option<ElementId>,
    /// In the order of the sweep, at least one.
    pub values: Vec<f64>,
}

/// The elements of a circuit that are others than those of the deck as it stands, and
/// what they are instead. Their terminals stay.
pub type Variant = Vec<(ElementId, Kind)>;

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
