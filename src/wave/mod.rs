//! Sampled signals and their files.
