//! `analogon plot`: figures of waveforms and of networks.

mod choice;
mod names;
mod portrait;
mod waveform;

use std::io::Write;
use std::path::{Path, PathBuf};

use analogon::plot::Figure;
use serde_json::Value;

use crate::{
    failure::{Failure, Outcome},
    files, json,
    network::StimulusArgs,
    picture::Picture,
};
use choice::{Azimuth, PopulationName, ProjectionName, TimeName, TrialChoice};
use names::FigureName;

/// Draw a waveform or a figure of a network
///
/// A .raw, .csv or .npz file of samples is drawn signal by signal. Of a network
/// --figure says what is drawn; --list lists what there is. Without -o the
/// picture is <file>_<figure>.svg in the present folder.
///
/// Examples:
///   analogon plot deck.raw --signals 'v(out),i(v1)' -o deck.png
///   analogon plot net.hdf5 --figure trajectory --task xor
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Plot {
    /// Samples (.raw, .csv, .npz), or a network; several for --figure regression
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Figure of a network
    #[arg(long, value_name = "NAME")]
    figure: Option<String>,

    /// List the figures of networks
    #[arg(long, exclusive = true)]
    list: bool,

    /// Picture to write: .svg or .png
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print the numbers behind the figure as a JSON object; draws only with -o
    #[arg(long)]
    json: bool,

    /// Waveforms: draw only these signals
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    signals: Vec<String>,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// Trials to draw, from 1, or `all` [default: some]
    #[arg(long, value_name = "K,...|all")]
    trial: Option<TrialChoice>,

    /// Run the network as a map or as a flow [default: as trained]
    #[arg(long, value_enum, value_name = "KIND")]
    time: Option<TimeName>,

    /// samples, distance: standard deviation of noise on the inputs
    /// [default: the task's own; 0.1 for distance]
    #[arg(long, value_name = "SD", allow_negative_numbers = true)]
    noise: Option<f64>,

    /// distance: noisy samples of every stimulus [default: 10]
    #[arg(long, value_name = "N")]
    samples: Option<usize>,

    /// trials, trajectory: how many units become few dimensions [default: svd]
    #[arg(long, value_enum, value_name = "KIND")]
    projection: Option<ProjectionName>,

    /// trials, trajectory: units that count [default: all]
    #[arg(long, value_enum, value_name = "KIND")]
    population: Option<PopulationName>,

    /// trials, trajectory: angle of the viewer around the third axis, degrees, or
    /// `sweep` for 0 to 170 by 10 [default: 70]
    #[arg(long, value_name = "A|sweep", allow_negative_numbers = true)]
    azimuth: Option<Azimuth>,

    /// trials, trajectory: angle of the viewer above the first two axes, degrees
    /// [default: 10]
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    elevation: Option<f64>,

    /// trajectory: mark the states at these steps, from 0
    /// [default for the cube sequence: 40,100,180,240,320,380,460,520]
    #[arg(long, value_name = "STEP,...", value_delimiter = ',')]
    mark: Option<Vec<usize>>,

    /// regression: what the networks started from, one each or one for all
    #[arg(long, value_name = "FILE", num_args = 1..)]
    initial: Vec<PathBuf>,

    /// signs: size up to which a weight counts as 0 [default: 0.001]
    #[arg(long, value_name = "W", allow_negative_numbers = true)]
    threshold: Option<f64>,
}

/// What a command draws and prints.
struct Drawing {
    /// The picture.
    figure: Figure,
    /// The numbers behind it.
    numbers: Value,
    /// What to say about it.
    lines: Vec<String>,
    /// The name of the picture where none is asked for.
    name: String,
}

impl Plot {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if self.list {
            return names::list(out);
        }
        let asked = self.output.as_deref();
        asked.map(Picture::of).transpose()?;
        let figure = self.figure.as_deref().map(FigureName::named).transpose()?;
        self.check_options(figure)?;
        let drawing = match figure {
            Some(figure) => portrait::draw(self, figure)?,
            None => waveform::draw(self)?,
        };
        // With --json only a picture that is asked for is drawn.
        let path = asked.map(Path::to_path_buf);
        let path = path.or_else(|| (!self.json).then(|| PathBuf::from(&drawing.name)));
        if let Some(path) = &path {
            files::write(path, &Picture::of(path)?.bytes(&drawing.figure)?)?;
        }
        if self.json {
            json::print(&drawing.numbers, out)?;
            return Ok(Outcome::Holds);
        }
        for line in &drawing.lines {
            writeln!(out, "{line}")?;
        }
        if let Some(path) = path {
            writeln!(out, "\nwritten: {}", path.display())?;
        }
        Ok(Outcome::Holds)
    }

    /// An option that the figure does not know is an error, not ignored.
    fn check_options(&self, figure: Option<FigureName>) -> Result<(), Failure> {
        use FigureName::{Distance, Frequencies, Regression, Samples, Signs, Trajectory, Trials};
        let played: &[FigureName] = &[Trials, Trajectory, Frequencies, Distance];
        let seen: &[FigureName] = &[Trials, Trajectory];
        let given: [(&str, bool, &[FigureName]); 13] = [
            (
                "--task",
                self.stimuli.is_given(),
                &[Samples, Trials, Trajectory, Frequencies, Distance],
            ),
            ("--trial", self.trial.is_some(), played),
            ("--time", self.time.is_some(), played),
            ("--noise", self.noise.is_some(), &[Samples, Distance]),
            ("--samples", self.samples.is_some(), &[Distance]),
            ("--projection", self.projection.is_some(), seen),
            ("--population", self.population.is_some(), seen),
            ("--azimuth", self.azimuth.is_some(), seen),
            ("--elevation", self.elevation.is_some(), seen),
            ("--mark", self.mark.is_some(), &[Trajectory]),
            ("--initial", !self.initial.is_empty(), &[Regression]),
            ("--threshold", self.threshold.is_some(), &[Signs]),
            ("--signals", !self.signals.is_empty(), &[]),
        ];
        for (option, is_given, known) in given {
            let suits = figure.map_or(known.is_empty(), |figure| known.contains(&figure));
            if is_given && !suits {
                let of: Vec<&str> = known.iter().map(|figure| figure.name()).collect();
                let hint = match (figure, of.is_empty()) {
                    (_, true) => "it chooses signals of a waveform".to_owned(),
                    (None, false) => {
                        format!("it belongs to `--figure` {} of a network", of.join(", "))
                    }
                    (Some(_), false) => format!("it belongs to {}", of.join(", ")),
                };
                let what = figure.map_or("a waveform", FigureName::name);
                return Err(Failure::new(format!("`{option}` means nothing to {what}"), hint));
            }
        }
        Ok(())
    }

    /// The only file.
    fn one_file(&self) -> Result<&Path, Failure> {
        match &self.files[..] {
            [file] => Ok(file),
            [] => Err(Failure::new("no file to draw", "name a waveform or a network")),
            files => Err(Failure::new(
                format!("{} files, one is drawn at a time", files.len()),
                "several networks make one figure with --figure regression",
            )),
        }
    }
}

/// The name of a file without its folder and its ending.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The name of a file without its folder.
fn title(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
