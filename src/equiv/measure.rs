//! From any circuit back to a network, by measurement.
//!
//! [`extract`](crate::equiv::extract()) reads a network off the normal form, in which every
//! nonlinearity is an element. A sigma of transistors is none: it is what many junctions
//! do together. Here the capacitors are held at voltages, one source each, and what is
//! left of the circuit is solved for the current into each of them: the rate of its state.
//! The circuit is a network of form A where that current is a leak and a function of *one*
//! combination of states and inputs. The combination is read off derivatives, the function
//! off sweeps, and other points show how far both are from the truth. See `docs/theory.md`.

mod agree;
mod bench;
mod fit;
mod sigma;

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

use crate::{
    circuit::{Circuit, Kind},
    equiv::{Extracted, Identified, Obstacle, Scales},
    rnn::{Activation, Form, Parts, Readout, Rnn, random::Random},
    solve::OperatingPoint,
};

use bench::{Bench, Gradients, Reading};
use fit::{Direction, Slope, Tanh, Unreadable, direction};
pub use sigma::Sigma;

/// A network that was measured, and how good a network the circuit is.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The network whose sigma is tanh, as near as one comes.
    pub extracted: Extracted,
    /// What the nonlinearity of each unit is.
    pub sigmas: Vec<Sigma>,
    /// Largest modulus of `sigma(z) - tanh(z)` of any unit.
    pub mismatch: f64,
    /// Per unit, how much of its sigma is lost per unit of its state: what drives the
    /// capacitor has a conductance that its current makes.
    pub slants: Vec<f64>,
    /// Largest part of a sigma that is lost so at the largest state, 1/leak.
    pub conductance: f64,
    /// Largest error of a rate at points that had no part in the measurement, model units:
    /// what no sigma of one combination of states and inputs explains.
    pub residual: f64,
    /// What the deck saves that is no sum of states and so no output of the network.
    pub unread: Vec<String>,
    /// Operating points that were solved.
    pub points: usize,
}

/// Points at which derivatives are taken.
const SLOPES: usize = 16;
/// Directions that are swept, and points of each half.
const SWEEPS: u64 = 8;
const HALF: i32 = 24;
/// Points that check.
const CHECKS: usize = 24;
/// The stream of random numbers.
const SEED: u64 = 1;
/// Farther from tanh than by this it is none.
const NO_TANH: f64 = 0.1;
/// A gain farther from one than by this says that the scales of the deck do not fit.
const NO_GAIN: f64 = 0.5;
/// A coefficient below this part of the largest in its row is rounding.
const ROUNDING: f64 = 1e-9;
/// An output that is not a sum of states to this part of its range is none.
const NO_OUTPUT: f64 = 1e-6;

