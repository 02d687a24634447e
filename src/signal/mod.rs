//! Recorded signals: their envelopes, and the alignment of their repetitions.
//!
//! A signal is a slice of equally spaced samples with a rate in Hz; [`Sampled`] takes one
//! out of a [`Waveform`](crate::wave::Waveform), [`WavReader`] out of a WAV file. Samples
//! may have any unit: all of the methods follow the scale of what they get.
//!
//! * [`envelope`]: the published envelope, the classical ones, and two of our own that
//!   choose their time scale and know the noise floor; streaming; onsets and offsets.
//! * [`align`]: the published alignment, correlation, affine maps, smooth warps, dynamic
//!   time warping and averages under it.
//! * [`synthetic`]: signals whose envelope or whose map is known, to measure all that.

pub mod align;
pub mod envelope;
mod error;
mod filter;
#[cfg(test)]
mod fixture;
mod fourier;
mod maximum;
mod peaks;
mod sampled;
mod sonogram;
mod spline;
pub mod synthetic;
mod wav;

pub use error::SignalError;
pub use filter::{Cutoff, LowPass};
pub use fourier::analytic_magnitude;
pub use maximum::{centred_maximum, trailing_maximum};
pub use peaks::{PeakRule, find_peaks};
pub use sampled::Sampled;
pub use sonogram::sonogram;
pub use wav::{SampleKind, WAV_HEADER, WavBlocks, WavError, WavReader, WavSpec, wav_header};
