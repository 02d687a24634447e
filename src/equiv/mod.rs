//! Networks as circuits, circuits as networks, and the proof that they agree.

mod blame;
mod clocked;
mod compare;
mod extract;
mod fitting;
mod identify;
mod matching;
mod measure;
mod synthesise;
mod verify;

pub mod bill;
pub mod certainty;
pub mod properties;
pub mod realisability;
pub mod reference;
pub mod tolerance;

pub use blame::{Blame, blame};
pub use clocked::{Clocked, PeriodMap, Phase, Stepper};
pub use compare::{Difference, Part, Structure, compare, compare_linear};
pub use extract::{Extracted, Obstacle, extract, linear_extraction};
pub use fitting::Misfit;
pub use identify::{Identified, identify};
pub use matching::{Coefficients, MatchedBy, Matching, Names, match_units};
pub use measure::{Measured, Sigma, measure, needs_measurement};
pub use synthesise::{
    ArrayDeck, Fit, Fixed, Outside, Realisation, Stock, SynthesisError, SynthesisOptions, Volts,
    fit, synthesise, synthesise_arrays,
};
pub use verify::{
    Against, Attempt, CircuitFacts, Clock, Clockwork, Comparison, Decisions, EquivalenceReport,
    Extent, LinearPoint, LinearReport, MeasuredFacts, NetworkFacts, Path, Record, Shown,
    Structural, Subject, TrajectoryReport, TrialError, VerifyError, VerifyOptions, verify,
};

/// What a deck says about its network, and equations as text.
pub use crate::{
    expr::Notation,
    rnn::Scales,
    transform::{network_equations, normal_form_equations},
};
