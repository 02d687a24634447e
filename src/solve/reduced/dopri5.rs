//! The explicit pair of Dormand and Prince, order 5 with an estimate of order 4.

use crate::solve::{SolveError, reduced::rhs::RightHandSide};

/// Nodes.
const C: [f64; 6] = [0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];
/// Stages; the last row is the solution (Dormand and Prince, J. Comput. Appl.
/// Math. 6, 1980, table 2).
const A: [[f64; 6]; 6] = [
    [0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0, 0.0, 0.0],
    [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Solution minus the embedded one.
const E: [f64; 7] = [
    71.0 / 57600.0,
    0.0,
    -71.0 / 16695.0,
    71.0 / 1920.0,
    -17253.0 / 339_200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];
/// Largest stable `h |lambda|` on the negative axis, a little less than true.
const STABILITY: f64 = 3.25;

/// Room for one step, and its first stage, which is the last of the step before.
pub(super) struct Dopri5 {
    k: [Vec<f64>; 7],
    stage: Vec<f64>,
    ready: bool,
}

impl Dopri5 {
    pub(super) const ORDER: f64 = 5.0;

    pub(super) fn new(states: usize) -> Self {
        Self {
            k: std::array::from_fn(|_| vec![0.0; states]),
            stage: vec![0.0; states],
            ready: false,
        }
    }

    /// One step from (time, x) into `new`, and its error into `error`.
    pub(super) fn step(
        &mut self,
        field: &mut impl RightHandSide,
        (time, h): (f64, f64),
        x: &[f64],
        (new, error): (&mut [f64], &mut [f64]),
    ) -> Result<(), SolveError> {
        if !self.ready {
            field.derivative(time, x, &mut self.k[0])?;
            self.ready = true;
        }
        for (stage, row) in A.iter().enumerate() {
            self.stage.copy_from_slice(x);
            for (k, &weight) in self.k[..=stage].iter().zip(row) {
                if weight != 0.0 {
                    add_scaled(&mut self.stage, h * weight, k);
                }
            }
            field.derivative(time + C[stage] * h, &self.stage, &mut self.k[stage + 1])?;
        }
        new.copy_from_slice(&self.stage);
        error.fill(0.0);
        for (k, &weight) in self.k.iter().zip(&E) {
            if weight != 0.0 {
                add_scaled(error, h * weight, k);
            }
        }
        Ok(())
    }

    /// True where the last step was at the border of stability, not of accuracy
    /// (Hairer and Wanner, Solving ODEs II, section IV.2).
    pub(super) fn looks_stiff(&self, x: &[f64], h: f64) -> bool {
        // The stages 6 and 7 are both at the end of the step.
        let mut slope = 0.0;
        let mut distance = 0.0;
        for (at, start) in x.iter().enumerate() {
            let sixth: f64 = start + h * (0..5).map(|j| A[4][j] * self.k[j][at]).sum::<f64>();
            slope += (self.k[6][at] - self.k[5][at]).powi(2);
            distance += (self.stage[at] - sixth).powi(2);
        }
        h * slope.sqrt() > STABILITY * distance.sqrt()
    }

    /// Takes over the field at the start of the next step.
    pub(super) fn begin(&mut self, derivative: &[f64]) {
        self.k[0].copy_from_slice(derivative);
        self.ready = true;
    }

    /// The next step starts somewhere else.
    pub(super) fn forget(&mut self) {
        self.ready = false;
    }

    /// The step is kept: its last stage is the first of the next.
    pub(super) fn accept(&mut self) {
        self.k.swap(0, 6);
    }
}

/// `y += a x`.
pub(super) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}
