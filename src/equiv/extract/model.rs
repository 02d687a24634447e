//! The coefficients of a network, read off a normal form.

use nalgebra::{DMatrix, DVector};

use crate::{
    dae::{Coefficient, Lure},
    equiv::{Identified, Scales, extract::entries},
    rnn::{Activation, Form, Parts, Readout},
};

/// The coefficients of a normal form in model units, states and nonlinearities
/// in the order of the units.
pub(super) struct Model<'a> {
    lure: &'a Lure,
    /// Output of the network of each output of the normal form.
    output: Vec<Option<usize>>,
    outputs: usize,
    form: Form,
    /// Unit of each component of phi.
    unit: Vec<usize>,
    pub(super) found: Vec<Identified>,
    scales: &'a Scales,
}

impl<'a> Model<'a> {
    pub(super) fn new(
        (lure, kept): (&'a Lure, &[usize]),
        form: Form,
        phi: &[usize],
        found: Vec<Identified>,
        scales: &'a Scales,
    ) -> Self {
        let mut unit = vec![0; phi.len()];
        for (at, &p) in phi.iter().enumerate() {
            unit[p] = at;
        }
        let mut output = vec![None; lure.sizes().outputs];
        for (at, &o) in kept.iter().enumerate() {
            output[o] = Some(at);
        }
        let outputs = kept.len();
        let mut model = Self { lure, output, outputs, form, unit, found, scales };
        // max(z, 0) has no scale of its own: take the one that makes the gain 1.
        let gains = model.gains();
        for (found, gain) in model.found.iter_mut().zip(gains) {
            if found.activation == Activation::Relu {
                let factor = if form == Form::A { 1.0 / gain } else { gain };
                found.scale *= factor;
                found.amplitude *= factor;
            }
        }
        model
    }

    /// The coefficient B (form A) or C (form B) of each unit, in model units.
    pub(super) fn gains(&self) -> Vec<f64> {
        let mut gains = vec![0.0; self.unit.len()];
        match self.form {
            Form::A => {
                for (state, _, value) in entries(self.lure, Coefficient::B) {
                    gains[state] = value * self.scales.time_unit * self.found[state].amplitude
                        / self.scales.state_volts;
                }
            }
            Form::B => {
                for (_, state, value) in entries(self.lure, Coefficient::C) {
                    gains[state] = value * self.scales.state_volts / self.found[state].scale;
                }
            }
        }
        gains
    }

    pub(super) fn parts(&self) -> Parts {
        let mut parts = self.blank();
        match self.form {
            Form::A => self.read_form_a(&mut parts),
            Form::B => self.read_form_b(&mut parts),
        }
        for (row, &value) in self.lure.constant(Coefficient::Y0).iter().enumerate() {
            if let Some(row) = self.output[row] {
                parts.readout.bias[row] = value / self.scales.output_volts;
            }
        }
        parts
    }

    /// The leaks, and zero for everything else.
    fn blank(&self) -> Parts {
        let sizes = self.lure.sizes();
        let units = sizes.states;
        let mut leak = DVector::zeros(units);
        for (row, _, value) in entries(self.lure, Coefficient::A) {
            leak[row] = -value * self.scales.time_unit;
        }
        Parts {
            form: self.form,
            activation: self.found[0].activation,
            recurrent: DMatrix::zeros(units, units),
            input: DMatrix::zeros(units, sizes.inputs),
            bias: DVector::zeros(units),
            leak,
            readout: Readout {
                weights: DMatrix::zeros(self.outputs, units),
                bias: DVector::zeros(self.outputs),
            },
        }
    }

    /// Weights and biases enter the controls, states the outputs.
    fn read_form_a(&self, parts: &mut Parts) {
        let Scales { state_volts, input_volts, output_volts, .. } = *self.scales;
        for (row, column, value) in entries(self.lure, Coefficient::C) {
            let to = self.unit[row];
            parts.recurrent[(to, column)] = value * state_volts / self.found[to].scale;
        }
        for (row, column, value) in entries(self.lure, Coefficient::F) {
            let to = self.unit[row];
            parts.input[(to, column)] = value * input_volts / self.found[to].scale;
        }
        for (row, &value) in self.lure.constant(Coefficient::Z0).iter().enumerate() {
            let to = self.unit[row];
            parts.bias[to] = value / self.found[to].scale;
        }
        for (row, column, value) in entries(self.lure, Coefficient::H) {
            if let Some(row) = self.output[row] {
                parts.readout.weights[(row, column)] = value * state_volts / output_volts;
            }
        }
    }

    /// Weights and biases enter the derivatives, nonlinearities the outputs.
    fn read_form_b(&self, parts: &mut Parts) {
        let Scales { state_volts, input_volts, output_volts, time_unit } = *self.scales;
        let leak = &parts.leak;
        for (to, column, value) in entries(self.lure, Coefficient::B) {
            let from = self.unit[column];
            parts.recurrent[(to, from)] =
                value * time_unit * self.found[from].amplitude / state_volts / leak[to];
        }
        for (to, column, value) in entries(self.lure, Coefficient::E) {
            parts.input[(to, column)] = value * time_unit * input_volts / state_volts / leak[to];
        }
        for (to, &value) in self.lure.constant(Coefficient::X0).iter().enumerate() {
            parts.bias[to] = value * time_unit / state_volts / leak[to];
        }
        for (row, column, value) in entries(self.lure, Coefficient::J) {
            let from = self.unit[column];
            if let Some(row) = self.output[row] {
                parts.readout.weights[(row, from)] =
                    value * self.found[from].amplitude / output_volts;
            }
        }
    }
}