/// Measures the network that `circuit` is, on the given scales.
///
/// Every state must be the voltage of a capacitor to ground, and nothing else may remember
/// anything; the transistors of the circuit need models without junction capacitances.
/// Measured is within the reach of the network: states up to 1/leak, inputs up to what the
/// deck plays and at least one unit.
///
/// # Errors
///
/// [`Obstacle`] names the element or state that is none of a network.
pub fn measure(circuit: &Circuit, scales: &Scales) -> Result<Measured, Obstacle> {
    let bench = Bench::new(circuit, scales)?;
    let units = bench.units();
    let columns = units + bench.inputs().len();
    let origin = bench.read(&vec![0.0; columns], None)?;
    bench.check_memory(&origin)?;
    let mut random = Random::new(SEED);
    let unit_box: Vec<f64> = [vec![1.0; units], bench.reach().to_vec()].concat();
    let slopes: Vec<Reading> = (1..=SLOPES)
        .map(|k| corner(&unit_box, &mut random).map(|x| x * k as f64 / SLOPES as f64).collect())
        .map(|at: Vec<f64>| bench.read(&at, Some(&origin.point)))
        .collect::<Result<_, _>>()?;
    let gradients: Vec<Gradients> = [&origin]
        .into_iter()
        .chain(&slopes)
        .map(|reading| bench.gradients(reading))
        .collect::<Result<_, _>>()?;
    let directions: Vec<Direction> = (0..units)
        .map(|unit| read_direction(&bench, (&origin, &slopes), &gradients, unit))
        .collect::<Result<_, _>>()?;
    let mut reach = bench.reach().to_vec();
    reach.splice(0..0, directions.iter().map(|d| if d.leak > 0.0 { 1.0 / d.leak } else { 1.0 }));
    let corners: Vec<Vec<f64>> = (1..=SWEEPS)
        .map(|stream| corner(&reach, &mut Random::stream(SEED, stream)).collect())
        .collect();
    let sweeps: Vec<Vec<Reading>> = corners
        .par_iter()
        .map(|corner| sweep(&bench, corner, &origin.point))
        .collect::<Result<_, _>>()?;
    let fits: Vec<Fit> = directions
        .iter()
        .enumerate()
        .map(|(unit, direction)| fit_unit(&bench, (unit, direction), &sweeps, &gradients[0]))
        .collect::<Result<_, _>>()?;
    let checks: Vec<Reading> = (0..CHECKS)
        .map(|_| reach.iter().map(|x| x * (2.0 * random.uniform() - 1.0)).collect())
        .map(|at: Vec<f64>| bench.read(&at, Some(&origin.point)))
        .collect::<Result<_, _>>()?;
    let (readout, outputs, unread) = readout(&bench, (&origin, &gradients[0]), &checks);
    let extracted = extracted(&bench, scales, &fits, (readout, outputs))?;
    let largest =
        |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp).unwrap_or(0.0);
    let off = checks.iter().flat_map(|check| {
        fits.iter()
            .enumerate()
            .map(|(unit, fit)| (check.rates[unit] - fit.rate(unit, &check.at)).abs())
    });
    Ok(Measured {
        mismatch: largest(&mut fits.iter().map(|fit| fit.sigma.mismatch())),
        conductance: largest(&mut directions.iter().map(|d| (d.slant / d.leak).abs())),
        slants: directions.iter().map(|d| d.slant).collect(),
        residual: largest(&mut { off }),
        sigmas: fits.into_iter().map(|fit| fit.sigma).collect(),
        extracted,
        unread,
        points: 1 + SLOPES + CHECKS + sweeps.iter().map(Vec::len).sum::<usize>(),
    })
}

/// True for a circuit that has no normal form because of its transistors and diodes.
#[must_use]
pub fn needs_measurement(circuit: &Circuit) -> bool {
    let is_junction = |kind: &Kind| match kind {
        Kind::Device(placed) => placed.device.switch().is_none(),
        _ => false,
    };
    circuit.elements().iter().any(|element| is_junction(&element.kind))
}

fn structure(what: String) -> Obstacle {
    Obstacle::Structure { what }
}

/// A random corner of the box of this reach.
fn corner<'a>(reach: &'a [f64], random: &'a mut Random) -> impl Iterator<Item = f64> + 'a {
    reach.iter().map(move |x| if random.uniform() < 0.5 { -x } else { *x })
}

fn read_direction<'a>(
    bench: &Bench<'_>,
    (origin, others): (&'a Reading, &'a [Reading]),
    gradients: &'a [Gradients],
    unit: usize,
) -> Result<Direction, Obstacle> {
    let readings = [origin].into_iter().chain(others);
    let slope = |(reading, gradients): (&'a Reading, &'a Gradients)| Slope {
        row: &gradients.rates[unit],
        rate: reading.rates[unit],
        state: reading.at[unit],
    };
    let points: Vec<Slope<'_>> = readings.zip(gradients).map(slope).collect();
    let name = &bench.names()[unit];
    let direction = direction(&points, unit).map_err(|why| {
        structure(match why {
            Unreadable::Alone => format!(
                "nothing but `{name}` itself acts on `{name}`: what is leak and what is weight cannot be told apart by measurement"
            ),
            Unreadable::Linear => format!(
                "the current into `{name}` has one slope everywhere: there is no nonlinearity"
            ),
        })
    })?;
    if direction.spread <= NO_TANH {
        return Ok(direction);
    }
    Err(structure(format!(
        "the current into `{name}` is no leak and function of one combination of states and inputs: its own slope is off by {:.0} % of the leak",
        100.0 * direction.spread
    )))
}

