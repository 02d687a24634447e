//! `analogon verify`: is this circuit that network?

use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use analogon::{
    circuit::Circuit,
    diag::{NoSources, has_errors},
    elaborate::elaborate,
    equiv::{
        Against, Path, Realisation, Subject, SynthesisOptions, VerifyOptions, synthesise, verify,
    },
    netlist,
    rnn::Rnn,
    task::StimulusSet,
};
use clap::ValueEnum;

use crate::{
    deck,
    failure::{Failure, Outcome},
    network::{self, StimulusArgs},
    progress::Progress,
};

/// Verify that a circuit is a network
///
/// Makes a deck of the network (or takes the one given), reads it back, reduces
/// the circuit to its normal form, compares every coefficient, and integrates
/// circuit and network independently under the same stimuli. Without arguments
/// it does so for a flip-flop of two units.
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

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Draw the trajectories of both sides: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// Kinds of circuits.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RealisationName {
    /// A controlled source per weight
    Ideal,
    /// A resistor per weight, ideal op-amps
    Opamp,
}

impl From<RealisationName> for Realisation {
    fn from(name: RealisationName) -> Self {
        match name {
            RealisationName::Ideal => Self::Ideal,
            RealisationName::Opamp => Self::Opamp,
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

/// Trials drawn at most.
const DRAWN: usize = 3;

impl Verify {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let loaded = network::load(self.network.as_deref())?;
        let stimuli = self.stimuli.resolve(&loaded, self.network.is_none())?;
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
        let report = {
            let progress = Mutex::new(Progress::new("verifying"));
            let tell = |fraction: f64| {
                if let Ok(mut progress) = progress.lock() {
                    progress.report(fraction);
                }
            };
            verify(&subject, &self.options(), &tell)
                .map_err(|error| Failure::new(error.to_string(), ""))?
        };
        if self.json {
            serde_json::to_writer_pretty(&mut *out, &report).map_err(std::io::Error::from)?;
            writeln!(out)?;
        } else {
            for note in &loaded.notes {
                writeln!(out, "note: {note}")?;
            }
            write!(out, "{report}")?;
        }
        Ok(if report.holds { Outcome::Holds } else { Outcome::Fails })
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
            keep: if self.plot.is_some() { DRAWN } else { 0 },
            ..VerifyOptions::default()
        }
    }

    /// The circuit of the network, by way of its text.
    fn synthesised(&self, network: &Rnn, stimuli: &StimulusSet) -> Result<Circuit, Failure> {
        let realisation = Realisation::from(self.realisation);
        let name = self.network.as_ref().and_then(|p| p.file_name());
        let name = name.map_or("flip_flop.rnn".into(), |n| n.to_string_lossy());
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
