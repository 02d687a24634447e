//! Switches with hysteresis, controlled by a voltage or a current.
//!
//! Between two switchings a switch is a resistor. It remembers its state: it goes
//! on above `threshold + hysteresis` and off below `threshold - hysteresis`.

use super::{
    Noise,
    model::{Conditions, Parameter, Range, Values, parameter},
    shape::{Flow, Shape, current},
};

/// Parameters of `.model NAME SW(...)`.
pub(super) const VOLTAGE_MODEL: &[Parameter] = &[
    parameter("vt", 0.0, "V", Range::Any),
    parameter("vh", 0.0, "V", Range::NotNegative),
    parameter("ron", 1.0, "ohm", Range::Positive),
    parameter("roff", 1e12, "ohm", Range::Positive),
];

/// Parameters of `.model NAME CSW(...)`.
pub(super) const CURRENT_MODEL: &[Parameter] = &[
    parameter("it", 0.0, "A", Range::Any),
    parameter("ih", 0.0, "A", Range::NotNegative),
    parameter("ron", 1.0, "ohm", Range::Positive),
    parameter("roff", 1e12, "ohm", Range::Positive),
];

/// Terminals: both ends, then both controls.
pub(super) const VOLTAGE_SHAPE: Shape =
    Shape { inside: &[], ports: &[(0, 1), (2, 3)], limited: 0, branches: &[current(0, 1)] };

/// Terminals: both ends. The second port is the controlling current.
pub(super) const CURRENT_SHAPE: Shape =
    Shape { inside: &[], ports: &[(0, 1), (0, 0)], limited: 0, branches: &[current(0, 1)] };

/// A switch.
#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    pub(super) is_current_controlled: bool,
    /// Where it goes off and where it goes on, V or A.
    thresholds: [f64; 2],
    /// Off and on, S.
    conductances: [f64; 2],
    /// K
    temperature: f64,
}

impl Switch {
    /// The switch of a model, at the temperature of `conditions`.
    #[must_use]
    pub fn new(is_current_controlled: bool, model: &Values, conditions: Conditions) -> Self {
        let names = if is_current_controlled { ["it", "ih"] } else { ["vt", "vh"] };
        let [threshold, hysteresis] = names.map(|name| model.number(name));
        Self {
            is_current_controlled,
            thresholds: [threshold - hysteresis, threshold + hysteresis],
            conductances: [1.0 / model.number("roff"), 1.0 / model.number("ron")],
            temperature: conditions.temperature,
        }
    }

    pub(super) fn evaluate(&self, ports: &[f64], is_on: bool, flow: &mut Flow<'_>) {
        flow.resistor(0, 0, self.conductances[usize::from(is_on)], ports[0]);
    }

    /// How far the control is beyond the threshold at which the state changes; not
    /// positive where it stays. V or A.
    #[must_use]
    pub fn excess(&self, ports: &[f64], is_on: bool) -> f64 {
        if is_on { self.thresholds[0] - ports[1] } else { ports[1] - self.thresholds[1] }
    }

    /// The threshold at which the state changes, V or A.
    #[must_use]
    pub fn threshold(&self, is_on: bool) -> f64 {
        self.thresholds[usize::from(!is_on)]
    }

    /// Its resistance, ohm.
    #[must_use]
    pub fn resistance(&self, is_on: bool) -> f64 {
        1.0 / self.conductances[usize::from(is_on)]
    }

    /// True where a current controls it, not a voltage.
    #[must_use]
    pub fn is_current_controlled(&self) -> bool {
        self.is_current_controlled
    }

    pub(super) fn noise(&self, is_on: bool) -> Vec<Noise> {
        vec![Noise::thermal(0, self.conductances[usize::from(is_on)], self.temperature)]
    }
}
