//! MOS field-effect transistors of levels 1 to 3.

mod analytic;
mod charge;
mod empirical;
mod process;
mod square;

use super::{
    Noise,
    dual::Dual,
    junction::{self, Depletion, potential_at},
    model::{Conditions, Parameter, Range, Values, conductance, parameter},
    shape::{Flow, Shape, both, charge as stored, current},
};
use analytic::Analytic;
use charge::charges;
use empirical::Empirical;
use process::Process;
use square::Square;

/// Parameters of `.model NAME NMOS(...)` or `PMOS(...)`.
pub(super) const MODEL: &[Parameter] = &[
    parameter("level", 1.0, "", Range::Any),
    parameter("vto", 0.0, "V", Range::Any),
    parameter("kp", 2e-5, "A/V^2", Range::Positive),
    parameter("gamma", 0.0, "V^0.5", Range::NotNegative),
    parameter("phi", 0.6, "V", Range::Positive),
    parameter("lambda", 0.0, "1/V", Range::NotNegative),
    parameter("rd", 0.0, "ohm", Range::NotNegative),
    parameter("rs", 0.0, "ohm", Range::NotNegative),
    parameter("rsh", 0.0, "ohm", Range::NotNegative),
    parameter("cbd", 0.0, "F", Range::NotNegative),
    parameter("cbs", 0.0, "F", Range::NotNegative),
    parameter("is", 1e-14, "A", Range::Positive),
    parameter("js", 0.0, "A/m^2", Range::NotNegative),
    parameter("pb", 0.8, "V", Range::Positive),
    parameter("cj", 0.0, "F/m^2", Range::NotNegative),
    parameter("mj", 0.5, "", Range::Fraction),
    parameter("cjsw", 0.0, "F/m", Range::NotNegative),
    parameter("mjsw", 0.5, "", Range::Fraction),
    parameter("fc", 0.5, "", Range::Fraction),
    parameter("cgso", 0.0, "F/m", Range::NotNegative),
    parameter("cgdo", 0.0, "F/m", Range::NotNegative),
    parameter("cgbo", 0.0, "F/m", Range::NotNegative),
    parameter("tox", 1e-7, "m", Range::Positive),
    parameter("nsub", 0.0, "1/cm^3", Range::Positive),
    parameter("nss", 0.0, "1/cm^2", Range::Any),
    parameter("nfs", 0.0, "1/cm^2", Range::NotNegative),
    parameter("tpg", 1.0, "", Range::Any),
    parameter("xj", 0.0, "m", Range::NotNegative),
    parameter("ld", 0.0, "m", Range::NotNegative),
    parameter("uo", 600.0, "cm^2/Vs", Range::Positive),
    parameter("vmax", 0.0, "m/s", Range::NotNegative),
    parameter("ucrit", 1e4, "V/cm", Range::Positive),
    parameter("uexp", 0.0, "", Range::NotNegative),
    parameter("utra", 0.0, "", Range::Zero),
    parameter("neff", 1.0, "", Range::Positive),
    parameter("delta", 0.0, "", Range::NotNegative),
    parameter("theta", 0.0, "1/V", Range::NotNegative),
    parameter("eta", 0.0, "", Range::NotNegative),
    parameter("kappa", 0.2, "", Range::NotNegative),
    parameter("kf", 0.0, "", Range::NotNegative),
    parameter("af", 1.0, "", Range::Any),
    parameter("tnom", 27.0, "C", Range::Any),
];

/// Parameters of the card of a MOS transistor.
pub(super) const INSTANCE: &[Parameter] = &[
    parameter("l", 1e-4, "m", Range::Positive),
    parameter("w", 1e-4, "m", Range::Positive),
    parameter("ad", 0.0, "m^2", Range::NotNegative),
    parameter("as", 0.0, "m^2", Range::NotNegative),
    parameter("pd", 0.0, "m", Range::NotNegative),
    parameter("ps", 0.0, "m", Range::NotNegative),
    parameter("nrd", 1.0, "", Range::NotNegative),
    parameter("nrs", 1.0, "", Range::NotNegative),
    parameter("m", 1.0, "", Range::Positive),
    parameter("temp", 27.0, "C", Range::Any),
    parameter("dtemp", 0.0, "K", Range::Any),
];

/// Levels of the models.
pub(super) const LEVELS: &[f64] = &[1.0, 2.0, 3.0];
/// Parameters that the law of level 2 alone has.
const ANALYTIC: [&str; 4] = ["ucrit", "uexp", "utra", "neff"];

const GATE: u8 = 1;
const BULK: u8 = 3;
const DRAIN: u8 = 4;
const SOURCE: u8 = 5;
/// Terminals: drain, gate, source, bulk, then drain and source behind their
/// resistances.
pub(super) const SHAPE: Shape = Shape {
    inside: &["drain", "source"],
    ports: &[(GATE, SOURCE), (DRAIN, SOURCE), (BULK, SOURCE), (0, DRAIN), (2, SOURCE)],
    limited: 3,
    branches: &[
        both(DRAIN, SOURCE),
        both(BULK, DRAIN),
        both(BULK, SOURCE),
        stored(GATE, SOURCE),
        stored(GATE, DRAIN),
        stored(GATE, BULK),
        current(0, DRAIN),
        current(2, SOURCE),
    ],
};

