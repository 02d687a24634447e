//! `analogon realisability`: does a network that was trained as a map work as a circuit?

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    equiv::realisability::{
        Realisability, RealisabilityError, RealisabilityOptions, Recommended, fate_changes,
        point_changes, realisability,
    },
    report::realisability_figure,
    rnn::format::Loaded,
    task::StimulusSet,
};

use crate::{
    failure::{Failure, Outcome},
    files, json,
    network::{self, StimulusArgs},
    picture::Picture,
    progress::tracked,
};

/// Find the step at which a network trained as a map loses its task on the way to a circuit
///
/// A network trained in discrete time is the Euler map of the equation that a circuit
/// obeys. The map is run with smaller and smaller steps, every input held as long as in
/// training, and at last as the equation itself. Printed are the decisions that are right
/// at every step, where each changes, when each point at rest begins to attract, what the
/// state comes to after each trial, and the realisation that keeps the task: `opamp`,
/// `sampled` (a clocked circuit, which is the map), or none without training again.
///
/// Exit code 1 where `opamp` does not keep the task.
///
/// Examples:
///   analogon realisability net.hdf5 --task xor --plot steps.svg
///   analogon task decision --trials 300 -o noisy.json
///   analogon realisability net.hdf5 --stimuli noisy.json --decisions-only
#[derive(Debug, clap::Args)]
#[command(name = "realisability", verbatim_doc_comment)]
pub(crate) struct RealisabilityCommand {
    /// Network: Keras, PyTorch, safetensors, NPZ or text file [default: the embedded 3-bit
    /// flip-flop]
    network: Option<PathBuf>,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// Steps that are tried, parts of the trained one, falling from 1
    #[arg(long, value_delimiter = ',', value_name = "PARTS",
          default_values_t = [1.0, 0.5, 0.2, 0.1, 0.05, 0.02])]
    steps: Vec<f64>,

    /// Look at decisions alone, not at points at rest and at what follows each trial
    #[arg(long)]
    decisions_only: bool,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,

    /// Draw decisions, outputs and critical steps over the step: .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

impl RealisabilityCommand {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let picture = self.plot.as_deref().map(Picture::of).transpose()?;
        let loaded = network::load(self.network.as_deref())?;
        let Some(step) = loaded.trained_step else {
            return Err(Failure::new(
                "the network was not trained as a map: it is the equation of its circuit already",
                "`analogon verify` compares the two",
            ));
        };
        let stimuli = self.stimuli.resolve(&loaded)?;
        let report = self.look(&loaded, step, &stimuli)?;
        if self.json {
            json::print(&report, out)?;
        } else {
            for note in &loaded.notes {
                writeln!(out, "note: {note}")?;
            }
            write!(out, "{report}")?;
        }
        if let (Some(path), Some(picture)) = (&self.plot, picture) {
            files::write(path, &picture.bytes(&realisability_figure(&report))?)?;
            if !self.json {
                writeln!(out, "\nwritten: {}", path.display())?;
            }
        }
        let holds = report.recommended == Recommended::Opamp;
        Ok(if holds { Outcome::Holds } else { Outcome::Fails })
    }

    fn look(
        &self,
        loaded: &Loaded,
        step: f64,
        stimuli: &StimulusSet,
    ) -> Result<Realisability, Failure> {
        let network = &loaded.network;
        let options =
            RealisabilityOptions { steps: self.steps.clone(), ..RealisabilityOptions::default() };
        let mut report =
            tracked("decisions", |tell| realisability(network, step, stimuli, &options, tell))
                .map_err(|error| failure(&error))?;
        if !self.decisions_only {
            report.points =
                point_changes(network, step, stimuli).map_err(|error| failure(&error))?;
            report.fates =
                tracked("fates", |tell| fate_changes(network, step, stimuli, &options, tell))
                    .map_err(|error| failure(&error))?;
        }
        Ok(report)
    }
}

fn failure(error: &RealisabilityError) -> Failure {
    let hint = match error {
        RealisabilityError::Unjudged { .. } => {
            "name a task whose answers are judged with `--task`, or trials with `--stimuli`"
        }
        RealisabilityError::Shape { .. } => "`--task` names a task of the network's inputs",
        RealisabilityError::Option { .. } => "`--steps 1,0.5,0.2,0.1,0.05,0.02` are the usual ones",
        _ => "",
    };
    Failure::new(error.to_string(), hint)
}
