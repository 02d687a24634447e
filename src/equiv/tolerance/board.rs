//! The components of a network, and what their values come to.
//!
//! Derivations: `docs/tolerance.md`. Names are those of the deck that
//! [`synthesise`](crate::equiv::synthesise()) writes.

mod amplifier;
mod table;

use nalgebra::{DMatrix, DVector};

use crate::{
    equiv::{
        Scales, SynthesisOptions,
        tolerance::{Model, Series, ToleranceOptions, effective::Effective},
    },
    rnn::{Form, Rnn, random::Random},
    units::nearest_of,
};

use amplifier::Amplifier;

/// A pair of rails: a value and its negative, which an inverter makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rail {
    State(usize),
    Input(usize),
}

/// An op-amp that sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Unit(usize),
    Output(usize),
    Inverter(Rail),
}

/// What a value does; indices from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Recurrent(usize, usize),
    Input(usize, usize),
    Bias(usize),
    Readout(usize, usize),
    ReadoutBias(usize),
    Leak(usize),
    Capacitance(usize),
    /// The height of sigma, relative.
    Height(usize),
    Inverted(Rail),
    Feedback(Stage),
    Offset(Stage),
}

/// A component.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// Its name in the deck; a parameter of an instance after a point.
    pub(super) name: String,
    pub(super) role: Role,
    /// As the network wants it: ohm, F, V, a weight, or 1.
    pub(super) ideal: f64,
    /// As it can be bought.
    pub(super) nominal: f64,
    /// Bound of its error: relative, of an offset in V.
    pub(super) spread: f64,
}

/// A network as a list of components.
pub(super) struct Board<'a> {
    pub(super) network: &'a Rnn,
    pub(super) model: Model,
    pub(super) parts: Vec<Part>,
    pub(super) scales: Scales,
    pub(super) synthesis: SynthesisOptions,
    /// Open-loop gain of the op-amps, infinite for ideal ones.
    gain: f64,
}

impl<'a> Board<'a> {
    pub(super) fn new(network: &'a Rnn, options: &ToleranceOptions) -> Self {
        let synthesis = SynthesisOptions::default();
        let scales = crate::equiv::synthesise::scales(network, &synthesis);
        let mut parts = match options.model {
            Model::Weights => table::weights(network),
            Model::Circuit => table::circuit(network, &scales, &synthesis),
        };
        let decade = options.series.map(Series::decade);
        for part in &mut parts {
            part.spread = match part.role {
                Role::Offset(_) => options.offset,
                Role::Height(_) => options.sigma,
                _ => options.tolerance,
            };
            if let (Some(decade), true) = (&decade, part.role.is_resistor()) {
                part.nominal = nearest_of(decade, part.ideal);
            }
        }
        let gain = options.gain.unwrap_or(f64::INFINITY);
        Self { network, model: options.model, parts, scales, synthesis, gain }
    }

    /// The values of one draw, which seed and number alone decide.
    pub(super) fn draw(&self, options: &ToleranceOptions, number: u64) -> Vec<f64> {
        let mut random = Random::stream(options.seed, number);
        self.parts
            .iter()
            .map(|part| {
                let error = part.spread * options.distribution.sample(&mut random);
                match part.role {
                    Role::Offset(_) => part.nominal + error,
                    _ => part.nominal * (1.0 + error),
                }
            })
            .collect()
    }

    /// The equation of the board with these values.
    pub(super) fn effective(&self, values: &[f64]) -> Effective {
        match self.model {
            Model::Weights => self.plain(values),
            Model::Circuit => Assembly::new(self, values).effective(),
        }
    }

