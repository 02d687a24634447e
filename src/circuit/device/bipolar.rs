//! Bipolar transistors by Gummel and Poon.
//!
//! H. K. Gummel and H. C. Poon, Bell Syst. Tech. J. 49, 1970, with SPICE's
//! additions: base resistance that falls with current, transit time that rises
//! with it, a divided collector capacitance, and a substrate. Excess phase (PTF)
//! is no law of the present voltages and left out.

use super::{
    Noise,
    dual::Dual,
    junction::{self, Depletion},
    model::{Conditions, Parameter, Range, Values, conductance, parameter},
    shape::{Flow, Shape, both, charge, current},
};

/// Parameters of `.model NAME NPN(...)` or `PNP(...)`.
pub(super) const MODEL: &[Parameter] = &[
    parameter("level", 1.0, "", Range::Any),
    parameter("is", 1e-16, "A", Range::Positive),
    parameter("bf", 100.0, "", Range::Positive),
    parameter("nf", 1.0, "", Range::Positive),
    parameter("vaf", 0.0, "V", Range::NotNegative),
    parameter("ikf", 0.0, "A", Range::NotNegative),
    parameter("ise", 0.0, "A", Range::NotNegative),
    parameter("ne", 1.5, "", Range::Positive),
    parameter("br", 1.0, "", Range::Positive),
    parameter("nr", 1.0, "", Range::Positive),
    parameter("var", 0.0, "V", Range::NotNegative),
    parameter("ikr", 0.0, "A", Range::NotNegative),
    parameter("isc", 0.0, "A", Range::NotNegative),
    parameter("nc", 2.0, "", Range::Positive),
    parameter("rb", 0.0, "ohm", Range::NotNegative),
    parameter("irb", 0.0, "A", Range::NotNegative),
    parameter("rbm", 0.0, "ohm", Range::NotNegative),
    parameter("re", 0.0, "ohm", Range::NotNegative),
    parameter("rc", 0.0, "ohm", Range::NotNegative),
    parameter("cje", 0.0, "F", Range::NotNegative),
    parameter("vje", 0.75, "V", Range::Positive),
    parameter("mje", 0.33, "", Range::Fraction),
    parameter("tf", 0.0, "s", Range::NotNegative),
    parameter("xtf", 0.0, "", Range::NotNegative),
    parameter("vtf", 0.0, "V", Range::NotNegative),
    parameter("itf", 0.0, "A", Range::NotNegative),
    parameter("ptf", 0.0, "degrees", Range::Zero),
    parameter("cjc", 0.0, "F", Range::NotNegative),
    parameter("vjc", 0.75, "V", Range::Positive),
    parameter("mjc", 0.33, "", Range::Fraction),
    parameter("xcjc", 1.0, "", Range::Share),
    parameter("tr", 0.0, "s", Range::NotNegative),
    parameter("cjs", 0.0, "F", Range::NotNegative),
    parameter("vjs", 0.75, "V", Range::Positive),
    parameter("mjs", 0.0, "", Range::Fraction),
    parameter("xtb", 0.0, "", Range::Any),
    parameter("eg", 1.11, "eV", Range::Positive),
    parameter("xti", 3.0, "", Range::Any),
    parameter("fc", 0.5, "", Range::Fraction),
    parameter("kf", 0.0, "", Range::NotNegative),
    parameter("af", 1.0, "", Range::Any),
    parameter("tnom", 27.0, "C", Range::Any),
];

/// Parameters of the card of a bipolar transistor.
pub(super) const INSTANCE: &[Parameter] = super::diode::INSTANCE;

const COLLECTOR: u8 = 4;
const BASE: u8 = 5;
const EMITTER: u8 = 6;
/// Terminals: collector, base, emitter, substrate, then the first three behind
/// their resistances.
pub(super) const SHAPE: Shape = Shape {
    inside: &["collector", "base", "emitter"],
    ports: &[
        (BASE, EMITTER),
        (BASE, COLLECTOR),
        (1, BASE),
        (1, COLLECTOR),
        (3, COLLECTOR),
        (0, COLLECTOR),
        (2, EMITTER),
    ],
    limited: 2,
    branches: &[
        both(BASE, EMITTER),
        both(BASE, COLLECTOR),
        current(COLLECTOR, EMITTER),
        charge(1, COLLECTOR),
        charge(3, COLLECTOR),
        current(1, BASE),
        current(0, COLLECTOR),
        current(2, EMITTER),
    ],
};

/// A junction of a bipolar transistor.
#[derive(Clone, Debug, PartialEq)]
struct Junction {
    /// Emission coefficient times thermal voltage, V.
    scale: f64,
    beta: f64,
    /// Saturation current, A, and scale, V, of the leakage.
    leakage: (f64, f64),
    /// 1/V and 1/A.
    inverse_early: f64,
    inverse_knee: f64,
    layer: Depletion,
    transit: f64,
}

