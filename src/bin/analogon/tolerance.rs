//! `analogon tolerance`: how many of the circuits will work?

use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use analogon::{
    equiv::{
        Scales, extract,
        tolerance::{Distribution, Model, Series, Study, Time, ToleranceOptions},
    },
    mna::reduce,
    rnn::Rnn,
    task::StimulusSet,
    units::parse_number,
};
use clap::ValueEnum;
use parts::NonIdeal;

mod parts;

use crate::{
    deck,
    failure::{Failure, Outcome},
    files, json,
    network::{self, StimulusArgs},
    progress::Progress,
};

/// Find the yield of a network's circuit from the tolerances of its components
///
/// Each draw gives every component of the op-amp realisation a value within its
/// tolerance and asks whether the circuit still decides right in every trial.
/// With `--model weights` the weights themselves are off, in the discrete map.
/// A deck is read as the network it is, and that realised anew with op-amps.
///
/// Exit code 1 where the yield is below `--least`.
///
/// Examples:
///   analogon tolerance net.hdf5 --task and --tolerance 1% --offset 1m
///   analogon tolerance net.hdf5 --task and --series e24 --worst worst.cir
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Tolerance {
    /// Network: Keras, PyTorch, safetensors, NPZ or text file; or a deck [default: the
    /// embedded 3-bit flip-flop]
    network: Option<PathBuf>,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// What the errors are errors of
    #[arg(long, value_enum, default_value = "circuit")]
    model: ModelName,

    /// How time passes [default: flow for a circuit, map for weights]
    #[arg(long, value_enum)]
    time: Option<TimeName>,

    /// Largest relative error of resistors and capacitors, or of weights
    #[arg(long = "tolerance", default_value = "1%", value_parser = share, value_name = "REL")]
    bound: f64,

    /// How errors are distributed within their bounds
    #[arg(long, value_enum, default_value = "uniform")]
    distribution: DistributionName,

    /// Series that resistors are bought from [default: exact values]
    #[arg(long, value_enum)]
    series: Option<SeriesName>,

    #[command(flatten)]
    parts: NonIdeal,

    /// Number of draws
    #[arg(long, default_value_t = 1000, value_name = "N")]
    draws: usize,

    /// A draw also fails where an output is off by more than that
    #[arg(long, value_name = "DIFFERENCE")]
    within: Option<f64>,

    /// Least yield for exit code 0
    #[arg(long, value_parser = share, value_name = "REL")]
    least: Option<f64>,

    /// Write the worst draw as a deck
    #[arg(long, value_name = "FILE.cir")]
    worst: Option<PathBuf>,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModelName {
    /// The components of the realisation with op-amps
    Circuit,
    /// The weights and biases, each on its own
    Weights,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TimeName {
    /// The map the network was trained as
    Map,
    /// The continuous network
    Flow,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DistributionName {
    /// All errors within the bound alike
    Uniform,
    /// The bound is three standard deviations
    Normal,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SeriesName {
    E12,
    E24,
    E48,
    E96,
    E192,
}

/// A SPICE number as an argument.
fn number(text: &str) -> Result<f64, String> {
    parse_number(text).map_err(|error| error.to_string())
}

/// A relative number as an argument, in percent or not.
fn share(text: &str) -> Result<f64, String> {
    let (text, unit) = text.strip_suffix('%').map_or((text, 1.0), |text| (text, 0.01));
    Ok(number(text.trim())? * unit)
}

/// A network, the step it was trained with, its stimuli, and what to say first.
type Found = (Rnn, Option<f64>, StimulusSet, Vec<String>);

impl Tolerance {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if let Some(path) = &self.worst {
            files::check_output(path)?;
        }
        let (network, trained_step, stimuli, notes) = self.load()?;
        let study =
            Study::new(&network, trained_step, &stimuli, &self.options()).map_err(Failure::of)?;
        let report = {
            let progress = Mutex::new(Progress::new("drawing"));
            let tell = |fraction: f64| {
                if let Ok(mut progress) = progress.lock() {
                    progress.report(fraction);
                }
            };
            study.run(&tell).map_err(Failure::of)?
        };
        if let Some(path) = &self.worst {
            let worst = &report.worst;
            let title = format!("draw {} of seed {}", worst.draw, worst.seed);
            let deck = study.deck(worst.draw, worst.trial - 1, &title).map_err(Failure::of)?;
            files::write(path, deck.as_bytes())?;
        }
        if self.json {
            json::print(&report, out)?;
        } else {
            for note in &notes {
                writeln!(out, "note: {note}")?;
            }
            write!(out, "{report}")?;
            if let Some(path) = &self.worst {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        let Some(least) = self.least else { return Ok(Outcome::Holds) };
        match report.share {
            Some(share) if share >= least => Ok(Outcome::Holds),
            Some(_) => Ok(Outcome::Fails),
            None => Err(Failure::new(
                "there is no yield to compare with `--least`",
                "name stimuli that are judged with `--task`, or a bound with `--within`",
            )),
        }
    }

    fn load(&self) -> Result<Found, Failure> {
        if let Some(path) = self.network.as_deref().filter(|path| deck::is_deck(path)) {
            let (map, circuit) = deck::load(path)?;
            let reduction = reduce(&circuit).map_err(|faults| Failure::of_deck(&map, &faults))?;
            let scales = Scales::from_params(&circuit.parts().params);
            let found = extract(&reduction.lure, &scales).map_err(|obstacle| {
                let message = format!("`{}` is no recurrent network: {obstacle}", path.display());
                Failure::new(message, "`analogon extract` prints the system it is")
            })?;
            let stimuli = self.stimuli.resolve_for(found.network.shape().1)?;
            let note = "the network of the deck, realised anew with op-amps".to_owned();
            return Ok((found.network, None, stimuli, vec![note]));
        }
        let loaded = network::load(self.network.as_deref())?;
        let stimuli = self.stimuli.resolve(&loaded)?;
        Ok((loaded.network, loaded.trained_step, stimuli, loaded.notes))
    }

    fn options(&self) -> ToleranceOptions {
        let model = match self.model {
            ModelName::Circuit => Model::Circuit,
            ModelName::Weights => Model::Weights,
        };
        let time = match (self.time, model) {
            (Some(TimeName::Map), _) | (None, Model::Weights) => Time::Map,
            (Some(TimeName::Flow), _) | (None, Model::Circuit) => Time::Flow,
        };
        ToleranceOptions {
            model,
            time,
            tolerance: self.bound,
            distribution: match self.distribution {
                DistributionName::Uniform => Distribution::Uniform,
                DistributionName::Normal => Distribution::Normal,
            },
            series: self.series.map(|series| match series {
                SeriesName::E12 => Series::E12,
                SeriesName::E24 => Series::E24,
                SeriesName::E48 => Series::E48,
                SeriesName::E96 => Series::E96,
                SeriesName::E192 => Series::E192,
            }),
            draws: self.draws,
            seed: self.stimuli.seed(),
            within: self.within,
            ..self.parts.options()
        }
    }
}
