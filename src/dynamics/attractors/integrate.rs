//! Flows, integrated with an error control of every component.

use super::AttractorError;
use crate::dae::SystemError;

/// Stages of the explicit pair of order 5 and 4; the last row is the solution
/// (Dormand and Prince, J. Comput. Appl. Math. 6, 1980, table 2).
const STAGES: [[f64; 6]; 6] = [
    [0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0, 0.0, 0.0],
    [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Solution minus the embedded one.
const ERROR: [f64; 7] = [
    71.0 / 57600.0,
    0.0,
    -71.0 / 16695.0,
    71.0 / 1920.0,
    -17253.0 / 339_200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];
const ORDER: f64 = 5.0;
const SAFETY: f64 = 0.9;
const LARGEST_GROWTH: f64 = 5.0;
const LARGEST_CUT: f64 = 0.2;
/// A component counts as no smaller than this part of the largest one.
const SMALLEST: f64 = 1e-9;

/// `dx/dt = f(x)` under way: step control and room for the stages.
///
/// The error of a component is measured against the largest value it has had,
/// so that states in volts and in amperes are both controlled, and a passage
/// through zero is nothing special.
pub(super) struct Integrator<F> {
    rate: F,
    tolerance: f64,
    stages: [Vec<f64>; 7],
    new: Vec<f64>,
    error: Vec<f64>,
    sizes: Vec<f64>,
    /// Step that the error control proposes; 0 before the first.
    proposed: f64,
    /// True where the first stage belongs to the present state.
    is_fresh: bool,
    steps: u64,
    budget: u64,
    time: f64,
}

impl<F: FnMut(&[f64], &mut [f64]) -> Result<(), SystemError>> Integrator<F> {
    /// For `states` components, with a relative error of `tolerance` in a step.
    pub(super) fn new(rate: F, states: usize, tolerance: f64, budget: u64) -> Self {
        Self {
            rate,
            tolerance,
            stages: std::array::from_fn(|_| vec![0.0; states]),
            new: vec![0.0; states],
            error: vec![0.0; states],
            sizes: vec![0.0; states],
            proposed: 0.0,
            is_fresh: false,
            steps: 0,
            budget,
            time: 0.0,
        }
    }

    /// The state was changed from outside.
    pub(super) fn forget(&mut self) {
        self.is_fresh = false;
    }

    /// Moves `x` by exactly `span`. A state that is no longer finite is left as
    /// it is for the caller to see.
    pub(super) fn advance(&mut self, x: &mut [f64], span: f64) -> Result<(), AttractorError> {
        let mut left = span;
        while left > 0.0 {
            let h = self.step(x, left)?;
            if !x.iter().all(|value| value.is_finite()) {
                return Ok(());
            }
            left = if h == left { 0.0 } else { left - h };
        }
        Ok(())
    }

    /// Moves `x` by one step of at most `most` that the error control accepts,
    /// and returns its length.
    pub(super) fn step(&mut self, x: &mut [f64], most: f64) -> Result<f64, AttractorError> {
        for (size, value) in self.sizes.iter_mut().zip(x.iter()) {
            *size = if value.abs() > *size { value.abs() } else { *size };
        }
        if !self.is_fresh {
            (self.rate)(x, &mut self.stages[0])?;
            self.is_fresh = true;
        }
        if self.proposed == 0.0 {
            self.proposed = self.first_step(most);
        }
        loop {
            if self.steps >= self.budget {
                return Err(AttractorError::TooManySteps { steps: self.steps, time: self.time });
            }
            self.steps += 1;
            let h = if self.proposed >= most * 0.999 { most } else { self.proposed };
            // A point without a value may lie only on the longer step's way.
            let excess = match self.try_step(x, h) {
                Ok(()) => self.excess(),
                Err(error) if h <= f64::EPSILON * most => return Err(error.into()),
                Err(_) => f64::INFINITY,
            };
            let factor = SAFETY * excess.powf(-1.0 / ORDER);
            if excess <= 1.0 {
                let grown = h * factor.clamp(LARGEST_CUT, LARGEST_GROWTH);
                let cut_short = h < self.proposed;
                if !cut_short || grown > self.proposed {
                    self.proposed = grown;
                }
                x.copy_from_slice(&self.new);
                self.stages.swap(0, 6);
                self.time += h;
                return Ok(h);
            }
            self.proposed =
                h * if excess.is_finite() { factor.clamp(LARGEST_CUT, 1.0) } else { LARGEST_CUT };
            if self.time + self.proposed * 0.1 <= self.time {
                if excess.is_finite() {
                    return Err(AttractorError::StepTooSmall { time: self.time });
                }
                // The state leaves the range of numbers within a finite time.
                x.copy_from_slice(&self.new);
                return Ok(h);
            }
        }
    }

    /// One step of `h` from `x` to `landing` without error control, the state of
    /// the integrator left alone but for its room.
    pub(super) fn fixed_step(
        &mut self,
        x: &[f64],
        h: f64,
        landing: &mut [f64],
    ) -> Result<(), SystemError> {
        (self.rate)(x, &mut self.stages[0])?;
        self.is_fresh = false;
        self.try_step(x, h)?;
        landing.copy_from_slice(&self.new);
        Ok(())
    }

    fn try_step(&mut self, x: &[f64], h: f64) -> Result<(), SystemError> {
        for (stage, row) in STAGES.iter().enumerate() {
            self.new.copy_from_slice(x);
            for (k, &weight) in self.stages[..=stage].iter().zip(row) {
                add_scaled(&mut self.new, h * weight, k);
            }
            (self.rate)(&self.new, &mut self.stages[stage + 1])?;
        }
        self.error.fill(0.0);
        for (k, &weight) in self.stages.iter().zip(&ERROR) {
            add_scaled(&mut self.error, h * weight, k);
        }
        Ok(())
    }

    /// By how many times its tolerance the worst component is off.
    fn excess(&self) -> f64 {
        let floor = SMALLEST * self.sizes.iter().fold(0.0, |a, &b| if b > a { b } else { a });
        let mut worst = 0.0;
        for ((error, new), &size) in self.error.iter().zip(&self.new).zip(&self.sizes) {
            if !new.is_finite() || !error.is_finite() {
                return f64::INFINITY;
            }
            let size = if new.abs() > size { new.abs() } else { size };
            let size = if size > floor { size } else { floor };
            // At rest at zero nothing moves, and 0/0 is no error.
            let ratio = if *error == 0.0 { 0.0 } else { error.abs() / (self.tolerance * size) };
            if ratio > worst {
                worst = ratio;
            }
        }
        worst
    }

    /// A first step from the sizes of state and rate
    /// (Hairer, Norsett and Wanner, Solving ODEs I, section II.4).
    fn first_step(&self, most: f64) -> f64 {
        let largest = self.sizes.iter().fold(0.0, |a, &b| if b > a { b } else { a });
        let fastest = self.stages[0].iter().fold(0.0, |a, b| if b.abs() > a { b.abs() } else { a });
        let step = 0.01 * largest / fastest;
        if step > 0.0 && step < most { step } else { 1e-3 * most }
    }
}

/// `y += a x`.
fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    if a != 0.0 {
        y.iter_mut().zip(x).for_each(|(y, x)| *y += a * x);
    }
}
