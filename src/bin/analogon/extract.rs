//! `analogon extract`: the network that a deck is.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use analogon::{
    dae::{Coefficient, Lure},
    diag::render_styled,
    equiv::{
        Extracted, Identified, Notation, Obstacle, Scales, extract, network_equations, normal_form,
    },
    mna::reduce,
    units::si,
};
use serde::Serialize;

use crate::{
    deck,
    failure::{Failure, Outcome},
    files,
    network::{NetworkFile, describe},
};

/// Read the network off a deck
///
/// Eliminates all algebraic unknowns and prints the equations of the network
/// that is left, on the scales that the deck states as parameters (state_volts,
/// input_volts, output_volts, time_unit). Exit code 1 where the circuit is no
/// network: the first property that fails is named, and the equations of the
/// circuit are printed in their general form.
///
/// Examples:
///   analogon extract deck.cir
///   analogon extract deck.cir -o net.safetensors
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Extract {
    /// Deck to read; - for the standard input
    deck: PathBuf,

    /// Write the network: .safetensors, .npz or .rnn
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print the equations in LaTeX and nothing else
    #[arg(long, conflicts_with = "json")]
    latex: bool,

    /// Print a JSON object instead
    #[arg(long)]
    json: bool,
}

impl Extract {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let output = self.output.as_deref().map(NetworkFile::of).transpose()?;
        let (map, circuit) = deck::load(&self.deck)?;
        let scales = Scales::from_params(&circuit.parts().params);
        let reduction = match reduce(&circuit) {
            Ok(reduction) => reduction,
            Err(faults) => {
                self.irreducible(&faults[0].message, &render_styled(&map, &faults), out)?;
                return Ok(Outcome::Fails);
            }
        };
        let extracted = match extract(&reduction.lure, &scales) {
            Ok(extracted) => extracted,
            Err(obstacle) => {
                self.obstacle(&reduction.lure, &obstacle, out)?;
                return Ok(Outcome::Fails);
            }
        };
        if let (Some(path), Some(kind)) = (&self.output, output) {
            let source = self.deck.to_string_lossy().into_owned();
            let metadata = BTreeMap::from([("source".to_owned(), source)]);
            files::write(path, &kind.bytes(&extracted.network, None, &metadata)?)?;
        }
        self.show(&extracted, out)?;
        Ok(Outcome::Holds)
    }

    fn notation(&self) -> Notation {
        if self.latex { Notation::Latex } else { Notation::Text }
    }

    fn show(&self, found: &Extracted, out: &mut dyn Write) -> Result<(), Failure> {
        if self.json {
            return json(&Report::of(found), out);
        }
        if self.latex {
            write!(out, "{}", network_equations(&found.network, Notation::Latex))?;
            return Ok(());
        }
        let Scales { state_volts, input_volts, output_volts, time_unit } = found.scales;
        writeln!(out, "network: {}", describe(&found.network))?;
        writeln!(
            out,
            "scales: 1 is {} of a state, {} of an input, {} of an output; a unit of time is {}",
            si(state_volts, "V"),
            si(input_volts, "V"),
            si(output_volts, "V"),
            si(time_unit, "s")
        )?;
        let gains = found.gains.iter().map(|gain| (gain - 1.0).abs());
        let errors = found.nonlinearities.iter().map(|identified| identified.error);
        let worst =
            |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp).unwrap_or(0.0);
        writeln!(
            out,
            "deviations: {:.1e} of the gains from 1, {:.1e} of the nonlinear elements from {}",
            worst(&mut gains.into_iter()),
            worst(&mut errors.into_iter()),
            found.network.parts().activation
        )?;
        writeln!(out, "states: {}", listed(&found.states))?;
        writeln!(out, "\n{}", network_equations(&found.network, Notation::Text).trim_end())?;
        if let Some(path) = &self.output {
            writeln!(out, "\nwritten: {}", path.display())?;
        }
        Ok(())
    }

    /// Without a normal form there is nothing to print but the reason.
    fn irreducible(
        &self,
        message: &str,
        rendered: &str,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        if self.json {
            return json(&Refusal { network: None, obstacle: message, system: None }, out);
        }
        if self.latex {
            writeln!(out, "% no network: {message}")?;
            return Ok(());
        }
        writeln!(out, "no network: the circuit has no normal form\n")?;
        write!(out, "{rendered}")?;
        Ok(())
    }

    fn obstacle(
        &self,
        lure: &Lure,
        obstacle: &Obstacle,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let message = obstacle.to_string();
        if self.json {
            let system = Some(System::of(lure));
            return json(&Refusal { network: None, obstacle: &message, system }, out);
        }
        let comment = if self.latex { "% " } else { "" };
        writeln!(out, "{comment}no network: {message}")?;
        if !self.latex {
            writeln!(out)?;
        }
        write!(out, "{}", normal_form(lure, self.notation()))?;
        Ok(())
    }
}

