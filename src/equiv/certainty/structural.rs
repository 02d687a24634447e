//! What two fields that differ a little can differ by in the end, from their coefficients
//! alone.

use crate::{equiv::certainty::Field, rnn::Form, task::Stimulus};

/// A bound from coefficients alone.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct GlobalBound {
    /// Largest difference of any unit or output, model units; infinite where `exponent` is
    /// too large for a number.
    pub max_abs: f64,
    /// What differences may grow at: a bound of the logarithmic norm, per model time unit.
    pub rate: f64,
    /// `rate` times the length of the trial: an error may grow by `exp(exponent)`.
    pub exponent: f64,
}

/// Bounds the difference of the solutions of two fields from rest,
/// `D (e^{L T} - 1) / L`: with D what the right-hand sides differ by, wherever the states
/// can be, L a bound of the logarithmic norm of `network`, and T the length of the trial;
/// the smaller of the bounds in the maximum norm and in the 2-norm. `sigma` is what the
/// sigma of the circuit is wrong by.
///
/// `None` where sigma is not bounded, and with it no state, and where it is another one.
///
/// Source: Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, theorem
/// I.10.6.
#[must_use]
pub fn global_bound(
    network: &Field,
    circuit: &Field,
    stimulus: &Stimulus,
    until: f64,
    sigma: f64,
) -> Option<GlobalBound> {
    let height = network.activation.largest_value()?;
    if network.activation != circuit.activation {
        return None;
    }
    let levels: Vec<f64> = (0..stimulus.channels())
        .map(|channel| {
            let values = stimulus.points(channel).into_iter().map(|point| point.1.abs());
            values.max_by(f64::total_cmp).unwrap_or(0.0)
        })
        .collect();
    let reach = reaches(network, circuit, &levels, height + sigma);
    let differences = differences(network, circuit, (&levels, &reach), height, sigma);
    let maximum = differences.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    let euclidean = differences.iter().map(|d| d * d).sum::<f64>().sqrt();
    // What a unit gives to the outputs: its state in form A, sigma of it in form B.
    let (steep, height) = match network.form {
        Form::A => (1.0, None),
        Form::B => (network.activation.largest_slope() * network.gain.amax(), Some(height)),
    };
    let one = |difference: f64, rate: f64, weight: &dyn Fn(usize) -> f64| {
        let states = grown(difference, rate, until);
        let outputs = (0..network.output.nrows()).map(|k| {
            let changed = network.output.row(k) - circuit.output.row(k);
            let direct: f64 = changed
                .iter()
                .zip(&reach)
                .map(|(v, reach)| v.abs() * height.unwrap_or(*reach))
                .sum();
            let offset = (network.offset[k] - circuit.offset[k]).abs();
            let own = if network.form == Form::B { sigma } else { 0.0 };
            // What sigma makes of other gains, and its own error.
            let slope = network.activation.largest_slope();
            let heard: f64 = (0..network.units())
                .map(|j| {
                    let gain = (network.gain[j] - circuit.gain[j]).abs() * reach[j];
                    let sigma = if network.form == Form::B { slope * gain + own } else { 0.0 };
                    network.output[(k, j)].abs() * sigma
                })
                .sum();
            weight(k) * steep * states + direct + offset + heard
        });
        let max_abs = outputs.fold(states, |a, b| if a > b { a } else { b });
        GlobalBound { max_abs, rate, exponent: rate * until }
    };
    let rows = |k: usize| network.output.row(k).iter().map(|v| v.abs()).sum::<f64>();
    let lengths = |k: usize| network.output.row(k).norm();
    let candidates =
        [one(maximum, maximum_rate(network), &rows), one(euclidean, network.growth(), &lengths)];
    candidates.into_iter().min_by(|a, b| a.max_abs.total_cmp(&b.max_abs))
}

/// `d (e^{r t} - 1) / r`, 0 for no difference.
fn grown(difference: f64, rate: f64, time: f64) -> f64 {
    if difference == 0.0 {
        return 0.0;
    }
    let exponent = rate * time;
    if exponent.abs() < 1e-8 { difference * time } else { difference * exponent.exp_m1() / rate }
}

/// How far each unit of either can get from 0.
fn reaches(a: &Field, b: &Field, levels: &[f64], height: f64) -> Vec<f64> {
    let one = |field: &Field, i: usize| match field.form {
        Form::A => field.gain[i].abs() * height / field.leak[i],
        Form::B => {
            let recurrent: f64 = field.recurrent.row(i).iter().map(|w| w.abs() * height).sum();
            let input: f64 = field.input.row(i).iter().zip(levels).map(|(w, x)| w.abs() * x).sum();
            recurrent + input + field.bias[i].abs()
        }
    };
    (0..a.units())
        .map(|i| {
            let (a, b) = (one(a, i), one(b, i));
            if a > b { a } else { b }
        })
        .collect()
}

/// Per unit, what the right-hand sides differ by at most.
fn differences(
    a: &Field,
    b: &Field,
    (levels, reach): (&[f64], &[f64]),
    height: f64,
    sigma: f64,
) -> Vec<f64> {
    let slope = a.activation.largest_slope();
    (0..a.units())
        .map(|i| {
            let row = |weights: &dyn Fn(usize) -> f64, sizes: &[f64]| -> f64 {
                sizes.iter().enumerate().map(|(j, size)| weights(j).abs() * size).sum()
            };
            let input = row(&|k| a.input[(i, k)] - b.input[(i, k)], levels);
            let bias = (a.bias[i] - b.bias[i]).abs();
            match a.form {
                Form::A => {
                    let recurrent = row(&|j| a.recurrent[(i, j)] - b.recurrent[(i, j)], reach);
                    let inside = recurrent + input + bias;
                    (a.leak[i] - b.leak[i]).abs() * reach[i]
                        + (a.gain[i] - b.gain[i]).abs() * height
                        + b.gain[i].abs() * (slope * inside + sigma)
                }
                Form::B => {
                    let recurrent: f64 = (0..a.units())
                        .map(|j| {
                            let (w, v) = (a.recurrent[(i, j)], b.recurrent[(i, j)]);
                            let gain = (a.gain[j] - b.gain[j]).abs();
                            (w - v).abs() * height + v.abs() * (slope * gain * reach[j] + sigma)
                        })
                        .sum();
                    let leak = (a.leak[i] - b.leak[i]).abs();
                    a.leak[i].abs() * (recurrent + input + bias) + leak * 2.0 * reach[i]
                }
            }
        })
        .collect()
}

/// A bound of the logarithmic norm that belongs to the maximum norm, for any slope of
/// sigma from 0 to its largest.
fn maximum_rate(field: &Field) -> f64 {
    let slope = field.activation.largest_slope() * field.gain.amax();
    let rates = (0..field.units()).map(|i| {
        let row = field.recurrent.row(i);
        let others: f64 =
            row.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, w)| w.abs()).sum();
        let positive = |value: f64| if value < 0.0 { 0.0 } else { value };
        match field.form {
            Form::A => positive(slope * (row[i] + others)) - field.leak[i],
            Form::B => field.leak[i] * (slope * (positive(row[i]) + others) - 1.0),
        }
    });
    rates.max_by(f64::total_cmp).unwrap_or(0.0)
}
