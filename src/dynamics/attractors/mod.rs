//! Fixed points, cycles, exponents, basins, and where stimuli lead.
//!
//! [`settle()`] follows one state until it can say what that comes to;
//! [`after_stimuli`] does so after every trial of a task and [`basins()`] for
//! many starts. [`shoot`] refines a cycle of a flow, [`lyapunov()`] measures how
//! fast close states part. Fixed points, stable or not, are looked for in
//! [`fixed_points`].

mod basins;
mod cycle;
mod error;
mod fate;
mod frequency;
mod integrate;
mod lyapunov;
mod motion;
mod record;
mod returns;
mod seed;
mod settle;
mod stimuli;
mod survey;

pub mod fixed_points;

pub use basins::{Basin, Basins, Plane, Slice, Starts, basins, slice, wilson};
pub use cycle::{Cycle, shoot};
pub use error::AttractorError;
pub(in crate::dynamics) use frequency::dominant;

pub use fate::{Fate, Kind, Orbit, Rest, Rotation};
pub use lyapunov::{Lyapunov, LyapunovOptions, lyapunov};
pub use settle::{SettleOptions, settle};
pub use stimuli::{AfterStimulus, Cut, after_stimuli};
pub use survey::{Moving, Survey, SurveyOptions, characteristic_time, survey};

#[cfg(test)]
mod tests;
