//! Eigenvalues in order, and what can be said of each.

use nalgebra::DMatrix;

use crate::{
    dae::{System, SystemError, Time},
    linalg::{Complex, Eigen, EigenError, eigen, eigenvalues, symmetric_eigenvalues},
    rnn::{Activation, Form, Rnn},
};

/// Eigenvalues nearer to a border of stability than this are on it: an orthogonal
/// matrix has all its own on the unit circle, but for the rounding of weights
/// that were stored in single precision.
const ON_THE_BORDER: f64 = 1e-6;

/// What a matrix does to a state, which decides what its eigenvalues mean.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// W of `dh/dt = -leak h + gain W h` and of its Euler map
    /// `h[n+1] = (1 - step leak) h[n] + step gain W h[n]`: a network of one leak
    /// near the origin, without bias.
    Weights {
        /// The slope of the activation at 0; in form B times the leak.
        gain: f64,
        /// The leak of all units, 1 / time unit.
        leak: f64,
        /// The step of the map, time units.
        step: f64,
    },
    /// dF/dx of a flow, `dx/dt = F(x)`.
    Flow,
    /// dF/dx of a map, `x[n+1] = F(x[n])`.
    Map {
        /// Time between two states.
        step: f64,
    },
    /// A matrix whose eigenvalues alone say nothing of stability, such as W of a
    /// network whose units leak differently.
    Plain,
}

impl Role {
    /// The role of a Jacobian.
    #[must_use]
    pub fn of(time: Time) -> Self {
        match time {
            Time::Continuous => Self::Flow,
            Time::Discrete { step } => Self::Map { step },
        }
    }

    /// The role of W in a network and its map of that step.
    #[must_use]
    pub fn of_weights(network: &Rnn, step: f64) -> Self {
        let parts = network.parts();
        let Some(&leak) = parts.leak.iter().next() else { return Self::Plain };
        if parts.leak.iter().any(|&other| other != leak) {
            return Self::Plain;
        }
        let slope = match parts.activation {
            // On the side on which it is alive.
            Activation::Relu => 1.0,
            other => other.derivative(0.0),
        };
        let gain = if parts.form == Form::A { slope } else { slope * leak };
        Self::Weights { gain, leak, step }
    }

    /// The eigenvalue of the map that belongs to one of the matrix.
    fn discrete(self, value: Complex) -> Option<Complex> {
        match self {
            Self::Weights { gain, leak, step } => Some(value * (gain * step) + (1.0 - step * leak)),
            Self::Map { .. } => Some(value),
            Self::Flow | Self::Plain => None,
        }
    }

    /// The eigenvalue of the flow that belongs to one of the matrix.
    fn continuous(self, value: Complex) -> Option<Complex> {
        match self {
            Self::Weights { gain, leak, .. } => Some(value * gain - leak),
            Self::Flow => Some(value),
            Self::Map { .. } | Self::Plain => None,
        }
    }

    /// The circle, by its centre on the real axis and its radius, outside which an
    /// eigenvalue of the matrix grows under the map; `None` where there is no map.
    #[must_use]
    pub fn circle(self) -> Option<(f64, f64)> {
        match self {
            Self::Weights { gain, leak, step } => {
                Some(((leak - step.recip()) / gain, (step * gain).recip().abs()))
            }
            Self::Map { .. } => Some((0.0, 1.0)),
            Self::Flow | Self::Plain => None,
        }
    }

    /// The real part beyond which an eigenvalue of the matrix grows under the
    /// flow; `None` where there is no flow.
    #[must_use]
    pub fn line(self) -> Option<f64> {
        match self {
            Self::Weights { gain, leak, .. } => Some(leak / gain),
            Self::Flow => Some(0.0),
            Self::Map { .. } | Self::Plain => None,
        }
    }
}

/// The eigenvalues of a square matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// What the matrix does.
    pub role: Role,
    /// Eigenvalues by falling modulus; of equal modulus by falling real part,
    /// then by falling imaginary part, so that of a pair the upper one comes first.
    pub values: Vec<Complex>,
    /// Eigenvalues of the symmetric part `(A + A^T) / 2`, falling: the growth of
    /// the length of a state at its fastest and slowest.
    pub symmetric: Vec<f64>,
    /// The Frobenius norm of the matrix.
    pub norm: f64,
}