    /// The network with other weights.
    fn plain(&self, values: &[f64]) -> Effective {
        let mut effective = Effective::of(self.network);
        for (part, &value) in self.parts.iter().zip(values) {
            match part.role {
                Role::Recurrent(i, j) => effective.recurrent[(i, j)] = value,
                Role::Input(i, k) => effective.input[(i, k)] = value,
                Role::Bias(i) => effective.bias[i] = value,
                Role::Readout(k, j) => effective.readout[(k, j)] = value,
                Role::ReadoutBias(k) => effective.readout_bias[k] = value,
                Role::Leak(_)
                | Role::Capacitance(_)
                | Role::Height(_)
                | Role::Inverted(_)
                | Role::Feedback(_)
                | Role::Offset(_) => {}
            }
        }
        effective
    }
}

impl Role {
    /// Whether it is a resistor with a value of its own.
    fn is_resistor(self) -> bool {
        !matches!(self, Self::Capacitance(_) | Self::Height(_) | Self::Offset(_))
    }
}

/// The values of a board, sorted to their places. Conductances are in S, signed as
/// the weights are.
struct Assembly<'a> {
    board: &'a Board<'a>,
    recurrent: DMatrix<f64>,
    input: DMatrix<f64>,
    bias: DVector<f64>,
    readout: DMatrix<f64>,
    readout_bias: DVector<f64>,
    leak: DVector<f64>,
    capacitance: DVector<f64>,
    height: DVector<f64>,
    states: Vec<Amplifier>,
    inputs: Vec<Amplifier>,
    units: Vec<Amplifier>,
    outputs: Vec<Amplifier>,
}

impl<'a> Assembly<'a> {
    fn new(board: &'a Board<'a>, values: &[f64]) -> Self {
        let (n, m, o) = board.network.shape();
        let amplifiers = |count| vec![Amplifier::ideal(board.gain); count];
        let mut all = Self {
            board,
            recurrent: DMatrix::zeros(n, n),
            input: DMatrix::zeros(n, m),
            bias: DVector::zeros(n),
            readout: DMatrix::zeros(o, n),
            readout_bias: DVector::zeros(o),
            leak: DVector::zeros(n),
            capacitance: DVector::zeros(n),
            height: DVector::zeros(n),
            states: amplifiers(n),
            inputs: amplifiers(m),
            units: amplifiers(n),
            outputs: amplifiers(o),
        };
        for (part, &value) in board.parts.iter().zip(values) {
            all.place(part.role, value);
        }
        all
    }

    fn place(&mut self, role: Role, value: f64) {
        let parts = self.board.network.parts();
        let signed = |weight: f64| weight.signum() / value;
        match role {
            Role::Recurrent(i, j) => self.recurrent[(i, j)] = signed(parts.recurrent[(i, j)]),
            Role::Input(i, k) => self.input[(i, k)] = signed(parts.input[(i, k)]),
            Role::Bias(i) => self.bias[i] = signed(parts.bias[i]),
            Role::Readout(k, j) => self.readout[(k, j)] = signed(parts.readout.weights[(k, j)]),
            Role::ReadoutBias(k) => self.readout_bias[k] = signed(parts.readout.bias[k]),
            Role::Leak(i) => self.leak[i] = value,
            Role::Capacitance(i) => self.capacitance[i] = value,
            Role::Height(i) => self.height[i] = value,
            Role::Inverted(rail) => self.amplifier(Stage::Inverter(rail)).enters(1.0 / value),
            Role::Feedback(stage) => self.amplifier(stage).feedback = value,
            Role::Offset(stage) => self.amplifier(stage).offset = value,
        }
    }

    fn amplifier(&mut self, stage: Stage) -> &mut Amplifier {
        match stage {
            Stage::Unit(i) => &mut self.units[i],
            Stage::Output(k) => &mut self.outputs[k],
            Stage::Inverter(Rail::State(j)) => &mut self.states[j],
            Stage::Inverter(Rail::Input(k)) => &mut self.inputs[k],
        }
    }

