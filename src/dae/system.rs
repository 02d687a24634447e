//! Differential-algebraic systems.
