//! Which weights and units a task needs.

mod damage;
mod judge;
mod units;
mod weights;

pub use damage::{Sign, removable, without_units, without_weights};
pub use judge::{AblationError, Judge, Mode, Score};
pub use units::{Order, UnitAblation, UnitLoss, UnitStep, remove_units};
pub use weights::{Threshold, WeightAblation, WeightStep, remove_weights, shares};

#[cfg(test)]
mod tests;