/// How fast a complex pair turns, by three readings, in Hz.
///
/// What the papers print treats the quotient of imaginary and real part as an
/// angle, which is neither the rotation of the map nor that of the flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotation {
    /// The eigenvalue of the pair in the upper half plane.
    pub value: Complex,
    /// As published: `|Im| / (2 pi |Re|)` turns a time unit.
    pub published: f64,
    /// Of the map: `|arg| / (2 pi)` turns a step.
    pub discrete: Option<f64>,
    /// Of the flow: `|Im| / (2 pi)` turns a time unit.
    pub continuous: Option<f64>,
}

impl Spectrum {
    /// The spectrum of a matrix.
    ///
    /// # Errors
    ///
    /// [`EigenError`] where the matrix is not square or not finite.
    pub fn new(matrix: &DMatrix<f64>, role: Role) -> Result<Self, EigenError> {
        let mut values = eigenvalues(matrix)?;
        values.sort_by(|a, b| order(*a, *b));
        let half = matrix * 0.5;
        let mut symmetric = symmetric_eigenvalues(&(half.transpose() + half))?;
        symmetric.reverse();
        let largest = matrix.amax();
        // In parts of the largest entry, so that no square overflows or vanishes.
        let norm = if largest > 0.0 { (matrix / largest).norm() * largest } else { 0.0 };
        Ok(Self { role, values, symmetric, norm })
    }

    /// Largest modulus; 0 of an empty matrix.
    #[must_use]
    pub fn radius(&self) -> f64 {
        self.modulus(1).unwrap_or(0.0)
    }

    /// Largest real part; minus infinity of an empty matrix.
    #[must_use]
    pub fn abscissa(&self) -> f64 {
        let real = self.values.iter().map(|value| value.re);
        real.max_by(f64::total_cmp).unwrap_or(f64::NEG_INFINITY)
    }

    /// The k-th largest modulus, k from 1; the papers' radius is the seventh.
    #[must_use]
    pub fn modulus(&self, k: usize) -> Option<f64> {
        self.values.get(k.checked_sub(1)?).map(|value| value.norm())
    }

    /// Smallest modulus; 0 of an empty matrix.
    #[must_use]
    pub fn smallest_modulus(&self) -> f64 {
        self.values.last().map_or(0.0, |value| value.norm())
    }

    /// Departure from normality, `sqrt(||A||^2 - sum |lambda|^2) / ||A||` in the
    /// Frobenius norm: 0 of a normal matrix, below 1, and 0 of the zero matrix
    /// (Henrici 1962, as scaled in arXiv 2005.13074).
    #[must_use]
    pub fn henrici(&self) -> f64 {
        if self.norm == 0.0 {
            return 0.0;
        }
        // In parts of the norm, so that nothing overflows.
        let share: f64 = self.values.iter().map(|value| (value / self.norm).norm_sqr()).sum();
        let rest = 1.0 - share;
        if rest > 0.0 { rest.sqrt() } else { 0.0 }
    }

