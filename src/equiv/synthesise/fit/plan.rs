//! The resistors of a realisation as multiples of what is chosen.

use crate::{
    equiv::{
        Realisation, Stock,
        synthesise::{Volts, leaks_of_form_b},
    },
    rnn::{Form, Rnn},
};

/// One resistor as a multiple of its base.
pub(super) struct Multiple {
    pub(super) name: String,
    pub(super) factor: f64,
    pub(super) weight: Option<f64>,
    /// The sum that a weight enters, the units' before the outputs'.
    pub(super) stage: usize,
}

/// The resistors of one base, and the loads of the stages that drive them.
#[derive(Default)]
pub(super) struct Group {
    pub(super) resistors: Vec<Multiple>,
    /// Per stage the sum of volts over multiples: times one over the base a current, V.
    pub(super) loads: Vec<f64>,
}

/// A passive node is not at 0 V but at up to 0.8 V, away from the rail.
const AWAY: f64 = 1.8;

/// What the resistors of a realisation are multiples of.
pub(super) struct Plan<'a> {
    pub(super) network: &'a Rnn,
    pub(super) volts: Volts,
    pub(super) realisation: Realisation,
    pub(super) largest: f64,
}

impl Plan<'_> {
    /// The resistors that are multiples of Rf, and those of T / C.
    pub(super) fn groups(&self) -> (Group, Group) {
        let (mut amplified, mut passive) = (Group::default(), Group::default());
        let parts = self.network.parts();
        let (units, inputs, outputs) = self.network.shape();
        if self.realisation == Realisation::Ideal {
            for i in 0..units {
                passive.add(format!("R{}", i + 1), 1.0 / parts.leak[i]);
            }
            return (amplified, passive);
        }
        amplified.add("Ri".to_owned(), 1.0);
        match parts.form {
            Form::A => {
                for i in 0..units {
                    // A sample-and-hold cell has no leak.
                    if self.realisation != Realisation::Sampled {
                        passive.add(format!("R{}", i + 1), 1.0 / parts.leak[i]);
                    }
                    self.entering(&mut amplified, i, 1.0 / self.volts.sum, self.volts.state);
                }
            }
            Form::B => {
                for (i, leak) in leaks_of_form_b(self.network, &self.volts).into_iter().enumerate()
                {
                    passive.add(format!("R{}", i + 1), leak);
                    self.entering(&mut passive, i, parts.leak[i] * self.volts.state, 1.0);
                }
            }
        }
        let state = if parts.form == Form::A { self.volts.state } else { 1.0 };
        for k in 0..outputs {
            for j in 0..units {
                let name = (format!("Ry{}_{}", k + 1, j + 1), units + k);
                let weight = parts.readout.weights[(k, j)];
                amplified.weight(name, state / self.volts.output, weight);
            }
            let name = (format!("Rc{}", k + 1), units + k);
            amplified.weight(name, 1.0 / self.volts.output, parts.readout.bias[k]);
        }
        self.loads(&mut amplified, &mut passive, (units, inputs, outputs));
        (amplified, passive)
    }

    /// The resistors into the sum of unit `i`: a weight w of a source of v volts is
    /// `v / (share |w|)` of the base.
    fn entering(&self, group: &mut Group, i: usize, share: f64, state: f64) {
        let parts = self.network.parts();
        let (units, inputs, _) = self.network.shape();
        // In form A the share is 1 / Vs, in form B lambda V0, both of which multiply.
        let unit = if parts.form == Form::A { share } else { 1.0 / share };
        for j in 0..units {
            group.weight(
                (format!("Rw{}_{}", i + 1, j + 1), i),
                unit * state,
                parts.recurrent[(i, j)],
            );
        }
        for k in 0..inputs {
            let volts = self.volts.input;
            group.weight((format!("Rx{}_{}", i + 1, k + 1), i), unit * volts, parts.input[(i, k)]);
        }
        group.weight((format!("Rb{}", i + 1), i), unit, parts.bias[i]);
    }

    /// The loads of the rails of every unit: its weights and its inverter.
    fn loads(&self, amplified: &mut Group, passive: &mut Group, sizes: (usize, usize, usize)) {
        let parts = self.network.parts();
        let (units, inputs, outputs) = sizes;
        for j in 0..units {
            let height = if parts.form == Form::A { 1.0 / parts.leak[j] } else { 1.0 };
            let readout: f64 = (0..outputs).map(|k| parts.readout.weights[(k, j)].abs()).sum();
            let own = if parts.form == Form::A { self.volts.state } else { 1.0 };
            let mut amplifying = height * (readout * self.volts.output + own);
            match parts.form {
                Form::A => {
                    amplifying += height * parts.recurrent.column(j).lp_norm(1) * self.volts.sum;
                }
                Form::B => {
                    let share = |i: usize| parts.recurrent[(i, j)].abs() * parts.leak[i];
                    let all: f64 = (0..units).map(share).sum();
                    passive.loads.push(AWAY * all * self.volts.state);
                }
            }
            amplified.loads.push(amplifying);
        }
        for k in 0..inputs {
            // Its inverter's own feedback, too.
            let own = self.largest * self.volts.input;
            match parts.form {
                Form::A => {
                    let weights = parts.input.column(k).lp_norm(1) * self.largest;
                    amplified.loads.push(weights * self.volts.sum + own);
                }
                Form::B => {
                    let share = |i: usize| parts.input[(i, k)].abs() * parts.leak[i];
                    let all: f64 = (0..units).map(share).sum();
                    passive.loads.push(AWAY * all * self.largest * self.volts.state);
                    amplified.loads.push(own);
                }
            }
        }
    }
}

impl Group {
    fn add(&mut self, name: String, factor: f64) {
        self.resistors.push(Multiple { name, factor, weight: None, stage: 0 });
    }

    /// A weight of zero is an open circuit.
    fn weight(&mut self, (name, stage): (String, usize), factor: f64, weight: f64) {
        if weight != 0.0 {
            let factor = factor / weight.abs();
            self.resistors.push(Multiple { name, factor, weight: Some(weight), stage });
        }
    }

    /// The largest load, V.
    pub(super) fn load(&self) -> f64 {
        self.loads.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// Least and largest base with which all resistors fit; where none does, the least
    /// twice: what is lost then are the smallest weights.
    pub(super) fn window(&self, stock: &Stock) -> Option<[f64; 2]> {
        let factors = self.resistors.iter().map(|m| m.factor);
        let least = factors.clone().min_by(f64::total_cmp)?;
        let largest = factors.max_by(f64::total_cmp)?;
        let mut low = stock.resistors[0] / least;
        let current = self.load() / stock.amperes;
        if current > low {
            low = current;
        }
        let high = stock.resistors[1] / largest;
        Some(if high >= low { [low, high] } else { [low, low] })
    }
}
