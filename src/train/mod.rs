//! Training: gradients through time, optimisers, runs.

mod constraint;
mod engine;
mod kernel;
mod optimiser;
mod sample;
mod weights;

pub use constraint::{Block, ConstraintError, Constraints, Pattern, Projection, Signs};
pub use engine::{Engine, EngineError};
pub use optimiser::{Clip, Method, Optimiser, norm};
pub use sample::{Sample, SampleError};
pub use weights::{Cell, Shape, Variable, Weights};
