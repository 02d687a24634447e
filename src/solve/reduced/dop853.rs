//! The explicit method of Dormand and Prince of order 8, with estimates of order 5 and 3 and
//! an interpolation of order 7 (Hairer, Norsett and Wanner, Solving ODEs I, second edition,
//! section II.5).

mod tableau;

use self::tableau::{DENSE, FIFTH, NODES, Row, STAGES, THIRD};
use crate::solve::{SolveError, reduced::rhs::RightHandSide};

/// The slope at the end of the step, which is the first of the next.
const END: usize = 12;
/// All slopes, with those that only the interpolation needs.
const SLOPES: usize = 16;
/// Largest value of s^4 (1-s)^3, and a seventh of that.
const LAST_TERM: f64 = 6912.0 / 823_543.0 / 7.0;
/// Largest stable `h |lambda|` on the negative axis, a little less than true.
const STABILITY: f64 = 6.1;

/// Room for one step, and its first slope, which is the last of the step before.
pub(super) struct Dop853 {
    k: [Vec<f64>; SLOPES],
    stage: Vec<f64>,
    /// The argument of the last stage, which is at the end of the step.
    last: Vec<f64>,
    /// What is known of the slopes.
    known: Known,
    /// Those for the interpolation of the last step are there too.
    is_dense: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    /// The slope at the start of the next step.
    First,
    /// Those of a whole step, which is kept.
    Step,
}

impl Dop853 {
    pub(super) const ORDER: f64 = 8.0;
    /// Largest time between evaluations, in steps.
    pub(super) const LARGEST_GAP: f64 = 4.0 / 15.0;

    /// Multiplications that one step takes if an evaluation takes `work`.
    pub(super) fn work(work: f64) -> f64 {
        END as f64 * work
    }

    pub(super) fn new(states: usize) -> Self {
        Self {
            k: std::array::from_fn(|_| vec![0.0; states]),
            stage: vec![0.0; states],
            last: vec![0.0; states],
            known: Known::Nothing,
            is_dense: false,
        }
    }

    /// One step from (time, x) into `new`, and its errors of order 5 and 3 into `errors`.
    pub(super) fn step(
        &mut self,
        field: &mut impl RightHandSide,
        (time, h): (f64, f64),
        x: &[f64],
        (new, errors): (&mut [f64], [&mut [f64]; 2]),
    ) -> Result<(), SolveError> {
        match self.known {
            Known::Nothing => field.derivative(time, x, &mut self.k[0])?,
            Known::First => {}
            Known::Step => self.k.swap(0, END),
        }
        self.known = Known::First;
        self.is_dense = false;
        for to in 1..END {
            self.slope(field, (time, h), x, to)?;
        }
        self.last.copy_from_slice(&self.stage);
        combine(new, x, h, STAGES[END - 1], &self.k);
        for (error, weights) in errors.into_iter().zip([FIFTH, THIRD]) {
            error.fill(0.0);
            for &(from, weight) in weights {
                add_scaled(error, h * weight, &self.k[from]);
            }
        }
        Ok(())
    }

    /// The slope number `to` of the step of `h` from (time, x).
    fn slope(
        &mut self,
        field: &mut impl RightHandSide,
        (time, h): (f64, f64),
        x: &[f64],
        to: usize,
    ) -> Result<(), SolveError> {
        combine(&mut self.stage, x, h, STAGES[to - 1], &self.k);
        field.derivative(time + NODES[to - 1] * h, &self.stage, &mut self.k[to])
    }

    /// The slope at the end of the step just taken, which is to be kept.
    pub(super) fn finish(
        &mut self,
        field: &mut impl RightHandSide,
        time: f64,
        new: &[f64],
    ) -> Result<(), SolveError> {
        field.derivative(time, new, &mut self.k[END])
    }

    /// The step is kept: its last slope is the first of the next.
    pub(super) fn accept(&mut self) {
        self.known = Known::Step;
    }

    /// Prepares the interpolation of the step just finished, which began at (time, x), and
    /// estimates its error.
    ///
    /// That is a seventh of the largest that the term of the highest degree becomes, on linear
    /// systems, whether accuracy or stability bounds the step.
    pub(super) fn interpolate(
        &mut self,
        field: &mut impl RightHandSide,
        (time, h): (f64, f64),
        x: &[f64],
        error: &mut [f64],
    ) -> Result<(), SolveError> {
        for to in END + 1..SLOPES {
            self.slope(field, (time, h), x, to)?;
        }
        self.is_dense = true;
        error.fill(0.0);
        for &(from, weight) in DENSE[DENSE.len() - 1] {
            add_scaled(error, h * LAST_TERM * weight, &self.k[from]);
        }
        Ok(())
    }

    /// The state at the fraction `at` of the step of `h` that was kept last, from `x` to `new`,
    /// whose interpolation is prepared.
    pub(super) fn between(
        &self,
        h: f64,
        (x, new): (&[f64], &[f64]),
        (at, state): (f64, &mut [f64]),
    ) {
        debug_assert!(self.is_dense, "an interpolation that nobody asked for");
        // The polynomial in nested form, ((F6 s + F5)(1-s) + F4) s + ..., multiplied out.
        let rest = 1.0 - at;
        let (first, second) = (at * rest, at * at * rest);
        for ((state, x), new) in state.iter_mut().zip(x).zip(new) {
            *state = x + (new - x) * (at - first + 2.0 * second);
        }
        add_scaled(state, h * (first - second), &self.k[0]);
        add_scaled(state, -h * second, &self.k[END]);
        let third = second * rest;
        let terms = [third, third * at, third * at * rest, third * at * at * rest];
        for (weights, term) in DENSE.iter().zip(terms) {
            for &(from, weight) in *weights {
                add_scaled(state, h * term * weight, &self.k[from]);
            }
        }
    }

    /// True where the step just finished, from some state to `new`, was at the border of
    /// stability, not of accuracy (Hairer and Wanner, Solving ODEs II, section IV.2).
    pub(super) fn looks_stiff(&self, new: &[f64], h: f64) -> bool {
        let mut slope = 0.0;
        let mut distance = 0.0;
        for (at, new) in new.iter().enumerate() {
            slope += (self.k[END][at] - self.k[END - 1][at]).powi(2);
            distance += (new - self.last[at]).powi(2);
        }
        h * slope.sqrt() > STABILITY * distance.sqrt()
    }

    /// Takes over the field at the start of the next step.
    pub(super) fn begin(&mut self, derivative: &[f64]) {
        self.k[0].copy_from_slice(derivative);
        self.known = Known::First;
    }

    /// The next step starts somewhere else.
    pub(super) fn forget(&mut self) {
        self.known = Known::Nothing;
    }
}

/// `y = x + h (the slopes with their weights)`.
fn combine(y: &mut [f64], x: &[f64], h: f64, weights: Row, slopes: &[Vec<f64>]) {
    y.copy_from_slice(x);
    for &(from, weight) in weights {
        add_scaled(y, h * weight, &slopes[from]);
    }
}

/// `y += a x`.
pub(super) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}
