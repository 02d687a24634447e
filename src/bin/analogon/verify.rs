//! `analogon verify`: is this circuit that network?

mod page;

use std::io::Write;
use std::path::{Path as FilePath, PathBuf};

use analogon::{
    circuit::Circuit,
    diag::{NoSources, has_errors},
    elaborate::elaborate,
    equiv::{
        Against, EquivalenceReport, Extent, Path, Realisation, Subject, SynthesisOptions,
        VerifyOptions, synthesise, verify,
    },
    netlist,
    report::trial_figure,
    rnn::Rnn,
    task::StimulusSet,
};
use clap::ValueEnum;

use crate::{
    deck,
    failure::{Failure, Outcome},
    files, json,
    network::{self, StimulusArgs},
    picture::Picture,
    progress::tracked,
};

/// Verify that a circuit is a network
///
/// Makes a deck of the network (or takes the one given), reads it back, reduces
/// the circuit to its normal form, compares every coefficient, and integrates
/// circuit and network independently under the same stimuli. Without arguments
/// it does so for a 3-bit flip-flop of 24 units, and draws `flipflop3.svg`.
///
/// Exit code 1 where the circuit is not the network.
///
/// Example: analogon verify net.hdf5 --task and --plot net.svg
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Verify {
    /// Network: Keras, PyTorch, safetensors, NPZ or text file
    network: Option<PathBuf>,

    /// Deck to verify against it; without one the network is synthesised
    #[arg(requires = "network")]
    deck: Option<PathBuf>,

    /// Realisation to synthesise
    #[arg(long = "as", value_enum, default_value = "opamp", value_name = "KIND")]
    realisation: RealisationName,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// How the circuit is simulated
    #[arg(long, value_enum, default_value = "reduced")]
    path: PathName,

    /// Relative tolerance of the simulation [default: what keeps the difference]
    #[arg(long, value_name = "REL")]
    reltol: Option<f64>,

    /// Largest difference of a coefficient, relative
    #[arg(long, default_value_t = 1e-9, value_name = "REL")]
    coefficient: f64,

    /// Largest difference of a trajectory, relative to full scale
    /// [default: 1e-6; 1e-4 with --path mna]
    #[arg(long, value_name = "REL")]
    difference: Option<f64>,

    /// What must hold for exit code 0
    #[arg(long, value_enum, default_value = "equation")]
    against: AgainstName,

    /// Compare only until this time, model time units; no decisions
    #[arg(long, value_name = "T")]
    until: Option<f64>,

    /// Do not believe the deck's unit of time: find the one with which circuit and network
    /// keep time
    #[arg(long, requires = "deck")]
    align: bool,

    #[command(flatten)]
    more: MoreArgs,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Draw the trajectories of both sides in one trial: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,

    /// Write a page of HTML with the verdict, all levels and their figures
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// Trial to draw, from 1 [default: the first that is not at rest]
    #[arg(long, value_name = "K", requires = "plot")]
    draw: Option<usize>,

    /// Use only that many of the first trials
    #[arg(long, value_name = "K")]
    trials: Option<usize>,
}

/// What is done where it is quick, and always where it is asked for.
#[derive(Clone, Copy, Debug, clap::Args)]
struct MoreArgs {
    /// Bound the errors of the integrations however long it takes (the cube of the number
    /// of units)
    #[arg(long)]
    certain: bool,

    /// Print at which step of the trained map its decisions change, and the realisation
    /// that keeps them (in `--json` wherever that takes no longer than a second)
    #[arg(long)]
    realisability: bool,
}

/// Kinds of circuits.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RealisationName {
    /// A controlled source per weight
    Ideal,
    /// A resistor per weight, ideal op-amps
    Opamp,
    /// As opamp, with clocked sample-and-hold cells: the discrete network
    Sampled,
    /// As opamp, with sigma by transistors: a bipolar pair and current mirrors
    Ota,
}

