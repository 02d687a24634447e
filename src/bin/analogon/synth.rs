//! `analogon synth`: a network as a deck.

use std::io::Cursor;
use std::io::Write;
use std::path::{Path, PathBuf};

use analogon::{
    equiv::{ArrayDeck, Fixed, Realisation, SynthesisOptions, fit, synthesise, synthesise_arrays},
    rnn::Rnn,
    task::Stimulus,
    units::count,
    wave::write_npz_stored,
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
/// With --arrays each matrix is one card, and its entries stand in an NPZ file beside
/// the deck: a network of thousands of units is a small deck then. analogon runs it;
/// `analogon convert` makes a deck of resistors or sources of it for other simulators.
///
/// Examples:
///   analogon synth net.hdf5 --as opamp -o net.cir
///   analogon synth net.hdf5 --arrays -o large.cir
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

    /// Write weights as arrays, their matrices into FILE.npz beside the deck FILE.cir
    #[arg(long, requires = "output")]
    arrays: bool,

    /// Current that an op-amp delivers, ampere [default: 10m]
    #[arg(long, value_parser = positive, value_name = "AMPERE")]
    current: Option<f64>,
}

impl Synth {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if let Some(path) = &self.output {
            files::check_output(path)?;
        }
        let matrices = self.matrices()?;
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
        let stimulus = stimuli.stimulus(self.trial - 1);
        let deck = written((&loaded.network, &stimulus), &options, matrices.as_deref())?;
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
                if let Some(matrices) = &matrices {
                    writeln!(out, "{}: the weights", matrices.display())?;
                }
                for note in &options.notes {
                    writeln!(out, "{note}")?;
                }
            }
        }
        Ok(Outcome::Holds)
    }

    /// The file of the matrices, which must not be the network.
    fn matrices(&self) -> Result<Option<PathBuf>, Failure> {
        let Some(output) = self.output.as_ref().filter(|_| self.arrays) else { return Ok(None) };
        let path = output.with_extension("npz");
        files::check_output(&path)?;
        if files::is_same(&path, &self.network) || path == *output {
            return Err(Failure::new(
                format!("the matrices would overwrite `{}`", path.display()),
                "name the deck differently: they stand beside it, under its name",
            ));
        }
        Ok(Some(path))
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

/// The deck, and on the way the file of its matrices, where it has one.
fn written(
    (network, stimulus): (&Rnn, &Stimulus),
    options: &SynthesisOptions,
    matrices: Option<&Path>,
) -> Result<String, Failure> {
    let Some(path) = matrices else {
        return synthesise(network, stimulus, options).map_err(Failure::of);
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let ArrayDeck { deck, matrices } =
        synthesise_arrays(network, stimulus, options, &file).map_err(Failure::of)?;
    let archive = write_npz_stored(Cursor::new(Vec::new()), &matrices).map_err(Failure::of)?;
    files::write(path, archive.get_ref())?;
    Ok(deck)
}
