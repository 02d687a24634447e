//! Static nonlinearities of a unit.

use std::fmt;

/// A unit's static nonlinearity, sigma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// tanh z
    Tanh,
    /// 1 / (1 + e^-z)
    Logistic,
    /// max(z, 0)
    Relu,
    /// ln(1 + e^z)
    Softplus,
    /// z clipped to [-1, 1]
    HardTanh,
    /// z
    Linear,
}

impl Activation {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Tanh, Self::Logistic, Self::Relu, Self::Softplus, Self::HardTanh, Self::Linear];

    /// sigma(z).
    #[must_use]
    pub fn value(self, z: f64) -> f64 {
        match self {
            Self::Tanh => z.tanh(),
            Self::Logistic => 1.0 / (1.0 + (-z).exp()),
            Self::Relu if z < 0.0 => 0.0,
            Self::Relu | Self::Linear => z,
            Self::Softplus if z > 0.0 => z + (-z).exp().ln_1p(),
            Self::Softplus => z.exp().ln_1p(),
            Self::HardTanh => z.clamp(-1.0, 1.0),
        }
    }

    /// d sigma / d z; at a corner the derivative from the left.
    #[must_use]
    pub fn derivative(self, z: f64) -> f64 {
        match self {
            Self::Tanh => {
                let t = z.tanh();
                1.0 - t * t
            }
            Self::Logistic => {
                let s = self.value(z);
                s * (1.0 - s)
            }
            Self::Relu => f64::from(z > 0.0),
            Self::Softplus => Self::Logistic.value(z),
            Self::HardTanh => f64::from(z > -1.0 && z <= 1.0),
            Self::Linear => 1.0,
        }
    }

    /// The largest slope.
    #[must_use]
    pub fn largest_slope(self) -> f64 {
        match self {
            Self::Logistic => 0.25,
            Self::Tanh | Self::Relu | Self::Softplus | Self::HardTanh | Self::Linear => 1.0,
        }
    }

    /// The largest modulus of the second derivative; `None` where there is a corner.
    #[must_use]
    pub fn largest_curvature(self) -> Option<f64> {
        match self {
            // At tanh z = 1 / sqrt(3), and the logistic function is a tanh of z / 2.
            Self::Tanh => Some(4.0 / 27.0_f64.sqrt()),
            Self::Logistic => Some(0.5 / 27.0_f64.sqrt()),
            Self::Softplus => Some(0.25),
            Self::Linear => Some(0.0),
            Self::Relu | Self::HardTanh => None,
        }
    }

    /// The largest modulus; `None` where there is none.
    #[must_use]
    pub fn largest_value(self) -> Option<f64> {
        match self {
            Self::Tanh | Self::Logistic | Self::HardTanh => Some(1.0),
            Self::Relu | Self::Softplus | Self::Linear => None,
        }
    }

    /// True where sigma(-z) = -sigma(z), so that the signs of units are a convention.
    #[must_use]
    pub fn is_odd(self) -> bool {
        matches!(self, Self::Tanh | Self::HardTanh | Self::Linear)
    }

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tanh => "tanh",
            Self::Logistic => "logistic",
            Self::Relu => "relu",
            Self::Softplus => "softplus",
            Self::HardTanh => "hard_tanh",
            Self::Linear => "linear",
        }
    }

    /// The activation of that name; Keras's and PyTorch's spellings too
    /// (`sigmoid`, `hardtanh`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "tanh" => Some(Self::Tanh),
            "logistic" | "sigmoid" => Some(Self::Logistic),
            "relu" => Some(Self::Relu),
            "softplus" => Some(Self::Softplus),
            "hard_tanh" | "hardtanh" | "clip" => Some(Self::HardTanh),
            "linear" | "identity" => Some(Self::Linear),
            _ => None,
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