    fn effective(mut self) -> Effective {
        let parts = self.board.network.parts();
        let scales = &self.board.scales;
        let mut found = Effective {
            form: parts.form,
            activation: parts.activation,
            recurrent: self.recurrent.clone(),
            input: self.input.clone(),
            bias: self.bias.clone(),
            leak: parts.leak.clone(),
            gain: DVector::from_element(self.leak.len(), 1.0),
            readout: self.readout.clone(),
            readout_bias: self.readout_bias.clone(),
        };
        for i in 0..self.leak.len() {
            match parts.form {
                Form::A => {
                    let rate = scales.time_unit / (self.leak[i] * self.capacitance[i]);
                    found.gain[i] = rate * self.height[i] / parts.leak[i];
                    found.leak[i] = rate;
                    self.sum_actively(&mut found, i);
                }
                Form::B => self.sum_passively(&mut found, i),
            }
        }
        for k in 0..self.readout.nrows() {
            let row: Vec<f64> = self.readout.row(k).iter().copied().collect();
            let constant = self.readout_bias[k];
            let stage = &mut self.outputs[k];
            row.iter().chain([&constant]).for_each(|g| stage.enters(g.abs()));
            let mut bias = constant * stage.slope() + stage.constant();
            for (j, g) in row.iter().enumerate() {
                let (weight, shift) = through(*g, *g > 0.0, &self.states[j]);
                found.readout[(k, j)] = weight * stage.slope();
                bias += shift * stage.slope();
            }
            found.readout_bias[k] = bias;
        }
        if parts.form == Form::B {
            for j in 0..self.leak.len() {
                found.recurrent.column_mut(j).scale_mut(self.height[j]);
                found.readout.column_mut(j).scale_mut(self.height[j]);
            }
        }
        found.look_at_units();
        found
    }

    /// A unit of form A: an inverting amplifier, which a positive weight enters from the
    /// negative rail.
    fn sum_actively(&mut self, found: &mut Effective, i: usize) {
        let stage = &mut self.units[i];
        let entering = self.recurrent.row(i);
        entering.iter().chain(self.input.row(i).iter()).for_each(|g| stage.enters(g.abs()));
        stage.enters(self.bias[i].abs());
        let slope = stage.slope();
        let mut bias = self.bias[i] * slope + stage.constant();
        for (j, g) in self.recurrent.row(i).iter().enumerate() {
            let (weight, shift) = through(*g, *g > 0.0, &self.states[j]);
            found.recurrent[(i, j)] = weight * slope;
            bias += shift * slope;
        }
        for (k, g) in self.input.row(i).iter().enumerate() {
            let (weight, shift) = through(*g, *g > 0.0, &self.inputs[k]);
            found.input[(i, k)] = weight * slope;
            bias += shift * slope;
        }
        found.bias[i] = bias;
    }

    /// A unit of form B: a node that all conductances load.
    fn sum_passively(&mut self, found: &mut Effective, i: usize) {
        let all = self.recurrent.row(i).lp_norm(1)
            + self.input.row(i).lp_norm(1)
            + self.bias[i].abs()
            + 1.0 / self.leak[i];
        let scales = &self.board.scales;
        found.leak[i] = scales.time_unit * all / self.capacitance[i];
        let share = 1.0 / (all * scales.state_volts);
        let mut bias = self.bias[i] * share;
        for (j, g) in self.recurrent.row(i).iter().enumerate() {
            let (weight, shift) = through(*g, *g < 0.0, &self.states[j]);
            found.recurrent[(i, j)] = weight * share;
            bias -= shift * share;
        }
        for (k, g) in self.input.row(i).iter().enumerate() {
            let (weight, shift) = through(*g, *g < 0.0, &self.inputs[k]);
            found.input[(i, k)] = weight * share;
            bias -= shift * share;
        }
        found.bias[i] = bias;
    }
}

/// A signed conductance with the gain of its inverter, where it hangs on one, and what the
/// constant at the output of that inverter takes away in an inverting amplifier.
fn through(g: f64, inverted: bool, inverter: &Amplifier) -> (f64, f64) {
    if inverted { (g * inverter.gain(), -g.abs() * inverter.constant()) } else { (g, 0.0) }
}
