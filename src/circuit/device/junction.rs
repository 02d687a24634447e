//! What every pn junction has: its current, its charge, their dependence on
//! temperature, and the limit of a Newton step.
//!
//! The equations are those of SPICE (Antognetti and Massobrio, Semiconductor
//! Device Modeling with SPICE, 2nd ed., chapters 1 and 2; Nagel, SPICE2, memo
//! ERL-M520, 1975).

use super::dual::Dual;

/// Boltzmann's constant over the elementary charge, V/K.
pub(super) const VOLTS_PER_KELVIN: f64 = 1.380_649e-23 / ELEMENTARY_CHARGE;
/// As
pub(super) const ELEMENTARY_CHARGE: f64 = 1.602_176_634e-19;
/// 27 degrees Celsius, K: where parameters hold unless a card says otherwise.
pub const REFERENCE: f64 = 300.15;
/// 0 degrees Celsius, K.
pub(super) const ZERO_CELSIUS: f64 = 273.15;

/// Thermal voltage kT/q, V.
#[must_use]
pub fn thermal_voltage(kelvin: f64) -> f64 {
    VOLTS_PER_KELVIN * kelvin
}

/// Band gap of silicon, eV (Thurmond's fit).
pub(super) fn band_gap(kelvin: f64) -> f64 {
    1.16 - 7.02e-4 * kelvin * kelvin / (kelvin + 1108.0)
}

/// The part of a built-in potential that does not scale with temperature, V.
pub(super) fn potential_shift(kelvin: f64) -> f64 {
    let gap = band_gap(kelvin) / thermal_voltage(kelvin);
    let reference = band_gap(REFERENCE) / thermal_voltage(REFERENCE);
    -thermal_voltage(kelvin) * (3.0 * (kelvin / REFERENCE).ln() - gap + reference)
}

/// A built-in potential, given at `nominal`, at another temperature.
pub(super) fn potential_at(potential: f64, nominal: f64, kelvin: f64) -> f64 {
    let base = (potential - potential_shift(nominal)) / (nominal / REFERENCE);
    base * kelvin / REFERENCE + potential_shift(kelvin)
}

/// The saturation current `at` over the one `nominal`, with band gap `gap` (eV),
/// exponent `power` and emission coefficient `emission`.
pub(super) fn saturation_ratio(
    (nominal, at): (f64, f64),
    gap: f64,
    power: f64,
    emission: f64,
) -> f64 {
    let ratio = at / nominal;
    ((ratio - 1.0) * gap / (emission * thermal_voltage(at)) + power / emission * ratio.ln()).exp()
}

/// The current of an ideal junction, `saturation * (exp(v / scale) - 1)`; far in
/// reverse SPICE's cubic approach to `-saturation`.
pub(super) fn current<const N: usize>(v: Dual<N>, saturation: f64, scale: f64) -> Dual<N> {
    if v.value >= -3.0 * scale {
        return ((v / scale).exp() - 1.0) * saturation;
    }
    let share = Dual::constant(3.0 * scale / std::f64::consts::E) / v;
    (share * share * share + 1.0) * -saturation
}

/// A depletion layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Depletion {
    /// At 0 V, F.
    pub(super) capacitance: f64,
    /// Built-in potential, V.
    pub(super) potential: f64,
    /// Grading coefficient.
    pub(super) grading: f64,
    /// Part of the potential from which on the capacitance is linear.
    pub(super) linear_from: f64,
}

impl Depletion {
    /// The same at another temperature.
    pub(super) fn at(self, nominal: f64, kelvin: f64) -> Self {
        let potential = potential_at(self.potential, nominal, kelvin);
        // Both sides are compared with the potential at the reference.
        let base = (self.potential - potential_shift(nominal)) / (nominal / REFERENCE);
        let factor = |t: f64, potential: f64| {
            1.0 + self.grading * (4e-4 * (t - REFERENCE) - (potential - base) / base)
        };
        let ratio = factor(kelvin, potential) / factor(nominal, self.potential);
        Self { capacitance: self.capacitance * ratio, potential, ..self }
    }

    /// The charge at `v`.
    pub(super) fn charge<const N: usize>(&self, v: Dual<N>) -> Dual<N> {
        let Self { capacitance, potential, grading, linear_from } = *self;
        let edge = linear_from * potential;
        let rest = 1.0 - grading;
        let below = |argument: Dual<N>| {
            if rest.abs() < 1e-12 {
                argument.ln() * -(capacitance * potential)
            } else {
                (Dual::constant(1.0) - argument.powf(rest)) * (capacitance * potential / rest)
            }
        };
        if v.value < edge {
            return below(Dual::constant(1.0) - v / potential);
        }
        let at_edge = below(Dual::constant(1.0 - linear_from)).value;
        let slope = capacitance * (1.0 - linear_from).powf(-1.0 - grading);
        let linear = (v - edge) * (1.0 - linear_from * (1.0 + grading));
        let square = (v.square() - edge * edge) * (grading / (2.0 * potential));
        (linear + square) * slope + at_edge
    }
}

/// The voltage above which the current of a junction bends most.
pub(super) fn critical_voltage(saturation: f64, scale: f64) -> f64 {
    scale * (scale / (std::f64::consts::SQRT_2 * saturation)).ln()
}

/// Shortens a step of a junction's voltage from `old` to `new` where the current
/// would grow beyond what its tangent says: along the logarithm, so that the
/// current, not the voltage, goes where the step leads. True where it did.
pub(super) fn limit(old: f64, new: &mut f64, scale: f64, critical: f64) -> bool {
    if *new <= critical || (*new - old).abs() <= 2.0 * scale {
        return false;
    }
    *new = if old > 0.0 {
        let growth = 1.0 + (*new - old) / scale;
        if growth > 0.0 { old + scale * growth.ln() } else { critical }
    } else {
        scale * (*new / scale).ln()
    };
    true
}
