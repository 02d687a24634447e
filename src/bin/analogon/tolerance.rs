//! `analogon tolerance`: how many of the circuits will work?

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    circuit::Circuit,
    equiv::{
        Extracted, Scales, extract,
        tolerance::{Distribution, Given, Model, Study, Time, ToleranceOptions},
    },
    mna::{Reduction, reduce},
    plot::Figure,
    report::{opening_figure, tolerance_figure},
    rnn::Rnn,
    task::StimulusSet,
    units::Series,
};
use clap::ValueEnum;
use parts::NonIdeal;

mod parts;

use crate::{
    arguments::{SeriesName, share},
    deck,
    failure::{Failure, Outcome},
    files, json,
    network::{self, StimulusArgs},
    picture::Picture,
    progress::tracked,
};

/// Find the yield of a network's circuit from the tolerances of its components
///
/// Each draw gives every component of the op-amp realisation a value within its
/// tolerance and asks whether the circuit still decides right in every trial.
/// With `--model weights` the weights themselves are off, in the discrete map.
/// The elements of a deck are drawn as they stand there; with `--model circuit` the
/// network it is gets realised anew with op-amps.
///
/// Exit code 1 where the yield is below `--least`.
///
/// Examples:
///   analogon tolerance net.hdf5 --task and --tolerance 1% --offset 1m
///   analogon tolerance net.hdf5 --task and --series e24 --worst worst.cir
///   analogon tolerance net.hdf5 --task and --open --plot open.svg
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Tolerance {
    /// Network: Keras, PyTorch, safetensors, NPZ or text file; or a deck [default: the
    /// embedded 3-bit flip-flop]
    network: Option<PathBuf>,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// What the errors are errors of [default: circuit, of a deck its elements]
    #[arg(long, value_enum)]
    model: Option<ModelName>,

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

    /// Instead of draws, leave ever more of the smallest weights open
    #[arg(long, conflicts_with_all = ["least", "worst"])]
    open: bool,

    /// Write a picture of the deviations and of the components that matter, or of what
    /// open weights do
    #[arg(long, value_name = "FILE.svg|png")]
    plot: Option<PathBuf>,

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
    /// The elements of the deck that is given
    Deck,
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

/// What is to be drawn, its stimuli, and what to say first.
struct Found {
    subject: Drawn,
    stimuli: StimulusSet,
    notes: Vec<String>,
}

/// A network and the step it was trained with, or a circuit and what it is.
enum Drawn {
    Network(Box<Rnn>, Option<f64>),
    Circuit(Box<(Circuit, Reduction, Extracted)>),
}

impl Found {
    fn study(&self, options: &ToleranceOptions) -> Result<Study<'_>, Failure> {
        let study = match &self.subject {
            Drawn::Network(network, step) => Study::new(network, *step, &self.stimuli, options),
            Drawn::Circuit(found) => {
                let (circuit, reduction, extracted) = found.as_ref();
                let given = Given { circuit, reduction, extracted };
                Study::of_circuit(given, &self.stimuli, options)
            }
        };
        study.map_err(Failure::of)
    }
}

