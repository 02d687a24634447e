//! Does a measured network agree with another?

use crate::{
    circuit::Circuit,
    dae::Lure,
    equiv::{
        Matching, Measured, Part, Structure,
        compare::{differences, network_coefficients},
        match_units,
        matching::Names,
        reference::Deviation,
    },
    mna::{Reduction, storages},
    rnn::{Form, Parts, Readout, Rnn},
};

/// The largest change of `tanh(z)` when z changes by a part of itself, per that part: the
/// maximum of z/cosh^2 z. A sigma known to e tells its weights to e over this.
const SENSITIVITY: f64 = 0.447_750_85;

/// Coefficients that differ most, listed at most.
const LISTED: usize = 20;

impl Measured {
    /// How far what drives a capacitor is from tanh, relative to its height.
    #[must_use]
    pub fn imperfection(&self) -> f64 {
        self.mismatch + self.conductance
    }

    /// How well such a sigma tells the coefficients inside it, relative to the largest of a
    /// unit: a smaller change of them moves sigma less than it is off.
    #[must_use]
    pub fn coefficient(&self) -> f64 {
        self.imperfection() / SENSITIVITY
    }

    /// Compares with `network`, to what [`Self::coefficient`] says. Differences are relative
    /// to the largest coefficient in a row of W, Win and b, at least 1, and to the largest
    /// in one of V and c.
    ///
    /// # Errors
    ///
    /// A sentence where the two cannot be brought into correspondence.
    pub fn compare(&self, network: &Rnn) -> Result<Structure, String> {
        let (a, b) = (network.parts(), self.extracted.network.parts());
        if a.form == Form::B {
            return Err("the network has form B; a circuit is measured as one of form A".to_owned());
        }
        let left = network_coefficients(network, &vec![1.0; network.units()]);
        let right = network_coefficients(&self.extracted.network, &self.extracted.gains);
        let names = Names {
            states: &self.extracted.states,
            inputs: &self.extracted.inputs,
            outputs: &self.extracted.outputs,
        };
        let matching = match_units(&left, &right, names, a.activation.is_odd())?;
        let right = right.arranged(&matching);
        let tolerance = self.coefficient();
        let mut all = differences(&left, &right);
        for found in &mut all {
            let row = found.row;
            let largest = |values: &mut dyn Iterator<Item = f64>, least: f64| {
                let moduli = values.map(f64::abs).chain([least]);
                moduli.max_by(f64::total_cmp).unwrap_or(least)
            };
            let scale = match found.part {
                Part::Leak => a.leak[row],
                Part::Gain => 1.0,
                Part::Recurrent | Part::Input | Part::Bias => {
                    let inputs = a.input.row(row);
                    let weights = a.recurrent.row(row);
                    largest(&mut weights.iter().chain(inputs.iter()).copied(), 1.0)
                }
                Part::Readout | Part::ReadoutBias => {
                    let (weights, bias) = (a.readout.weights.row(row), a.readout.bias[row]);
                    largest(&mut weights.iter().copied().chain([bias]), f64::MIN_POSITIVE)
                }
            };
            found.relative = (found.network - found.circuit).abs() / scale;
        }
        all.sort_by(|a, b| b.relative.total_cmp(&a.relative));
        let max_relative = all.first().map_or(0.0, |found| found.relative);
        // A comparison with NaN is false, so NaN counts as a difference.
        all.retain(|found| !(found.relative <= tolerance));
        let differing = all.len();
        all.truncate(LISTED);
        Ok(Structure {
            matching,
            max_relative,
            differences: all,
            differing,
            activation: a.activation,
            circuit_activation: Some(b.activation),
            sigma_error: self.mismatch,
            holds: differing == 0 && a.activation == b.activation,
        })
    }

    /// The measured network in the order of `matching`, and what its units do besides.
    ///
    /// # Errors
    ///
    /// None where `matching` is one of this network.
    pub(in crate::equiv) fn arranged(
        &self,
        matching: &Matching,
    ) -> Result<(Rnn, Box<Deviation<'static>>), crate::rnn::RnnError> {
        let parts = self.extracted.network.parts();
        let found = network_coefficients(&self.extracted.network, &self.extracted.gains);
        let c = found.arranged(matching);
        let network = Rnn::new(Parts {
            form: parts.form,
            activation: parts.activation,
            recurrent: c.recurrent,
            input: c.input,
            bias: c.bias,
            leak: c.scalars[0].clone(),
            readout: Readout { weights: c.output, bias: c.offset },
        })?;
        let units = matching.units.iter().zip(&matching.signs);
        let units: Vec<_> = units
            .map(|(&unit, &sign)| (self.sigmas[unit].clone(), self.slants[unit], sign))
            .collect();
        let deviation = move |unit: usize, z: f64, h: f64| {
            let (sigma, slant, sign) = &units[unit];
            let deviation = sign * sigma.deviation_at(sign * z);
            deviation - slant * sign * h * (z.tanh() + deviation)
        };
        Ok((network, Box::new(deviation)))
    }

    /// The normal form of the measured network in SI units, as if its sigma were tanh, with
    /// the states of `circuit`.
    pub(in crate::equiv) fn reduction(&self, circuit: &Circuit) -> Option<Reduction> {
        let found = &self.extracted;
        let scales = &found.scales;
        let (state, input) = (scales.state_volts, scales.input_volts);
        let (output, time) = (scales.output_volts, scales.time_unit);
        let mut parts = found.network.to_lure().parts().clone();
        parts.states.clone_from(&found.states);
        parts.inputs.clone_from(&found.inputs);
        parts.outputs.clone_from(&found.outputs);
        let rows = [state / time, 1.0, output];
        let columns = [state, 1.0, input];
        for (at, matrix) in parts.matrices.iter_mut().enumerate() {
            let factor = rows[at / 3] / columns[at % 3];
            for value in matrix.data_mut() {
                *value *= factor;
            }
        }
        for (constant, factor) in parts.constants.iter_mut().zip(rows) {
            for value in constant {
                *value *= factor;
            }
        }
        Some(Reduction {
            lure: Lure::new(parts).ok()?,
            states: storages(circuit).into_iter().map(|(_, state)| state).collect(),
            laws: Vec::new(),
            inputs: Vec::new(),
        })
    }
}
