//! `analogon synth`: a deck that realises a network.

use std::io::Write;
use std::path::{Path, PathBuf};

use analogon::{
    equiv::{Realisation, SynthesisError, SynthesisOptions, synthesise},
    task::{Stimulus, StimulusSet, named, names, seeded_pulses},
};

use crate::{
    failure::{Failure, Outcome},
    files, network,
    results::extension,
    run::number,
};

/// Write a deck that realises a network
///
/// The deck goes to the standard output, or to a file with -o, and can be
/// simulated by `analogon run` and by ngspice.
///
/// Examples:
///   analogon synth net.hdf5 -o deck.cir
///   analogon synth xor.hdf5 --as ideal --stimulus xor --trial 3 | analogon run -
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Synth {
    /// Network: Keras, PyTorch, .safetensors, .npz or .rnn
    network: PathBuf,

    /// Kind of circuit
    #[arg(long = "as", value_enum, default_value = "opamp")]
    realisation: Kind,

    /// Deck to write
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Stimulus set: the name of a task, or a JSON file; two seeded pulses per
    /// input where there is none
    #[arg(long, value_name = "NAME|FILE")]
    stimulus: Option<String>,

    /// Trial of the stimulus set, from 0
    #[arg(long, value_name = "K", default_value_t = 0)]
    trial: usize,

    /// Seconds per model time unit
    #[arg(long, value_name = "S", value_parser = number, default_value = "1m")]
    time_unit: f64,

    /// Capacitance of every unit, F
    #[arg(long, value_name = "F", value_parser = number, default_value = "1u")]
    capacitance: f64,

    /// Feedback resistance of every summing amplifier, ohm
    #[arg(long, value_name = "OHM", value_parser = number, default_value = "10k")]
    feedback: f64,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// A controlled source per weight
    Ideal,
    /// A resistor per weight, into op-amps
    Opamp,
}

impl Synth {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if let Some(path) = &self.output {
            files::check_output(path)?;
        }
        let loaded = network::read(&self.network)?;
        let inputs = loaded.network.shape().1;
        let stimulus = stimulus(self.stimulus.as_deref(), self.trial, inputs)?;
        let name = self.network.file_name().unwrap_or_default().to_string_lossy();
        let options = SynthesisOptions {
            realisation: match self.realisation {
                Kind::Ideal => Realisation::Ideal,
                Kind::Opamp => Realisation::Opamp,
            },
            title: format!("recurrent network of {name}"),
            time_unit: self.time_unit,
            capacitance: self.capacitance,
            feedback: self.feedback,
        };
        let deck = synthesise(&loaded.network, &stimulus, &options).map_err(|error| {
            let hint = match error {
                SynthesisError::Channels { .. } => "choose a set for this task with --stimulus",
                SynthesisError::Option { .. } => "numbers may have a scale, such as 10k or 1u",
                SynthesisError::Component { .. } => "another --feedback or --time-unit may fit",
            };
            Failure::new(error.to_string(), hint)
        })?;
        match &self.output {
            None => out.write_all(deck.as_bytes())?,
            Some(path) => {
                files::write(path, deck.as_bytes())?;
                let (what, lines) = (network::describe(&loaded.network), deck.lines().count());
                writeln!(out, "{}: {what}; {lines} lines", path.display())?;
            }
        }
        Ok(Outcome::Holds)
    }
}

/// One trial of a set: that of a task, of a file, or of two pulses.
pub(crate) fn stimulus(
    set: Option<&str>,
    trial: usize,
    inputs: usize,
) -> Result<Stimulus, Failure> {
    let set = match set {
        None => seeded_pulses(inputs, 1, trial.saturating_add(1).clamp(1, 1000), 60),
        Some(name) if extension(Path::new(name)) == "json" => read_set(Path::new(name))?,
        Some(name) => named(name).ok_or_else(|| {
            let known: Vec<&str> = names().collect();
            let hint = format!("there are {}; a file must end in .json", known.join(", "));
            Failure::new(format!("there is no stimulus set `{name}`"), hint)
        })?,
    };
    let trials = set.trials().len();
    if trial >= trials {
        let hint = format!("trials are numbered 0 to {}", trials - 1);
        return Err(Failure::new(format!("there is no trial {trial}"), hint));
    }
    Ok(set.stimulus(trial))
}

fn read_set(path: &Path) -> Result<StimulusSet, Failure> {
    let bytes = files::read(path)?;
    let shown = path.display();
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("`{shown}` is not UTF-8 text"), ""))?;
    StimulusSet::from_json(&text).map_err(|error| Failure::new(format!("`{shown}`: {error}"), ""))
}