/// The junction between bulk and drain or source.
#[derive(Clone, Debug, PartialEq)]
struct Junction {
    saturation: f64,
    bottom: Depletion,
    side: Depletion,
}

#[derive(Clone, Debug, PartialEq)]
enum Channel {
    Square(Square),
    Analytic(Analytic),
    Empirical(Empirical),
}

/// A MOS transistor at its temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Mosfet {
    pub(super) polarity: f64,
    process: Process,
    channel: Channel,
    drain: Junction,
    source: Junction,
    /// Capacitance of the oxide above the channel, F.
    oxide: f64,
    /// Overlap of the gate with source, drain and bulk, F.
    overlap: [f64; 3],
    pub(super) drain_series: f64,
    pub(super) source_series: f64,
    thermal: f64,
    gmin: f64,
    /// Flicker noise, A^(2-AF), and its exponent.
    flicker: (f64, f64),
    temperature: f64,
}

impl Mosfet {
    /// The transistor of a model and a card, at `conditions`.
    ///
    /// # Errors
    ///
    /// A channel shorter than its lateral diffusion, or doping below that of pure
    /// silicon.
    pub fn new(
        polarity: f64,
        model: &Values,
        instance: &Values,
        conditions: Conditions,
    ) -> Result<Self, String> {
        let conditions = conditions.of(model, instance);
        let thermal = conditions.thermal_voltage();
        let level = model.number("level");
        if let Some(name) = ANALYTIC.iter().find(|name| level != 2.0 && model.has(name)) {
            return Err(format!("`{name}` is a parameter of level 2, this is level {level}"));
        }
        let process = Process::new(polarity, model, conditions)?;
        let (width, size) = (instance.number("w"), instance.number("m"));
        let length = instance.number("l") - 2.0 * model.number("ld");
        if length <= 0.0 {
            return Err(format!(
                "the channel has no length: l = {} m less twice ld = {} m",
                instance.number("l"),
                model.number("ld")
            ));
        }
        let channel = channel_of(model, &process, (length, width, size), conditions);
        let junctions = |area: &str, perimeter: &str, total: &str| {
            junction_of((model, instance), (area, perimeter, total), conditions, &process)
        };
        let series = |own: &str, squares: &str| {
            let ohms = if model.has(own) {
                model.number(own)
            } else {
                model.number("rsh") * instance.number(squares)
            };
            conductance(ohms) * size
        };
        // A thickness is taken where none is given.
        let area = if process.oxide > 0.0 { process.oxide } else { 3.9 * 8.854_214_871e-12 / 1e-7 };
        Ok(Self {
            polarity,
            channel,
            drain: junctions("ad", "pd", "cbd"),
            source: junctions("as", "ps", "cbs"),
            oxide: process.oxide * width * length * size,
            overlap: [
                model.number("cgso") * width * size,
                model.number("cgdo") * width * size,
                model.number("cgbo") * length * size,
            ],
            drain_series: series("rd", "nrd"),
            source_series: series("rs", "nrs"),
            thermal,
            gmin: conditions.gmin,
            flicker: (
                model.number("kf") / (width * size * length * area * area),
                model.number("af"),
            ),
            temperature: conditions.temperature,
            process,
        })
    }

    /// The current from drain to source, whichever is higher.
    fn current<const N: usize>(&self, [vgs, vds, vbs]: [Dual<N>; 3]) -> Dual<N> {
        let forward = |ports: [Dual<N>; 3]| match &self.channel {
            Channel::Square(law) => law.current(&self.process, ports),
            Channel::Analytic(law) => law.current(&self.process, ports),
            Channel::Empirical(law) => law.current(&self.process, ports),
        };
        if vds.value >= 0.0 {
            forward([vgs, vds, vbs])
        } else {
            -forward([vgs - vds, -vds, vbs - vds])
        }
    }

    pub(super) fn evaluate(&self, ports: &[f64], flow: &mut Flow<'_>) {
        let inner = Dual::variables([ports[0], ports[1], ports[2]]);
        let [vgs, vds, vbs] = inner;
        let vbd = vbs - vds;
        flow.current(0, 0, self.current(inner));
        for (branch, v, own) in [(1, vbd, &self.drain), (2, vbs, &self.source)] {
            flow.current(branch, 0, own.current(v, self.thermal) + v * self.gmin);
            flow.charge(branch, 0, own.bottom.charge(v) + own.side.charge(v));
        }
        if self.oxide > 0.0 {
            let is_forward = vds.value >= 0.0;
            let ports = if is_forward { inner } else { [vgs - vds, -vds, vbd] };
            let own = charges(&self.process, self.oxide, ports);
            // What is not on gate, bulk and one end is on the other.
            let end = if is_forward { own.drain } else { -(own.gate + own.bulk + own.drain) };
            flow.charge(0, 0, end);
            flow.charge(2, 0, own.bulk);
            flow.charge(3, 0, own.gate);
        }
        let [source, drain, bulk] = self.overlap;
        flow.charge(3, 0, vgs * source);
        flow.charge(4, 0, (vgs - vds) * drain);
        flow.charge(5, 0, (vgs - vbs) * bulk);
        flow.resistor(6, 3, self.drain_series, ports[3]);
        flow.resistor(7, 4, self.source_series, ports[4]);
    }

