//! `analogon rescale`, `discretise` and `linearise`: one procedure more.

use std::io::Write;
use std::path::{Path, PathBuf};

use analogon::{
    dae::{Drive, Time},
    expr::Notation,
    report::motion_figure,
    task::Stimulus,
    transform::{Feed, Method, Recipe, Span, Step, StretchedDrive, simulate, usual_step, waveform},
};
use clap::ValueEnum;

use crate::{
    failure::{Failure, Outcome},
    files,
    network::StimulusArgs,
    picture::Picture,
    point::{PointArgs, values},
    results::{WaveFile, extension, write_waveform},
    subject::{Subject, SubjectKind},
};

/// Rescale a system in time, and its states
///
/// In the time s = a t everything takes a times as long: rates are divided by a,
/// of a map only the step is relabelled. --amplitude multiplies all states, an
/// operation of its own. Prints the equations, or a summary of large ones.
///
/// SUBJECT is a network (Keras, PyTorch, safetensors, NPZ, text), a deck, or a
/// system saved by -o FILE.json; without it the embedded 3-bit flip-flop.
///
/// Example: analogon rescale net.hdf5 --by 2 -o slow.json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Rescale {
    /// Network, deck or saved system
    subject: Option<PathBuf>,

    /// Factor a of time: s = a t
    #[arg(long, value_name = "A", required_unless_present = "amplitude")]
    by: Option<f64>,

    /// Factor of all states
    #[arg(long, value_name = "G")]
    amplitude: Option<f64>,

    #[command(flatten)]
    output: ProcedureOutput,
}

/// Discretise a system
///
/// The map over one step, inputs held: explicit-euler, implicit-euler,
/// trapezoidal, rk4, zoh (exact; linear systems only) or exponential-euler
/// (solves the leak exactly). Prints the equations, or a summary of large ones.
///
/// SUBJECT is a network (Keras, PyTorch, safetensors, NPZ, text), a deck, or a
/// system saved by -o FILE.json; without it the embedded 3-bit flip-flop.
///
/// Example: analogon discretise net.hdf5 --method rk4 --step 0.1 --simulate 200 --plot wave.svg
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Discretise {
    /// Network, deck or saved system
    subject: Option<PathBuf>,

    /// Method
    #[arg(long, value_enum, value_name = "NAME")]
    method: MethodName,

    /// Step, in the unit of time of the system [default: the step at which a
    /// network was trained, else a tenth of the fastest time of the system]
    #[arg(long, value_name = "D")]
    step: Option<f64>,

    #[command(flatten)]
    output: ProcedureOutput,
}

/// Linearise a system at a point
///
/// The affine system that touches it there; off an equilibrium with the constant
/// term. A network is linearised in continuous time; to linearise its map,
/// discretise it first. Prints the equations, or a summary of large ones.
///
/// SUBJECT is a network (Keras, PyTorch, safetensors, NPZ, text), a deck, or a
/// system saved by -o FILE.json; without it the embedded 3-bit flip-flop.
///
/// Example: analogon linearise amplifier.cir --at rest --latex
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Linearise {
    /// Network, deck or saved system
    subject: Option<PathBuf>,

    #[command(flatten)]
    point: PointArgs,

    #[command(flatten)]
    output: ProcedureOutput,
}

/// How to discretise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodName {
    /// X = x + d F(x, u)
    #[value(alias = "euler", alias = "explicit_euler")]
    ExplicitEuler,
    /// X = x + d F(X, u)
    #[value(alias = "implicit_euler")]
    ImplicitEuler,
    /// X = x + d/2 (F(x, u) + F(X, u))
    #[value(alias = "trap")]
    Trapezoidal,
    /// The classical method of four stages
    #[value(alias = "runge-kutta4", alias = "runge_kutta4")]
    Rk4,
    /// Zero-order hold: exact, for linear systems
    #[value(alias = "zero-order-hold", alias = "zero_order_hold")]
    Zoh,
    /// The linear part exactly
    #[value(alias = "exponential_euler")]
    ExponentialEuler,
}

impl From<MethodName> for Method {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::ExplicitEuler => Self::ExplicitEuler,
            MethodName::ImplicitEuler => Self::ImplicitEuler,
            MethodName::Trapezoidal => Self::Trapezoidal,
            MethodName::Rk4 => Self::RungeKutta4,
            MethodName::Zoh => Self::ZeroOrderHold,
            MethodName::ExponentialEuler => Self::ExponentialEuler,
        }
    }
}

