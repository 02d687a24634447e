//! What is certain about the difference of a circuit and a network.
//!
//! Two bounds. One from the coefficients alone, [`global_bound`]: what the right-hand sides
//! can differ by, times what differences may grow to; useless for most trained networks,
//! where it holds a factor of e^30 and more. The other from the computed trajectories: their
//! difference as seen, and what each of them may be away from the true one
//! ([`orbit_error`]). A bound beyond full scale is none.

mod field;
mod orbit;
mod structural;

use std::fmt::{self, Display, Formatter};

use rayon::prelude::*;

use crate::{equiv::Extent, rnn::Form, solve::OdeFault, task::Stimulus};

pub use field::Field;
pub use orbit::{OrbitError, Steps, orbit_error};
pub use structural::{GlobalBound, global_bound};

/// What is certain.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Certainty {
    /// The true trajectories of circuit and network differ by at most that in any unit and
    /// output, at the times compared, model units. `None`: no certainty.
    pub max_abs: Option<f64>,
    /// Bound of the error of the network's integration, model units, 2-norm of the state.
    pub network: Option<f64>,
    /// Bound of the error of the circuit's integration.
    pub circuit: Option<f64>,
    /// What an error of the state grows by along the trajectories, in first order and in the
    /// direction that weighs most.
    pub amplification: Option<f64>,
    /// The trial in which it does.
    pub amplified_in: Option<String>,
    /// The bound from the coefficients alone; `None` where states have no bound.
    pub global: Option<GlobalBound>,
    /// What a bound has to be less than to be one: the largest modulus of a unit or output.
    pub full_scale: f64,
    /// Why there is no certainty.
    pub reason: Option<String>,
}

/// The two sides, in the same order.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The network.
    pub network: &'a Field,
    /// The circuit.
    pub circuit: &'a Field,
    /// What the sigma of the circuit deviates by, relative to its height.
    pub sigma_error: f64,
    /// What a step of the circuit may be off besides, in every unit, model units.
    pub beside: f64,
    /// How time passes.
    pub steps: Steps,
}

/// One trial as computed: times, states and outputs of both sides, one row a time.
#[derive(Clone, Debug)]
pub struct Computed<'a> {
    /// Its name.
    pub name: &'a str,
    /// What drove both.
    pub stimulus: Stimulus,
    /// Model time units.
    pub times: &'a [f64],
    /// States of the network.
    pub network: &'a [Vec<f64>],
    /// Outputs of the network.
    pub outputs: &'a [Vec<f64>],
    /// Units, then outputs of the circuit.
    pub circuit: &'a [Vec<f64>],
}

impl Computed<'_> {
    /// Per time, the differences of the two sides in every unit and output.
    fn differences(&self) -> impl Iterator<Item = Vec<f64>> {
        let expected = self.network.iter().zip(self.outputs);
        expected.zip(self.circuit).map(|((h, y), found)| {
            h.iter().chain(y).zip(found).map(|(wanted, found)| (wanted - found).abs()).collect()
        })
    }

    /// The largest of them.
    fn seen(&self) -> f64 {
        self.differences().flatten().max_by(f64::total_cmp).unwrap_or(0.0)
    }
}

/// Floating-point operations that are quick.
const QUICK: f64 = 3e10;

/// What one trial says.
struct Trial {
    max_abs: f64,
    network: f64,
    circuit: f64,
    amplification: f64,
}

/// Bounds the difference over all trials; nothing beyond `full_scale` is a bound.
///
/// # Errors
///
/// [`OdeFault`] where a step from one of the computed states cannot be computed.
pub fn certainty(
    sides: &Sides<'_>,
    trials: &[Computed<'_>],
    full_scale: f64,
    extent: Extent,
) -> Result<Certainty, OdeFault> {
    let global = match sides.steps {
        Steps::Flow => widest(sides, trials),
        Steps::Map => None,
    };
    let small = |bound: f64| bound < full_scale || bound == 0.0;
    // Never less than what was seen, even where that is the error of the integrations.
    let seen = trials.iter().map(Computed::seen).max_by(f64::total_cmp).unwrap_or(0.0);
    let at_least = |bound: f64| if bound > seen { bound } else { seen };
    let from_coefficients = global.map(|g| at_least(g.max_abs)).filter(|bound| small(*bound));
    let none = |reason: String| Certainty {
        max_abs: from_coefficients,
        network: None,
        circuit: None,
        amplification: None,
        amplified_in: None,
        global,
        full_scale,
        reason: from_coefficients.is_none().then_some(reason),
    };
    if extent == Extent::Never {
        return Ok(none("the errors of the integrations were not bounded".to_owned()));
    }
    let work = work(sides, trials);
    if extent == Extent::Quick && work > QUICK {
        return Ok(none(format!(
            "bounding the errors of the integrations takes {work:.0e} operations and was not asked for"
        )));
    }
    let found: Vec<Option<Trial>> =
        trials.par_iter().map(|t| trial(sides, t)).collect::<Result<_, _>>()?;
    let Some(found) = found.into_iter().collect::<Option<Vec<Trial>>>() else {
        let sides = [sides.network, sides.circuit];
        let kinked = sides.into_iter().find(|side| side.curvature().is_none());
        let name = kinked.map_or("no function", |side| side.activation.name());
        let text = format!("sigma is {name} and has a corner");
        return Ok(none(text));
    };
    let bounded = largest(&found, |t| t.max_abs);
    let candidates = [from_coefficients, Some(bounded).filter(|bound| small(*bound))];
    let max_abs = candidates.into_iter().flatten().min_by(f64::total_cmp);
    let amplification = largest(&found, |t| t.amplification);
    let steepest =
        found.iter().zip(trials).max_by(|a, b| a.0.amplification.total_cmp(&b.0.amplification));
    let finite = |value: f64| value.is_finite().then_some(value);
    let too_much = format!(
        "errors of the state grow by up to {amplification:.0e}, and the bound exceeds full scale"
    );
    Ok(Certainty {
        max_abs,
        network: finite(largest(&found, |t| t.network)),
        circuit: finite(largest(&found, |t| t.circuit)),
        amplification: finite(amplification),
        amplified_in: steepest.map(|(_, t)| t.name.to_owned()),
        reason: max_abs.is_none().then_some(too_much),
        ..none(String::new())
    })
}

/// Floating-point operations of bounding both sides.
fn work(sides: &Sides<'_>, trials: &[Computed<'_>]) -> f64 {
    let one =
        |t: &Computed<'_>| Some(2.0 * orbit::cost(sides.network, sides.steps, *t.times.last()?));
    trials.iter().filter_map(one).sum()
}

