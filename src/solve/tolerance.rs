//! How exact Newton's method is to be, and can be.

use crate::{
    dae::{Dae, Quantity},
    linalg::{Pattern, SparseLu, Workspace},
};

/// Tolerances of one unknown: `relative |x| + absolute`, by quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewtonOptions {
    /// Relative tolerance.
    pub relative: f64,
    /// V, and the unit of quantities without unit.
    pub voltage: f64,
    /// A
    pub current: f64,
    /// Most iterations.
    pub max_iterations: usize,
    /// True for a new matrix in every iteration and steps that are cut until they
    /// help; false to keep a matrix while it serves.
    pub full: bool,
}

impl NewtonOptions {
    fn absolute(&self, is_current: bool) -> f64 {
        if is_current { self.current } else { self.voltage }
    }
}

/// Rounding errors of a sum of currents, relative to the largest of the circuit.
const ROUNDING: f64 = 1e-14;
/// Sums of rounding errors are larger than estimated by up to this factor.
const SAFETY: f64 = 8.0;
/// What they may leave at most; where a pole of a law is near they could be anything.
const MOST: NewtonOptions =
    NewtonOptions { relative: 1e-6, voltage: 1e-9, current: 1e-12, max_iterations: 0, full: true };

/// Which unknowns are currents; the others are voltages or pure numbers.
pub(super) fn currents(system: &impl Dae) -> Vec<bool> {
    system.unknowns().iter().map(|unknown| unknown.quantity == Quantity::Current).collect()
}

/// The largest change of a voltage (or pure number), and of a current; NaN where
/// one is.
pub(super) fn lengths(currents: &[bool], step: &[f64]) -> [f64; 2] {
    let mut largest = [0.0f64; 2];
    for (&is_current, change) in currents.iter().zip(step) {
        let at = &mut largest[usize::from(is_current)];
        if change.is_nan() || change.abs() > *at {
            *at = change.abs();
        }
    }
    largest
}

/// The first unknown that is no number or whose step is none, with an infinite excess; no
/// excess where there is none.
pub(super) fn not_finite(step: &[f64], x: &[f64]) -> (usize, f64) {
    // Without an early way out the loop is one of vectors.
    let all = step.iter().zip(x).fold(true, |all, (s, x)| all & s.is_finite() & x.is_finite());
    if all {
        return (0, 0.0);
    }
    let at = step.iter().zip(x).position(|(s, x)| !(s.is_finite() && x.is_finite()));
    (at.unwrap_or(0), f64::INFINITY)
}

/// The unknown whose step is largest in units of its tolerance; infinite where
/// a step is no number.
pub(super) fn excess(
    currents: &[bool],
    x: &[f64],
    step: &[f64],
    options: &NewtonOptions,
) -> (usize, f64) {
    let mut largest = [0.0f64; 2];
    for (&is_current, value) in currents.iter().zip(x) {
        let at = &mut largest[usize::from(is_current)];
        if value.abs() > *at {
            *at = value.abs();
        }
    }
    let least = [false, true].map(|is_current| {
        options.absolute(is_current) + ROUNDING * largest[usize::from(is_current)]
    });
    let mut worst = (0, 0.0);
    for (at, ((&is_current, x), step)) in currents.iter().zip(x).zip(step).enumerate() {
        let ratio = step.abs() / (options.relative * x.abs() + least[usize::from(is_current)]);
        if !ratio.is_finite() || !x.is_finite() {
            return (at, f64::INFINITY);
        }
        if ratio > worst.1 {
            worst = (at, ratio);
        }
    }
    worst
}

/// The rounding errors of the equations and what becomes of them, and room for both.
pub(super) struct Rounding {
    noise: Vec<f64>,
    carried: Vec<f64>,
    floor: Vec<f64>,
    work: Workspace<f64>,
}

impl Rounding {
    /// For `size` equations.
    pub(super) fn new(size: usize) -> Self {
        let room = || vec![0.0; size];
        Self { noise: room(), carried: room(), floor: room(), work: Workspace::new(size) }
    }

    /// True where no step of `step` is larger than its tolerance and what rounding errors of
    /// the equations cause: those of row r are the last bits of its largest terms, about
    /// `sum_j |a_rj x_j|`, and the matrix in `lu` carries them to the unknowns. Large gains
    /// make them large there.
    pub(super) fn explains(
        &mut self,
        currents: &[bool],
        (pattern, matrix, lu): (&Pattern, &[f64], &SparseLu<f64>),
        (x, step): (&[f64], &[f64]),
        options: &NewtonOptions,
    ) -> bool {
        let Self { noise, carried, floor, work } = self;
        noise.fill(0.0);
        for (column, value) in x.iter().enumerate() {
            for at in pattern.column(column) {
                noise[pattern.row_indices()[at]] += f64::EPSILON * (matrix[at] * value).abs();
            }
        }
        // Errors of one sign and of alternating ones: which of them add up is not known.
        floor.fill(0.0);
        for alternates in [false, true] {
            for (row, (carried, noise)) in carried.iter_mut().zip(&*noise).enumerate() {
                *carried = if alternates && row % 2 == 1 { -noise } else { *noise };
            }
            lu.solve(carried, work);
            for (floor, carried) in floor.iter_mut().zip(&*carried) {
                *floor = if carried.abs() > *floor { carried.abs() } else { *floor };
            }
        }
        currents.iter().enumerate().all(|(at, &is_current)| {
            let tolerance = options.relative * x[at].abs() + options.absolute(is_current);
            let (carried, most) = (SAFETY * floor[at], MOST.absolute(is_current));
            let most = MOST.relative * x[at].abs() + most;
            step[at].abs() <= tolerance + if carried < most { carried } else { most }
        })
    }
}
