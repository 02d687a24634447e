//! Level 3: the semi-empirical law of short channels.
//!
//! A. Vladimirescu and S. Liu, The Simulation of MOS Integrated Circuits Using
//! SPICE2, memo ERL-M80/7, 1980; Antognetti and Massobrio, chapter 4.

use super::super::{dual::Dual, junction::ELEMENTARY_CHARGE, model::Values};
use super::process::{Process, SILICON};

/// Dang's fit of the depth of the depletion layer around a cylindrical junction.
const DEPTH: [f64; 3] = [0.063_135_3, 0.801_329_2, -0.011_107_77];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Empirical {
    beta: f64,
    length: f64,
    width: f64,
    thermal: f64,
    /// Mobility by the gate field, 1/V.
    theta: f64,
    /// Barrier lowered by the drain, V/V.
    barrier: f64,
    /// Saturation of the velocity, m/s; 0 for none.
    velocity: f64,
    kappa: f64,
    /// Narrow channel, m.
    narrow: f64,
    /// Junction depth and lateral diffusion, m.
    depth: f64,
    lateral: f64,
    /// Charge of fast surface states over that of the oxide; 0 for no current below
    /// threshold.
    states: f64,
}

impl Empirical {
    pub(super) fn new(
        model: &Values,
        process: &Process,
        (length, width, size): (f64, f64, f64),
        thermal: f64,
    ) -> Self {
        let oxide = process.oxide;
        Self {
            beta: process.transconductance * width / length * size,
            length,
            width,
            thermal,
            theta: model.number("theta"),
            barrier: model.number("eta") * 8.15e-22 / (oxide * length.powi(3)),
            velocity: model.number("vmax"),
            kappa: model.number("kappa"),
            narrow: model.number("delta") * 0.5 * std::f64::consts::PI * SILICON / oxide,
            depth: model.number("xj"),
            lateral: model.number("ld"),
            states: ELEMENTARY_CHARGE * model.number("nfs") * 1e4 / oxide,
        }
    }

    /// The part of the body effect that a short channel has.
    fn short<const N: usize>(&self, process: &Process, root: Dual<N>) -> Dual<N> {
        let depth = self.depth;
        if depth == 0.0 || process.depletion == 0.0 {
            return Dual::constant(1.0);
        }
        let layer = root * (process.depletion / depth);
        let around = layer.square() * DEPTH[2] + layer * DEPTH[1] + DEPTH[0];
        let lateral = self.lateral / depth;
        let share = layer / (layer + 1.0);
        let height = (Dual::constant(1.0) - share.square()).sqrt();
        let lost = (around + lateral) * height - lateral;
        Dual::constant(1.0) - lost * (depth / self.length)
    }

    /// The current at `vds >= 0`.
    pub(super) fn current<const N: usize>(
        &self,
        process: &Process,
        [vgs, vds, vbs]: [Dual<N>; 3],
    ) -> Dual<N> {
        let Process { threshold, body, surface, .. } = *process;
        let at_rest = surface.sqrt();
        let root = if vbs.value <= 0.0 {
            (Dual::constant(surface) - vbs).sqrt()
        } else {
            Dual::constant(at_rest) / (vbs / (2.0 * surface) + 1.0)
        };
        let gamma = self.short(process, root) * body;
        let bulk = gamma / (root * 4.0) + self.narrow / self.width;
        let charge = gamma * root + root.square() * (self.narrow / self.width);
        let threshold = charge - vds * self.barrier + (threshold - body * at_rest);
        let mut on = threshold;
        let mut slope = Dual::constant(0.0);
        if self.states > 0.0 {
            slope = charge / (root.square() * 2.0) + (1.0 + self.states);
            on = threshold + slope * self.thermal;
        } else if vgs.value <= threshold.value {
            return Dual::constant(0.0);
        }
        let gate = if vgs.value > on.value { vgs } else { on };
        let over = gate - threshold;
        let field = (over * self.theta + 1.0).recip();
        let mut saturation = over / (bulk + 1.0);
        // Drain voltage over which the velocity saturates.
        let critical = (self.velocity > 0.0)
            .then(|| (field * (process.mobility / (self.length * self.velocity))).recip());
        if let Some(critical) = critical {
            let sum = saturation + critical;
            saturation = sum - (saturation.square() + critical.square()).sqrt();
        }
        let across = if vds.value < saturation.value { vds } else { saturation };
        let drop = over - (bulk + 1.0) * across * 0.5;
        let mut current = drop * across * field * self.beta;
        if let Some(critical) = critical {
            current = current / (across / critical + 1.0);
        }
        let shorter = match critical {
            Some(critical) if vds.value > saturation.value => {
                self.pinched(process, vds - saturation, critical, across)
            }
            Some(_) => Dual::constant(0.0),
            None => self.shortened(process, vds, saturation),
        };
        let part = shorter / self.length;
        let left =
            if part.value <= 0.5 { Dual::constant(1.0) - part } else { (part * 4.0).recip() };
        current = current / left;
        if self.states > 0.0 && vgs.value < on.value {
            current = current * ((vgs - on) / (slope * self.thermal)).exp();
        }
        current
    }

    /// The length that saturation takes away where velocities do not saturate; it
    /// begins to, with the fourth power of the voltage, below saturation, so that
    /// the conductance is continuous.
    fn shortened<const N: usize>(
        &self,
        process: &Process,
        vds: Dual<N>,
        saturation: Dual<N>,
    ) -> Dual<N> {
        let scale = self.kappa * process.depletion * process.depletion;
        if scale == 0.0 || !(saturation.value > 0.0) {
            return Dual::constant(0.0);
        }
        if vds.value > saturation.value {
            return ((vds - saturation * 0.875) * scale).sqrt();
        }
        (saturation * (scale / 8.0)).sqrt() * (vds / saturation).square().square()
    }

    /// The length beyond the point where velocities saturate, `beyond` that voltage.
    fn pinched<const N: usize>(
        &self,
        process: &Process,
        beyond: Dual<N>,
        critical: Dual<N>,
        across: Dual<N>,
    ) -> Dual<N> {
        let alpha = process.depletion * process.depletion;
        let square = beyond * (self.kappa * alpha);
        if !(square.value > 0.0) {
            return Dual::constant(0.0);
        }
        // The field at that point: current over conductance there.
        let share = (across / critical + 1.0).recip();
        let voltage = critical / (Dual::constant(1.0) - share);
        let half = voltage * (0.5 * self.kappa * alpha / self.length);
        (half.square() + square).sqrt() - half
    }
}
