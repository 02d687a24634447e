//! Networks as circuits, circuits as networks, and the proof that they agree.

mod compare;
mod equations;
mod extract;
mod identify;
mod matching;
mod scales;
mod synthesise;

pub mod reference;

pub use compare::{Difference, Part, Structure, compare, compare_linear};
pub use equations::{Notation, network_equations, normal_form};
pub use extract::{Extracted, Obstacle, extract};
pub use identify::{Identified, identify};
pub use matching::{Coefficients, MatchedBy, Matching, Names, match_units};
pub use scales::Scales;
pub use synthesise::{Realisation, SynthesisError, SynthesisOptions, synthesise};