/// The largest of a number over all trials.
fn largest(trials: &[Trial], pick: fn(&Trial) -> f64) -> f64 {
    trials.iter().map(pick).max_by(f64::total_cmp).unwrap_or(0.0)
}

impl Display for Certainty {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.max_abs, &self.reason) {
            (Some(bound), _) => writeln!(
                f,
                "certainty   the true trajectories differ by at most {bound:.1e} at the times compared"
            )?,
            (None, Some(reason)) => writeln!(f, "certainty   none: {reason}")?,
            (None, None) => writeln!(f, "certainty   none")?,
        }
        if let (Some(network), Some(circuit)) = (self.network, self.circuit) {
            writeln!(
                f,
                "            the states computed are off by at most {network:.1e} (network) and {circuit:.1e} (circuit)"
            )?;
        }
        if let (Some(grown), Some(name)) = (self.amplification, &self.amplified_in) {
            writeln!(
                f,
                "            an error of the state may grow by {grown:.1e}, in trial `{name}`"
            )?;
        }
        let Some(global) = &self.global else { return Ok(()) };
        if global.max_abs < self.full_scale {
            writeln!(f, "            from the coefficients alone: at most {:.1e}", global.max_abs)
        } else {
            writeln!(
                f,
                "            from the coefficients alone: none, differences may grow by e^{:.0}",
                global.exponent
            )
        }
    }
}

/// The largest of the bounds from coefficients over all trials.
fn widest(sides: &Sides<'_>, trials: &[Computed<'_>]) -> Option<GlobalBound> {
    let one = |t: &Computed<'_>| {
        let until = t.times.last().copied().unwrap_or(0.0);
        global_bound(sides.network, sides.circuit, &t.stimulus, until, sides.sigma_error)
    };
    let bounds: Option<Vec<GlobalBound>> = trials.iter().map(one).collect();
    bounds?.into_iter().max_by(|a, b| a.max_abs.total_cmp(&b.max_abs))
}

/// One trial; `None` where sigma has a corner.
fn trial(sides: &Sides<'_>, computed: &Computed<'_>) -> Result<Option<Trial>, OdeFault> {
    let Sides { network, circuit, sigma_error, beside, steps } = *sides;
    let Computed { stimulus, times, .. } = computed;
    let units = network.units();
    let circuit_states: Vec<Vec<f64>> =
        computed.circuit.iter().map(|row| row[..units].to_vec()).collect();
    let forcing = circuit.forcing(sigma_error) + beside * (units as f64).sqrt();
    let own = orbit_error(network, steps, stimulus, (times, computed.network), 0.0)?;
    let other = orbit_error(circuit, steps, stimulus, (times, &circuit_states), forcing)?;
    let (Some(own), Some(other)) = (own, other) else { return Ok(None) };
    let mut max_abs = 0.0;
    let (reads, heard) = (readers(network), readers(circuit));
    let bounds = own.errors.iter().zip(&other.errors);
    for (seen, (a, b)) in computed.differences().zip(bounds) {
        for (k, seen) in seen.into_iter().enumerate() {
            let bound = match k.checked_sub(units) {
                None => seen + a + b,
                Some(output) => seen + reads[output] * a + heard[output] * b,
            };
            // An infinite error that no output hears is no number, and no bound.
            let bound = if bound.is_nan() { f64::INFINITY } else { bound };
            if bound > max_abs {
                max_abs = bound;
            }
        }
    }
    let last = |errors: &[f64]| errors.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
    Ok(Some(Trial {
        max_abs,
        network: last(&own.errors),
        circuit: last(&other.errors),
        amplification: if own.amplification > other.amplification {
            own.amplification
        } else {
            other.amplification
        },
    }))
}

/// What an error of the state does to each output, at most.
fn readers(field: &Field) -> Vec<f64> {
    let slope = match field.form {
        Form::A => 1.0,
        Form::B => field.activation.largest_slope() * field.gain.amax(),
    };
    field.output.row_iter().map(|row| slope * row.norm()).collect()
}
