//! `analogon extract`: the network that a deck is.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use analogon::{
    circuit::Circuit,
    equiv::{
        Clocked, Extracted, Measured, Notation, Obstacle, Scales, extract, measure,
        needs_measurement, network_equations, normal_form_equations,
    },
    mna::{Reduction, reduce},
    units::count,
};
use serde::Serialize;

use crate::{
    deck,
    failure::{Failure, Outcome},
    files, json,
    network::{self, NetworkFile},
};

/// Read a network out of a deck
///
/// Reduces the circuit to its normal form and reads the equations of a
/// recurrent network off it, in the units that the deck's .param cards state.
/// A deck that is no network is printed as the system it is, with what stops
/// it; exit code 1.
///
/// A deck with transistors or diodes has no normal form: its network is
/// measured. Its capacitors are held at voltages, the currents into them are
/// solved for, and how near their sigma is to tanh is printed as well.
///
/// Example: analogon extract deck.cir -o net.safetensors
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Extract {
    /// Deck; - for the standard input
    deck: PathBuf,

    /// Network to write: .safetensors, .npz or .rnn
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Measure the network, even where the circuit has a normal form
    #[arg(long)]
    measure: bool,

    /// Print the equations in LaTeX
    #[arg(long)]
    latex: bool,

    /// Print one JSON object instead
    #[arg(long, conflicts_with = "latex")]
    json: bool,
}

/// What was found, for programs.
#[derive(Serialize)]
struct Found<'a> {
    /// `network`, `linear` or `none`.
    kind: &'static str,
    /// Of a network in discrete time: one step, s.
    period: Option<f64>,
    /// How it was measured, where it was.
    measured: Option<Quality>,
    /// Why it is no network.
    obstacle: Option<String>,
    form: Option<String>,
    activation: Option<&'static str>,
    states: &'a [String],
    inputs: &'a [String],
    outputs: &'a [String],
    scales: Scales,
    gains: Vec<f64>,
    leak: Vec<f64>,
    #[serde(rename = "W")]
    recurrent: Vec<Vec<f64>>,
    #[serde(rename = "Win")]
    input: Vec<Vec<f64>>,
    b: Vec<f64>,
    #[serde(rename = "V")]
    readout: Vec<Vec<f64>>,
    c: Vec<f64>,
}

/// How good a network was measured, for programs.
#[derive(Serialize)]
struct Quality {
    /// Largest deviation of sigma from tanh, relative to its height.
    mismatch: f64,
    /// Largest part of sigma that the conductance of an output takes away.
    conductance: f64,
    /// Largest error of a rate at other points, model units.
    residual: f64,
    /// To what the coefficients are known, relative to the largest of a unit.
    coefficient: f64,
    /// Operating points solved.
    points: usize,
    /// Saved, but no output of the network.
    unread: Vec<String>,
}

/// More units than this are not written out.
const WRITTEN_OUT: usize = 20;

