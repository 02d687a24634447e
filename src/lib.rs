//! Recurrent neural networks and analogue circuits as one dynamical system.

pub mod circuit;
pub mod dae;
pub mod diag;
pub mod dynamics;
pub mod elaborate;
pub mod equiv;
pub mod expr;
pub mod linalg;
mod maps;
pub mod mna;
pub mod netlist;
pub mod plot;
pub mod report;
pub mod rnn;
pub mod signal;
pub mod simulate;
pub mod solve;
pub mod task;
pub mod train;
pub mod transform;
pub mod units;
mod vectors;
pub mod wave;