impl Tolerance {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if let Some(path) = &self.worst {
            files::check_output(path)?;
        }
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        let found = self.load()?;
        if let (Drawn::Circuit(_), true) = (&found.subject, self.worst.is_some()) {
            return Err(Failure::new(
                "a draw of the elements of a deck is not written",
                "`--model circuit` realises its network anew, and `--worst` writes that",
            ));
        }
        let study = found.study(&self.options(&found.subject))?;
        if self.open {
            let report = study.open().map_err(Failure::of)?;
            if self.json {
                json::print(&report, out)?;
            } else {
                write!(out, "{report}")?;
            }
            self.draw_picture(out, picture, || opening_figure(&report, &self.name()))?;
            return Ok(Outcome::Holds);
        }
        let report = tracked("drawing", |tell| study.run(tell)).map_err(Failure::of)?;
        if let Some(path) = &self.worst {
            let worst = &report.worst;
            let title = format!("draw {} of seed {}", worst.draw, worst.seed);
            let deck = study.deck(worst.draw, worst.trial - 1, &title).map_err(Failure::of)?;
            files::write(path, deck.as_bytes())?;
        }
        if self.json {
            json::print(&report, out)?;
        } else {
            for note in &found.notes {
                writeln!(out, "note: {note}")?;
            }
            write!(out, "{report}")?;
            if let Some(path) = &self.worst {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        self.draw_picture(out, picture, || tolerance_figure(&report, &self.name()))?;
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

    /// What is studied, in a title.
    fn name(&self) -> String {
        let name = self.network.as_ref().and_then(|path| path.file_name());
        name.map_or(network::EMBEDDED.into(), |name| name.to_string_lossy()).into_owned()
    }

    fn draw_picture(
        &self,
        out: &mut dyn Write,
        picture: Option<Picture>,
        figure: impl Fn() -> Figure,
    ) -> Result<(), Failure> {
        let (Some(path), Some(picture)) = (&self.plot, picture) else { return Ok(()) };
        files::write(path, &picture.bytes(&figure())?)?;
        if !self.json {
            writeln!(out, "\nwritten: {}", path.display())?;
        }
        Ok(())
    }

    fn load(&self) -> Result<Found, Failure> {
        if let Some(path) = self.network.as_deref().filter(|path| deck::is_deck(path)) {
            let (map, circuit) = deck::load(path)?;
            // Each crossing of an array is a part.
            let of_deck = |faults: Vec<_>| Failure::of_deck(&map, &faults);
            let circuit = circuit.without_arrays().map_err(of_deck)?.into_owned();
            let reduction = reduce(&circuit).map_err(of_deck)?;
            let scales = Scales::from_params(&circuit.parts().params);
            let extracted = extract(&reduction.lure, &scales).map_err(|obstacle| {
                let message = format!("`{}` is no recurrent network: {obstacle}", path.display());
                Failure::new(message, "`analogon extract` prints the system it is")
            })?;
            let stimuli = self.stimuli.resolve_for(extracted.network.shape().1)?;
            if matches!(self.model, None | Some(ModelName::Deck)) {
                let subject = Drawn::Circuit(Box::new((circuit, reduction, extracted)));
                return Ok(Found { subject, stimuli, notes: Vec::new() });
            }
            let note = "the network of the deck, realised anew with op-amps".to_owned();
            let subject = Drawn::Network(Box::new(extracted.network), None);
            return Ok(Found { subject, stimuli, notes: vec![note] });
        }
        if matches!(self.model, Some(ModelName::Deck)) {
            return Err(Failure::new(
                "`--model deck` needs a deck, and this is a network",
                "`analogon synth` writes a deck for a network; without the option its components are drawn",
            ));
        }
        let loaded = network::load(self.network.as_deref())?;
        let stimuli = self.stimuli.resolve(&loaded)?;
        let subject = Drawn::Network(Box::new(loaded.network), loaded.trained_step);
        Ok(Found { subject, stimuli, notes: loaded.notes })
    }

    fn options(&self, subject: &Drawn) -> ToleranceOptions {
        let model = match (self.model, subject) {
            (Some(ModelName::Weights), _) => Model::Weights,
            (_, Drawn::Circuit(_)) => Model::Deck,
            (_, Drawn::Network(..)) => Model::Circuit,
        };
        let time = match (self.time, model) {
            (Some(TimeName::Map), _) | (None, Model::Weights) => Time::Map,
            (Some(TimeName::Flow), _) | (None, Model::Circuit | Model::Deck) => Time::Flow,
        };
        ToleranceOptions {
            model,
            time,
            tolerance: self.bound,
            distribution: match self.distribution {
                DistributionName::Uniform => Distribution::Uniform,
                DistributionName::Normal => Distribution::Normal,
            },
            series: self.series.map(Series::from),
            draws: self.draws,
            seed: self.stimuli.seed(),
            within: self.within,
            ..self.parts.options()
        }
    }
}
