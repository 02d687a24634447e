//! Figures of networks.

use std::path::{Path, PathBuf};

use analogon::{
    dynamics::projection::{Method, Population},
    report::{
        self, DistanceOptions, FigureError, Portrait, Shown, TrainedPair, TrajectoryOptions,
        has_targets,
    },
    rnn::format::Loaded,
    task::{self, StimulusSet, TaskSpec},
};
use serde::Serialize;
use serde_json::json;

use super::{Azimuth, Drawing, FigureName, Plot, TimeName, stem, title};
use crate::{
    deck::is_deck,
    failure::Failure,
    network,
    results::{WaveFile, extension},
};

/// Noise of the samples of a distance, and their number, as published.
const NOISE: f64 = 0.1;
const SAMPLES: usize = 10;
/// What counts as no weight, as published.
const THRESHOLD: f64 = 1e-3;
/// Where the viewer stands, as published, degrees.
const AZIMUTH: f64 = 70.0;
const ELEVATION: f64 = 10.0;

/// Draws a figure of a network.
pub(super) fn draw(plot: &Plot, figure: FigureName) -> Result<Drawing, Failure> {
    if figure == FigureName::Regression {
        return regression(plot);
    }
    if figure == FigureName::Samples && plot.files.is_empty() {
        return task_alone(plot);
    }
    let path = plot.one_file()?;
    let loaded = load(path)?;
    let (name, network) = (title(path), &loaded.network);
    let made = match figure {
        FigureName::Weights => finished(report::weights_figure(network, &name)),
        FigureName::Matrices => finished(Ok(report::matrices_figure(network, &name))),
        FigureName::Signs => {
            let threshold = plot.threshold.unwrap_or(THRESHOLD);
            finished(report::signs_figure(network, threshold, &name))
        }
        FigureName::Biases => finished(report::biases_figure(network, &name)),
        FigureName::Samples
        | FigureName::Trials
        | FigureName::Trajectory
        | FigureName::Frequencies
        | FigureName::Distance
        | FigureName::Regression => played(plot, figure, &loaded, &name),
    };
    Ok(named(made?, figure, path))
}

/// A figure of what the network does.
fn played(
    plot: &Plot,
    figure: FigureName,
    loaded: &Loaded,
    name: &str,
) -> Result<Drawing, Failure> {
    let stimuli = plot.stimuli.resolve(loaded)?;
    check_fit(&stimuli, loaded)?;
    let needs_target = matches!(figure, FigureName::Samples | FigureName::Distance);
    if needs_target && !has_targets(&stimuli) {
        return Err(Failure::new(
            format!("the figure `{}` needs a task, and `{name}` names none", figure.name()),
            format!("name one with --task; those that fit are {}", fitting(loaded)),
        ));
    }
    let step = match plot.time {
        None => loaded.trained_step,
        Some(TimeName::Discrete) => Some(loaded.trained_step.unwrap_or(1.0)),
        Some(TimeName::Continuous) => None,
    };
    let portrait = Portrait { name, network: &loaded.network, step, stimuli: &stimuli };
    let trials = |usual: Vec<usize>| {
        plot.trial.as_ref().map_or(usual, |choice| choice.of(stimuli.trials().len()))
    };
    let mut drawing = match figure {
        FigureName::Samples => finished(report::samples_figure(&stimuli, plot.noise)),
        FigureName::Trials => {
            let options = trajectory(plot, trials(report::usual_trials(&stimuli)), Vec::new())?;
            finished(report::trials_figure(&portrait, &options))
        }
        FigureName::Frequencies => {
            finished(report::frequencies_figure(&portrait, &trials(report::usual_trials(&stimuli))))
        }
        FigureName::Distance => {
            let first = |count: usize| (0..count.clamp(0, report::MOST_TRIALS)).collect();
            let options = DistanceOptions {
                trials: trials(first(stimuli.trials().len())),
                samples: plot.samples.unwrap_or(SAMPLES),
                noise: plot.noise.unwrap_or(NOISE),
            };
            finished(report::distance_figure(&portrait, &options))
        }
        // What is left is the trajectory.
        _ => {
            let marks = plot.mark.clone().unwrap_or_else(|| usual_marks(&stimuli));
            let usual = TrajectoryOptions::usual_trials(&stimuli);
            let options = trajectory(plot, trials(usual), marks)?;
            finished(report::trajectory_figure(&portrait, &options))
        }
    }?;
    if !has_targets(&stimuli) {
        drawing.lines.push(format!(
            "note: no task is known of `{name}`, so seeded pulses drive it; --task names one ({} fit)",
            fitting(loaded)
        ));
    }
    Ok(drawing)
}

fn trajectory(
    plot: &Plot,
    trials: Vec<usize>,
    marks: Vec<usize>,
) -> Result<TrajectoryOptions, Failure> {
    let elevation = plot.elevation.unwrap_or(ELEVATION);
    if !elevation.is_finite() {
        return Err(Failure::new(format!("the elevation is {elevation}, not a finite number"), ""));
    }
    Ok(TrajectoryOptions {
        method: plot.projection.map_or(Method::Svd, Method::from),
        population: plot.population.map_or(Population::All, Population::from),
        trials,
        azimuths: match plot.azimuth {
            None => vec![AZIMUTH],
            Some(Azimuth::At(angle)) => vec![angle],
            Some(Azimuth::Sweep) => TrajectoryOptions::sweep(),
        },
        elevation,
        marks,
    })
}