impl Extract {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        // A name that no file of a network has is refused before anything is computed.
        self.output.as_deref().map(NetworkFile::of).transpose()?;
        let (map, circuit) = deck::load(&self.deck)?;
        let scales = Scales::from_params(&circuit.parts().params);
        let clocked = Clocked::of(&circuit);
        if self.measure || needs_measurement(&circuit) {
            return match measure(&circuit, &scales) {
                Ok(measured) => {
                    self.network((&measured.extracted, Some(&measured)), None, &circuit, out)
                }
                Err(obstacle) => self.unmeasured(&obstacle, scales, out),
            };
        }
        let reduction = match &clocked {
            None => reduce(&circuit).map_err(|faults| Failure::of_deck(&map, &faults))?,
            Some(clocked) => match clocked.map() {
                Ok(map) => map.reduction,
                Err(obstacle) => return self.no_map(clocked, &obstacle, scales, out),
            },
        };
        let extracted = match extract(&reduction.lure, &scales) {
            Ok(extracted) => extracted,
            Err(obstacle) => return self.no_network(&reduction, &obstacle, scales, out),
        };
        self.network((&extracted, None), clocked.as_ref(), &circuit, out)
    }

    /// Writes and prints the network that was found.
    fn network(
        &self,
        (extracted, measured): (&Extracted, Option<&Measured>),
        clocked: Option<&Clocked>,
        circuit: &Circuit,
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        if let Some(path) = &self.output {
            let kind = NetworkFile::of(path)?;
            let metadata = BTreeMap::from([("source".to_owned(), circuit.parts().title.clone())]);
            // One period is a step of as many model time units.
            let step = clocked.map(|c| rounded(c.period / extracted.scales.time_unit));
            files::write(path, &network::bytes(kind, &extracted.network, step, &metadata)?)?;
        }
        if self.json {
            json::print(&found(extracted, clocked, measured), out)?;
        } else if self.latex {
            write!(out, "{}", network_equations(&extracted.network, Notation::Latex))?;
        } else {
            self.text((extracted, measured), clocked, out)?;
        }
        Ok(Outcome::Holds)
    }

    fn text(
        &self,
        (extracted, measured): (&Extracted, Option<&Measured>),
        clocked: Option<&Clocked>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let network = &extracted.network;
        let (units, inputs, outputs) = network.shape();
        let parts = network.parts();
        writeln!(
            out,
            "a recurrent network of form {:?}: {}, {}, {}; sigma = {}",
            parts.form,
            count(units, "unit"),
            count(inputs, "input"),
            count(outputs, "output"),
            parts.activation
        )?;
        if let Some(clocked) = clocked {
            writeln!(
                out,
                "in discrete time, one Euler step of what follows a period of {} s: h <- h + d (dh/dt), d the period",
                clocked.period
            )?;
            writeln!(
                out,
                "its cells settle to {:.0e} and lose {:.0e} a period while they hold",
                clocked.settling, clocked.droop
            )?;
        }
        if let Some(measured) = measured {
            Self::quality(measured, out)?;
        } else {
            let error = extracted.nonlinearities.iter().map(|n| n.error).max_by(f64::total_cmp);
            writeln!(out, "sigma fits its elements to {:.1e}", error.unwrap_or(0.0))?;
        }
        let s = &extracted.scales;
        writeln!(
            out,
            "1 unit of state = {} V, of input = {} V, of output = {} V, of time = {} s\n",
            s.state_volts, s.input_volts, s.output_volts, s.time_unit
        )?;
        if units <= WRITTEN_OUT {
            write!(out, "{}", network_equations(network, Notation::Text))?;
        } else {
            writeln!(out, "W    {units} x {units}, norm {:.6}", parts.recurrent.norm())?;
            writeln!(out, "Win  {units} x {inputs}, norm {:.6}", parts.input.norm())?;
            writeln!(out, "b    {units}, norm {:.6}", parts.bias.norm())?;
            writeln!(out, "leak {units}, {:.6} to {:.6}", parts.leak.min(), parts.leak.max())?;
            writeln!(out, "V    {outputs} x {units}, norm {:.6}", parts.readout.weights.norm())?;
            writeln!(out, "c    {outputs}, norm {:.6}", parts.readout.bias.norm())?;
            if self.output.is_none() {
                writeln!(
                    out,
                    "\n`-o net.safetensors` (or .npz, .rnn) writes it, --latex prints it"
                )?;
            }
        }
        if let Some(path) = &self.output {
            writeln!(out, "\nwritten: {}", path.display())?;
        }
        Ok(())
    }

    /// How good a network was measured.
    fn quality(measured: &Measured, out: &mut dyn Write) -> Result<(), Failure> {
        writeln!(
            out,
            "measured at {} operating points: sigma is tanh to {:.1e} of its height; outputs lose up to {:.1e} of it",
            measured.points, measured.mismatch, measured.conductance
        )?;
        writeln!(
            out,
            "leak and one sum of states and inputs explain every current to {:.1e}; coefficients are known to {:.1e} of the largest of a unit",
            measured.residual,
            measured.coefficient()
        )?;
        if !measured.unread.is_empty() {
            writeln!(out, "no sums of states and so no outputs: {}", measured.unread.join(", "))?;
        }
        Ok(())
    }

    /// Says why a circuit that was measured is no network.
    fn unmeasured(
        &self,
        obstacle: &Obstacle,
        scales: Scales,
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        if self.json {
            json::print(&nothing("none", obstacle, scales), out)?;
        } else {
            writeln!(out, "this circuit is no recurrent network: {obstacle}")?;
        }
        Ok(Outcome::Fails)
    }

    /// Says what a circuit on a clock does instead of a step of a network.
    fn no_map(
        &self,
        clocked: &Clocked,
        obstacle: &Obstacle,
        scales: Scales,
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        if let (true, Some(phase)) = (self.json, clocked.phases.first()) {
            return self.no_network(&phase.reduction, obstacle, scales, out);
        }
        writeln!(out, "this circuit is no recurrent network: {obstacle}")?;
        writeln!(out, "its switches follow a clock of {} s:\n", clocked.period)?;
        for phase in &clocked.phases {
            let closed = match &phase.closed[..] {
                [] => "no switch closed".to_owned(),
                names => format!("closed: {}", names.join(", ")),
            };
            writeln!(out, "from {:.6e} s for {:.6e} s  {closed}", phase.start, phase.duration)?;
        }
        Ok(Outcome::Fails)
    }

    /// Prints the system that a deck is instead.
    fn no_network(
        &self,
        reduction: &Reduction,
        obstacle: &Obstacle,
        scales: Scales,
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        let lure = &reduction.lure;
        if self.json {
            let names = lure.parts();
            let kind = if matches!(obstacle, Obstacle::Linear) { "linear" } else { "none" };
            let found = Found {
                states: &names.states,
                inputs: &names.inputs,
                outputs: &names.outputs,
                ..nothing(kind, obstacle, scales)
            };
            json::print(&found, out)?;
            return Ok(Outcome::Fails);
        }
        if self.latex {
            write!(out, "{}", normal_form_equations(lure, Notation::Latex))?;
            return Ok(Outcome::Fails);
        }
        let sizes = lure.sizes();
        writeln!(out, "this circuit is no recurrent network: {obstacle}")?;
        writeln!(
            out,
            "its normal form, in SI units: {}, {}, {}, {}\n",
            count(sizes.states, "state"),
            count(sizes.nonlinearities, "nonlinearity"),
            count(sizes.inputs, "input"),
            count(sizes.outputs, "output")
        )?;
        if sizes.states <= WRITTEN_OUT && sizes.controls <= WRITTEN_OUT {
            write!(out, "{}", normal_form_equations(lure, Notation::Text))?;
        }
        Ok(Outcome::Fails)
    }
}