impl Rescale {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let files = self.output.files()?;
        let subject = Subject::load(self.subject.as_deref())?;
        let mut recipe = subject.recipe();
        if let Some(factor) = self.by {
            recipe = recipe.then(Step::Rescale { factor }).map_err(Failure::of)?;
        }
        if let Some(factor) = self.amplitude {
            let factors = vec![factor; recipe.system().shape().0];
            recipe = recipe.then(Step::Scale { factors }).map_err(Failure::of)?;
        }
        self.output.finish(&subject, &recipe, &files, out)
    }
}

impl Discretise {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let files = self.output.files()?;
        let subject = Subject::load(self.subject.as_deref())?;
        let recipe = subject.recipe();
        let step = match self.step {
            Some(step) => step,
            None => default_step(&subject, &recipe)?,
        };
        let method = self.method.into();
        let recipe = recipe.then(Step::Discretise { method, step }).map_err(Failure::of)?;
        self.output.finish(&subject, &recipe, &files, out)
    }
}

/// The step at which a network was trained, else what the system's own fastest
/// time suggests.
fn default_step(subject: &Subject, recipe: &Recipe) -> Result<f64, Failure> {
    match recipe.origin().trained_step {
        Some(step) => Ok(step * recipe.time_factor()),
        None => fastest_step(subject),
    }
}

/// A tenth of the fastest time of the subject's flow at the origin.
pub(crate) fn fastest_step(subject: &Subject) -> Result<f64, Failure> {
    let flow = subject.flow();
    let (states, inputs, _) = flow.shape();
    usual_step(&*flow, &vec![0.0; states], &vec![0.0; inputs]).map_err(Failure::of)
}

impl Linearise {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let files = self.output.files()?;
        let subject = Subject::load(self.subject.as_deref())?;
        let recipe = subject.recipe();
        let (state, input) = self.point.resolve(&**recipe.system())?;
        let recipe = recipe.then(Step::Linearise { state, input }).map_err(Failure::of)?;
        self.output.finish(&subject, &recipe, &files, out)
    }
}

/// What to do with what came of a procedure.
#[derive(Debug, clap::Args)]
struct ProcedureOutput {
    /// Print the equations in LaTeX
    #[arg(long)]
    latex: bool,

    /// Print the saved form, one JSON object, instead
    #[arg(long, conflicts_with = "latex")]
    json: bool,

    /// Write out all equations, however many terms they have
    #[arg(long)]
    full: bool,

    /// File to write, may be given twice: .json for the system, .csv, .npz or
    /// .raw for the motion
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,

    /// Simulate up to this time, in the unit of time of the new system
    #[arg(long, value_name = "T")]
    simulate: Option<f64>,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// Trial of the stimuli to play, from 1
    #[arg(long, default_value_t = 1, value_name = "K")]
    trial: usize,

    /// State to start from: numbers with commas, or a file [default: 0]
    #[arg(long, value_name = "STATE", allow_hyphen_values = true, requires = "simulate")]
    start: Option<String>,

    /// Draw the motion: .svg or .png
    #[arg(long, value_name = "FILE", requires = "simulate")]
    plot: Option<PathBuf>,
}

/// Files to write, checked before any work is done for them.
struct Files {
    systems: Vec<PathBuf>,
    waves: Vec<(PathBuf, WaveFile)>,
    picture: Option<Picture>,
}

/// Terms that are written out unasked.
const TERMS: usize = 400;
/// Samples of a simulated flow, and its relative tolerance.
const SAMPLES: f64 = 1000.0;
const TOLERANCE: f64 = 1e-9;

impl ProcedureOutput {
    fn files(&self) -> Result<Files, Failure> {
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        let mut found = Files { systems: Vec::new(), waves: Vec::new(), picture };
        for path in &self.output {
            files::check_output(path)?;
            match (extension(path).as_str(), WaveFile::of(path)) {
                ("json", _) => found.systems.push(path.clone()),
                (_, Some(_)) if self.simulate.is_none() => {
                    let shown = path.display();
                    return Err(Failure::new(
                        format!("`{shown}` is a file of waveforms, and nothing is simulated"),
                        "say how long with --simulate T",
                    ));
                }
                (_, Some(kind)) => found.waves.push((path.clone(), kind)),
                _ => {
                    return Err(Failure::new(
                        format!("`{}` ends neither like a system nor like a wave", path.display()),
                        format!("a system is saved as .json, waves as {}", WaveFile::KNOWN),
                    ));
                }
            }
        }
        Ok(found)
    }