    pub(super) fn first(&self, ports: &mut [f64]) {
        ports.copy_from_slice(&[self.process.threshold, 0.0, -1.0]);
    }

    pub(super) fn limit(&self, old: &[f64], new: &mut [f64]) -> bool {
        let wanted = [new[0], new[1], new[2]];
        new[0] = gate_step(old[0], wanted[0], self.process.threshold);
        new[1] = drain_step(old[1], wanted[1]);
        // The junction that is forward biased, if any, is the one to limit.
        if new[1] >= 0.0 {
            let critical = junction::critical_voltage(self.source.saturation, self.thermal);
            junction::limit(old[2], &mut new[2], self.thermal, critical);
        } else {
            let critical = junction::critical_voltage(self.drain.saturation, self.thermal);
            let mut vbd = new[2] - new[1];
            if junction::limit(old[2] - old[1], &mut vbd, self.thermal, critical) {
                new[2] = vbd + new[1];
            }
        }
        new.iter().zip(wanted).any(|(new, wanted)| *new != wanted)
    }

    pub(super) fn noise(&self, ports: &[f64]) -> Vec<Noise> {
        let i = self.current(Dual::variables([ports[0], ports[1], ports[2]]));
        let steepness = i.slope[0];
        let thermal = Noise::thermal(0, steepness.abs() * 2.0 / 3.0, self.temperature);
        let flicker = Noise::junction(0, i.value, self.flicker).flicker;
        vec![
            Noise { flicker, ..thermal },
            Noise::thermal(6, self.drain_series, self.temperature),
            Noise::thermal(7, self.source_series, self.temperature),
        ]
    }
}

impl Junction {
    fn current<const N: usize>(&self, v: Dual<N>, thermal: f64) -> Dual<N> {
        ((v / thermal).exp() - 1.0) * self.saturation
    }
}

/// The law of the channel of that length, width and number in parallel.
fn channel_of(
    model: &Values,
    process: &Process,
    (length, width, size): (f64, f64, f64),
    conditions: Conditions,
) -> Channel {
    let geometry = (length, width, size);
    let thermal = conditions.thermal_voltage();
    let level = model.number("level");
    if level == 3.0 {
        return Channel::Empirical(Empirical::new(model, process, geometry, thermal));
    }
    if level == 2.0 {
        let Conditions { nominal, temperature, .. } = conditions;
        let potential = potential_at(model.number("pb"), nominal, temperature);
        return Channel::Analytic(Analytic::new(model, process, geometry, (thermal, potential)));
    }
    let beta = process.transconductance * width / length * size;
    Channel::Square(Square { beta, lambda: model.number("lambda") })
}

/// The junction of an area, a perimeter and perhaps a capacitance given as a whole.
fn junction_of(
    (model, instance): (&Values, &Values),
    (area, perimeter, total): (&str, &str, &str),
    conditions: Conditions,
    process: &Process,
) -> Junction {
    let size = instance.number("m");
    // A density counts only where both areas are given.
    let by_area =
        model.number("js") > 0.0 && instance.number("ad") > 0.0 && instance.number("as") > 0.0;
    let saturation =
        if by_area { model.number("js") * instance.number(area) } else { model.number("is") };
    let bottom = if model.has(total) {
        model.number(total)
    } else {
        model.number("cj") * instance.number(area)
    };
    let side = model.number("cjsw") * instance.number(perimeter);
    let layer = |capacitance: f64, grading: f64| {
        let layer = Depletion {
            capacitance: capacitance * size,
            potential: model.number("pb"),
            grading,
            linear_from: model.number("fc"),
        };
        layer.at(conditions.nominal, conditions.temperature)
    };
    let side_grading =
        if model.number("level") > 1.0 && !model.has("mjsw") { 0.33 } else { model.number("mjsw") };
    Junction {
        saturation: saturation * process.saturation * size,
        bottom: layer(bottom, model.number("mj")),
        side: layer(side, side_grading),
    }
}

/// A step of a gate voltage, shortened around the threshold and where it is many
/// times the distance to it.
pub(super) fn gate_step(old: f64, new: f64, threshold: f64) -> f64 {
    let far = 2.0 * (old - threshold).abs() + 2.0;
    let (least, most) = if old < threshold {
        (old - far, threshold + 0.5)
    } else {
        let least = if old - far > threshold - 0.5 { old - far } else { threshold - 0.5 };
        (least, old + far)
    };
    new.clamp(least, most)
}

/// A step of a drain voltage, shortened where its sign changes and where it is
/// many times the voltage.
pub(super) fn drain_step(old: f64, new: f64) -> f64 {
    let far = 3.0 * old.abs() + 2.0;
    let (least, most) = if old >= 0.0 { (-0.5, old + far) } else { (old - far, 0.5) };
    new.clamp(least, most)
}
