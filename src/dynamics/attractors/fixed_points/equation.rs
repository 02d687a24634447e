//! The equation whose roots are fixed points, and what its residual is measured in.

use nalgebra::DMatrix;

use super::Counters;
use crate::{
    dae::{Quantity, System, SystemError, Time},
    linalg::{DenseLu, EigenError},
};

/// Why a search for fixed points, or a question about one, makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A state, an input or a scale has another length than the system.
    #[error("{what} has {found} components, the system has {expected}")]
    Length {
        /// Which vector.
        what: String,
        /// Components of the system.
        expected: usize,
        /// Components found.
        found: usize,
    },
    /// An option is out of range.
    #[error("{option} is {found}, expected {expected}")]
    Option {
        /// Which one.
        option: &'static str,
        /// Its value.
        found: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// The system has no value at a point.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The Jacobian at a point has no eigenvalues.
    #[error("the eigenvalues of the Jacobian: {0}")]
    Eigen(#[from] EigenError),
}

impl SearchError {
    /// Fails where a vector has the wrong length.
    pub(super) fn check_length(what: &str, found: usize, expected: usize) -> Result<(), Self> {
        if found == expected {
            return Ok(());
        }
        Err(Self::Length { what: what.to_owned(), expected, found })
    }
}

/// What states and rates are measured in, so that volts and amperes, seconds
/// and steps compare.
///
/// The scaled residual of a state is `|F_i| / (rate_i max(state_i, |x_i|))`, its
/// largest component.
#[derive(Clone, Debug, PartialEq)]
pub struct Scales {
    /// A usual size of each state, in its unit; positive.
    pub state: Vec<f64>,
    /// How fast each state usually forgets, 1 / time; positive; 1 for a map.
    pub rate: Vec<f64>,
}

impl Scales {
    /// The scales of a system.
    ///
    /// States without unit (networks) and their rates have the scale 1, so that
    /// their scaled residual is `|F|` itself. The scale of voltages is the
    /// largest voltage among the starts, 1 V where there is none, and of
    /// currents the largest current, else 1 A; the rate of such a state is
    /// `max_j |J_ij| s_j / s_i` at the first start.
    ///
    /// # Errors
    ///
    /// [`SearchError`] where lengths disagree.
    pub fn of(
        system: &dyn System,
        input: &[f64],
        starts: &[Vec<f64>],
    ) -> Result<Self, SearchError> {
        let unknowns = system.states();
        check_starts(system, input, starts)?;
        let size = |quantity: Quantity| {
            let of_start = |start: &Vec<f64>| {
                let own = unknowns.iter().zip(start).filter(|(own, _)| own.quantity == quantity);
                own.map(|(_, value)| value.abs()).filter(|value| value.is_finite()).collect()
            };
            let values = starts.iter().flat_map(|start| -> Vec<f64> { of_start(start) });
            values.filter(|&value| value > 0.0).max_by(f64::total_cmp).unwrap_or(1.0)
        };
        let (voltage, current) = (size(Quantity::Voltage), size(Quantity::Current));
        let of = |quantity| match quantity {
            Quantity::Voltage => voltage,
            Quantity::Current => current,
            Quantity::Pure => 1.0,
        };
        let state: Vec<f64> = unknowns.iter().map(|unknown| of(unknown.quantity)).collect();
        let mut rate = vec![1.0; state.len()];
        let is_pure = unknowns.iter().all(|unknown| unknown.quantity == Quantity::Pure);
        if system.time() == Time::Continuous && !is_pure {
            let at = starts.first().map_or_else(|| vec![0.0; state.len()], Clone::clone);
            let mut jacobian = DMatrix::zeros(state.len(), state.len());
            system.jacobian(&at, input, &mut jacobian)?;
            for (row, rate) in rate.iter_mut().enumerate() {
                let entries = jacobian.row(row);
                let reach = entries.iter().zip(&state).map(|(entry, size)| (entry * size).abs());
                let reach = reach.max_by(f64::total_cmp).unwrap_or(0.0) / state[row];
                *rate = if reach > 0.0 && reach.is_finite() { reach } else { 1.0 };
            }
        }
        Ok(Self { state, rate })
    }
}

/// Fails where starts or input have the wrong length.
pub(super) fn check_starts(
    system: &dyn System,
    input: &[f64],
    starts: &[Vec<f64>],
) -> Result<(), SearchError> {
    let (states, inputs, _) = system.shape();
    SearchError::check_length("the input", input.len(), inputs)?;
    for (index, start) in starts.iter().enumerate() {
        SearchError::check_length(&format!("start {index}"), start.len(), states)?;
    }
    Ok(())
}

/// `F(x, u)` of a flow or `F(x, u) - x` of a map, as a function of x.
pub(super) struct Equation<'a> {
    pub(super) system: &'a dyn System,
    pub(super) input: &'a [f64],
    pub(super) scales: Scales,
    is_map: bool,
}

