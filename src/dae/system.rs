//! Differential-algebraic systems and what drives them.

use crate::{expr::Scratch, linalg::Pattern};

/// What an unknown measures; decides its absolute tolerance and whether
/// a convergence aid may tie it to ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// V
    Voltage,
    /// A
    Current,
    /// Without unit: the state of a network.
    Pure,
}

impl Quantity {
    /// Symbol of its SI unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Voltage => "V",
            Self::Current => "A",
            Self::Pure => "",
        }
    }

    /// What a quantity of that name measures: circuits call voltages `v(...)` and
    /// currents `i(...)`, networks number theirs.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        match name.get(..2) {
            Some("v(") => Self::Voltage,
            Some("i(") => Self::Current,
            _ => Self::Pure,
        }
    }
}

/// One unknown of a system.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// Name as in results, such as `v(out)` or `i(v1)`.
    pub name: String,
    /// What it measures.
    pub quantity: Quantity,
}

/// A system `d/dt q(x) + f(x, u, t) = 0` with named unknowns and inputs.
pub trait Dae {
    /// The unknowns x, in order.
    fn unknowns(&self) -> &[Unknown];
    /// Names of the inputs u, in order.
    fn inputs(&self) -> &[String];
    /// Places where df/dx or dq/dx may be different from zero.
    fn pattern(&self) -> &Pattern;
    /// True where f and q are affine in x, so that one Newton step is exact.
    fn is_linear(&self) -> bool;
    /// Writes f(x, u, t) and q(x) into `out`, every entry of them.
    fn residual(&self, x: &[f64], u: &[f64], time: f64, out: &mut Eval);
    /// Writes q(x) into `out`, every entry of it, and the same numbers as
    /// [`Dae::residual`]; f means nothing afterwards.
    fn charges(&self, x: &[f64], u: &[f64], time: f64, out: &mut Eval) {
        self.residual(x, u, time, out);
    }
    /// Writes f(0, u, t) of a linear system into `f`; false where it is not known apart
    /// from the rest of f.
    fn offset(&self, _u: &[f64], _f: &mut [f64]) -> bool {
        false
    }
    /// Writes df/dx and dq/dx into `out`, every entry of them.
    fn jacobian(&self, x: &[f64], u: &[f64], time: f64, out: &mut Eval);

    /// Entries of df/dx that small signals meet with a delay; at rest they are what
    /// df/dx says.
    fn delayed(&self) -> &[Delayed] {
        &[]
    }

    /// Rows whose charge is a law: its derivatives may be zero at one point and not
    /// at another.
    fn charged_rows(&self) -> Vec<usize> {
        Vec::new()
    }

    /// The number of anchors: quantities, such as the voltage of a junction, that
    /// exponential laws read and that a Newton step may not take too far.
    fn anchors(&self) -> usize {
        0
    }

    /// Writes the anchors that a search without a better guess begins with.
    fn first_anchors(&self, _anchors: &mut [f64]) {}

    /// Moves `anchors` to what they are at x, or as far in that direction as a law
    /// may be trusted; true where one is not there.
    fn follow(&self, _x: &[f64], _anchors: &mut [f64]) -> bool {
        false
    }

    /// The number of switches, whose states are no functions of x: they change
    /// where a threshold is crossed and stay until another is.
    fn switches(&self) -> usize {
        0
    }

    /// Writes the states that the switches begin with.
    fn first_switches(&self, _switches: &mut [bool]) {}

    /// Writes where each switch is at x, by its number, into `found`, which is empty.
    fn switching(&self, _x: &[f64], _switches: &[bool], _found: &mut Vec<Switching>) {}
}

/// An entry of df/dx that acts after a delay: it is multiplied by `exp(-s delay)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delayed {
    /// Its place in the pattern, where others may be as well.
    pub place: usize,
    /// Its share of the value there.
    pub value: f64,
    /// s
    pub delay: f64,
}

/// A switch and the threshold at which its state changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Switching {
    /// Its number.
    pub switch: usize,
    /// How far what controls it is beyond the threshold, V or A; positive where the
    /// state has to change.
    pub excess: f64,
    /// The threshold, V or A.
    pub threshold: f64,
}

/// The value of a system at one point.
#[derive(Clone, Debug, Default)]
pub struct Eval {
    /// f(x, u, t), one a row.
    pub f: Vec<f64>,
    /// q(x), one a row.
    pub q: Vec<f64>,
    /// df/dx on the system's pattern.
    pub df: Vec<f64>,
    /// dq/dx on the system's pattern.
    pub dq: Vec<f64>,
    /// Where laws are evaluated and continued along their tangents to x; empty for
    /// the laws themselves. See [`Dae::anchors`].
    pub anchors: Vec<f64>,
    /// States of the switches.
    pub switches: Vec<bool>,
    /// Room for the arguments of a law.
    pub leaves: Vec<f64>,
    /// Room for the gradient of a law.
    pub gradient: Vec<f64>,
    /// Room for the evaluation of a law.
    pub scratch: Scratch,
}

impl Eval {
    /// Room for `system`, all zero, with its switches as they begin.
    #[must_use]
    pub fn for_system(system: &impl Dae) -> Self {
        let (rows, entries) = (system.unknowns().len(), system.pattern().nonzeros());
        let mut switches = vec![false; system.switches()];
        system.first_switches(&mut switches);
        Self {
            f: vec![0.0; rows],
            q: vec![0.0; rows],
            df: vec![0.0; entries],
            dq: vec![0.0; entries],
            anchors: Vec::new(),
            switches,
            leaves: Vec::new(),
            gradient: Vec::new(),
            scratch: Scratch::default(),
        }
    }
}

/// Inputs as functions of time. They are continuous: an edge has a width.
pub trait Drive {
    /// Writes u(t), one a channel.
    fn values(&self, time: f64, u: &mut [f64]);
    /// Instants in (0, stop) where some input is not smooth, increasing.
    fn corners(&self, stop: f64) -> Vec<f64>;
}
