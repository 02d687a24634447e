//! Level 2: the analytical law of the gradual channel with the charge of the bulk.
//!
//! The current is the integral of the channel charge from source to drain (H. Ihantola and
//! J. Moll, Solid-State Electron. 7, 1964), up to the voltage where the channel is pinched
//! off (A. Grove and D. Frohman-Bentchkowsky, IEEE Trans. Electron Devices 16, 1969) or
//! where velocities saturate (G. Baum and H. Beneking, IEEE Trans. Electron Devices 17,
//! 1970); with the corrections of A. Vladimirescu and S. Liu, The Simulation of MOS
//! Integrated Circuits Using SPICE2, memo ERL-M80/7, 1980.

use super::super::{dual::Dual, junction::ELEMENTARY_CHARGE, model::Values};
use super::process::{Process, SILICON};

/// Channel that is left at least where no doping says it, m.
const LEAST_CHANNEL: f64 = 0.25e-6;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Analytic {
    beta: f64,
    length: f64,
    thermal: f64,
    /// Narrow channel: body charge beside the channel over that of the oxide.
    narrow: f64,
    /// Junction depth, m.
    depth: f64,
    /// Mobility without field, m^2/Vs. ngspice takes that at the nominal temperature.
    mobility: f64,
    /// Gate voltage above threshold from which the mobility falls, V, and the exponent.
    critical: (f64, f64),
    /// Saturation of the velocity, m/s; 0 for none.
    velocity: f64,
    /// Total charge of the channel over that of the bulk.
    charge: f64,
    /// Channel length modulation where it is given, 1/V.
    lambda: f64,
    /// The built-in voltage of the junctions, V.
    potential: f64,
    /// Charge of fast surface states over that of the oxide; 0 for no current below
    /// threshold.
    states: f64,
}

/// What a gate voltage finds: thresholds and the charge of the bulk.
struct Channel<const N: usize> {
    /// Root of the voltage over the depletion layer at the source, V^0.5.
    root: Dual<N>,
    /// Gate voltage without any charge of the bulk, V.
    base: Dual<N>,
    /// Body effect, V^0.5.
    body: Dual<N>,
    /// Where the channel begins to conduct, V.
    on: Dual<N>,
    /// Voltage by which the current falls to 1/e below threshold, V, if it flows there.
    tail: Option<Dual<N>>,
}

/// The root of the voltage over a depletion layer, `surface - bias`, continued for a
/// forward bias; and its derivative by the bias.
fn root<const N: usize>(surface: f64, bias: Dual<N>) -> (Dual<N>, Dual<N>) {
    if bias.value <= 0.0 {
        let root = (Dual::constant(surface) - bias).sqrt();
        return (root, root.recip() * -0.5);
    }
    let root = (bias / (2.0 * surface) + 1.0).recip() * surface.sqrt();
    (root, root.square() * (-0.5 / (surface * surface.sqrt())))
}

fn smaller<const N: usize>(a: Dual<N>, b: Dual<N>) -> Dual<N> {
    if a.value <= b.value { a } else { b }
}

impl Analytic {
    pub(super) fn new(
        model: &Values,
        process: &Process,
        (length, width, size): (f64, f64, f64),
        (thermal, potential): (f64, f64),
    ) -> Self {
        let oxide = process.oxide;
        let field = model.number("ucrit") * 100.0;
        Self {
            beta: process.transconductance * width / length * size,
            length,
            thermal,
            narrow: model.number("delta") * 0.25 * std::f64::consts::PI * SILICON / (oxide * width),
            depth: model.number("xj"),
            mobility: model.number("uo") * 1e-4,
            critical: (field * SILICON / oxide, model.number("uexp")),
            velocity: model.number("vmax"),
            charge: model.number("neff"),
            lambda: model.number("lambda"),
            potential,
            states: ELEMENTARY_CHARGE * model.number("nfs") * 1e4 / oxide,
        }
    }

    fn channel<const N: usize>(&self, process: &Process, vds: Dual<N>, vbs: Dual<N>) -> Channel<N> {
        let Process { threshold, body, surface, depletion, .. } = *process;
        let (at_source, by_source) = root(surface, vbs);
        let (at_drain, by_drain) = root(surface, vbs - vds);
        let (mut own, mut by_bulk) = (Dual::constant(body), Dual::constant(0.0));
        if self.depth > 0.0 {
            // The layers of source and drain take their part of the bulk under the gate.
            for (root, slope) in [(at_source, by_source), (at_drain, by_drain)] {
                let around = (root * (2.0 * depletion / self.depth) + 1.0).sqrt();
                own = own - (around - 1.0) * (0.5 * self.depth / self.length * body);
                by_bulk = by_bulk - slope / around * (0.5 * depletion / self.length * body);
            }
        }
        let built_in = threshold - body * surface.sqrt();
        let base = (Dual::constant(surface) - vbs) * self.narrow + built_in;
        let mut on = base + own * at_source;
        let tail = (self.states > 0.0).then(|| {
            let bulk = own * by_source + by_bulk * at_source;
            (Dual::constant(1.0 + self.states + self.narrow) - bulk) * self.thermal
        });
        if let Some(tail) = tail {
            on = on + tail;
        }
        Channel { root: at_source, base, body: own, on, tail }
    }