/// Readings along a line from one corner of the box to the other.
fn sweep(
    bench: &Bench<'_>,
    corner: &[f64],
    origin: &OperatingPoint,
) -> Result<Vec<Reading>, Obstacle> {
    let half = |sign: f64| -> Result<Vec<Reading>, Obstacle> {
        let mut before = origin.clone();
        (1..=HALF)
            .map(|k| {
                let part = sign * f64::from(k) / f64::from(HALF);
                let at: Vec<f64> = corner.iter().map(|x| part * x).collect();
                let reading = bench.read(&at, Some(&before))?;
                before.clone_from(&reading.point);
                Ok(reading)
            })
            .collect()
    };
    let mut readings = half(-1.0)?;
    readings.reverse();
    readings.push(bench.read(&vec![0.0; corner.len()], Some(origin))?);
    readings.extend(half(1.0)?);
    Ok(readings)
}

/// A unit with its coefficients.
struct Fit {
    leak: f64,
    slant: f64,
    gain: f64,
    /// A row of W and Win.
    weights: Vec<f64>,
    bias: f64,
    sigma: Sigma,
}

impl Fit {
    fn argument(&self, at: &[f64]) -> f64 {
        self.bias + self.weights.iter().zip(at).map(|(w, x)| w * x).sum::<f64>()
    }

    /// dh/dt
    fn rate(&self, unit: usize, at: &[f64]) -> f64 {
        let h = at[unit];
        self.sigma.value(self.argument(at)) * (1.0 - self.slant * h) - self.leak * h
    }
}

fn fit_unit(
    bench: &Bench<'_>,
    (unit, direction): (usize, &Direction),
    sweeps: &[Vec<Reading>],
    gradients: &Gradients,
) -> Result<Fit, Obstacle> {
    let name = &bench.names()[unit];
    let along = |at: &[f64]| -> f64 { direction.along.iter().zip(at).map(|(d, x)| d * x).sum() };
    let driven = |r: &Reading| {
        let h = r.at[unit];
        (r.rates[unit] + direction.leak * h) / (1.0 - direction.slant * h)
    };
    let samples: Vec<(f64, f64)> =
        sweeps.iter().flatten().map(|r| (along(&r.at), driven(r))).collect();
    // At the origin, where the slope of tanh is usually the largest.
    let row = &gradients.rates[unit];
    let square: f64 = direction.along.iter().map(|d| d * d).sum();
    let own = direction.leak * direction.along[unit];
    let slope = (row.iter().zip(&direction.along).map(|(r, d)| r * d).sum::<f64>() + own) / square;
    let activation = |detail: String| Obstacle::Activation { element: name.clone(), detail };
    let tanh = Tanh::fit(&samples, slope)
        .ok_or_else(|| activation("measured; a fit of tanh leads nowhere".to_owned()))?;
    let (sign, gain) = (tanh.amplitude.signum(), tanh.amplitude.abs());
    if !((gain - 1.0).abs() < NO_GAIN) {
        return Err(structure(format!(
            "the gain of what drives `{name}` is {gain:.6} instead of 1: the scales of the deck do not fit"
        )));
    }
    let mut fit = Fit {
        leak: direction.leak,
        slant: direction.slant,
        gain,
        weights: direction.along.iter().map(|d| sign * tanh.scale * d).collect(),
        bias: sign * tanh.offset,
        sigma: Sigma { gain, first: 0.0, step: 1.0, rest: Vec::new() },
    };
    fit.sigma = table(&fit, sweeps, &driven);
    let mismatch = fit.sigma.mismatch();
    if mismatch <= NO_TANH {
        return Ok(fit);
    }
    Err(activation(format!("measured; it deviates from tanh by {:.0} %", 100.0 * mismatch)))
}

