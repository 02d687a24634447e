//! `analogon synth`: a network as a deck.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    equiv::{Realisation, SynthesisOptions, synthesise},
    units::{count, parse_number},
};

use crate::{
    failure::{Failure, Outcome},
    files,
    network::{self, StimulusArgs},
    verify::RealisationName,
};

/// Make a deck of a network
///
/// The deck runs in analogon and in ngspice. State i is the voltage of node
/// h<i> (u<i> in form B), input k that of x<k>, output k that of y<k>. Its
/// .param cards say what a volt and a second mean to the network.
///
/// Example: analogon synth net.hdf5 --as opamp -o net.cir
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Synth {
    /// Network: Keras, PyTorch, safetensors, NPZ or text file
    network: PathBuf,

    /// Kind of circuit
    #[arg(long = "as", value_enum, default_value = "opamp", value_name = "KIND")]
    realisation: RealisationName,

    /// Deck to write [default: the standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    stimuli: StimulusArgs,

    /// Trial of the stimuli that drives the deck, from 1
    #[arg(long, default_value_t = 1, value_name = "K")]
    trial: usize,

    /// Seconds per unit of model time
    #[arg(long, default_value = "1m", value_parser = number, value_name = "SECONDS")]
    time_unit: f64,

    /// Capacitance of every unit, farad
    #[arg(long, default_value = "1u", value_parser = number, value_name = "FARAD")]
    capacitance: f64,

    /// Feedback resistance of every op-amp, ohm
    #[arg(long, default_value = "10k", value_parser = number, value_name = "OHM")]
    feedback: f64,
}

/// A SPICE number as an argument.
fn number(text: &str) -> Result<f64, String> {
    parse_number(text).map_err(|error| error.to_string())
}

impl Synth {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if let Some(path) = &self.output {
            files::check_output(path)?;
        }
        let loaded = network::load(Some(&self.network))?;
        let stimuli = self.stimuli.resolve(&loaded)?;
        let trials = stimuli.trials().len();
        if self.trial == 0 || self.trial > trials {
            return Err(Failure::new(
                format!("there is no trial {}", self.trial),
                format!("the stimuli `{}` have {trials} trials", stimuli.parts().task),
            ));
        }
        let realisation = Realisation::from(self.realisation);
        let name = self.network.file_name().unwrap_or_default().to_string_lossy();
        let options = SynthesisOptions {
            realisation,
            title: format!("{name} as {realisation}"),
            time_unit: self.time_unit,
            capacitance: self.capacitance,
            feedback: self.feedback,
        };
        let deck = synthesise(&loaded.network, &stimuli.stimulus(self.trial - 1), &options)
            .map_err(|error| Failure::new(error.to_string(), ""))?;
        match &self.output {
            None => out.write_all(deck.as_bytes())?,
            Some(path) => {
                files::write(path, deck.as_bytes())?;
                let (units, inputs, outputs) = loaded.network.shape();
                writeln!(
                    out,
                    "{}: {}, {}, {} as {realisation}, {}",
                    path.display(),
                    count(units, "unit"),
                    count(inputs, "input"),
                    count(outputs, "output"),
                    count(deck.lines().filter(|l| !l.starts_with(['*', '+'])).count(), "card")
                )?;
            }
        }
        Ok(Outcome::Holds)
    }
}
