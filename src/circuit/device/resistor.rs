//! Resistors that depend on temperature.

use super::model::{Conditions, Parameter, Range, Values, parameter};

/// Parameters of the card of a resistor.
pub const RESISTOR: &[Parameter] = &[
    parameter("tc1", 0.0, "1/K", Range::Any),
    parameter("tc2", 0.0, "1/K^2", Range::Any),
    parameter("temp", 27.0, "C", Range::Any),
    parameter("dtemp", 0.0, "K", Range::Any),
    parameter("m", 1.0, "", Range::Positive),
];

/// The resistance over its value on the card: a quadratic function of the difference
/// to the nominal temperature, divided by the number of resistors in parallel.
#[must_use]
pub fn resistance_factor(given: &Values, conditions: Conditions) -> f64 {
    let own = conditions.of(&Values::new(RESISTOR), given);
    let warmer = own.temperature - own.nominal;
    let factor = 1.0 + warmer * (given.number("tc1") + warmer * given.number("tc2"));
    factor / given.number("m")
}
