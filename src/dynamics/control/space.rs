//! Linear systems in state space.

use nalgebra::DMatrix;

use crate::{
    dae::{System, SystemError, Time},
    linalg::{ExpmError, zero_order_hold},
};

/// `dx/dt = A x + B u` or `x[n+1] = A x[n] + B u[n]`, and `y = C x`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearSystem {
    time: Time,
    a: DMatrix<f64>,
    b: DMatrix<f64>,
    c: DMatrix<f64>,
}

/// Why matrices are no linear system, or have no sampled one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// Shapes disagree.
    #[error("{matrix} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// Which matrix.
        matrix: &'static str,
        /// Its rows and columns.
        found: (usize, usize),
        /// Rows and columns expected.
        expected: (usize, usize),
    },
    /// A value is NaN or infinite.
    #[error("{matrix}[{row},{column}] is not a finite number")]
    NotFinite {
        /// Which matrix.
        matrix: &'static str,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
    },
    /// A step or a scale is not a positive number.
    #[error("{what} must be a positive number, found {value}")]
    NotPositive {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// Only a continuous system is sampled.
    #[error("the system is discrete in time already")]
    Discrete,
    /// The system has no value at the point.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The flow over the step cannot be computed.
    #[error(transparent)]
    Flow(#[from] ExpmError),
}

impl LinearSystem {
    /// A is states x states, B states x inputs, C outputs x states.
    ///
    /// # Errors
    ///
    /// Shapes that disagree and values that are not finite.
    pub fn new(
        time: Time,
        a: DMatrix<f64>,
        b: DMatrix<f64>,
        c: DMatrix<f64>,
    ) -> Result<Self, SpaceError> {
        let states = a.nrows();
        for (matrix, values, expected) in [
            ("A", &a, (states, states)),
            ("B", &b, (states, b.ncols())),
            ("C", &c, (c.nrows(), states)),
        ] {
            if values.shape() != expected {
                return Err(SpaceError::Shape { matrix, found: values.shape(), expected });
            }
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                let (row, column) = (at % values.nrows(), at / values.nrows());
                return Err(SpaceError::NotFinite { matrix, row, column });
            }
        }
        Ok(Self { time, a, b, c })
    }

    /// What a system is to first order around the state `x` under the input `u`.
    ///
    /// # Errors
    ///
    /// The system has no value there, or one that is not finite.
    pub fn of(system: &dyn System, x: &[f64], u: &[f64]) -> Result<Self, SpaceError> {
        let states = system.shape().0;
        let mut a = DMatrix::zeros(states, states);
        system.jacobian(x, u, &mut a)?;
        let b = system.input_jacobian(x, u)?;
        let (c, _) = system.output_jacobians(x, u)?;
        Self::new(system.time(), a, b, c)
    }

    /// Whether the state flows or steps.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time
    }

    /// A, states x states.
    #[must_use]
    pub fn a(&self) -> &DMatrix<f64> {
        &self.a
    }

    /// B, states x inputs.
    #[must_use]
    pub fn b(&self) -> &DMatrix<f64> {
        &self.b
    }

    /// C, outputs x states.
    #[must_use]
    pub fn c(&self) -> &DMatrix<f64> {
        &self.c
    }

    /// `(A / a, B / a, C)`: the same system in a time that runs `a` times as far.
    ///
    /// # Errors
    ///
    /// `a` is not positive, or a value overflows.
    pub fn rescaled(&self, a: f64) -> Result<Self, SpaceError> {
        positive("the scale of time", a)?;
        let time = match self.time {
            Time::Continuous => Time::Continuous,
            Time::Discrete { .. } => return Err(SpaceError::Discrete),
        };
        Self::new(time, &self.a / a, &self.b / a, self.c.clone())
    }

    /// The explicit Euler map `(I + d A, d B, C)`.
    ///
    /// # Errors
    ///
    /// The step is not positive, a value overflows, or the system is discrete.
    pub fn euler(&self, step: f64) -> Result<Self, SpaceError> {
        let time = self.sampled(step)?;
        let identity = DMatrix::identity(self.a.nrows(), self.a.nrows());
        Self::new(time, identity + &self.a * step, &self.b * step, self.c.clone())
    }

    /// The exact map under an input that is held over each step,
    /// `(exp(d A), integral of exp(s A) B ds, C)`.
    ///
    /// # Errors
    ///
    /// The step is not positive, the exponential overflows, or the system is
    /// discrete.
    pub fn hold(&self, step: f64) -> Result<Self, SpaceError> {
        let time = self.sampled(step)?;
        let (a, b) = zero_order_hold(&self.a, &self.b, step)?;
        Self::new(time, a, b, self.c.clone())
    }

    /// `(A', C', B')`, which is controllable where this is observable.
    #[must_use]
    pub fn dual(&self) -> Self {
        let (a, b, c) = (self.a.transpose(), self.c.transpose(), self.b.transpose());
        Self { time: self.time, a, b, c }
    }

    fn sampled(&self, step: f64) -> Result<Time, SpaceError> {
        positive("the step", step)?;
        match self.time {
            Time::Continuous => Ok(Time::Discrete { step }),
            Time::Discrete { .. } => Err(SpaceError::Discrete),
        }
    }
}

fn positive(what: &'static str, value: f64) -> Result<(), SpaceError> {
    if value > 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(SpaceError::NotPositive { what, value })
    }
}
