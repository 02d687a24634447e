//! `analogon extract`: the network that a deck is.

mod found;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use analogon::{
    circuit::Circuit,
    diag::{Diagnostic, SourceMap, render},
    equiv::{
        Clocked, Extracted, Measured, Notation, Obstacle, Scales, extract, measure,
        needs_measurement, network_equations, normal_form_equations,
        properties::{Judgement, Property, Reduced, properties, summary},
    },
    mna::{Reduction, reduce},
    units::count,
};

use crate::{
    deck,
    failure::{Failure, Outcome},
    files, json,
    network::{self, NetworkFile},
    ranges::PartArgs,
};

use found::Found;

/// Read a network out of a deck
///
/// Reduces the circuit to its normal form and reads the equations of a
/// recurrent network off it, in the units that the deck's .param cards state.
/// A deck that is no network is printed as the system it is, with what stops
/// it; exit code 1. Below stand the properties that a circuit needs to be a
/// network, and to be one when it is built (docs/properties.md); one that fails
/// does not change the exit code of a deck that is a network.
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

    #[command(flatten)]
    parts: PartArgs,
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
        let judge =
            |reduced: Reduced<'_>| properties(&circuit, reduced, &scales, &self.parts.properties());
        if self.measure || needs_measurement(&circuit) {
            let judged = judge(Reduced::Refused);
            return match measure(&circuit, &scales) {
                Ok(measured) => {
                    let found = (&measured.extracted, Some(&measured));
                    self.network(found, None, (&circuit, judged), out)
                }
                Err(obstacle) => self.unmeasured(&obstacle, (scales, judged), out),
            };
        }
        let reduction = match &clocked {
            None => match reduce(&circuit) {
                Ok(reduction) => reduction,
                Err(faults) => {
                    let judged = judge(Reduced::Refused);
                    return self.no_normal_form((&map, &faults), (scales, judged), out);
                }
            },
            Some(clocked) => match clocked.map() {
                Ok(map) => map.reduction,
                Err(obstacle) => {
                    let judged = judge(Reduced::Refused);
                    return self.no_map(clocked, &obstacle, (scales, judged), out);
                }
            },
        };
        let reduced = match &clocked {
            None => Reduced::Flow(&reduction),
            Some(_) => Reduced::Map(&reduction),
        };
        let judged = judge(reduced);
        let extracted = match extract(&reduction.lure, &scales) {
            Ok(extracted) => extracted,
            Err(obstacle) => return self.no_network(&reduction, &obstacle, (scales, judged), out),
        };
        self.network((&extracted, None), clocked.as_ref(), (&circuit, judged), out)
    }

    /// Writes and prints the network that was found.
    fn network(
        &self,
        (extracted, measured): (&Extracted, Option<&Measured>),
        clocked: Option<&Clocked>,
        (circuit, judged): (&Circuit, Vec<Property>),
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
            json::print(&Found::network((extracted, measured), clocked, judged), out)?;
        } else if self.latex {
            write!(out, "{}", network_equations(&extracted.network, Notation::Latex))?;
        } else {
            self.text((extracted, measured), clocked, out)?;
            table(&judged, out)?;
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
        (scales, judged): (Scales, Vec<Property>),
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        if self.json {
            json::print(&Found::refused(obstacle.to_string(), scales, judged), out)?;
        } else {
            writeln!(out, "this circuit is no recurrent network: {obstacle}")?;
            table(&judged, out)?;
        }
        Ok(Outcome::Fails)
    }

    /// Says what a circuit on a clock does instead of a step of a network.
    fn no_map(
        &self,
        clocked: &Clocked,
        obstacle: &Obstacle,
        (scales, judged): (Scales, Vec<Property>),
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        if let (true, Some(phase)) = (self.json, clocked.phases.first()) {
            return self.no_network(&phase.reduction, obstacle, (scales, judged), out);
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
        table(&judged, out)?;
        Ok(Outcome::Fails)
    }

    /// Says why a circuit has no normal form, and what it has of a network all the same.
    fn no_normal_form(
        &self,
        (map, faults): (&SourceMap, &[Diagnostic]),
        (scales, judged): (Scales, Vec<Property>),
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        if self.latex {
            return Err(Failure::of_deck(map, faults));
        }
        if self.json {
            let why = faults.first().map_or_else(String::new, |f| f.message.clone());
            json::print(&Found::refused(why, scales, judged), out)?;
            return Ok(Outcome::Fails);
        }
        writeln!(out, "this circuit is no recurrent network, and it has no normal form:\n")?;
        write!(out, "{}", render(map, faults))?;
        table(&judged, out)?;
        Ok(Outcome::Fails)
    }

    /// Prints the system that a deck is instead.
    fn no_network(
        &self,
        reduction: &Reduction,
        obstacle: &Obstacle,
        (scales, judged): (Scales, Vec<Property>),
        out: &mut dyn Write,
    ) -> Result<Outcome, Failure> {
        let lure = &reduction.lure;
        if self.json {
            json::print(&Found::system(lure, obstacle, scales, judged), out)?;
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
        table(&judged, out)?;
        if judged.iter().all(|p| p.verdict != Judgement::Fails) {
            writeln!(out, "\n{BY_LIMIT}")?;
        }
        Ok(Outcome::Fails)
    }
}

/// Of a circuit whose further states stop an extraction and nothing else.
const BY_LIMIT: &str = "no property fails: with its further states at rest it would be a network, and they are as much faster as `one-pole` says";

/// The properties, one a line.
fn table(judged: &[Property], out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(out, "\nproperties: {}", summary(judged))?;
    for property in judged {
        writeln!(out, "{property}")?;
    }
    Ok(())
}

/// A ratio of two numbers of a deck, without the last bits.
fn rounded(ratio: f64) -> f64 {
    format!("{ratio:.12e}").parse().unwrap_or(ratio)
}
