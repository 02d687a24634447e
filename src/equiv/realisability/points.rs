//! Points at rest over the step of the Euler map.

use crate::{
    dynamics::attractors::fixed_points::{
        FixedPoint, SearchOptions, search,
        starts::{TrialStarts, along_trials, origin},
    },
    equiv::realisability::RealisabilityError,
    linalg::{Complex, norm},
    rnn::{DiscreteRnn, Rnn},
    task::StimulusSet,
};

/// A point at rest, which the map of every step has, and when it attracts.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PointChange {
    /// The outputs there.
    pub outputs: Vec<f64>,
    /// Length of the state.
    pub size: f64,
    /// Directions in which the trained map leads away.
    pub unstable_map: usize,
    /// Directions in which the flow leads away.
    pub unstable_flow: usize,
    /// The step from which on, going down, the point attracts: below it every eigenvalue
    /// has `|1 + d mu| < 1`. `None` where the flow leads away, and then every map does.
    pub attracts_below: Option<f64>,
    /// The steps below the trained one at which one eigenvalue mu, or a pair, crosses the
    /// unit circle, `-2 Re mu / |mu|^2`; falling.
    pub critical_steps: Vec<f64>,
}

impl PointChange {
    /// Whether the point attracts in the flow but not in the trained map, or, which cannot
    /// be, the other way.
    #[must_use]
    pub fn changes(&self) -> bool {
        (self.unstable_map == 0) != (self.unstable_flow == 0)
    }
}

/// Starts of the search at most.
const STARTS: usize = 200;
/// Length of a state that is the origin.
const NOTHING: f64 = 1e-9;

/// The step below which the Euler map does not lead away along the eigenvectors of an
/// eigenvalue mu of the flow: `|1 + d mu| < 1` for `0 < d < -2 Re mu / |mu|^2`, and for no
/// d > 0 where `Re mu >= 0`.
///
/// So a smaller step only ever makes a point at rest attract that did not; what goes are
/// the cycles and tori around it.
///
/// ```
/// use analogon::equiv::realisability::critical_step;
/// use analogon::linalg::Complex;
///
/// // A rotation: mu = -1 + i is lost to steps above 1.
/// assert_eq!(critical_step(Complex::new(-1.0, 1.0)), Some(1.0));
/// assert_eq!(critical_step(Complex::new(0.0, 1.0)), None);
/// ```
#[must_use]
pub fn critical_step(mu: Complex) -> Option<f64> {
    (mu.re < 0.0).then(|| -2.0 * mu.re / mu.norm_sqr())
}

/// The points at rest without input that Newton's method finds from states along the trials
/// of the trained map and of the flow, and from the origin.
///
/// # Errors
///
/// [`RealisabilityError`] where the stimuli do not fit, or the search fails.
pub fn point_changes(
    network: &Rnn,
    trained_step: f64,
    stimuli: &StimulusSet,
) -> Result<Vec<PointChange>, RealisabilityError> {
    let (units, inputs, _) = network.shape();
    let map = DiscreteRnn { network: network.clone(), step: trained_step };
    let options = TrialStarts { count: STARTS / 2, ..TrialStarts::default() };
    let mut starts = vec![origin(units)];
    starts.extend(along_trials(&map, stimuli, &options)?);
    starts.extend(along_trials(network, stimuli, &options)?);
    let found = search(network, &vec![0.0; inputs], &starts, &SearchOptions::default())?;
    Ok(found.points.iter().map(|point| change(point, trained_step)).collect())
}

fn change(point: &FixedPoint, trained_step: f64) -> PointChange {
    let rates = &point.stability.eigenvalues;
    let critical: Vec<Option<f64>> = rates.iter().map(|mu| critical_step(*mu)).collect();
    let unstable = |step: f64| {
        critical.iter().filter(|critical| !critical.is_some_and(|most| step < most)).count()
    };
    let all: Option<Vec<f64>> = critical.iter().copied().collect();
    let mut crossings: Vec<f64> =
        critical.iter().flatten().copied().filter(|step| *step <= trained_step).collect();
    crossings.sort_by(|a, b| b.total_cmp(a));
    // A pair crosses together.
    crossings.dedup_by(|next, kept| (*kept - *next).abs() <= 1e-9 * *kept);
    let size = norm(&point.state);
    PointChange {
        outputs: point.readout.clone(),
        size: if size <= NOTHING { 0.0 } else { size },
        unstable_map: unstable(trained_step),
        unstable_flow: critical.iter().filter(|critical| critical.is_none()).count(),
        attracts_below: all.and_then(|all| all.into_iter().min_by(f64::total_cmp)),
        critical_steps: crossings,
    }
}