/// Names, cut short where there are many.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    names[..std::cmp::min(SHOWN, names.len())].join(", ") + more
}

fn json(report: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, report).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

type Rows = Vec<Vec<f64>>;

#[derive(Debug, Serialize)]
struct Report<'a> {
    network: Network,
    scales: Scales,
    states: &'a [String],
    elements: &'a [String],
    inputs: &'a [String],
    outputs: &'a [String],
    gains: &'a [f64],
    nonlinearities: &'a [Identified],
    equations: String,
}

/// The weights by row: what a unit receives.
#[derive(Debug, Serialize)]
struct Network {
    #[serde(rename = "form")]
    form: analogon::rnn::Form,
    #[serde(rename = "activation")]
    activation: analogon::rnn::Activation,
    #[serde(rename = "W")]
    recurrent: Rows,
    #[serde(rename = "Win")]
    input: Rows,
    #[serde(rename = "b")]
    bias: Vec<f64>,
    #[serde(rename = "leak")]
    leak: Vec<f64>,
    #[serde(rename = "V")]
    readout: Rows,
    #[serde(rename = "c")]
    offset: Vec<f64>,
}

impl<'a> Report<'a> {
    fn of(found: &'a Extracted) -> Self {
        let parts = found.network.parts();
        let rows = |matrix: &nalgebra::DMatrix<f64>| -> Rows {
            matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
        };
        Self {
            network: Network {
                form: parts.form,
                activation: parts.activation,
                recurrent: rows(&parts.recurrent),
                input: rows(&parts.input),
                bias: parts.bias.as_slice().to_vec(),
                leak: parts.leak.as_slice().to_vec(),
                readout: rows(&parts.readout.weights),
                offset: parts.readout.bias.as_slice().to_vec(),
            },
            scales: found.scales,
            states: &found.states,
            elements: &found.elements,
            inputs: &found.inputs,
            outputs: &found.outputs,
            gains: &found.gains,
            nonlinearities: &found.nonlinearities,
            equations: network_equations(&found.network, Notation::Text),
        }
    }
}

#[derive(Debug, Serialize)]
struct Refusal<'a> {
    /// Always `null`.
    network: Option<()>,
    obstacle: &'a str,
    /// `null` where there is no normal form either.
    system: Option<System<'a>>,
}

/// A normal form, its matrices as lists of row, column and value.
#[derive(Debug, Serialize)]
struct System<'a> {
    states: &'a [String],
    nonlinearities: Vec<&'a str>,
    inputs: &'a [String],
    outputs: &'a [String],
    matrices: BTreeMap<String, Vec<(usize, usize, f64)>>,
    constants: BTreeMap<String, &'a [f64]>,
}

impl<'a> System<'a> {
    fn of(lure: &'a Lure) -> Self {
        let parts = lure.parts();
        let matrix = |coefficient: Coefficient| {
            let entries =
                lure.matrix(coefficient).iter().map(|(&v, (row, column))| (row, column, v));
            (format!("{coefficient:?}"), entries.collect())
        };
        let constant = |coefficient: Coefficient| {
            (format!("{coefficient:?}").to_lowercase(), lure.constant(coefficient))
        };
        Self {
            states: &parts.states,
            nonlinearities: parts.phi.iter().map(|block| block.name.as_str()).collect(),
            inputs: &parts.inputs,
            outputs: &parts.outputs,
            matrices: Coefficient::MATRICES.into_iter().map(matrix).collect(),
            constants: Coefficient::CONSTANTS.into_iter().map(constant).collect(),
        }
    }
}