    /// Where the channel is pinched off, V; `over` is the gate voltage above the base.
    fn pinch_off<const N: usize>(over: Dual<N>, body: Dual<N>, layer: Dual<N>) -> Dual<N> {
        let mut found = over;
        if body.value > 0.0 {
            let all = over + layer;
            if all.value <= 0.0 {
                return Dual::constant(0.0);
            }
            let square = body.square();
            found = over + square * (Dual::constant(1.0) - (all * 4.0 / square + 1.0).sqrt()) * 0.5;
        }
        found.at_least(0.0)
    }

    /// Where velocities saturate: the current of the channel up to there is what its
    /// charge there carries at the highest velocity. It lies before the pinch-off.
    fn scattered<const N: usize>(
        &self,
        (over, body, layer): (Dual<N>, Dual<N>, Dual<N>),
        (root, mobility): (Dual<N>, Dual<N>),
        pinched: Dual<N>,
    ) -> Dual<N> {
        let reach = mobility.recip() * (self.velocity * self.length);
        let all = over + layer;
        let cube = root.square() * root;
        // Charge carried less charge collected, over the root x of the voltage there.
        let excess = |x: Dual<N>| {
            let there = all - x.square() - body * x;
            let collected = all * (x.square() - layer)
                - (x.square().square() - layer.square()) * 0.5
                - body * (x.square() * x - cube) * (2.0 / 3.0);
            reach * there - collected
        };
        let value = |x: f64| excess(Dual::constant(x)).value;
        let lowest = if layer.value > 0.0 { layer.value.sqrt() } else { 0.0 };
        let highest = pinched.value + layer.value;
        if !(highest > 0.0 && value(lowest) > 0.0) {
            return Dual::constant(0.0);
        }
        let (mut low, mut high) = (lowest, highest.sqrt());
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if value(middle) > 0.0 { low = middle } else { high = middle }
        }
        let x = 0.5 * (low + high);
        // One step of Newton's method has the derivatives of the solution.
        let slope = (reach.value * (-2.0 * x - body.value))
            - (2.0 * all.value * x - 2.0 * x * x * x - 2.0 * body.value * x * x);
        let x = Dual::constant(x) - excess(Dual::constant(x)) / slope;
        (x.square() - layer).at_least(0.0)
    }

    /// The part of the channel that saturation takes away.
    fn shortened<const N: usize>(
        &self,
        process: &Process,
        (vds, saturation): (Dual<N>, Dual<N>),
        mobility: Dual<N>,
    ) -> Dual<N> {
        if process.depletion == 0.0 || self.lambda > 0.0 {
            return vds * self.lambda;
        }
        if self.velocity > 0.0 {
            let layer = process.depletion / self.charge.sqrt();
            let field = mobility.recip() * (0.5 * self.velocity * layer);
            let beyond = (vds - saturation).at_least(0.0);
            return ((field.square() + beyond).sqrt() - field) * (layer / self.length);
        }
        let quarter = (vds - saturation) * 0.25;
        (quarter + (quarter.square() + 1.0).sqrt()).sqrt() * (process.depletion / self.length)
    }

    /// What is left of the channel, in parts; near punch-through ever less goes.
    fn left<const N: usize>(&self, process: &Process, gone: Dual<N>) -> Dual<N> {
        let layer = process.depletion * self.potential.sqrt();
        let least = if process.depletion == 0.0 { LEAST_CHANNEL } else { layer };
        let left = Dual::constant(1.0) - gone;
        if left.value * self.length >= least {
            return left;
        }
        let beyond = (gone * self.length - (self.length - layer)) / least;
        (beyond + 1.0).recip() * (least / self.length)
    }

    /// The current at `vds >= 0`.
    pub(super) fn current<const N: usize>(
        &self,
        process: &Process,
        [vgs, vds, vbs]: [Dual<N>; 3],
    ) -> Dual<N> {
        let found = self.channel(process, vds, vbs);
        let Channel { root: at_source, base, body, on, tail } = found;
        if tail.is_none() && vgs.value <= base.value {
            return Dual::constant(0.0);
        }
        let drive = vgs - on;
        let (critical, exponent) = self.critical;
        let field = if drive.value > critical && exponent != 0.0 {
            (drive / critical).powf(-exponent)
        } else {
            Dual::constant(1.0)
        };
        let mobility = field * self.mobility;
        let gate = if tail.is_some() && vgs.value < on.value { on } else { vgs };
        let eta = 1.0 + self.narrow;
        let layer = Dual::constant(process.surface) - vbs;
        let over = (gate - base) / eta;
        let mut saturation = Self::pinch_off(over, body / eta, layer);
        if self.velocity > 0.0 {
            let charges = (over, body / eta, layer);
            saturation = self.scattered(charges, (at_source, mobility), saturation);
        }
        let across = smaller(vds, saturation);
        let (at_end, _) = root(process.surface, vbs - across);
        let bulk = at_end.square() * at_end - at_source.square() * at_source;
        let gone = self.shortened(process, (vds, saturation), mobility);
        let beta = field / self.left(process, gone) * self.beta;
        let collected = (gate - base - across * (0.5 * eta)) * across - body * bulk / 1.5;
        let current = beta * collected;
        match tail {
            Some(tail) if vgs.value < on.value => current * (drive / tail).exp(),
            _ => current,
        }
    }
}
