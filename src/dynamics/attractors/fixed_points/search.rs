//! The search: rounds of starts, then rounds of deflation.

use rayon::prelude::*;

use super::{
    Counters, End, FixedPoint, FoundBy, Outcome, Scales, Search, SearchError, SlowPoint, Stability,
    deflation::Deflation,
    equation::{Desk, Equation, check_starts},
    gather::Gathered,
    newton::{Arrived, Descent, descend},
    slow::{self, Least, least},
    stability,
};
use crate::dae::System;

/// How to search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchOptions {
    /// A root has no larger scaled residual than this (see [`Scales`]); 1e-12.
    pub tolerance: f64,
    /// Newton steps with factors of their own, from each start; 100.
    pub max_iterations: usize,
    /// Roots that differ by no more than this in every scaled component (and four
    /// times their estimated errors) are one; 1e-6.
    pub distinct: f64,
    /// Rounds of deflation at most; the first that finds nothing is the last; 4.
    pub deflation_rounds: usize,
    /// Starts of each of them, evenly spread among all; 16.
    pub deflation_starts: usize,
    /// Largest scaled residual at which a least of q is called a slow point; 0.1.
    pub slow: f64,
    /// Largest gradient of q at a slow point (see [`SlowPoint::gradient`]); 1e-8.
    pub flat: f64,
    /// What residuals are measured in; `None`: [`Scales::of`].
    pub scales: Option<Scales>,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            max_iterations: 100,
            distinct: 1e-6,
            deflation_rounds: 4,
            deflation_starts: 16,
            slow: 0.1,
            flat: 1e-8,
            scales: None,
        }
    }
}

/// Starts of the first round. Each further round is as large as all before it,
/// so that early roots save the later starts work.
const FIRST_ROUND: usize = 16;
/// The same of the starts that stall.
const FIRST_STALLED: usize = 8;

/// All fixed points and slow points that Newton's method finds from `starts`
/// (states, one component a state of the system) under the constant `input`.
///
/// # Errors
///
/// [`SearchError`] where lengths or options make no sense, or where a root has
/// no eigenvalues. A start at which the system has no value is no error: it
/// leads nowhere.
pub fn search(
    system: &dyn System,
    input: &[f64],
    starts: &[Vec<f64>],
    options: &SearchOptions,
) -> Result<Search, SearchError> {
    check_starts(system, input, starts)?;
    let scales = match &options.scales {
        Some(scales) => scales.clone(),
        None => Scales::of(system, input, starts)?,
    };
    let equation = Equation::new(system, input, scales);
    let mut gathered = Gathered::new(&equation, options);
    let mut outcomes = Vec::with_capacity(starts.len());
    let mut stalled = Vec::new();
    while outcomes.len() < starts.len() {
        let first = outcomes.len();
        let many = if first < FIRST_ROUND { FIRST_ROUND } else { first };
        let round = &starts[first..starts.len().min(first + many)];
        let descents = in_parallel(&mut gathered, round, |equation, start, roots, desk| {
            descend(equation, start, roots, options, desk)
        });
        for (offset, descent) in descents.into_iter().enumerate() {
            let start = first + offset;
            let outcome = settle(&mut gathered, &descent, FoundBy::Newton { start });
            if outcome.end == End::Nowhere && descent.arrived == Arrived::Stalled {
                stalled.push((start, descent.state));
            }
            outcomes.push(outcome);
        }
    }
    let slow = slow_points(&mut gathered, &stalled, &mut outcomes, options);
    deflate(&mut gathered, starts, options);
    report(gathered, outcomes, slow)
}