/// sigma along the sweep that reaches farthest.
fn table(fit: &Fit, sweeps: &[Vec<Reading>], driven: &dyn Fn(&Reading) -> f64) -> Sigma {
    let ends = |sweep: &[Reading]| -> [f64; 2] {
        let end = |reading: Option<&Reading>| reading.map_or(0.0, |r| fit.argument(&r.at));
        [end(sweep.first()), end(sweep.last())]
    };
    let span = |sweep: &[Reading]| -> f64 { (ends(sweep)[1] - ends(sweep)[0]).abs() };
    let farthest = sweeps.iter().max_by(|a, b| span(a).total_cmp(&span(b)));
    let sweep = farthest.map_or(&[][..], Vec::as_slice);
    let [first, last] = ends(sweep);
    let rest = |r: &Reading| driven(r) - fit.gain * fit.argument(&r.at).tanh();
    let mut rest: Vec<f64> = sweep.iter().map(rest).collect();
    if last < first {
        rest.reverse();
    }
    Sigma {
        gain: fit.gain,
        first: if last < first { last } else { first },
        step: span(sweep) / f64::from(2 * HALF),
        rest,
    }
}

/// The outputs that are sums of states, their names, and the names of all others.
fn readout(
    bench: &Bench<'_>,
    (origin, gradients): (&Reading, &Gradients),
    checks: &[Reading],
) -> (Readout, Vec<String>, Vec<String>) {
    let units = bench.units();
    let (mut rows, mut bias) = (Vec::new(), Vec::new());
    let (mut outputs, mut unread) = (Vec::new(), Vec::new());
    for (at, name) in bench.output_names().into_iter().enumerate() {
        let row = &gradients.outputs[at];
        let offset = origin.outputs[at];
        let value =
            |h: &[f64]| offset + row[..units].iter().zip(h).map(|(v, h)| v * h).sum::<f64>();
        let range = checks.iter().map(|c| c.outputs[at].abs()).max_by(f64::total_cmp);
        let bound = NO_OUTPUT * range.unwrap_or(0.0);
        if checks.iter().all(|c| (c.outputs[at] - value(&c.at)).abs() <= bound) {
            rows.push(cleared(&row[..units], 0.0));
            bias.push(if offset.abs() <= bound * ROUNDING / NO_OUTPUT { 0.0 } else { offset });
            outputs.push(name);
        } else {
            unread.push(name);
        }
    }
    let weights = DMatrix::from_fn(rows.len(), units, |o, j| rows[o][j]);
    (Readout { weights, bias: DVector::from_vec(bias) }, outputs, unread)
}

/// A row without what is rounding beside its largest entry, and beside `scale`.
fn cleared(row: &[f64], scale: f64) -> Vec<f64> {
    let moduli = row.iter().map(|v| v.abs()).chain([scale]);
    let bound = ROUNDING * moduli.max_by(f64::total_cmp).unwrap_or(0.0);
    row.iter().map(|&v| if v.abs() <= bound { 0.0 } else { v }).collect()
}

fn extracted(
    bench: &Bench<'_>,
    scales: &Scales,
    fits: &[Fit],
    (readout, outputs): (Readout, Vec<String>),
) -> Result<Extracted, Obstacle> {
    let (units, inputs) = (bench.units(), bench.inputs().len());
    let rows: Vec<Vec<f64>> = fits.iter().map(|fit| cleared(&fit.weights, 1.0)).collect();
    let network = Rnn::new(Parts {
        form: Form::A,
        activation: Activation::Tanh,
        recurrent: DMatrix::from_fn(units, units, |i, j| rows[i][j]),
        input: DMatrix::from_fn(units, inputs, |i, k| rows[i][units + k]),
        bias: DVector::from_iterator(units, fits.iter().map(|fit| fit.bias)),
        leak: DVector::from_iterator(units, fits.iter().map(|fit| fit.leak)),
        readout,
    })?;
    Ok(Extracted {
        network,
        nonlinearities: fits
            .iter()
            .map(|fit| Identified {
                activation: Activation::Tanh,
                amplitude: fit.gain,
                scale: 1.0,
                error: fit.sigma.mismatch(),
            })
            .collect(),
        gains: fits.iter().map(|fit| fit.gain).collect(),
        states: bench.names().to_vec(),
        elements: bench.names().to_vec(),
        inputs: bench.inputs().to_vec(),
        outputs,
        phi: (0..units).collect(),
        scales: *scales,
    })
}