/// The steps that the papers mark in their sequence.
fn usual_marks(stimuli: &StimulusSet) -> Vec<usize> {
    if stimuli.parts().task == "flipflop3_cube" {
        TrajectoryOptions::CUBE_MARKS.to_vec()
    } else {
        Vec::new()
    }
}

/// The data of a task need no network.
fn task_alone(plot: &Plot) -> Result<Drawing, Failure> {
    let Some(stimuli) = plot.stimuli.named()? else {
        let text = "the figure `samples` needs a task";
        return Err(Failure::new(text, "name one with --task, or a network that knows its own"));
    };
    let drawing = finished(report::samples_figure(&stimuli, plot.noise))?;
    Ok(named(drawing, FigureName::Samples, Path::new(&stimuli.parts().task)))
}

/// Trained against initial weights.
fn regression(plot: &Plot) -> Result<Drawing, Failure> {
    let Some(first) = plot.files.first() else {
        return Err(Failure::new("no network to draw", "name one that was trained"));
    };
    if plot.initial.is_empty() {
        return Err(Failure::new(
            "the figure `regression` needs what the network started from",
            "name it with --initial",
        ));
    }
    if plot.initial.len() != 1 && plot.initial.len() != plot.files.len() {
        return Err(Failure::new(
            format!(
                "{} trained networks, but {} initial ones",
                plot.files.len(),
                plot.initial.len()
            ),
            "--initial takes one for each, in the same order, or one for all",
        ));
    }
    let read = |paths: &[PathBuf]| -> Result<Vec<(String, Loaded)>, Failure> {
        paths.iter().map(|path| Ok((title(path), load(path)?))).collect()
    };
    let (trained, initial) = (read(&plot.files)?, read(&plot.initial)?);
    let pair = |(at, own): (usize, &'_ (String, Loaded))| {
        let start = initial.get(at).or(initial.first())?;
        Some((own.clone(), start.clone()))
    };
    let pairs: Vec<_> = trained.iter().enumerate().filter_map(pair).collect();
    let pairs: Vec<TrainedPair<'_>> = pairs
        .iter()
        .map(|(own, start)| TrainedPair {
            trained: (&own.0, &own.1.network),
            initial: (&start.0, &start.1.network),
        })
        .collect();
    let drawing = finished(report::regression_figure(&pairs))?;
    Ok(named(drawing, FigureName::Regression, first))
}

/// Reads a network; says what else a file is.
fn load(path: &Path) -> Result<Loaded, Failure> {
    let shown = path.display();
    if is_deck(path) {
        let hint = format!("`analogon extract {shown} -o net.npz` reads a network out of it");
        return Err(Failure::new(format!("`{shown}` is a deck, not a network"), hint));
    }
    if matches!(WaveFile::of(path), Some(WaveFile::Raw | WaveFile::Csv)) {
        let hint = format!("`analogon plot {shown}` without --figure draws it");
        let text = format!("`{shown}` is a waveform (.{}), not a network", extension(path));
        return Err(Failure::new(text, hint));
    }
    network::load(Some(path))
}

/// Stimuli are for so many inputs and outputs.
fn check_fit(stimuli: &StimulusSet, loaded: &Loaded) -> Result<(), Failure> {
    let parts = stimuli.parts();
    let (_, inputs, outputs) = loaded.network.shape();
    if parts.channels.len() == inputs && parts.outputs.len() <= outputs {
        return Ok(());
    }
    Err(Failure::new(
        format!(
            "the stimuli `{}` are for {} inputs and {} outputs, the network has {inputs} and {outputs}",
            parts.task,
            parts.channels.len(),
            parts.outputs.len()
        ),
        format!("tasks that fit: {}", fitting(loaded)),
    ))
}

/// The tasks for networks of that shape.
fn fitting(loaded: &Loaded) -> String {
    let (_, inputs, outputs) = loaded.network.shape();
    let drawn = |name: &&str| task::named(name).is_none();
    let shape = |name: &str| match task::named(name) {
        Some(set) => Some((set.parts().channels.len(), set.parts().outputs.len())),
        None => TaskSpec::named(name).map(|task| (task.channels().len(), task.outputs().len())),
    };
    let fits = |name: &&str| shape(name).is_some_and(|own| own.0 == inputs && own.1 <= outputs);
    let all = task::names().chain(TaskSpec::names().filter(drawn));
    let names: Vec<&str> = all.filter(fits).collect();
    if names.is_empty() { "none of the package".to_owned() } else { names.join(", ") }
}

/// A figure without its name and the file's.
fn finished<N: Serialize>(shown: Result<Shown<N>, FigureError>) -> Result<Drawing, Failure> {
    let Shown { figure, numbers, lines } =
        shown.map_err(|error| Failure::new(error.to_string(), ""))?;
    let numbers = serde_json::to_value(numbers)
        .map_err(|error| Failure::new(format!("the numbers cannot be printed: {error}"), ""))?;
    Ok(Drawing { figure, numbers, lines, name: String::new() })
}

fn named(drawing: Drawing, figure: FigureName, path: &Path) -> Drawing {
    let numbers = json!({
        "figure": figure.name(),
        "file": title(path),
        "numbers": drawing.numbers,
    });
    Drawing { numbers, name: format!("{}_{}.svg", stem(path), figure.name()), ..drawing }
}
