//! The ways in which a flow becomes a map.

/// How a flow becomes a map. The inputs hold their values over the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `X = x + d F(x, u)`, order 1.
    ExplicitEuler,
    /// `X = x + d F(X, u)`, order 1.
    ImplicitEuler,
    /// `X = x + d/2 (F(x, u) + F(X, u))`, order 2.
    Trapezoidal,
    /// The classical method of four stages, order 4.
    RungeKutta4,
    /// The exact solution of an affine system,
    /// `X = x + d phi1(d A) F(x, u)` with `phi1(z) = (e^z - 1) / z`.
    ZeroOrderHold,
    /// `X = x + d phi1(d M) F(x, u)`, which solves the linear part M exactly
    /// (Hochbruck and Ostermann, Exponential integrators, Acta Numerica 19, 2010,
    /// equation 2.7), order 1.
    ExponentialEuler,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ExplicitEuler,
        Self::ImplicitEuler,
        Self::Trapezoidal,
        Self::RungeKutta4,
        Self::ZeroOrderHold,
        Self::ExponentialEuler,
    ];

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ExplicitEuler => "explicit Euler",
            Self::ImplicitEuler => "implicit Euler",
            Self::Trapezoidal => "trapezoidal rule",
            Self::RungeKutta4 => "Runge-Kutta 4",
            Self::ZeroOrderHold => "zero-order hold",
            Self::ExponentialEuler => "exponential Euler",
        }
    }
}
