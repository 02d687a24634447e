//! Networks as circuits, circuits as networks, and the proof that they agree.

mod blame;
mod compare;
mod equations;
mod extract;
mod identify;
mod matching;
mod scales;
mod synthesise;
mod verify;

pub mod reference;

pub use blame::{Blame, blame};
pub use compare::{Difference, Part, Structure, compare, compare_linear};
pub use equations::{Notation, network_equations, normal_form_equations};
pub use extract::{Extracted, Obstacle, extract, linear_extraction};
pub use identify::{Identified, identify};
pub use matching::{Coefficients, MatchedBy, Matching, Names, match_units};
pub use scales::Scales;
pub use synthesise::{Realisation, SynthesisError, SynthesisOptions, synthesise};
pub use verify::{
    Against, Attempt, CircuitFacts, Comparison, Decisions, EquivalenceReport, NetworkFacts, Path,
    Record, Structural, Subject, TrajectoryReport, TrialError, VerifyError, VerifyOptions, verify,
};
