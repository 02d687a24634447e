//! One inverting op-amp.

use crate::equiv::tolerance::{ToleranceOptions, effective::Lag};

/// What all op-amps of a board are. Infinite is ideal; SI units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct OpAmp {
    pub(in super::super) gain: f64,
    pub(in super::super) gbw: f64,
    pub(in super::super) slew: f64,
    pub(in super::super) rails: f64,
    pub(in super::super) output_resistance: f64,
}

impl OpAmp {
    pub(super) fn of(options: &ToleranceOptions) -> Self {
        Self {
            gain: options.gain_used().unwrap_or(f64::INFINITY),
            gbw: options.gbw_used().unwrap_or(f64::INFINITY),
            slew: options.slew.unwrap_or(f64::INFINITY),
            rails: options.rails.unwrap_or(f64::INFINITY),
            output_resistance: options.output_resistance,
        }
    }
}

/// An op-amp with conductances to its inverting input and a feedback resistor.
///
/// With open-loop gain A, offset e at the other input, a current i out of the inverting
/// one, and noise gain `n = 1 + Rf sum g` its output is
/// `(n e + Rf i - Rf sum g v) / (1 + n / A)`. Conductances G at the output, the feedback
/// among them, divide what the op-amp has behind its resistance Ro by `1 + Ro G`: gain,
/// bandwidth, slew rate and rails alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amplifier {
    pub(super) feedback: f64,
    pub(super) offset: f64,
    pub(super) bias_current: f64,
    op_amp: OpAmp,
    entering: f64,
    load: f64,
}

impl Amplifier {
    pub(super) fn new(op_amp: OpAmp) -> Self {
        Self { feedback: 0.0, offset: 0.0, bias_current: 0.0, op_amp, entering: 0.0, load: 0.0 }
    }

    /// Hangs another conductance on the input.
    pub(super) fn enters(&mut self, conductance: f64) {
        self.entering += conductance;
    }

    /// Hangs another conductance on the output.
    pub(super) fn drives(&mut self, conductance: f64) {
        self.load += conductance;
    }

    fn noise_gain(&self) -> f64 {
        1.0 + self.feedback * self.entering
    }

    /// What the load divides by.
    fn loaded(&self) -> f64 {
        1.0 + self.op_amp.output_resistance * (1.0 / self.feedback + self.load)
    }

    /// What the finite gain divides by.
    fn shortfall(&self) -> f64 {
        1.0 + self.noise_gain() * self.loaded() / self.op_amp.gain
    }

    /// Volts of the output, turned round, per ampere into the input.
    pub(super) fn slope(&self) -> f64 {
        self.feedback / self.shortfall()
    }

    /// Volts of the output, turned round, per volt at the only resistor.
    pub(super) fn gain(&self) -> f64 {
        self.slope() * self.entering
    }

    /// The output without any input, V.
    pub(super) fn constant(&self) -> f64 {
        let input = self.noise_gain() * self.offset + self.feedback * self.bias_current;
        input / self.shortfall()
    }

    /// How the output follows, in volts and time units of `time_unit` seconds.
    pub(super) fn lag(&self, time_unit: f64) -> Lag {
        let loaded = self.loaded();
        let radians = std::f64::consts::TAU * self.op_amp.gbw * time_unit;
        let rail = self.op_amp.rails / loaded;
        Lag {
            rate: radians * self.shortfall() / (self.noise_gain() * loaded),
            slew: self.op_amp.slew * time_unit / loaded,
            low: -rail,
            high: rail,
            start: 0.0,
        }
    }

    /// The same for an inverter, in units of what it turns round: where it has settled it
    /// is that.
    pub(super) fn lag_inverted(&self, time_unit: f64) -> Lag {
        let lag = self.lag(time_unit);
        let turned = |volts: f64| (self.constant() - volts) / self.gain();
        Lag {
            slew: lag.slew / self.gain(),
            low: turned(lag.high),
            high: turned(lag.low),
            start: turned(0.0),
            ..lag
        }
    }
}
