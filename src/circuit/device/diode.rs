//! Junction diodes, level 1.

use super::{
    Noise,
    dual::Dual,
    junction::{self, Depletion},
    model::{Conditions, Parameter, Range, Values, conductance, parameter},
    shape::{Flow, Shape, both, current},
};

/// Parameters of `.model NAME D(...)`.
pub(super) const MODEL: &[Parameter] = &[
    parameter("level", 1.0, "", Range::Any),
    parameter("is", 1e-14, "A", Range::Positive),
    parameter("n", 1.0, "", Range::Positive),
    parameter("rs", 0.0, "ohm", Range::NotNegative),
    parameter("tt", 0.0, "s", Range::NotNegative),
    parameter("cjo", 0.0, "F", Range::NotNegative),
    parameter("vj", 1.0, "V", Range::Positive),
    parameter("m", 0.5, "", Range::Fraction),
    parameter("fc", 0.5, "", Range::Fraction),
    parameter("bv", 0.0, "V", Range::Positive),
    parameter("ibv", 1e-3, "A", Range::Positive),
    parameter("nbv", 1.0, "", Range::Positive),
    parameter("ikf", 0.0, "A", Range::NotNegative),
    parameter("isr", 0.0, "A", Range::NotNegative),
    // As in ngspice; 2 elsewhere, which the reader of decks knows.
    parameter("nr", 1.0, "", Range::Positive),
    parameter("eg", 1.11, "eV", Range::Positive),
    parameter("xti", 3.0, "", Range::Any),
    parameter("kf", 0.0, "", Range::NotNegative),
    parameter("af", 1.0, "", Range::Any),
    parameter("tnom", 27.0, "C", Range::Any),
];

/// Parameters of the card of a diode.
pub(super) const INSTANCE: &[Parameter] = &[
    parameter("area", 1.0, "", Range::Positive),
    parameter("m", 1.0, "", Range::Positive),
    parameter("temp", 27.0, "C", Range::Any),
    parameter("dtemp", 0.0, "K", Range::Any),
];

const ANODE: u8 = 2;
/// Terminals: anode, cathode, the anode behind the series resistance.
pub(super) const SHAPE: Shape = Shape {
    inside: &["anode"],
    ports: &[(ANODE, 1), (0, ANODE)],
    limited: 1,
    branches: &[both(ANODE, 1), current(0, ANODE)],
};

/// A diode at its temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Diode {
    saturation: f64,
    /// Emission coefficient times thermal voltage, V.
    scale: f64,
    /// 1/A; 0 for no high-level injection.
    knee: f64,
    /// Recombination in the depletion layer: current, A, and scale, V.
    recombination: (f64, f64),
    /// Voltage and scale of the breakdown, V.
    breakdown: Option<(f64, f64)>,
    /// S; 0 for no series resistance.
    pub(super) series: f64,
    layer: Depletion,
    transit: f64,
    gmin: f64,
    critical: f64,
    flicker: (f64, f64),
    temperature: f64,
}

impl Diode {
    /// The diode of a model and a card, at `conditions`.
    #[must_use]
    pub fn new(model: &Values, instance: &Values, conditions: Conditions) -> Self {
        let conditions = conditions.of(model, instance);
        let (nominal, at) = (conditions.nominal, conditions.temperature);
        let thermal = conditions.thermal_voltage();
        let size = instance.number("area") * instance.number("m");
        let emission = model.number("n");
        let scale = emission * thermal;
        let (gap, power) = (model.number("eg"), model.number("xti"));
        let ratio = |n: f64| junction::saturation_ratio((nominal, at), gap, power, n);
        let per_area = model.number("is") * ratio(emission);
        let layer = Depletion {
            capacitance: model.number("cjo") * size,
            potential: model.number("vj"),
            grading: model.number("m"),
            linear_from: model.number("fc"),
        };
        let reverse = if model.has("nbv") { model.number("nbv") } else { emission } * thermal;
        let slow = model.number("nr");
        Self {
            saturation: per_area * size,
            scale,
            knee: model.inverse("ikf") / size,
            recombination: (model.number("isr") * ratio(slow) * size, slow * thermal),
            breakdown: model.has("bv").then(|| {
                let knee = knee_voltage(model.number("bv"), model.number("ibv"), per_area, reverse);
                (knee, reverse)
            }),
            series: conductance(model.number("rs")) * size,
            layer: layer.at(nominal, at),
            transit: model.number("tt"),
            gmin: conditions.gmin,
            critical: junction::critical_voltage(per_area * size, scale),
            flicker: (model.number("kf"), model.number("af")),
            temperature: at,
        }
    }

    /// Current of the junction without gmin.
    fn junction<const N: usize>(&self, v: Dual<N>) -> Dual<N> {
        if let Some((knee, scale)) = self.breakdown
            && v.value < -knee
        {
            return -((-(v + knee)) / scale).exp() * self.saturation;
        }
        let mut i = junction::current(v, self.saturation, self.scale);
        if self.knee > 0.0 && i.value > 0.0 {
            i = i / ((i * self.knee).sqrt() + 1.0);
        }
        let (current, scale) = self.recombination;
        if current > 0.0 {
            let width = (Dual::constant(1.0) - v / self.layer.potential).square() + 0.005;
            let generation = width.powf(0.5 * self.layer.grading);
            i = i + ((v / scale).exp() - 1.0) * generation * current;
        }
        i
    }

    pub(super) fn evaluate(&self, ports: &[f64], flow: &mut Flow<'_>) {
        let [v] = Dual::variables([ports[0]]);
        let i = self.junction(v);
        flow.current(0, 0, i + v * self.gmin);
        flow.charge(0, 0, self.layer.charge(v) + i * self.transit);
        flow.resistor(1, 1, self.series, ports[1]);
    }

    pub(super) fn first(&self) -> f64 {
        self.critical
    }

    pub(super) fn limit(&self, old: f64, new: &mut f64) -> bool {
        let Some((knee, scale)) = self.breakdown.filter(|(knee, scale)| *new < 10.0 * scale - knee)
        else {
            return junction::limit(old, new, self.scale, self.critical);
        };
        // Breakdown is a junction that looks the other way.
        let mut reverse = -(*new + knee);
        let critical = junction::critical_voltage(self.saturation, scale);
        let limited = junction::limit(-(old + knee), &mut reverse, scale, critical);
        *new = -(reverse + knee);
        limited
    }

    pub(super) fn noise(&self, ports: &[f64]) -> Vec<Noise> {
        let i = self.junction(Dual::<0>::constant(ports[0])).value;
        vec![Noise::junction(0, i, self.flicker), Noise::thermal(1, self.series, self.temperature)]
    }
}

/// The voltage at which the exponential of the breakdown begins, so that the
/// current is `current` at `voltage`; where the reverse current of the diode
/// itself is more, `voltage`.
fn knee_voltage(voltage: f64, current: f64, saturation: f64, scale: f64) -> f64 {
    if current < saturation * voltage / scale {
        return voltage;
    }
    let mut knee = voltage - scale * (1.0 + current / saturation).ln();
    for _ in 0..25 {
        knee = voltage - scale * (current / saturation + 1.0 - knee / scale).ln();
    }
    knee
}
