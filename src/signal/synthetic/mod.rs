//! Signals whose envelope, borders or map are known, and how far off an answer is.
//!
//! They are those that rivals were measured on: random numbers come from the generator of
//! NumPy ([`NumpyRandom`]), so the same seeds give the same samples to rounding.

mod benchmark;
mod modulated;
mod numpy;
mod score;
mod syllable;
mod trill;

pub use benchmark::{
    ALIGNERS, Aligner, ENVELOPE_SNRS, EnvelopeScore, NOISES, SEGMENT_SNRS, align_benchmark,
    envelope_benchmark, envelope_methods, segment_benchmark,
};
pub use modulated::{CARRIERS, Carrier, MODULATORS, Modulated, Modulator, modulated};
pub use numpy::NumpyRandom;
pub use score::{fit_error, hits, maxima_per_second, passed_peaks};
pub use syllable::{SCENARIOS, Scenario, Syllables, registration_error, syllables, template_error};
pub use trill::{Trill, trill};