/// A ratio of two numbers of a deck, without the last bits.
fn rounded(ratio: f64) -> f64 {
    format!("{ratio:.12e}").parse().unwrap_or(ratio)
}

/// What is said of a circuit that is no network.
fn nothing<'a>(kind: &'static str, obstacle: &Obstacle, scales: Scales) -> Found<'a> {
    Found {
        kind,
        period: None,
        measured: None,
        obstacle: Some(obstacle.to_string()),
        form: None,
        activation: None,
        states: &[],
        inputs: &[],
        outputs: &[],
        scales,
        gains: Vec::new(),
        leak: Vec::new(),
        recurrent: Vec::new(),
        input: Vec::new(),
        b: Vec::new(),
        readout: Vec::new(),
        c: Vec::new(),
    }
}

fn found<'a>(
    extracted: &'a Extracted,
    clocked: Option<&Clocked>,
    measured: Option<&Measured>,
) -> Found<'a> {
    let parts = extracted.network.parts();
    let rows = |matrix: &nalgebra::DMatrix<f64>| -> Vec<Vec<f64>> {
        matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
    };
    Found {
        kind: "network",
        period: clocked.map(|c| c.period),
        measured: measured.map(|measured| Quality {
            mismatch: measured.mismatch,
            conductance: measured.conductance,
            residual: measured.residual,
            coefficient: measured.coefficient(),
            points: measured.points,
            unread: measured.unread.clone(),
        }),
        obstacle: None,
        form: Some(format!("{:?}", parts.form)),
        activation: Some(parts.activation.name()),
        states: &extracted.states,
        inputs: &extracted.inputs,
        outputs: &extracted.outputs,
        scales: extracted.scales,
        gains: extracted.gains.clone(),
        leak: parts.leak.as_slice().to_vec(),
        recurrent: rows(&parts.recurrent),
        input: rows(&parts.input),
        b: parts.bias.as_slice().to_vec(),
        readout: rows(&parts.readout.weights),
        c: parts.readout.bias.as_slice().to_vec(),
    }
}
