//! What the state comes to after each trial, over the step of the Euler map.

use crate::{
    dynamics::attractors::{AfterStimulus, Cut, Fate, Kind, SettleOptions, after_stimuli},
    equiv::realisability::{RealisabilityError, RealisabilityOptions},
    rnn::{DiscreteRnn, Rnn},
    task::StimulusSet,
};

/// What the state comes to after a trial, in the trained map and in the flow.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FateChange {
    /// The trial, from 1.
    pub trial: usize,
    /// Its name.
    pub name: String,
    /// What the trained map comes to, in a word or two.
    pub map: &'static str,
    /// What the flow comes to.
    pub flow: &'static str,
    /// Mean outputs there, of the map.
    pub map_outputs: Vec<f64>,
    /// Mean outputs there, of the flow.
    pub flow_outputs: Vec<f64>,
    /// Whether the two are one: the same point at rest, or both a motion that goes on, with
    /// the same mean outputs.
    pub kept: bool,
    /// The largest step found at which the map comes to something else than the trained
    /// one; 0 where only the flow does, `None` where all agree.
    pub first_step: Option<f64>,
    /// The smallest step found, above that, at which it does not yet.
    pub last_kept: Option<f64>,
}

/// Mean outputs of motions that are one differ by no more than this.
const SAME_OUTPUT: f64 = 0.1;
/// Halvings of the bracket of a change; each follows a motion to its end.
const HALVINGS: usize = 5;
/// Time that a motion is followed for, model time units, unless it settles before.
const HORIZON: f64 = 4000.0;
/// Steps of a map that are followed at most.
const MOST: f64 = 40_000.0;

/// Follows the state after every trial as the trained map, as the flow, and, where those
/// end differently, at the steps between.
///
/// An attractor that turns is told from another by its mean outputs alone: limit cycles of
/// a flow are invariant circles of its Euler maps, which never close.
///
/// # Errors
///
/// [`RealisabilityError::Attractor`] where a motion cannot be followed.
pub fn fate_changes(
    network: &Rnn,
    trained_step: f64,
    stimuli: &StimulusSet,
    options: &RealisabilityOptions,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Vec<FateChange>, RealisabilityError> {
    options.check(trained_step)?;
    let map = follow(network, trained_step, stimuli)?;
    progress(0.1);
    let flow = follow(network, 0.0, stimuli)?;
    progress(0.2);
    let differ = |at: usize| !is_one(&map[at].fate, &flow[at].fate);
    let wanted: Vec<usize> = (0..map.len()).filter(|&at| differ(at)).collect();
    let mut changes = Vec::new();
    for at in 0..map.len() {
        let bracket = match differ(at) {
            false => None,
            true => Some(bracket(network, trained_step, (stimuli, at), &map[at].fate, options)?),
        };
        let done = wanted.iter().filter(|&&k| k <= at).count();
        progress(0.2 + 0.8 * done as f64 / wanted.len().max(1) as f64);
        let (map, flow) = (&map[at], &flow[at]);
        changes.push(FateChange {
            trial: map.trial + 1,
            name: map.name.clone(),
            map: word(&map.fate.kind),
            flow: word(&flow.fate.kind),
            map_outputs: map.fate.mean.clone(),
            flow_outputs: flow.fate.mean.clone(),
            kept: bracket.is_none(),
            first_step: bracket.map(|(changed, _)| changed),
            last_kept: bracket.map(|(_, kept)| kept),
        });
    }
    Ok(changes)
}

/// The kind of a fate; a state that starts exactly on a point that leads away stays there.
fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::Point(rest) if !rest.point.stability.stable => "unstable point",
        kind => kind.name(),
    }
}

/// The first steps, going down, between which one trial comes to something else.
fn bracket(
    network: &Rnn,
    trained_step: f64,
    (stimuli, at): (&StimulusSet, usize),
    trained: &Fate,
    options: &RealisabilityOptions,
) -> Result<(f64, f64), RealisabilityError> {
    let alone = only(stimuli, at);
    let differs = |step: f64| -> Result<bool, RealisabilityError> {
        let after = follow(network, step, &alone)?;
        Ok(!after.first().is_some_and(|after| is_one(trained, &after.fate)))
    };
    let mut kept = trained_step;
    for part in &options.steps[1..] {
        let step = part * trained_step;
        if !differs(step)? {
            kept = step;
            continue;
        }
        let mut changed = step;
        for _ in 0..HALVINGS {
            let middle = 0.5 * (changed + kept);
            if differs(middle)? {
                changed = middle;
            } else {
                kept = middle;
            }
        }
        return Ok((changed, kept));
    }
    Ok((0.0, kept))
}

/// One trial of a set.
fn only(stimuli: &StimulusSet, at: usize) -> StimulusSet {
    let mut parts = stimuli.parts().clone();
    parts.trials = vec![parts.trials[at].clone()];
    StimulusSet::new(parts).expect("invariant: the trial was checked as part of its set")
}

/// What follows every trial in the map of a step, or in the flow for 0.
fn follow(
    network: &Rnn,
    step: f64,
    stimuli: &StimulusSet,
) -> Result<Vec<AfterStimulus>, RealisabilityError> {
    let mut settle = SettleOptions { patience: 1, ..SettleOptions::default() };
    if step > 0.0 {
        let samples = HORIZON / step;
        settle.horizon = if samples < MOST { samples as usize } else { MOST as usize };
        // A change in a sample is the smaller the shorter it is.
        settle.still *= if step < 1.0 { step } else { 1.0 };
        let map = DiscreteRnn { network: network.clone(), step };
        return Ok(after_stimuli(&map, stimuli, Cut::Trial, 1.0, &settle)?);
    }
    Ok(after_stimuli(network, stimuli, Cut::Trial, 1.0, &settle)?)
}

/// Whether two fates are one for whoever reads the outputs.
fn is_one(a: &Fate, b: &Fate) -> bool {
    let turns = |kind: &Kind| {
        matches!(
            kind,
            Kind::Cycle(_) | Kind::QuasiPeriodic(_) | Kind::Chaotic(_) | Kind::Drift { .. }
        )
    };
    match (&a.kind, &b.kind) {
        (Kind::Point(rest), Kind::Point(other)) => {
            rest.is_at(&other.point.state)
                && rest.point.stability.stable == other.point.stability.stable
        }
        (a_kind, b_kind) if turns(a_kind) && turns(b_kind) => {
            a.mean.len() == b.mean.len()
                && a.mean.iter().zip(&b.mean).all(|(a, b)| (a - b).abs() <= SAME_OUTPUT)
        }
        (Kind::Divergence, Kind::Divergence) => true,
        _ => false,
    }
}
