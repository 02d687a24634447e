//! Junction field-effect transistors.
//!
//! The square law of Shichman and Hodges with the doping tail B of A. E. Parker
//! and D. J. Skellern, as in SPICE 3.

use super::{
    Noise,
    dual::Dual,
    junction::{self, Depletion},
    model::{Conditions, Parameter, Range, Values, conductance, parameter},
    mosfet::{drain_step, gate_step},
    shape::{Flow, Shape, both, current},
};

/// Parameters of `.model NAME NJF(...)` or `PJF(...)`.
pub(super) const MODEL: &[Parameter] = &[
    parameter("level", 1.0, "", Range::Any),
    parameter("vto", -2.0, "V", Range::Any),
    parameter("beta", 1e-4, "A/V^2", Range::Positive),
    parameter("lambda", 0.0, "1/V", Range::NotNegative),
    parameter("rd", 0.0, "ohm", Range::NotNegative),
    parameter("rs", 0.0, "ohm", Range::NotNegative),
    parameter("cgs", 0.0, "F", Range::NotNegative),
    parameter("cgd", 0.0, "F", Range::NotNegative),
    parameter("pb", 1.0, "V", Range::Positive),
    parameter("is", 1e-14, "A", Range::Positive),
    parameter("b", 1.0, "", Range::Any),
    parameter("fc", 0.5, "", Range::Fraction),
    parameter("vtotc", 0.0, "V/K", Range::Any),
    parameter("betatce", 0.0, "%/K", Range::Any),
    parameter("kf", 0.0, "", Range::NotNegative),
    parameter("af", 1.0, "", Range::Any),
    parameter("tnom", 27.0, "C", Range::Any),
];

/// Parameters of the card of a junction field-effect transistor.
pub(super) const INSTANCE: &[Parameter] = super::diode::INSTANCE;

const DRAIN: u8 = 3;
const SOURCE: u8 = 4;
/// Terminals: drain, gate, source, then drain and source behind their resistances.
pub(super) const SHAPE: Shape = Shape {
    inside: &["drain", "source"],
    ports: &[(1, SOURCE), (DRAIN, SOURCE), (0, DRAIN), (2, SOURCE)],
    limited: 2,
    branches: &[
        current(DRAIN, SOURCE),
        both(1, SOURCE),
        both(1, DRAIN),
        current(0, DRAIN),
        current(2, SOURCE),
    ],
};

/// A junction field-effect transistor at its temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Jfet {
    pub(super) polarity: f64,
    threshold: f64,
    beta: f64,
    lambda: f64,
    /// The doping tail B, and what it leaves per volt.
    tail: (f64, f64),
    saturation: f64,
    gate_source: Depletion,
    gate_drain: Depletion,
    pub(super) drain_series: f64,
    pub(super) source_series: f64,
    thermal: f64,
    critical: f64,
    gmin: f64,
    flicker: (f64, f64),
    temperature: f64,
}

impl Jfet {
    /// The transistor of a model and a card, at `conditions`.
    #[must_use]
    pub fn new(polarity: f64, model: &Values, instance: &Values, conditions: Conditions) -> Self {
        let conditions = conditions.of(model, instance);
        let (nominal, at) = (conditions.nominal, conditions.temperature);
        let thermal = conditions.thermal_voltage();
        let size = instance.number("area") * instance.number("m");
        let layer = |name: &str| {
            let layer = Depletion {
                capacitance: model.number(name) * size,
                potential: model.number("pb"),
                grading: 0.5,
                linear_from: model.number("fc"),
            };
            layer.at(nominal, at)
        };
        let saturation =
            model.number("is") * junction::saturation_ratio((nominal, at), 1.11, 0.0, 1.0) * size;
        let (threshold, b) = (model.number("vto"), model.number("b"));
        Self {
            polarity,
            threshold: threshold - model.number("vtotc") * (at - nominal),
            beta: model.number("beta")
                * 1.01_f64.powf(model.number("betatce") * (at - nominal))
                * size,
            lambda: model.number("lambda"),
            tail: (b, (1.0 - b) / (model.number("pb") - threshold)),
            saturation,
            gate_source: layer("cgs"),
            gate_drain: layer("cgd"),
            drain_series: conductance(model.number("rd")) * size,
            source_series: conductance(model.number("rs")) * size,
            thermal,
            critical: junction::critical_voltage(saturation, thermal),
            gmin: conditions.gmin,
            flicker: (model.number("kf"), model.number("af")),
            temperature: at,
        }
    }

    /// The current from drain to source, whichever is higher.
    fn current<const N: usize>(&self, vgs: Dual<N>, vds: Dual<N>) -> Dual<N> {
        if vds.value >= 0.0 { self.forward(vgs, vds) } else { -self.forward(vgs - vds, -vds) }
    }

    fn forward<const N: usize>(&self, vgs: Dual<N>, vds: Dual<N>) -> Dual<N> {
        let over = vgs - self.threshold;
        if over.value <= 0.0 {
            return Dual::constant(0.0);
        }
        let (b, per_volt) = self.tail;
        let beta = (vds * self.lambda + 1.0) * self.beta;
        if over.value >= vds.value {
            let slope = (over - vds) * (3.0 * per_volt) + 2.0 * b;
            beta * vds * (vds * (vds * per_volt - b) + over * slope)
        } else {
            beta * over.square() * (over * per_volt + b)
        }
    }

    fn gate<const N: usize>(&self, v: Dual<N>) -> Dual<N> {
        junction::current(v, self.saturation, self.thermal) + v * self.gmin
    }

    pub(super) fn evaluate(&self, ports: &[f64], flow: &mut Flow<'_>) {
        let [vgs, vds] = Dual::variables([ports[0], ports[1]]);
        flow.current(0, 0, self.current(vgs, vds));
        for (branch, v, layer) in [(1, vgs, self.gate_source), (2, vgs - vds, self.gate_drain)] {
            flow.current(branch, 0, self.gate(v));
            flow.charge(branch, 0, layer.charge(v));
        }
        flow.resistor(3, 2, self.drain_series, ports[2]);
        flow.resistor(4, 3, self.source_series, ports[3]);
    }

    pub(super) fn first(ports: &mut [f64]) {
        ports.copy_from_slice(&[-1.0, 0.0]);
    }

    pub(super) fn limit(&self, old: &[f64], new: &mut [f64]) -> bool {
        let wanted = [new[0], new[1]];
        new[0] = gate_step(old[0], wanted[0], self.threshold);
        new[1] = drain_step(old[1], wanted[1]);
        junction::limit(old[0], &mut new[0], self.thermal, self.critical);
        let mut vgd = new[0] - new[1];
        if junction::limit(old[0] - old[1], &mut vgd, self.thermal, self.critical) {
            new[1] = new[0] - vgd;
        }
        new.iter().zip(wanted).any(|(new, wanted)| *new != wanted)
    }

    pub(super) fn noise(&self, ports: &[f64]) -> Vec<Noise> {
        let [vgs, vds] = Dual::variables([ports[0], ports[1]]);
        let i = self.current(vgs, vds);
        let steepness = i.slope[0];
        let thermal = Noise::thermal(0, steepness.abs() * 2.0 / 3.0, self.temperature);
        let flicker = Noise::junction(0, i.value, self.flicker).flicker;
        vec![
            Noise { flicker, ..thermal },
            Noise::thermal(3, self.drain_series, self.temperature),
            Noise::thermal(4, self.source_series, self.temperature),
        ]
    }
}