/// Runs `job` from every start with the roots known so far. What comes out does
/// not depend on the number of threads, since every job has the same roots.
fn in_parallel<T: Send>(
    gathered: &mut Gathered<'_>,
    starts: &[Vec<f64>],
    job: impl Fn(&Equation<'_>, &[f64], &[super::known::Root], &mut Desk) -> T + Sync,
) -> Vec<T> {
    let (equation, roots) = (gathered.equation, &gathered.roots);
    let done: Vec<(T, Counters)> = starts
        .par_iter()
        .map_init(
            || Desk::new(equation.size()),
            |desk, start| {
                desk.counters = Counters::default();
                let result = job(equation, start, roots, desk);
                (result, desk.counters)
            },
        )
        .collect();
    let (results, counters): (Vec<T>, Vec<Counters>) = done.into_iter().unzip();
    for work in counters {
        gathered.desk.counters.add(work);
    }
    results
}

/// Books the end of a descent.
fn settle(gathered: &mut Gathered<'_>, descent: &Descent, found_by: FoundBy) -> Outcome {
    let root = match descent.arrived {
        Arrived::Known(root) => Some(root),
        Arrived::Root => gathered
            .place(&descent.state, descent.error)
            .or_else(|| gathered.add(descent.state.clone(), found_by)),
        Arrived::Stalled | Arrived::Lost => None,
    };
    if let Some(root) = root {
        gathered.found[root].hits += 1;
    }
    let end = root.map_or(End::Nowhere, End::Point);
    Outcome { end, residual: descent.residual, iterations: descent.steps }
}

/// Follows the starts that stalled to a least of q, in rounds like the first.
fn slow_points(
    gathered: &mut Gathered<'_>,
    stalled: &[(usize, Vec<f64>)],
    outcomes: &mut [Outcome],
    options: &SearchOptions,
) -> Vec<SlowPoint> {
    let mut slow: Vec<SlowPoint> = Vec::new();
    let mut done = 0;
    while done < stalled.len() {
        let many = if done < FIRST_STALLED { FIRST_STALLED } else { done };
        let round = &stalled[done..stalled.len().min(done + many)];
        let states: Vec<Vec<f64>> = round.iter().map(|(_, state)| state.clone()).collect();
        let ends = in_parallel(gathered, &states, |equation, state, _, desk| {
            least(equation, state, &slow, options, desk)
        });
        for ((start, _), end) in round.iter().zip(ends) {
            let outcome = &mut outcomes[*start];
            outcome.residual = end.residual;
            outcome.end = book(gathered, &mut slow, end, *start, options);
        }
        done += many;
    }
    slow
}

/// Books where the descent of q from one start ended.
fn book(
    gathered: &mut Gathered<'_>,
    slow: &mut Vec<SlowPoint>,
    end: Least,
    start: usize,
    options: &SearchOptions,
) -> End {
    if end.joined.is_none() && end.residual <= options.tolerance {
        let root = gathered.add(end.state, FoundBy::Newton { start });
        if let Some(root) = root {
            gathered.found[root].hits += 1;
        }
        return root.map_or(End::Nowhere, End::Point);
    }
    let is_least = end.gradient <= options.flat && end.residual <= options.slow;
    if end.joined.is_none() && !is_least {
        return End::Nowhere;
    }
    let equation = gathered.equation;
    let f = equation.residual(&end.state, &mut gathered.desk.counters);
    let known = end.joined.or_else(|| slow::place(equation, slow, (&end.state, &f), options));
    let index = known.unwrap_or_else(|| {
        slow.push(SlowPoint {
            speed: crate::linalg::norm(&f),
            gradient: end.gradient,
            readout: equation.readout(&end.state),
            hits: 0,
            state: end.state,
        });
        slow.len() - 1
    });
    slow[index].hits += 1;
    End::Slow(index)
}

/// Looks for more roots with the known ones divided out.
fn deflate(gathered: &mut Gathered<'_>, starts: &[Vec<f64>], options: &SearchOptions) {
    let count = options.deflation_starts.min(starts.len());
    for round in 0..options.deflation_rounds {
        // Another share of the starts in every round.
        let chosen: Vec<usize> = (0..count)
            .map(|k| {
                (k * starts.len() / count
                    + round * starts.len() / (count * options.deflation_rounds))
                    % starts.len()
            })
            .collect();
        let states: Vec<Vec<f64>> = chosen.iter().map(|&start| starts[start].clone()).collect();
        let before = gathered.roots.len();
        let descents = in_parallel(gathered, &states, |equation, start, roots, desk| {
            Deflation::new(equation, roots).descend(start, options, desk)
        });
        for (start, descent) in chosen.into_iter().zip(descents) {
            if descent.arrived == Arrived::Root {
                let found_by = FoundBy::Deflation { start, round };
                if gathered.place(&descent.state, descent.error).is_none() {
                    gathered.add(descent.state, found_by);
                }
            }
        }
        if gathered.roots.len() == before {
            break;
        }
    }
}

/// Adds eigenvalues, sorts, and turns the indices round.
fn report(
    gathered: Gathered<'_>,
    mut outcomes: Vec<Outcome>,
    mut slow: Vec<SlowPoint>,
) -> Result<Search, SearchError> {
    let Gathered { equation, roots, found, desk, .. } = gathered;
    let mut counters = desk.counters;
    // Mirror images share their eigenvalues; the first of two has them computed.
    let first = |k: usize| found[k].mirror.is_none_or(|mirror| mirror >= k);
    let judged: Vec<Option<Stability>> = (0..roots.len())
        .into_par_iter()
        .map(|k| {
            let judge = || stability(equation.system, &roots[k].state, equation.input);
            first(k).then(judge).transpose()
        })
        .collect::<Result<_, SearchError>>()?;
    counters.eigenvalues += judged.iter().flatten().count();
    counters.jacobians += judged.iter().flatten().count();
    let of = |k: usize| {
        let own = judged[k].as_ref();
        own.or_else(|| judged[found[k].mirror?].as_ref())
            .expect("invariant: the first of two mirror images is judged")
    };
    let key = |k: usize| {
        let leader = found[k].mirror.map_or(k, |mirror| mirror.min(k));
        (of(k).unstable_dimensions, leader, k)
    };
    let mut order: Vec<usize> = (0..roots.len()).collect();
    order.sort_by_key(|&k| key(k));
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| place[old] = new);
    let points = order.iter().map(|&k| FixedPoint {
        state: roots[k].state.clone(),
        residual: found[k].residual,
        error: roots[k].error,
        stability: of(k).clone(),
        readout: equation.readout(&roots[k].state),
        hits: found[k].hits,
        mirror: found[k].mirror.map(|mirror| place[mirror]),
        found_by: found[k].by,
    });
    let points: Vec<FixedPoint> = points.collect();
    let mut slow_order: Vec<usize> = (0..slow.len()).collect();
    slow_order.sort_by(|&a, &b| slow[a].speed.total_cmp(&slow[b].speed));
    let slow_place = |old: usize| slow_order.iter().position(|&k| k == old).unwrap_or(old);
    for outcome in &mut outcomes {
        outcome.end = match outcome.end {
            End::Point(old) => End::Point(place[old]),
            End::Slow(old) => End::Slow(slow_place(old)),
            End::Nowhere => End::Nowhere,
        };
    }
    slow.sort_by(|a, b| a.speed.total_cmp(&b.speed));
    let converged = outcomes.iter().filter(|o| matches!(o.end, End::Point(_))).count();
    let scales = equation.scales.clone();
    Ok(Search { starts: outcomes.len(), converged, points, slow, outcomes, scales, counters })
}
