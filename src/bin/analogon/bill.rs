//! `analogon bill`: what a circuit is built from.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    circuit::Circuit,
    elaborate::elaborate,
    equiv::bill::{Bill, BillOptions, bill, bill_csv, dissipation, kicad_netlist},
    netlist::{with_plain_opamps, without_arrays},
    simulate::{SimulationOptions, simulate},
    units::{count, si},
};

use crate::{
    arguments::{SeriesName, not_negative},
    deck,
    failure::{Failure, Outcome},
    files, json,
};

/// List the parts of a circuit: bill of materials, netlist for KiCad, power, area
///
/// Virtual grounds, followers and op-amp models are op-amps; a source with a law,
/// such as the sigma of `synth --as opamp`, is a cell that no single part does.
/// Values are those of a series. The power in the resistors is the average over
/// the deck's transient.
///
/// Exit code 1 where there are cells.
///
/// Examples:
///   analogon bill net.cir --csv parts.csv --kicad board.net
///   analogon bill net.cir --series e24 --supply 3.3 --quiescent 100u
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct BillArgs {
    /// Deck
    deck: PathBuf,

    /// Series that resistors are bought from
    #[arg(long, value_enum, default_value = "e96")]
    series: SeriesName,

    /// Series that capacitors and inductors are bought from
    #[arg(long, value_enum, default_value = "e12")]
    capacitor_series: SeriesName,

    /// Supplies of the op-amps, plus and minus that many volts
    #[arg(long, default_value = "5", value_parser = not_negative, value_name = "VOLT")]
    supply: f64,

    /// Current of one op-amp, ampere
    #[arg(long, default_value = "1m", value_parser = not_negative, value_name = "AMPERE")]
    quiescent: f64,

    /// Write the bill of materials
    #[arg(long, value_name = "FILE.csv")]
    csv: Option<PathBuf>,

    /// Write a netlist that KiCad's board editor imports
    #[arg(long, value_name = "FILE.net")]
    kicad: Option<PathBuf>,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

/// Lines that are shown at most.
const SHOWN: usize = 24;
/// Cells that are named.
const NAMED: usize = 4;

#[derive(serde::Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    bill: &'a Bill,
    /// Power in the resistors, averaged over the transient; `None` without one.
    resistor_watts: Option<f64>,
}

impl BillArgs {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        for path in self.csv.iter().chain(&self.kicad) {
            files::check_output(path)?;
        }
        let deck = deck::read(&self.deck)?.sound()?;
        let of_deck = |faults: Vec<_>| Failure::of_deck(&deck.map, &faults);
        let plain = with_plain_opamps(&deck.netlist).and_then(|plain| without_arrays(&plain));
        let plain = plain.map_err(of_deck)?;
        let plain = elaborate(&plain).map_err(of_deck)?;
        let options = BillOptions {
            resistors: Some(self.series.into()),
            capacitors: Some(self.capacitor_series.into()),
            supply: self.supply,
            quiescent: self.quiescent,
        };
        let bill = bill(&plain, &options);
        let resistor_watts = match deck.circuit {
            Some(circuit) => average_power(circuit.without_arrays().map_err(of_deck)?.into_owned())
                .map_err(|error| Failure::of_deck(&deck.map, &error.diagnostics()))?,
            None => None,
        };
        if let Some(path) = &self.csv {
            files::write(path, bill_csv(&bill).as_bytes())?;
        }
        if let Some(path) = &self.kicad {
            files::write(path, kicad_netlist(&bill).as_bytes())?;
        }
        if self.json {
            json::print(&Printed { bill: &bill, resistor_watts }, out)?;
        } else {
            self.show(&bill, resistor_watts, out)?;
        }
        Ok(if bill.cells.is_empty() { Outcome::Holds } else { Outcome::Fails })
    }

    fn show(&self, bill: &Bill, watts: Option<f64>, out: &mut dyn Write) -> Result<(), Failure> {
        writeln!(out, "{}\n", bill.title.trim_start_matches(['*', ' ']))?;
        for line in bill.lines.iter().take(SHOWN) {
            writeln!(out, "{:>6}  {:<16}  {}", line.quantity, line.kind.name(), line.value)?;
        }
        if bill.lines.len() > SHOWN {
            let rest = bill.lines.len() - SHOWN;
            writeln!(out, "   ...  and {rest} more values")?;
        }
        let values = count(bill.lines.len(), "line");
        writeln!(out, "\n{} in {values}", count(bill.parts.len(), "part"))?;
        if let Some((error, element)) = &bill.rounding {
            writeln!(
                out,
                "values are those of the series, at most {:.2} % off (`{element}`)",
                100.0 * error
            )?;
        }
        writeln!(
            out,
            "power of the op-amps {} at +-{} V and {} each",
            si(bill.quiescent_watts, "W"),
            self.supply,
            si(self.quiescent, "A")
        )?;
        if let Some(watts) = watts {
            writeln!(
                out,
                "power in the resistors {}, averaged over the transient",
                si(watts, "W")
            )?;
        }
        let area = bill.area_mm2 / 100.0;
        writeln!(out, "area of a board, one side, twice the courtyards: {area:.1} cm^2")?;
        if !bill.cells.is_empty() {
            let named: Vec<&str> = bill.cells.iter().take(NAMED).map(String::as_str).collect();
            let more = if bill.cells.len() > NAMED { ", ..." } else { "" };
            writeln!(
                out,
                "{} that no single part does: {}{more}",
                count(bill.cells.len(), "cell"),
                named.join(", ")
            )?;
        }
        for path in self.csv.iter().chain(&self.kicad) {
            writeln!(out, "written: {}", path.display())?;
        }
        Ok(())
    }
}

/// The power in the resistors, averaged over the first transient of the deck, W.
fn average_power(circuit: Circuit) -> Result<Option<f64>, analogon::simulate::SimulationError> {
    let mut parts = circuit.into_parts();
    parts.outputs.clear();
    let Ok(circuit) = Circuit::new(parts) else { return Ok(None) };
    if circuit.parts().analyses.is_empty() {
        return Ok(None);
    }
    let results = simulate(&circuit, &SimulationOptions::default(), &mut |_| {
        std::ops::ControlFlow::Continue(())
    })?;
    let Some(wave) = results.iter().find_map(|result| result.waveform()) else { return Ok(None) };
    let (time, signals) = (wave.time(), wave.signals());
    let names: std::collections::HashMap<&str, usize> =
        signals.iter().enumerate().map(|(at, signal)| (signal.name.as_str(), at)).collect();
    let power = |at: usize| {
        dissipation(&circuit, &|node: &str| {
            names.get(format!("v({node})").as_str()).map_or(0.0, |&s| signals[s].values[at])
        })
    };
    let powers: Vec<f64> = (0..time.len()).map(power).collect();
    let energy: f64 = (1..time.len())
        .map(|at| 0.5 * (powers[at] + powers[at - 1]) * (time[at] - time[at - 1]))
        .sum();
    let length = time[time.len() - 1] - time[0];
    Ok((length > 0.0).then(|| energy / length))
}
