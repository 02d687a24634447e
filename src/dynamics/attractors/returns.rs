//! Does the motion come back to the same state?

use super::{
    AttractorError,
    cycle::{Cycle, main_direction, shoot_flow, shoot_map},
    motion::{Motion, distance},
};

/// Returns that are looked at in a row, so that one lucky one decides nothing.
const IN_A_ROW: usize = 6;
/// A return misses by this part of the amplitude at most, before it is refined.
const NEAR: f64 = 0.05;
/// The later returns of what converges miss by at most this part of what the
/// earlier ones missed by.
const SHRUNK: f64 = 0.3;
/// Returns that miss by no more than this are exact.
const EXACT: f64 = 1e-10;
/// The same after integration with an error of its own.
const EXACT_OF_FLOW: f64 = 1e-6;
/// Candidates that are refined.
const TRIES: usize = 3;
/// Crossings of the section that a flow is followed for.
const CROSSINGS: usize = 40;

/// Which returns are worth Newton's method, which costs a product of matrices a
/// step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Exact ones.
    Settled,
    /// Also those that get closer.
    Converging,
    /// Also, for a flow, those that are merely close.
    Ended,
}

/// The stable cycle that the rows, successive states of a map, have come to or
/// converge to; `None` where they never come back to the same state.
pub(super) fn of_map(
    motion: Motion<'_>,
    rows: &[Vec<f64>],
    (amplitude, patience): (f64, Patience),
) -> Result<Option<Cycle>, AttractorError> {
    let last = rows.len() - 1;
    let mut tries = 0;
    for steps in 2..=rows.len() / 3 {
        let miss = |end: usize| distance(&rows[end], &rows[end - steps]);
        if !(miss(last) <= NEAR * amplitude) {
            continue;
        }
        let late = worst((0..IN_A_ROW).map(|back| miss(last - back)));
        let early = worst((0..IN_A_ROW).map(|on| miss(steps + on)));
        let converges = patience != Patience::Settled && late <= SHRUNK * early;
        if !(late <= EXACT * amplitude || (late <= NEAR * amplitude && converges)) {
            continue;
        }
        let found = shoot_map(motion, &rows[last], steps)?;
        let near = |cycle: &Cycle| distance(&cycle.state, &rows[last]) <= amplitude;
        let minimal = |cycle: &Cycle| is_minimal(motion, cycle, amplitude);
        if let Some(cycle) = found.filter(near)
            && cycle.unstable_dimensions == 0
            && minimal(&cycle)?
        {
            return Ok(Some(cycle));
        }
        tries += 1;
        if tries == TRIES {
            break;
        }
    }
    Ok(None)
}

/// The largest; NaN if any is.
fn worst(values: impl Iterator<Item = f64>) -> f64 {
    values.max_by(f64::total_cmp).unwrap_or(f64::NAN)
}

/// False where the state comes back before.
fn is_minimal(motion: Motion<'_>, cycle: &Cycle, amplitude: f64) -> Result<bool, AttractorError> {
    let mut walker = motion.walker();
    let mut x = cycle.state.clone();
    for _ in 1..cycle.steps.unwrap_or(0) {
        walker.advance(&mut x)?;
        if distance(&x, &cycle.state) <= 1e-7 * amplitude {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A passage through the section.
struct Crossing {
    at: f64,
    state: Vec<f64>,
}

/// The stable cycle of a flow close to `x`, where the motion was along `rows`.
///
/// The section is the plane through the mean of the rows, normal to the
/// direction in which they spread most, passed upwards.
pub(super) fn of_flow(
    motion: Motion<'_>,
    rows: &[Vec<f64>],
    x: &[f64],
    (amplitude, patience): (f64, Patience),
) -> Result<Option<Cycle>, AttractorError> {
    let (normal, centre) = main_direction(rows);
    let most = 2.0 * rows.len() as f64 * motion.unit;
    let crossings = crossings(motion, x, (&normal, &centre), most)?;
    let mut tries = 0;
    for returns in 1..crossings.len() {
        let miss = |end: usize| distance(&crossings[end].state, &crossings[end - returns].state);
        let last = crossings.len() - 1;
        let row = IN_A_ROW.min(1 + last.saturating_sub(returns) / 2);
        let late = worst((0..row).map(|back| miss(last - back)));
        let early = worst((0..row).map(|on| miss(returns + on)));
        let converges = late <= EXACT_OF_FLOW * amplitude
            || (patience != Patience::Settled && late <= SHRUNK * early)
            || patience == Patience::Ended;
        if !(late <= NEAR * amplitude && converges) {
            continue;
        }
        let (from, to) = (&crossings[last - returns], &crossings[last]);
        let found = shoot_flow(motion, &to.state, to.at - from.at)?;
        let near = |cycle: &Cycle| distance(&cycle.state, &to.state) <= amplitude;
        if let Some(cycle) = found.filter(near)
            && cycle.unstable_dimensions == 0
        {
            return Ok(Some(cycle));
        }
        tries += 1;
        if tries == TRIES {
            break;
        }
    }
    Ok(None)
}

/// The upward passages through a plane within `most`, from `x` on.
fn crossings(
    motion: Motion<'_>,
    x: &[f64],
    (normal, centre): (&[f64], &[f64]),
    most: f64,
) -> Result<Vec<Crossing>, AttractorError> {
    let height = |x: &[f64]| -> f64 {
        normal.iter().zip(x.iter().zip(centre)).map(|(n, (x, c))| n * (x - c)).sum()
    };
    let mut integrator = motion.integrator();
    let (mut time, mut x) = (0.0, x.to_vec());
    let mut found = Vec::new();
    while time < most && found.len() < CROSSINGS {
        let before = (x.clone(), height(&x));
        let step = integrator.step(&mut x, motion.unit)?;
        let after = height(&x);
        if !after.is_finite() {
            break;
        }
        if before.1 < 0.0 && after >= 0.0 {
            let (part, state) = passage(motion, &before.0, (before.1, after), step, &height)?;
            found.push(Crossing { at: time + part, state });
        }
        time += step;
    }
    Ok(found)
}

/// Where within a step from `from` the height is zero: regula falsi (Illinois)
/// on single steps of the integrator.
fn passage(
    motion: Motion<'_>,
    from: &[f64],
    (below, above): (f64, f64),
    step: f64,
    height: &impl Fn(&[f64]) -> f64,
) -> Result<(f64, Vec<f64>), AttractorError> {
    let mut integrator = motion.integrator();
    let mut landing = from.to_vec();
    let (mut low, mut high) = ((0.0, below), (step, above));
    let mut at = step;
    let mut was_below = None;
    for _ in 0..60 {
        at = (low.0 * high.1 - high.0 * low.1) / (high.1 - low.1);
        if !(at > low.0 && at < high.0) {
            at = 0.5 * (low.0 + high.0);
        }
        integrator.fixed_step(from, at, &mut landing)?;
        let now = height(&landing);
        if now == 0.0 || high.0 - low.0 <= 4.0 * f64::EPSILON * step {
            break;
        }
        let is_below = now < 0.0;
        // An end that is kept twice counts half.
        let weight = if was_below == Some(is_below) { 0.5 } else { 1.0 };
        if is_below {
            (low, high.1) = ((at, now), weight * high.1);
        } else {
            (high, low.1) = ((at, now), weight * low.1);
        }
        was_below = Some(is_below);
        if now.abs() <= 1e-14 * (below.abs() + above.abs()) {
            break;
        }
    }
    Ok((at, landing))
}
