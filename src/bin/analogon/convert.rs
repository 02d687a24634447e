//! `analogon convert`: any network or waveform format to another.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    netlist::{print, without_arrays, without_opamps},
    units::count,
    wave::{RawPlot, read_csv, read_raw},
};

use crate::{
    deck::{self, DialectName, is_deck},
    failure::{Failure, Outcome},
    files,
    network::{self, NetworkFile},
    results::{WaveFile, extension, write_waveform},
};

/// Most plots that a message lists.
const LARGEST_LIST: usize = 12;

/// Convert a network, a waveform or a deck
///
/// Networks: from Keras, PyTorch, safetensors, NPZ and text to .safetensors,
/// .npz and .rnn. Waveforms: from .raw (ngspice, LTspice) and .csv to .raw, .csv and
/// .npz. Decks: to a deck of one file, without what other simulators do not know: op-amp
/// models become subcircuits, arrays the resistors or sources they stand for.
///
/// Examples:
///   analogon convert net.hdf5 net.safetensors
///   analogon convert deck.raw deck.csv --plot 2
///   analogon convert amplifier.cir plain.cir
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Convert {
    /// File to read
    from: PathBuf,

    /// File to write; its ending says the format
    to: PathBuf,

    /// Plot of a raw file that holds several, from 1
    #[arg(long, value_name = "K")]
    plot: Option<usize>,

    /// Simulator whose language a deck is written in
    #[arg(long, value_enum)]
    dialect: Option<DialectName>,
}

impl Convert {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        files::check_output(&self.to)?;
        match extension(&self.from).as_str() {
            "raw" | "csv" => self.waveform(out),
            _ if is_deck(&self.from) => self.deck(out),
            _ => self.network(out),
        }
    }

    fn network(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let kind = NetworkFile::of(&self.to)?;
        let loaded = network::load(Some(&self.from))?;
        for note in &loaded.notes {
            writeln!(out, "note: {note}")?;
        }
        let bytes = network::bytes(kind, &loaded.network, loaded.trained_step, &loaded.metadata)?;
        files::write(&self.to, &bytes)?;
        let (units, inputs, outputs) = loaded.network.shape();
        writeln!(out, "{}: {units} units, {inputs} inputs, {outputs} outputs", self.to.display())?;
        Ok(Outcome::Holds)
    }

    fn deck(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        if !is_deck(&self.to) {
            let text = format!("`{}` does not end like a deck", self.to.display());
            return Err(Failure::new(text, "a deck becomes a deck, such as plain.cir"));
        }
        let deck = deck::read_in(DialectName::language(self.dialect), &self.from)?.sound()?;
        let plain = without_opamps(&deck.netlist).and_then(|plain| without_arrays(&plain));
        let plain = plain.map_err(|faults| Failure::of_deck(&deck.map, &faults))?;
        files::write(&self.to, print(&plain).as_bytes())?;
        let elements = deck.circuit.map_or(0, |circuit| {
            let arrays = &circuit.equations().arrays;
            let crossings: usize = arrays.iter().map(|array| array.crossings().count()).sum();
            circuit.elements().len() - arrays.len() + crossings
        });
        writeln!(out, "{}: {}", self.to.display(), count(elements, "element"))?;
        Ok(Outcome::Holds)
    }

    fn waveform(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let kind = WaveFile::of(&self.to).ok_or_else(|| {
            Failure::new(
                format!("`{}` does not end like a file of waveforms", self.to.display()),
                format!("known are {}", WaveFile::KNOWN),
            )
        })?;
        let bytes = files::read(&self.from)?;
        let shown = self.from.display();
        let bad = |error: &dyn std::fmt::Display| Failure::new(format!("{shown}: {error}"), "");
        let is_csv = extension(&self.from) == "csv";
        if is_csv && self.plot.is_some() {
            return Err(Failure::new(
                "--plot is for raw files",
                "leave it out: a table is one plot",
            ));
        }
        let plot = if is_csv {
            let wave = read_csv(&bytes[..]).map_err(|e| bad(&e))?;
            RawPlot::from_waveform(&shown.to_string(), &wave)
        } else {
            self.chosen(read_raw(&bytes[..]).map_err(|e| bad(&e))?)?
        };
        let wave = plot.to_waveform().map_err(|e| bad(&e))?;
        write_waveform(&self.to, kind, &plot.title, &wave)?;
        writeln!(
            out,
            "{}: {}, {}",
            self.to.display(),
            count(wave.signals().len(), "signal"),
            count(wave.time().len(), "point")
        )?;
        Ok(Outcome::Holds)
    }

    /// The plot asked for, or the only one.
    fn chosen(&self, mut plots: Vec<RawPlot>) -> Result<RawPlot, Failure> {
        let at = match self.plot {
            None if plots.len() == 1 => 0,
            Some(at) if (1..=plots.len()).contains(&at) => at - 1,
            _ => {
                let shown = self.from.display();
                let text = format!("{shown} holds {}", count(plots.len(), "plot"));
                let listed = plots.iter().enumerate().take(LARGEST_LIST);
                let names = listed.map(|(at, plot)| format!("{} {}", at + 1, plot.name));
                let names: Vec<String> = names.collect();
                let hint = format!("choose one with --plot: {}", names.join(", "));
                return Err(Failure::new(text, hint));
            }
        };
        Ok(plots.swap_remove(at))
    }
}
