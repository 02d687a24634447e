//! Choices of a simulation.

use std::fmt;

use crate::circuit::Circuit;

/// Which equations of a circuit are integrated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// The normal form where it exists and is cheaper, else the equations of MNA.
    #[default]
    Auto,
    /// The equations of modified nodal analysis.
    Mna,
    /// The Lur'e normal form.
    Reduced,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Mna => "mna",
            Self::Reduced => "reduced",
        })
    }
}

/// Which method integrates. All but [`Scheme::Auto`] belong to one path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// What the deck asks for; where it is silent the trapezoidal rule on the MNA
    /// path and on the reduced path Dormand-Prince, until the system looks stiff.
    #[default]
    Auto,
    /// MNA: trapezoidal rule.
    Trapezoidal,
    /// MNA: Gear's method of order 2.
    Gear2,
    /// Reduced: Dormand and Prince 8(5,3).
    Explicit,
    /// Reduced: RODAS 4(3).
    Implicit,
    /// Reduced: Dormand and Prince 5(4) of the crate `ode_solvers`.
    Dopri5,
    /// Reduced: Dormand and Prince 8(5,3) of the crate `ode_solvers`.
    Dop853,
    /// Reduced: the classical method of order 4 of the crate `ode_solvers`, with
    /// a fixed step: the largest step of the `.tran` card.
    Rk4,
}

impl Scheme {
    /// The path it belongs to; `Auto` for [`Scheme::Auto`].
    #[must_use]
    pub fn path(self) -> Path {
        match self {
            Self::Auto => Path::Auto,
            Self::Trapezoidal | Self::Gear2 => Path::Mna,
            Self::Explicit | Self::Implicit | Self::Dopri5 | Self::Dop853 | Self::Rk4 => {
                Path::Reduced
            }
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Trapezoidal => "trapezoidal",
            Self::Gear2 => "gear2",
            Self::Explicit => "explicit",
            Self::Implicit => "implicit",
            Self::Dopri5 => "dopri5",
            Self::Dop853 => "dop853",
            Self::Rk4 => "rk4",
        })
    }
}

/// How to simulate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SimulationOptions {
    /// Which equations.
    pub path: Path,
    /// Which method.
    pub scheme: Scheme,
    /// Relative tolerance; `None` for that of the deck, 1e-3 where it has none.
    pub reltol: Option<f64>,
}

/// The tolerances of a deck, with SPICE's defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tolerances {
    /// Relative.
    pub(super) reltol: f64,
    /// V
    pub(super) vntol: f64,
    /// A
    pub(super) abstol: f64,
}

impl Tolerances {
    /// Of `circuit`; a reltol in `options` replaces its own and scales the
    /// absolute ones along, so that a stricter one makes everything stricter.
    pub(super) fn of(circuit: &Circuit, options: &SimulationOptions) -> Self {
        let given =
            |name: &str, usual: f64| circuit.parts().options.get(name).copied().unwrap_or(usual);
        let own = Self {
            reltol: given("reltol", 1e-3),
            vntol: given("vntol", 1e-6),
            abstol: given("abstol", 1e-12),
        };
        let Some(reltol) = options.reltol else { return own };
        let factor = if reltol < own.reltol { reltol / own.reltol } else { 1.0 };
        Self { reltol, vntol: own.vntol * factor, abstol: own.abstol * factor }
    }
}
