//! The equation that a board with given values realises.

use nalgebra::{DMatrix, DVector};

use crate::rnn::{Activation, Form, Rnn};

/// A network whose units may also differ in the height of sigma.
///
/// ```text
/// form A    dh/dt = -leak h + gain sigma(W h + Win x + b)       y = V h + c
/// form B    du/dt = leak (-u + W sigma(u) + Win x + b)          y = V sigma(u) + c
/// ```
///
/// A network without outputs is read by its units: V is then the identity.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::equiv) struct Effective {
    pub(super) form: Form,
    pub(super) activation: Activation,
    pub(super) recurrent: DMatrix<f64>,
    pub(super) input: DMatrix<f64>,
    pub(super) bias: DVector<f64>,
    pub(super) leak: DVector<f64>,
    /// Form A only.
    pub(super) gain: DVector<f64>,
    pub(super) readout: DMatrix<f64>,
    pub(super) readout_bias: DVector<f64>,
    /// `None` where all op-amps are instant and have no rails.
    pub(super) fast: Option<Fast>,
}

impl Effective {
    /// The network itself.
    pub(in crate::equiv) fn of(network: &Rnn) -> Self {
        let parts = network.parts();
        let units = network.units();
        let mut effective = Self {
            form: parts.form,
            activation: parts.activation,
            recurrent: parts.recurrent.clone(),
            input: parts.input.clone(),
            bias: parts.bias.clone(),
            leak: parts.leak.clone(),
            gain: DVector::from_element(units, 1.0),
            readout: parts.readout.weights.clone(),
            readout_bias: parts.readout.bias.clone(),
            fast: None,
        };
        effective.look_at_units();
        effective
    }

    /// Reads the units where there is nothing else to be read.
    pub(super) fn look_at_units(&mut self) {
        if self.readout.nrows() == 0 {
            let units = self.recurrent.nrows();
            self.readout = DMatrix::identity(units, units);
            self.readout_bias = DVector::zeros(units);
        }
    }

    /// Units, inputs and outputs.
    pub(super) fn shape(&self) -> (usize, usize, usize) {
        (self.recurrent.nrows(), self.input.ncols(), self.readout.nrows())
    }
}

/// Op-amps whose outputs lag behind or clip. Where they have settled and do not clip the
/// network is what it is without them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fast {
    /// Inverters of the states, in units of the state that a rail carries.
    pub(super) states: Vec<Lag>,
    /// Inverters of the inputs, in units of an input.
    pub(super) inputs: Vec<Lag>,
    /// Summing amplifiers of the units, in units of what enters sigma; none in form B.
    pub(super) units: Vec<Lag>,
    /// Summing amplifiers of the outputs.
    pub(super) outputs: Vec<Lag>,
}

impl Fast {
    /// Op-amps that neither lag nor clip.
    pub(super) fn instant((units, inputs, outputs): (usize, usize, usize), form: Form) -> Self {
        let open = f64::INFINITY;
        let instant = Lag { rate: open, slew: open, low: -open, high: open, start: 0.0 };
        let summing = if form == Form::A { units } else { 0 };
        Self {
            states: vec![instant; units],
            inputs: vec![instant; inputs],
            units: vec![instant; summing],
            outputs: vec![instant; outputs],
        }
    }
}

/// How an output follows its target z: `dv/dt = slew tanh(rate (z - v) / slew)`, from low to
/// high. Infinite is without limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lag {
    /// Per model time unit.
    pub(super) rate: f64,
    /// Per model time unit.
    pub(super) slew: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Where it starts.
    pub(super) start: f64,
}

impl Lag {
    /// The same in units that are `factor` times smaller.
    pub(super) fn scaled(self, factor: f64) -> Self {
        Self {
            rate: self.rate,
            slew: factor * self.slew,
            low: factor * self.low,
            high: factor * self.high,
            start: factor * self.start,
        }
    }

    /// The output at the start, for a target.
    pub(super) fn first(&self, target: f64) -> f64 {
        if self.rate.is_infinite() { target.clamp(self.low, self.high) } else { self.start }
    }

    /// After a time, while the target moved straight.
    ///
    /// Without a target that moves, `sinh(rate (v - z) / slew)` decays at the rate; a target
    /// that moves at much less than the slew rate is followed at the distance of its speed
    /// over the rate, and the two motions add up.
    pub(super) fn follow(&self, now: f64, (from, to): (f64, f64), time: f64) -> f64 {
        if self.rate.is_infinite() {
            return to.clamp(self.low, self.high);
        }
        let behind = (to - from) / (time * self.rate);
        let distance = now - (from - behind);
        let decay = self.rate * time;
        let rest = if self.slew.is_infinite() {
            distance * (-decay).exp()
        } else {
            let unit = self.slew / self.rate;
            unit * decayed(distance / unit, decay)
        };
        let most = self.slew * time;
        let moved = (to - behind + rest - now).clamp(-most, most);
        (now + moved).clamp(self.low, self.high)
    }
}

/// `asinh(exp(-decay) sinh(u))`, also where sinh overflows.
fn decayed(u: f64, decay: f64) -> f64 {
    let size = u.abs();
    let left = if size < 30.0 {
        ((-decay).exp() * size.sinh()).asinh()
    } else if size - decay > 30.0 {
        size - decay
    } else {
        (0.5 * (size - decay).exp()).asinh()
    };
    left.copysign(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against small steps of the differential equation.
    #[test]
    fn an_output_follows_its_target() {
        let open = f64::INFINITY;
        for (slew, speed, exact) in
            [(open, 0.7, 1e-9), (4.0, 0.0, 1e-9), (40.0, 0.5, 2e-3), (0.01, 0.0, 1e-9)]
        {
            let lag = Lag { rate: 30.0, slew, low: -open, high: open, start: 0.0 };
            let (time, from) = (0.1, 2.0);
            let slope = |v: f64, t: f64| {
                let error = 30.0 * (from + speed * t - v);
                if slew.is_infinite() { error } else { slew * (error / slew).tanh() }
            };
            let (mut v, step) = (0.5, 1e-5);
            for k in 0..10_000 {
                let t = f64::from(k) * step;
                let middle = v + 0.5 * step * slope(v, t);
                v += step * slope(middle, t + 0.5 * step);
            }
            let found = lag.follow(0.5, (from, from + speed * time), time);
            assert!((found - v).abs() < exact + 1e-8, "{slew} {speed}: {found} {v}");
        }
    }

    #[test]
    fn decay_does_not_overflow() {
        for (u, decay) in [(29.9, 3.0), (30.1, 3.0), (800.0, 10.0), (-800.0, 799.0), (1.0, 1e4)] {
            let found = decayed(u, decay);
            assert!(found.is_finite() && found.abs() <= u.abs());
        }
        assert!((decayed(30.000_001, 1.0) - decayed(29.999_999, 1.0)).abs() < 1e-5);
        assert!((decayed(31.0, 31.0) - 0.5_f64.asinh()).abs() < 1e-9);
    }
}
