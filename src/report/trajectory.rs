//! Trajectories of the whole population in a few dimensions.

mod draw;
mod memory;

use nalgebra::DMatrix;
use serde::Serialize;

use super::portrait::{Dynamics, FigureError, Portrait, Shown};
use crate::{
    dynamics::projection::{Method, Population, Populations, Projection, ProjectionError, project},
    task::StimulusSet,
};

pub(super) use draw::{START, STOP, component};
pub use memory::Corner;

/// Components that are found, where there are as many.
const COMPONENTS: usize = 3;
/// Fractions among the numbers.
const FRACTIONS: usize = 10;

/// What of a trajectory is drawn, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct TrajectoryOptions {
    /// How many dimensions become few.
    pub method: Method,
    /// Which units count.
    pub population: Population,
    /// The trials, from 0; one projection serves all of them.
    pub trials: Vec<usize>,
    /// Angles of the viewer around the third axis, degrees: one makes a figure with the
    /// plane of the first two components beside it, several make a grid.
    pub azimuths: Vec<f64>,
    /// Angle of the viewer above the plane of the first two components, degrees.
    pub elevation: f64,
    /// Steps, from 0, whose states are marked.
    pub marks: Vec<usize>,
}

impl TrajectoryOptions {
    /// The angles of the papers' sweep: 0 to 170 by 10 degrees.
    #[must_use]
    pub fn sweep() -> Vec<f64> {
        (0..18).map(|k| 10.0 * f64::from(k)).collect()
    }

    /// The steps that the papers mark in the sequence through the cube.
    pub const CUBE_MARKS: [usize; 8] = [40, 100, 180, 240, 320, 380, 460, 520];

    /// The trials that are drawn unasked: all of a few, else the first that moves.
    #[must_use]
    pub fn usual_trials(stimuli: &StimulusSet) -> Vec<usize> {
        const FEW: usize = 4;
        let count = stimuli.trials().len();
        if count <= FEW { (0..count).collect() } else { vec![super::first_moving(stimuli)] }
    }
}

/// The numbers behind a figure of trajectories.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrajectoryNumbers {
    /// The task.
    pub task: String,
    /// Map or flow.
    pub dynamics: Dynamics,
    /// How many dimensions became few.
    pub method: Method,
    /// Which units count.
    pub population: &'static str,
    /// How many these are.
    pub units: usize,
    /// Units that send weights of both signs, so that which population they are in is
    /// a matter of the sum.
    pub mixed: usize,
    /// Shares of the first directions, ten at most: of the sum of squares
    /// for the SVD, of the variance otherwise.
    pub fractions: Vec<f64>,
    /// The trials.
    pub trials: Vec<TrialNumbers>,
    /// The states in which outputs are held.
    pub corners: Vec<Corner>,
}

/// One trial in the few dimensions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialNumbers {
    /// Its name.
    pub trial: String,
    /// Ends of its steps, model time units.
    pub times: Vec<f64>,
    /// Components at the end of every step.
    pub points: Vec<Vec<f64>>,
    /// Marked steps, from 0.
    pub marks: Vec<usize>,
}

/// Draws trajectories.
///
/// All trials together make one matrix, steps x units, which is projected; so
/// they share their axes.
///
/// # Errors
///
/// [`FigureError`]: a trial that does not exist or cannot be played, a
/// population without units, and a trajectory that moves in fewer than two directions.
pub fn trajectory_figure(
    portrait: &Portrait<'_>,
    options: &TrajectoryOptions,
) -> Result<Shown<TrajectoryNumbers>, FigureError> {
    let populations = Populations::of(portrait.network);
    let mut recordings = Vec::with_capacity(options.trials.len());
    for &trial in &options.trials {
        recordings.push(portrait.record(trial)?);
    }
    let parts: Vec<DMatrix<f64>> = recordings
        .iter()
        .map(|recording| populations.select(&recording.states, options.population))
        .collect();
    let units = parts.first().map_or(0, DMatrix::ncols);
    if units == 0 {
        let text = format!("the network has no {}", options.population.name());
        return Err(FigureError::Nothing(text));
    }
    let projection = projected(&stacked(&parts, units), options)?;
    let mut trials = Vec::with_capacity(parts.len());
    let mut row = 0;
    for (at, recording) in recordings.iter().enumerate() {
        let steps = recording.times.len();
        let points = (row..row + steps).map(|n| projection.points.row(n).iter().copied().collect());
        trials.push(TrialNumbers {
            trial: portrait.trial_name(options.trials[at]).to_owned(),
            times: recording.times.clone(),
            points: points.collect(),
            marks: options.marks.iter().copied().filter(|&mark| mark < steps).collect(),
        });
        row += steps;
    }
    let numbers = TrajectoryNumbers {
        task: portrait.stimuli.parts().task.clone(),
        dynamics: portrait.dynamics(),
        method: options.method,
        population: options.population.name(),
        units,
        mixed: populations.mixed,
        fractions: projection.fractions.iter().copied().take(FRACTIONS).collect(),
        corners: memory::corners(portrait.stimuli, &options.trials, &trials),
        trials,
    };
    let figure = draw::figure(portrait, options, &numbers);
    let lines = lines(options, &numbers);
    Ok(Shown { figure, numbers, lines })
}

/// All trials below each other.
fn stacked(parts: &[DMatrix<f64>], units: usize) -> DMatrix<f64> {
    let steps = parts.iter().map(DMatrix::nrows).sum();
    let mut all = DMatrix::zeros(steps, units);
    let mut row = 0;
    for part in parts {
        all.rows_mut(row, part.nrows()).copy_from(part);
        row += part.nrows();
    }
    all
}

/// Three components, or two where there are no more.
fn projected(
    states: &DMatrix<f64>,
    options: &TrajectoryOptions,
) -> Result<Projection, FigureError> {
    let count = states.ncols();
    if count < 2 {
        let what = units(options.population, count);
        return Err(FigureError::Nothing(format!("a plane needs two units, there are {what}")));
    }
    let wanted = if count < COMPONENTS { count } else { COMPONENTS };
    let found = match project(states, options.method, wanted) {
        Err(ProjectionError::Flat { found: 2, .. }) => project(states, options.method, 2),
        other => other,
    };
    found.map_err(|error| {
        let what = format!("{} of {}", options.method.name(), options.population.name());
        FigureError::Projection { what, error }
    })
}

/// `all 80 units`
fn units(population: Population, count: usize) -> String {
    match population {
        Population::All => format!("all {count} units"),
        Population::Excitatory | Population::Inhibitory => format!("{count} {}", population.name()),
    }
}

fn lines(options: &TrajectoryOptions, numbers: &TrajectoryNumbers) -> Vec<String> {
    let shares: Vec<String> = numbers.fractions.iter().map(|share| format!("{share:.3}")).collect();
    let steps: usize = numbers.trials.iter().map(|trial| trial.times.len()).sum();
    let of = match options.method {
        Method::Svd => "the sum of squares",
        Method::Pca | Method::PublishedPca | Method::Ica { .. } => "the variance",
    };
    let mut lines = vec![format!(
        "{} of {}, {steps} steps: fractions of {of} {}",
        options.method.name(),
        units(options.population, numbers.units),
        shares.join(", ")
    )];
    if options.population != Population::All && numbers.mixed > 0 {
        lines.push(format!(
            "{} units send weights of both signs; populations go by the sign of the sum",
            numbers.mixed
        ));
    }
    lines
}