    /// Largest eigenvalue of the symmetric part: the fastest growth of a state
    /// at first; minus infinity of an empty matrix.
    #[must_use]
    pub fn numerical_abscissa(&self) -> f64 {
        self.symmetric.first().copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// How many eigenvalues grow under the map: outside the unit circle for
    /// unit leak and step. `None` where there is no map.
    #[must_use]
    pub fn growing_in_the_map(&self) -> Option<usize> {
        self.role.discrete(Complex::new(0.0, 0.0))?;
        let grows =
            |v: &&Complex| self.role.discrete(**v).is_some_and(|v| v.norm() > 1.0 + ON_THE_BORDER);
        Some(self.values.iter().filter(grows).count())
    }

    /// How many eigenvalues grow under the flow: right of `Re = leak` for
    /// weights, of `Re = 0` for a Jacobian. `None` where there is no flow.
    #[must_use]
    pub fn growing_in_the_flow(&self) -> Option<usize> {
        self.role.continuous(Complex::new(0.0, 0.0))?;
        let scale = match self.role {
            Role::Weights { leak, .. } => leak,
            Role::Flow | Role::Map { .. } | Role::Plain => self.radius(),
        };
        let grows =
            |v: &&Complex| self.role.continuous(**v).is_some_and(|v| v.re > ON_THE_BORDER * scale);
        Some(self.values.iter().filter(grows).count())
    }

    /// The eigenvalue of largest real part, the papers' first special one.
    #[must_use]
    pub fn rightmost(&self) -> Option<Complex> {
        let mut best: Option<Complex> = None;
        for &value in &self.values {
            if best.is_none_or(|found| value.re > found.re) {
                best = Some(value);
            }
        }
        best
    }

    /// The eigenvalue whose real part is largest in size, whatever its sign, which
    /// the legends of the papers print for the first special one.
    #[must_use]
    pub fn widest(&self) -> Option<Complex> {
        let mut best: Option<Complex> = None;
        for &value in &self.values {
            if best.is_none_or(|found| value.re.abs() > found.re.abs()) {
                best = Some(value);
            }
        }
        best
    }

    /// The complex eigenvalue of largest modulus among those outside the unit
    /// circle, the papers' second special one.
    #[must_use]
    pub fn largest_complex(&self) -> Option<Complex> {
        self.values.iter().copied().find(|value| value.im > 0.0 && value.norm() > 1.0)
    }

    /// How fast each complex pair turns, in the order of the values.
    /// `units_per_second` time units make a second: 1000 where a unit is 1 ms.
    #[must_use]
    pub fn rotations(&self, units_per_second: f64) -> Vec<Rotation> {
        let upper = self.values.iter().filter(|value| value.im > 0.0);
        upper.map(|&value| self.rotation(value, units_per_second)).collect()
    }

    /// How fast one eigenvalue turns.
    #[must_use]
    pub fn rotation(&self, value: Complex, units_per_second: f64) -> Rotation {
        let turns = |angle: f64| units_per_second * angle.abs() / std::f64::consts::TAU;
        let step = match self.role {
            Role::Weights { step, .. } | Role::Map { step } => step,
            Role::Flow | Role::Plain => 1.0,
        };
        Rotation {
            value,
            published: turns(value.im / value.re),
            discrete: self.role.discrete(value).map(|v| turns(v.arg() / step)),
            continuous: self.role.continuous(value).map(|v| turns(v.im)),
        }
    }
}

/// The Jacobian dF/dx of a system, states x states.
///
/// # Errors
///
/// [`SystemError`] where the system has no value there.
///
/// # Panics
///
/// If `x` and `u` do not have as many components as the system states and inputs.
pub fn jacobian(system: &dyn System, x: &[f64], u: &[f64]) -> Result<DMatrix<f64>, SystemError> {
    let (states, inputs, _) = system.shape();
    assert_eq!((x.len(), u.len()), (states, inputs), "states and inputs of the system");
    let mut matrix = DMatrix::zeros(states, states);
    system.jacobian(x, u, &mut matrix)?;
    Ok(matrix)
}

/// Eigenvalues with both kinds of eigenvectors and how sensitive each is, in the
/// order of [`Spectrum::values`].
#[derive(Clone, Debug, PartialEq)]
pub struct Modes {
    /// Values, right and left vectors of unit length, one a column.
    pub eigen: Eigen,
    /// See [`Eigen::condition_numbers`].
    pub conditions: Vec<f64>,
}

/// The modes of a matrix.
///
/// # Errors
///
/// [`EigenError`] where the matrix is not square or not finite.
pub fn modes(matrix: &DMatrix<f64>) -> Result<Modes, EigenError> {
    let found = eigen(matrix)?;
    let mut at: Vec<usize> = (0..found.values.len()).collect();
    at.sort_by(|&a, &b| order(found.values[a], found.values[b]));
    let eigen = Eigen {
        values: at.iter().map(|&k| found.values[k]).collect(),
        right: found.right.select_columns(&at),
        left: found.left.select_columns(&at),
    };
    Ok(Modes { conditions: eigen.condition_numbers(), eigen })
}

/// By falling modulus, real part and imaginary part.
fn order(a: Complex, b: Complex) -> std::cmp::Ordering {
    (b.norm().total_cmp(&a.norm())).then(b.re.total_cmp(&a.re)).then(b.im.total_cmp(&a.im))
}
