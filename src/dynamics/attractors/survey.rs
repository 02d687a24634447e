//! All that is looked for in one system.

use super::{
    AfterStimulus, AttractorError, Basins, Cut, Fate, Kind, SettleOptions, after_stimuli, basins,
    fixed_points::{Search, SearchOptions, search, stability},
};
use crate::{
    dae::{System, Time},
    linalg::Complex,
    task::StimulusSet,
};

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyOptions {
    /// Starts of the search for fixed points; see
    /// [`starts`](super::fixed_points::starts).
    pub starts: Vec<Vec<f64>>,
    /// Starts that basins are sampled with; none for no basins.
    pub samples: Vec<Vec<f64>>,
    /// Constant input, under which fixed points and basins are looked for; what
    /// follows a stimulus has none.
    pub input: Vec<f64>,
    /// When the inputs of a trial are switched off.
    pub cut: Cut,
    /// Time of the system in one unit of time of the task.
    pub task_unit: f64,
    /// How motions are followed.
    pub settle: SettleOptions,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// Fixed points, stable or not.
    pub search: Search,
    /// What follows each stimulus.
    pub after: Vec<AfterStimulus>,
    /// Basins.
    pub basins: Basins,
    /// The distinct attractors among all fates that are no points, in the order
    /// in which they were found.
    pub moving: Vec<Moving>,
}

/// An attractor that is no point.
#[derive(Clone, Debug, PartialEq)]
pub struct Moving {
    /// The first fate that ended there.
    pub fate: Fate,
    /// Index of the mirror image -x of an odd system; its own index where it is
    /// its own image; `None` where no fate ended there.
    pub mirror: Option<usize>,
}

/// Looks for fixed points, follows the trials of a task if there is one, and
/// samples basins.
///
/// # Errors
///
/// [`AttractorError`].
pub fn survey(
    system: &dyn System,
    task: Option<&StimulusSet>,
    options: &SurveyOptions,
) -> Result<Survey, AttractorError> {
    let search = search(system, &options.input, &options.starts, &SearchOptions::default())?;
    let after = match task {
        Some(set) => after_stimuli(system, set, options.cut, options.task_unit, &options.settle)?,
        None => Vec::new(),
    };
    let basins = basins(system, &options.input, &options.samples, &options.settle)?;
    let is_free = options.input.iter().all(|&value| value == 0.0);
    let fates = after.iter().map(|after| &after.fate);
    let all = fates.chain(basins.basins.iter().map(|basin| &basin.fate));
    let moving = distinct(all, system.is_odd() && is_free);
    Ok(Survey { search, after, basins, moving })
}

impl Survey {
    /// The index of the fixed point that a fate ended at, among those found.
    #[must_use]
    pub fn point_of(&self, fate: &Fate) -> Option<usize> {
        let Kind::Point(rest) = &fate.kind else { return None };
        self.search.points.iter().position(|point| rest.is_at(&point.state))
    }

    /// The index of the attractor that a fate ended at, among those that move.
    #[must_use]
    pub fn moving_of(&self, fate: &Fate) -> Option<usize> {
        self.moving.iter().position(|moving| moving.fate.is_same(fate, 1.0))
    }
}

/// The distinct attractors that are no points, with their mirror images.
fn distinct<'a>(fates: impl Iterator<Item = &'a Fate>, is_odd: bool) -> Vec<Moving> {
    let mut found: Vec<Moving> = Vec::new();
    for fate in fates {
        let is_moving =
            matches!(fate.kind, Kind::Cycle(_) | Kind::QuasiPeriodic(_) | Kind::Chaotic(_));
        if is_moving && !found.iter().any(|known| known.fate.is_same(fate, 1.0)) {
            found.push(Moving { fate: fate.clone(), mirror: None });
        }
    }
    for index in 0..found.len() {
        let image = |known: &Moving| known.fate.is_same(&found[index].fate, -1.0);
        let place = found.iter().position(image);
        found[index].mirror = place.filter(|_| is_odd);
    }
    found
}

/// A time in which a system does something at a state: one over the median
/// modulus of the eigenvalues of its Jacobian that are not zero; 1 where there
/// are none, and the step of a map.
///
/// # Errors
///
/// [`AttractorError`]: lengths that disagree, a system without value.
pub fn characteristic_time(
    system: &dyn System,
    state: &[f64],
    input: &[f64],
) -> Result<f64, AttractorError> {
    if let Time::Discrete { step } = system.time() {
        return Ok(step);
    }
    let mut moduli: Vec<f64> = stability(system, state, input)?
        .eigenvalues
        .iter()
        .map(|value: &Complex| value.norm())
        .collect();
    moduli.retain(|&modulus| modulus > 0.0);
    moduli.sort_by(f64::total_cmp);
    Ok(moduli.get(moduli.len() / 2).map_or(1.0, |modulus| 1.0 / modulus))
}
