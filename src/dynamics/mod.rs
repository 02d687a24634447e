//! What systems do: spectra, attractors, controllability, and how to look at them.

pub mod ablation;
pub mod attractors;
pub mod control;
pub mod projection;
pub mod spectrum;
pub mod statistics;