impl From<RealisationName> for Realisation {
    fn from(name: RealisationName) -> Self {
        match name {
            RealisationName::Ideal => Self::Ideal,
            RealisationName::Opamp => Self::Opamp,
            RealisationName::Sampled => Self::Sampled,
            RealisationName::Ota => Self::Ota,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PathName {
    /// The normal form, all algebraic unknowns eliminated
    Reduced,
    /// Modified nodal analysis of the deck as it stands
    Mna,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AgainstName {
    /// The circuit is the continuous network
    Equation,
    /// It also decides as the trained discrete network does
    Net,
}

/// The picture of the embedded network.
const SHOWN: &str = "flipflop3.svg";
/// Trials among which one that is not at rest is looked for.
const LOOKED_AT: usize = 16;

impl Verify {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let plot = self.picture();
        let picture = plot.map(Picture::of).transpose()?;
        if let Some(path) = &self.report {
            files::check_output(path)?;
        }
        let loaded = network::load(self.network.as_deref())?;
        let stimuli = self.stimuli.resolve(&loaded)?;
        let stimuli = self.shortened(stimuli)?;
        let circuit = match &self.deck {
            Some(path) => deck::load(path)?.1,
            None => self.synthesised(&loaded.network, &stimuli)?,
        };
        let subject = Subject {
            network: &loaded.network,
            trained_step: loaded.trained_step,
            circuit: &circuit,
            stimuli: &stimuli,
        };
        let report = tracked("verifying", |tell| verify(&subject, &self.options(), tell))
            .map_err(|error| Failure::new(error.to_string(), ""))?;
        if self.json {
            json::print(&report, out)?;
        } else {
            for note in &loaded.notes {
                writeln!(out, "note: {note}")?;
            }
            write!(out, "{report}")?;
            if let Some(found) = report.realisability.as_ref().filter(|_| self.more.realisability) {
                write!(out, "\n{found}")?;
            }
        }
        if let (Some(path), Some(picture)) = (plot, picture) {
            self.draw(&report, path, picture)?;
            if !self.json {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        if let Some(path) = &self.report {
            page::write(path, &report, &subject, self.built_of_parts())?;
            if !self.json {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        Ok(if report.holds { Outcome::Holds } else { Outcome::Fails })
    }

    /// True for a circuit that was made of parts which can have errors.
    fn built_of_parts(&self) -> bool {
        self.deck.is_none() && matches!(self.realisation, RealisationName::Opamp)
    }

    /// Where to draw; the embedded network is drawn unasked.
    fn picture(&self) -> Option<&FilePath> {
        let shown = self.network.is_none() && !self.json;
        self.plot.as_deref().or(shown.then_some(FilePath::new(SHOWN)))
    }

    /// The first of the trials, where only some are wanted.
    fn shortened(&self, stimuli: StimulusSet) -> Result<StimulusSet, Failure> {
        let count = stimuli.trials().len();
        let beyond = |what: &str, k: usize| {
            Failure::new(
                format!("there is no trial {k} to {what}"),
                format!("the stimuli `{}` have {count} trials", stimuli.parts().task),
            )
        };
        let wanted = self.trials.unwrap_or(count);
        if wanted == 0 || wanted > count {
            return Err(beyond("end with", wanted));
        }
        if let Some(draw) = self.draw
            && (draw == 0 || draw > wanted)
        {
            return Err(beyond("draw", draw));
        }
        let mut parts = stimuli.into_parts();
        parts.trials.truncate(wanted);
        StimulusSet::new(parts).map_err(|error| Failure::new(error.to_string(), ""))
    }

    /// Draws one trial.
    fn draw(
        &self,
        report: &EquivalenceReport,
        path: &FilePath,
        picture: Picture,
    ) -> Result<(), Failure> {
        let resting = |at: usize| report.trajectory.as_ref().is_some_and(|t| t.trials[at].resting);
        let first = (0..report.records.len()).find(|&at| !resting(at)).unwrap_or(0);
        let at = self.draw.map_or(first, |k| k - 1);
        let Some(record) = report.records.get(at) else {
            let message = "there are no trajectories to draw: units of network and circuit could not be paired";
            return Err(Failure::new(message, ""));
        };
        files::write(path, &picture.bytes(&trial_figure(report, record))?)
    }

    fn options(&self) -> VerifyOptions {
        VerifyOptions {
            path: match self.path {
                PathName::Reduced => Path::Reduced,
                PathName::Mna => Path::Mna,
            },
            reltol: self.reltol,
            coefficient: self.coefficient,
            difference: self.difference,
            against: match self.against {
                AgainstName::Equation => Against::Equation,
                AgainstName::Net => Against::Net,
            },
            until: self.until,
            align: self.align,
            certainty: if self.more.certain { Extent::Always } else { Extent::Quick },
            keep: match (self.picture(), &self.report) {
                (None, None) => 0,
                _ => self.draw.unwrap_or(LOOKED_AT),
            },
            realisability: if self.more.realisability { Extent::Always } else { Extent::Quick },
            ..VerifyOptions::default()
        }
    }

    /// The circuit of the network, by way of its text.
    fn synthesised(&self, network: &Rnn, stimuli: &StimulusSet) -> Result<Circuit, Failure> {
        let realisation = Realisation::from(self.realisation);
        let name = self.network.as_ref().and_then(|p| p.file_name());
        let name = name.map_or(network::EMBEDDED.into(), |n| n.to_string_lossy());
        let title = format!("{name} as {realisation}");
        let options = SynthesisOptions { realisation, title, ..SynthesisOptions::default() };
        let text = synthesise(network, &stimuli.stimulus(0), &options)
            .map_err(|error| Failure::new(error.to_string(), ""))?;
        let parsed = netlist::parse("synthesised deck", &text, &NoSources);
        if has_errors(&parsed.diagnostics) {
            return Err(Failure::of_deck(&parsed.map, &parsed.diagnostics));
        }
        elaborate(&parsed.netlist).map_err(|faults| Failure::of_deck(&parsed.map, &faults))
    }
}