/// A bipolar transistor at its temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Bipolar {
    pub(super) polarity: f64,
    saturation: f64,
    emitter: Junction,
    collector: Junction,
    /// Part of the collector's depletion charge that is at the inner base.
    inner: f64,
    substrate: Depletion,
    /// Base resistance at most and at least, ohm, and the current at which it has
    /// fallen halfway, A (0 for none).
    base: (f64, f64, f64),
    pub(super) collector_series: f64,
    pub(super) emitter_series: f64,
    /// XTF, 1/(1.44 VTF) and ITF.
    transit: (f64, f64, f64),
    gmin: f64,
    thermal: f64,
    critical: f64,
    flicker: (f64, f64),
    temperature: f64,
}

/// Currents of the inner transistor.
struct Currents<const N: usize> {
    /// Through the base-emitter and base-collector junctions, before division by
    /// the gains.
    forward: Dual<N>,
    reverse: Dual<N>,
    /// Into the base by either junction.
    base_emitter: Dual<N>,
    base_collector: Dual<N>,
    /// Base charge over its value at rest.
    charge: Dual<N>,
}

impl Bipolar {
    /// The transistor of a model and a card, at `conditions`.
    #[must_use]
    pub fn new(polarity: f64, model: &Values, instance: &Values, conditions: Conditions) -> Self {
        let conditions = conditions.of(model, instance);
        let (nominal, at) = (conditions.nominal, conditions.temperature);
        let thermal = conditions.thermal_voltage();
        let size = instance.number("area") * instance.number("m");
        let factor =
            junction::saturation_ratio((nominal, at), model.number("eg"), model.number("xti"), 1.0);
        let gain = (at / nominal).powf(model.number("xtb"));
        let saturation = model.number("is") * factor * size;
        let junction = |names: [&str; 10]| {
            let [n, beta, leak, slow, early, knee, cap, potential, grading, transit] = names;
            let emission = model.number(slow);
            let layer = Depletion {
                capacitance: model.number(cap) * size,
                potential: model.number(potential),
                grading: model.number(grading),
                linear_from: model.number("fc"),
            };
            Junction {
                scale: model.number(n) * thermal,
                beta: model.number(beta) * gain,
                leakage: (
                    model.number(leak) * factor.powf(1.0 / emission) / gain * size,
                    emission * thermal,
                ),
                inverse_early: model.inverse(early),
                inverse_knee: model.inverse(knee) / size,
                layer: layer.at(nominal, at),
                transit: model.number(transit),
            }
        };
        let most = model.number("rb");
        let least = if model.has("rbm") { model.number("rbm") } else { most };
        let substrate = Depletion {
            capacitance: model.number("cjs") * size,
            potential: model.number("vjs"),
            grading: model.number("mjs"),
            linear_from: 0.0,
        };
        Self {
            polarity,
            saturation,
            emitter: junction(["nf", "bf", "ise", "ne", "var", "ikf", "cje", "vje", "mje", "tf"]),
            collector: junction(["nr", "br", "isc", "nc", "vaf", "ikr", "cjc", "vjc", "mjc", "tr"]),
            inner: model.number("xcjc"),
            substrate: substrate.at(nominal, at),
            base: (most / size, least / size, model.number("irb") * size),
            collector_series: conductance(model.number("rc")) * size,
            emitter_series: conductance(model.number("re")) * size,
            transit: (model.number("xtf"), model.inverse("vtf") / 1.44, model.number("itf") * size),
            gmin: conditions.gmin,
            thermal,
            critical: junction::critical_voltage(saturation, thermal),
            flicker: (model.number("kf"), model.number("af")),
            temperature: at,
        }
    }

    fn currents<const N: usize>(&self, vbe: Dual<N>, vbc: Dual<N>) -> Currents<N> {
        let Self { emitter, collector, saturation, .. } = self;
        let forward = junction::current(vbe, *saturation, emitter.scale);
        let reverse = junction::current(vbc, *saturation, collector.scale);
        let leak = |v: Dual<N>, own: &Junction| junction::current(v, own.leakage.0, own.leakage.1);
        let early =
            Dual::constant(1.0) - vbc * collector.inverse_early - vbe * emitter.inverse_early;
        let injected = forward * emitter.inverse_knee + reverse * collector.inverse_knee;
        let charge = if emitter.inverse_knee == 0.0 && collector.inverse_knee == 0.0 {
            early.recip()
        } else {
            let under = injected * 4.0 + 1.0;
            let root = if under.value > 0.0 { under.sqrt() } else { Dual::constant(0.0) };
            (root + 1.0) * 0.5 / early
        };
        Currents {
            forward,
            reverse,
            base_emitter: forward / emitter.beta + leak(vbe, emitter),
            base_collector: reverse / collector.beta + leak(vbc, collector),
            charge,
        }
    }

