//! Recurrent networks: the value, its equation, its files.
//!
//! Column convention throughout: `w[(i, j)]` is the weight FROM unit j TO unit
//! i, so that the recurrent input of all units is `W h`. Files that store the
//! transpose (Keras kernels) are turned once, by their readers.

mod activation;
mod discrete;
mod initialise;
mod network;
mod normal_form;
pub(crate) mod random;
mod scales;
mod system;

pub mod format;

pub use activation::Activation;
pub use discrete::DiscreteRnn;
pub use initialise::{Direction, Initialiser, Prediction, SignConstraint};
pub use network::{Form, Parts, Readout, Rnn, RnnError};
pub use normal_form::NetworkSystem;
pub use scales::Scales;