/// Room to work in, and the work done in it.
pub(super) struct Desk {
    pub(super) jacobian: DMatrix<f64>,
    pub(super) lu: DenseLu,
    pub(super) counters: Counters,
}

impl Desk {
    pub(super) fn new(size: usize) -> Self {
        let jacobian = DMatrix::identity(size, size);
        let lu = DenseLu::factor(&jacobian).expect("invariant: the identity is regular");
        Self { jacobian, lu, counters: Counters::default() }
    }

    /// Replaces `f` by the solution of `J d = f` with the factors at hand.
    pub(super) fn solve(&mut self, f: &mut [f64]) {
        self.counters.solutions += 1;
        self.lu.solve(f);
    }
}

impl<'a> Equation<'a> {
    pub(super) fn new(system: &'a dyn System, input: &'a [f64], scales: Scales) -> Self {
        let is_map = matches!(system.time(), Time::Discrete { .. });
        Self { system, input, scales, is_map }
    }

    pub(super) fn size(&self) -> usize {
        self.scales.state.len()
    }

    /// The residual at `x`; NaN everywhere where F has no value.
    pub(super) fn residual(&self, x: &[f64], counters: &mut Counters) -> Vec<f64> {
        counters.evaluations += 1;
        let mut f = vec![0.0; x.len()];
        if self.system.evolve(x, self.input, &mut f).is_err() {
            f.fill(f64::NAN);
        } else if self.is_map {
            f.iter_mut().zip(x).for_each(|(f, x)| *f -= x);
        }
        f
    }

    /// Factors the Jacobian of the residual at `x`; false where it is singular
    /// or has no value.
    pub(super) fn factor(&self, x: &[f64], desk: &mut Desk) -> bool {
        if !self.jacobian(x, desk) {
            return false;
        }
        desk.counters.factorisations += 1;
        desk.lu.refactor(&desk.jacobian).is_ok()
    }

    /// The Jacobian of the residual at `x`; false where it has no value.
    pub(super) fn jacobian(&self, x: &[f64], desk: &mut Desk) -> bool {
        desk.counters.jacobians += 1;
        if self.system.jacobian(x, self.input, &mut desk.jacobian).is_err() {
            return false;
        }
        if self.is_map {
            (0..x.len()).for_each(|k| desk.jacobian[(k, k)] -= 1.0);
        }
        true
    }

    /// The scaled residual: see [`Scales`].
    pub(super) fn scaled(&self, x: &[f64], f: &[f64]) -> f64 {
        let scales = self.scales.state.iter().zip(&self.scales.rate);
        let parts = x.iter().zip(f).zip(scales).map(|((x, f), (&size, rate))| {
            let size = if x.abs() > size { x.abs() } else { size };
            (f / (rate * size)).abs()
        });
        parts.max_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// Sum of squares of the residual in fixed scales.
    pub(super) fn merit(&self, f: &[f64]) -> f64 {
        let scales = self.scales.state.iter().zip(&self.scales.rate);
        f.iter().zip(scales).map(|(f, (size, rate))| (f / (rate * size)).powi(2)).sum()
    }

    /// Inner product of two steps, in the scales of the states.
    pub(super) fn inner(&self, a: &[f64], b: &[f64]) -> f64 {
        let parts = a.iter().zip(b).zip(&self.scales.state);
        parts.map(|((a, b), size)| (a / size) * (b / size)).sum()
    }

    /// Largest component of a difference of states, in their scales.
    pub(super) fn distance(&self, a: &[f64], b: &[f64]) -> f64 {
        let parts = a.iter().zip(b).zip(&self.scales.state);
        parts.map(|((a, b), size)| ((a - b) / size).abs()).max_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// Largest component of a step, in the scales of the states.
    pub(super) fn length(&self, step: &[f64]) -> f64 {
        let parts = step.iter().zip(&self.scales.state).map(|(d, size)| (d / size).abs());
        parts.max_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// The outputs at `x`; NaN where the system has no value.
    pub(super) fn readout(&self, x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.system.shape().2];
        if self.system.output(x, self.input, &mut y).is_err() {
            y.fill(f64::NAN);
        }
        y
    }
}