    /// Conductance of the base.
    fn base_conductance<const N: usize>(&self, currents: &Currents<N>) -> Dual<N> {
        let (most, least, half) = self.base;
        if half == 0.0 {
            let resistance = currents.charge.recip() * (most - least) + least;
            // With RBM alone there is none at small currents.
            return resistance.at_least(1e-6).recip();
        }
        let base = currents.base_emitter + currents.base_collector;
        // Hauser's solution for crowding, in SPICE's approximation.
        let x = (base / half).at_least(1e-9);
        let z = x.sqrt() * (14.59025 / 2.4317) / ((x * 14.59025 + 1.0).sqrt() + 1.0);
        let share = if z.value < 0.1 {
            // The beginning of the series, where the difference below cancels.
            let square = z.square();
            let cubic = square * (8.0 / 1575.0) + 4.0 / 105.0;
            Dual::constant(1.0) - square * (square * cubic + 4.0 / 15.0)
        } else {
            let tan = z.tan();
            (tan - z) / (z * tan.square()) * 3.0
        };
        (share * (most - least) + least).recip()
    }

    pub(super) fn evaluate(&self, ports: &[f64], flow: &mut Flow<'_>) {
        let [vbe, vbc, vbb] = Dual::variables([ports[0], ports[1], ports[2]]);
        let currents = self.currents(vbe, vbc);
        let Currents { forward, reverse, base_emitter, base_collector, charge } = currents;
        flow.current(0, 0, base_emitter + vbe * self.gmin);
        flow.current(1, 0, base_collector + vbc * self.gmin);
        flow.current(2, 0, (forward - reverse) / charge);
        let (collector, emitter) = (&self.collector, &self.emitter);
        flow.charge(0, 0, emitter.layer.charge(vbe) + self.transit_charge(forward, vbc, charge));
        let layer = collector.layer.charge(vbc) * self.inner;
        flow.charge(1, 0, layer + reverse * collector.transit);
        let [vbx] = Dual::variables([ports[3]]);
        flow.charge(3, 3, collector.layer.charge(vbx) * (1.0 - self.inner));
        let [vsub] = Dual::variables([ports[4]]);
        flow.charge(4, 4, self.substrate.charge(vsub));
        if self.has_base() {
            flow.current(5, 0, vbb * self.base_conductance(&currents));
        }
        flow.resistor(6, 5, self.collector_series, ports[5]);
        flow.resistor(7, 6, self.emitter_series, ports[6]);
    }

    /// The charge of the carriers on their way through the base.
    fn transit_charge<const N: usize>(
        &self,
        forward: Dual<N>,
        vbc: Dual<N>,
        charge: Dual<N>,
    ) -> Dual<N> {
        let (rise, by_voltage, half) = self.transit;
        let at_rest = forward * self.emitter.transit / charge;
        if rise == 0.0 || forward.value <= 0.0 {
            return at_rest;
        }
        let share =
            if half > 0.0 { (forward / (forward + half)).square() } else { Dual::constant(1.0) };
        at_rest * (share * (vbc * by_voltage).exp() * rise + 1.0)
    }

    /// True where the base has a resistance.
    pub(super) fn has_base(&self) -> bool {
        self.base.0 > 0.0 || self.base.1 > 0.0
    }

    pub(super) fn first(&self, ports: &mut [f64]) {
        ports[0] = self.critical;
        ports[1] = 0.0;
    }

    pub(super) fn limit(&self, old: &[f64], new: &mut [f64]) -> bool {
        let emitter = junction::limit(old[0], &mut new[0], self.thermal, self.critical);
        junction::limit(old[1], &mut new[1], self.thermal, self.critical) || emitter
    }

    pub(super) fn noise(&self, ports: &[f64]) -> Vec<Noise> {
        let constant = |at: usize| Dual::<0>::constant(ports[at]);
        let currents = self.currents(constant(0), constant(1));
        let transport = (currents.forward - currents.reverse) / currents.charge;
        let collector = transport - currents.base_collector;
        let base = currents.base_emitter + currents.base_collector;
        let mut noise = vec![
            Noise::junction(2, collector.value, (0.0, 1.0)),
            Noise::junction(0, base.value, self.flicker),
            Noise::thermal(6, self.collector_series, self.temperature),
            Noise::thermal(7, self.emitter_series, self.temperature),
        ];
        if self.has_base() {
            let conductance = self.base_conductance(&currents).value;
            noise.push(Noise::thermal(5, conductance, self.temperature));
        }
        noise
    }
}
