//! The time unit of a circuit that does not say it, or says a wrong one.

use crate::{
    dae::{Coefficient, Lure},
    equiv::{
        Extracted, Scales, Structure,
        verify::{
            Subject, VerifyError, VerifyOptions, structural,
            trial::{Bench, Expected, TrialError},
        },
    },
    mna::Reduction,
};

/// Trials among which the one that moves most is taken.
const LOOKED_AT: usize = 8;
/// Model time units that are compared at most.
const HORIZON: f64 = 50.0;
/// Steps of Gauss and Newton at most, and the relative change that is none any more.
const STEPS: usize = 12;
const SETTLED: f64 = 1e-10;
/// Units found in both ways that are as close as that are the same.
const SAME: f64 = 1e-6;
/// Relative tolerance of the trajectories.
const RELTOL: f64 = 1e-10;
/// Relative change of the unit by which its effect on the trajectory is measured.
const CHANGE: f64 = 1e-4;
/// Farther than by this factor no trajectory is followed.
const FARTHEST: f64 = 1.5;

/// How the time unit of a circuit was found.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Clock {
    /// What the deck says, s; 1 where it says nothing.
    pub deck: f64,
    /// From the rates at which the states of both decay: the ratio of the traces of their
    /// linear parts, s.
    pub by_leaks: f64,
    /// With which the trajectories lie closest, s; `None` where units could not be paired
    /// or nothing moves.
    pub by_trajectories: Option<f64>,
    /// The trial whose trajectories were aligned.
    pub trial: Option<String>,
}

impl Clock {
    /// The one that is used: that of the trajectories, but where both agree the one by the
    /// leaks, which has less rounding.
    #[must_use]
    pub fn time_unit(&self) -> f64 {
        let close = |unit: &f64| (unit / self.by_leaks - 1.0).abs() <= SAME;
        self.by_trajectories.filter(|unit| !close(unit)).unwrap_or(self.by_leaks)
    }
}

/// The time unit of the circuit, whatever its deck says.
pub(super) fn fit(
    subject: &Subject<'_>,
    reduction: &Reduction,
    scales: Scales,
    options: &VerifyOptions,
) -> Result<Clock, VerifyError> {
    let by_leaks = by_leaks(subject, reduction).ok_or(VerifyError::Clock)?;
    let guess = Scales { time_unit: by_leaks, ..scales };
    let (_, pairing) = structural(subject, Ok(reduction), &guess, options);
    let name = |at: usize| subject.stimuli.trials()[at].name.clone();
    let found = match &pairing {
        None => None,
        Some(pairing) => by_trajectories(subject, reduction, pairing, options)
            .map_err(|(at, error)| VerifyError::Trial { trial: at + 1, name: name(at), error })?,
    };
    Ok(Clock {
        deck: scales.time_unit,
        by_leaks,
        by_trajectories: found.map(|(unit, _)| unit),
        trial: found.map(|(_, at)| name(at)),
    })
}

/// The ratio of the traces of the linear parts: whatever the order, the signs and the
/// names of the units are, it is the time unit if circuit and network are the same.
fn by_leaks(subject: &Subject<'_>, reduction: &Reduction) -> Option<f64> {
    let trace = |lure: &Lure| -> f64 {
        let matrix = lure.matrix(Coefficient::A);
        matrix.iter().filter(|(_, (row, column))| row == column).map(|(value, _)| value).sum()
    };
    let unit = trace(&subject.network.to_lure()) / trace(&reduction.lure);
    (unit > 0.0 && unit.is_finite()).then_some(unit)
}

/// The time unit with which the trajectories of one trial lie closest, and that trial,
/// starting from the unit of `pairing`: a least-squares fit of its logarithm by the method
/// of Gauss and Newton. The inputs are stretched along with the clock. `None` where
/// nothing moves, or where it leads nowhere.
fn by_trajectories(
    subject: &Subject<'_>,
    reduction: &Reduction,
    pairing: &(Extracted, Structure),
    options: &VerifyOptions,
) -> Result<Option<(f64, usize)>, (usize, TrialError)> {
    let (extracted, structure) = pairing;
    let first = extracted.scales;
    let until = options.until.filter(|&until| until <= HORIZON).unwrap_or(HORIZON);
    let bench = Bench::new(subject, reduction, (extracted, structure), Some(until));
    let count = subject.stimuli.trials().len().min(LOOKED_AT);
    let mut most: Option<(f64, usize, Expected)> = None;
    for at in 0..count {
        let expected = bench.expect(at, options.reference, false).map_err(|error| (at, error))?;
        let size = expected.full_scale();
        if size > most.as_ref().map_or(0.0, |(size, ..)| *size) {
            most = Some((size, at, expected));
        }
    }
    let Some((_, at, expected)) = most else { return Ok(None) };
    let off = |logarithm: f64| {
        let time_unit = first.time_unit * logarithm.exp();
        let scales = Scales { time_unit, ..first };
        let extracted = Extracted { scales, ..extracted.clone() };
        let bench = Bench::new(subject, reduction, (&extracted, structure), Some(until));
        bench.residuals(at, &expected, RELTOL).map_err(|error| (at, error))
    };
    let (mut logarithm, mut last) = (0.0_f64, f64::INFINITY);
    for _ in 0..STEPS {
        let here = off(logarithm)?;
        let (before, after) = (off(logarithm - CHANGE)?, off(logarithm + CHANGE)?);
        let slopes = before.iter().zip(&after).map(|(b, a)| (a - b) / (2.0 * CHANGE));
        let (mut along, mut square) = (0.0, 0.0);
        for (slope, value) in slopes.zip(&here) {
            along += slope * value;
            square += slope * slope;
        }
        let step = along / square;
        logarithm -= step;
        let is_near = logarithm.abs() <= FARTHEST.ln();
        if !is_near {
            return Ok(None);
        }
        last = step.abs();
        if last <= SETTLED {
            break;
        }
    }
    // The last digits may go on moving by rounding.
    if !(last <= SAME) {
        return Ok(None);
    }
    Ok(Some((first.time_unit * logarithm.exp(), at)))
}