    /// Prints, saves, simulates and draws.
    fn finish(
        &self,
        subject: &Subject,
        recipe: &Recipe,
        files: &Files,
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        let saved = recipe.to_json();
        if self.json {
            out.write_all(saved.as_bytes())?;
        } else {
            let notation = if self.latex { Notation::Latex } else { Notation::Text };
            let limit = if self.full { usize::MAX } else { TERMS };
            write!(out, "{}", recipe.equations(notation, limit).map_err(Failure::of)?)?;
        }
        let mut written = Vec::new();
        for path in &files.systems {
            files::write(path, saved.as_bytes())?;
            written.push(path.as_path());
        }
        if let Some(stop) = self.simulate {
            written.extend(self.play(subject, recipe, files, stop)?);
        }
        // Beside JSON and LaTeX nothing else is printed.
        if !written.is_empty() && !self.json && !self.latex {
            let names: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
            writeln!(out, "\nwritten: {}", names.join(", "))?;
        }
        Ok(Outcome::Holds)
    }

    /// Simulates, and writes what is asked for.
    fn play<'a>(
        &'a self,
        subject: &Subject,
        recipe: &Recipe,
        files: &'a Files,
        stop: f64,
    ) -> Result<Vec<&'a Path>, Failure> {
        let system = recipe.system();
        let (states, inputs, _) = system.shape();
        let initial = match &self.start {
            None => vec![0.0; states],
            Some(text) => {
                let names: Vec<String> =
                    system.states().into_iter().map(|state| state.name).collect();
                values(text, "start", &names)?
            }
        };
        let span = Span { stop, interval: stop / SAMPLES, rtol: TOLERANCE };
        let stimulus = self.stimulus(subject, inputs)?;
        let factor = recipe.time_factor();
        let own = subject.sources.as_ref().filter(|_| !self.stimuli.is_given());
        let feed = Feed {
            stimulus: &stimulus,
            time: recipe.origin().scales.time_unit * factor,
            level: recipe.origin().scales.input_volts,
            held: matches!(system.time(), Time::Discrete { .. }),
        };
        let stretched = own.map(|sources| StretchedDrive { drive: sources, factor });
        let drive: &dyn Drive = match &stretched {
            Some(stretched) => stretched,
            None => &feed,
        };
        let motion = simulate(system, drive, &initial, &span).map_err(Failure::of)?;
        let wave = waveform(system, &motion).map_err(Failure::of)?;
        let title = recipe.description().join("; ");
        let mut written = Vec::new();
        for (path, kind) in &files.waves {
            write_waveform(path, *kind, &title, &wave)?;
            written.push(path.as_path());
        }
        if let (Some(path), Some(picture)) = (&self.plot, files.picture) {
            let figure = motion_figure(recipe, drive, &motion);
            files::write(path, &picture.bytes(&figure)?)?;
            written.push(path.as_path());
        }
        Ok(written)
    }

    /// The trial to play.
    fn stimulus(&self, subject: &Subject, inputs: usize) -> Result<Stimulus, Failure> {
        let set = match &subject.kind {
            SubjectKind::Network(loaded) => self.stimuli.resolve(loaded)?,
            SubjectKind::Deck { .. } | SubjectKind::Saved(_) => self.stimuli.resolve_for(inputs)?,
        };
        let (trials, channels) = (set.trials().len(), set.parts().channels.len());
        if self.trial == 0 || self.trial > trials {
            return Err(Failure::new(
                format!("there is no trial {}", self.trial),
                format!("the stimuli `{}` have {trials} trials", set.parts().task),
            ));
        }
        if channels != inputs {
            let task = &set.parts().task;
            return Err(Failure::new(
                format!(
                    "the stimuli `{task}` have {channels} channels, the system {inputs} inputs"
                ),
                "",
            ));
        }
        Ok(set.stimulus(self.trial - 1))
    }
}
