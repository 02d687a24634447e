//! From the values of a board to the equation it has.

use nalgebra::{DMatrix, DVector};

use super::{Board, Rail, Role, Stage, amplifier::Amplifier, crossbar};
use crate::{
    equiv::tolerance::effective::{Effective, Fast},
    rnn::Form,
};

/// The values of a board, sorted to their places. Conductances are in S, signed as
/// the weights are.
pub(super) struct Assembly<'a> {
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
    pub(super) fn new(board: &'a Board<'a>, values: &[f64]) -> Self {
        let (n, m, o) = board.network.shape();
        let amplifiers = |count| vec![Amplifier::new(board.op_amp); count];
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
            Role::Current(stage) => self.amplifier(stage).bias_current = value,
            Role::Element(..) => {}
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

    pub(super) fn effective(mut self) -> Effective {
        let parts = self.board.network.parts();
        let scales = &self.board.scales;
        if self.board.wire > 0.0 {
            self.wire();
        }
        self.load();
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
            fast: None,
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
        // sigma(z / V) with a voltage V that grows with the absolute temperature.
        let sharpness = 1.0 / self.board.warmth;
        found.recurrent *= sharpness;
        found.input *= sharpness;
        found.bias *= sharpness;
        found.fast = self.board.lags.then(|| self.fast(sharpness));
        found
    }

    fn fast(&self, sharpness: f64) -> Fast {
        let unit = self.board.scales.time_unit;
        let form = self.board.network.parts().form;
        let units: &[Amplifier] = if form == Form::A { &self.units } else { &[] };
        let inverted = |all: &[Amplifier]| all.iter().map(|a| a.lag_inverted(unit)).collect();
        Fast {
            states: inverted(&self.states),
            inputs: inverted(&self.inputs),
            units: units.iter().map(|a| a.lag(unit).scaled(sharpness)).collect(),
            outputs: self.outputs.iter().map(|a| a.lag(unit)).collect(),
        }
    }

    /// Makes the conductances as much smaller as the wires take.
    fn wire(&mut self) {
        let hangs_positive = self.board.network.parts().form == Form::A;
        let (n, m) = self.input.shape();
        let rows = n + self.readout.nrows();
        let mut all = DMatrix::zeros(rows, n + m + 1);
        all.view_mut((0, 0), (n, n)).copy_from(&self.recurrent);
        all.view_mut((0, n), (n, m)).copy_from(&self.input);
        all.view_mut((0, n + m), (n, 1)).copy_from(&self.bias);
        all.view_mut((n, 0), (rows - n, n)).copy_from(&self.readout);
        all.view_mut((n, n + m), (rows - n, 1)).copy_from(&self.readout_bias);
        // Which of the two wires of a column.
        let negative = |i: usize, g: f64| (g > 0.0) == (hangs_positive || i >= n);
        crossbar::wire(&mut all, self.board.wire, negative);
        self.recurrent = all.view((0, 0), (n, n)).into_owned();
        self.input = all.view((0, n), (n, m)).into_owned();
        self.bias = all.view((0, n + m), (n, 1)).column(0).into_owned();
        self.readout = all.view((n, 0), (rows - n, n)).into_owned();
        self.readout_bias = all.view((n, n + m), (rows - n, 1)).column(0).into_owned();
    }

    /// Hangs on the inverters what they drive.
    fn load(&mut self) {
        let hangs = |g: f64, positive: bool| if (g > 0.0) == positive { g.abs() } else { 0.0 };
        let active = self.board.network.parts().form == Form::A;
        for (j, inverter) in self.states.iter_mut().enumerate() {
            self.recurrent.column(j).iter().for_each(|g| inverter.drives(hangs(*g, active)));
            self.readout.column(j).iter().for_each(|g| inverter.drives(hangs(*g, true)));
        }
        for (k, inverter) in self.inputs.iter_mut().enumerate() {
            self.input.column(k).iter().for_each(|g| inverter.drives(hangs(*g, active)));
        }
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
