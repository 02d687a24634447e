//! `analogon synth`: a network as a deck.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    equiv::{Fixed, Realisation, SynthesisOptions, fit, synthesise},
    rnn::Rnn,
    units::count,
};

use crate::{
    arguments::positive,
    failure::{Failure, Outcome},
    files,
    network::{self, StimulusArgs},
    ranges::PartArgs,
    verify::RealisationName,
};

/// Make a deck of a network
///
/// The deck runs in analogon and in ngspice. State i is the voltage of node
/// h<i> (u<i> in form B), input k that of x<k>, output k that of y<k>. Its
/// .param cards say what a volt and a second mean to the network.
///
/// With --resistors, --capacitors, --rails or --current the scales and components
/// are chosen so that they fit; what does not fit is named. What is chosen stands
/// in comments of the deck.
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

    /// Seconds per unit of model time [default: 1m]
    #[arg(long, value_parser = positive, value_name = "SECONDS")]
    time_unit: Option<f64>,

    /// Capacitance of every unit, farad [default: 1u, or what fits]
    #[arg(long, value_parser = positive, value_name = "FARAD")]
    capacitance: Option<f64>,

    /// Feedback resistance of every op-amp, ohm [default: 10k, or what fits]
    #[arg(long, value_parser = positive, value_name = "OHM")]
    feedback: Option<f64>,

    #[command(flatten)]
    parts: PartArgs,

    /// Current that an op-amp delivers, ampere [default: 10m]
    #[arg(long, value_parser = positive, value_name = "AMPERE")]
    current: Option<f64>,
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
            ..SynthesisOptions::default()
        };
        let options = self.chosen(&loaded.network, stimuli.largest(), options)?;
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
                for note in &options.notes {
                    writeln!(out, "{note}")?;
                }
            }
        }
        Ok(Outcome::Holds)
    }

    /// With what is given; where parts are given also, with what fits them.
    fn chosen(
        &self,
        network: &Rnn,
        largest: f64,
        options: SynthesisOptions,
    ) -> Result<SynthesisOptions, Failure> {
        if self.parts.is_said() || self.current.is_some() {
            let mut stock = self.parts.stock();
            stock.amperes = self.current.unwrap_or(stock.amperes);
            let (time_unit, capacitance, feedback) =
                (self.time_unit, self.capacitance, self.feedback);
            let fixed = Fixed { time_unit, capacitance, feedback };
            return match fit(network, largest, &options, &stock, &fixed) {
                Ok(fit) => Ok(fit.options),
                Err(error) => Err(Failure::of(error)),
            };
        }
        Ok(SynthesisOptions {
            time_unit: self.time_unit.unwrap_or(options.time_unit),
            capacitance: self.capacitance.unwrap_or(options.capacitance),
            feedback: self.feedback.unwrap_or(options.feedback),
            ..options
        })
    }
}
