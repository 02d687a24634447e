//! Distributions of weights, and frequencies of units.
