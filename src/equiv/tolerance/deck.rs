//! A draw as a deck.
//!
//! The deck of the network without errors, with other values: what a component is called
//! and where it hangs is said once, by [`synthesise()`].

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{
    equiv::{
        Realisation, SynthesisOptions, synthesise,
        tolerance::{
            Model, ToleranceError,
            board::{Board, Part, Role},
        },
    },
    rnn::{Parts, Readout, Rnn, RnnError},
    task::Stimulus,
    units::format_number,
};

/// The deck of a board with these values; op-amps of that open-loop gain.
pub(super) fn write(
    board: &Board<'_>,
    values: &[f64],
    stimulus: &Stimulus,
    (title, gain): (&str, Option<f64>),
) -> Result<String, ToleranceError> {
    let options = SynthesisOptions {
        realisation: Realisation::Opamp,
        title: title.to_owned(),
        ..board.synthesis.clone()
    };
    if board.model == Model::Weights {
        return Ok(synthesise(&reweighted(board, values)?, stimulus, &options)?);
    }
    let text = synthesise(board.network, stimulus, &options)?;
    let named: BTreeMap<&str, (&Part, f64)> = board
        .parts
        .iter()
        .zip(values)
        .map(|(part, &value)| (part.name.as_str(), (part, value)))
        .collect();
    let mut deck = String::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with(".subckt inverting") {
            inside = true;
            deck.push_str(&op_amp(gain));
        }
        if !inside {
            deck.push_str(&revalued(line, &named));
            deck.push('\n');
        }
        inside &= line != ".ends";
    }
    Ok(deck)
}

/// An inverting op-amp with an offset.
fn op_amp(gain: Option<f64>) -> String {
    let inside = match gain {
        None => "Vs in 0 {os}\nVo ref 0 {os}\nHf out ref Vs {-rf}\n".to_owned(),
        Some(gain) => {
            let gain = format_number(gain);
            format!("Rf in out {{rf}}\nVos ref 0 {{os}}\nEa out 0 ref in {gain}\n")
        }
    };
    format!(".subckt inverting in out rf=10k os=0\n{inside}.ends\n")
}

/// A line with the value of its component.
fn revalued(line: &str, named: &BTreeMap<&str, (&Part, f64)>) -> String {
    let name = line.split(' ').next().unwrap_or_default();
    if name.starts_with("Xs") {
        let mut card = line.split(" rf=").next().unwrap_or_default().to_owned();
        for parameter in ["rf", "os"] {
            if let Some((_, value)) = named.get(format!("{name}.{parameter}").as_str()) {
                // Writing into a String cannot fail.
                let _ = write!(card, " {parameter}={}", format_number(*value));
            }
        }
        return card;
    }
    match named.get(name) {
        None => line.to_owned(),
        Some((Part { role: Role::Height(_), .. }, height)) => {
            line.replacen(" V=", &format!(" V={}*", format_number(*height)), 1)
        }
        Some((_, value)) => {
            let kept = line.rsplit_once(' ').map_or(line, |(kept, _)| kept);
            format!("{kept} {}", format_number(*value))
        }
    }
}

/// The network with the weights of a draw.
fn reweighted(board: &Board<'_>, values: &[f64]) -> Result<Rnn, RnnError> {
    let found = board.effective(values);
    let kept = board.network.parts();
    let readout = if kept.readout.weights.nrows() == 0 {
        kept.readout.clone()
    } else {
        Readout { weights: found.readout, bias: found.readout_bias }
    };
    let parts = Parts {
        form: kept.form,
        activation: kept.activation,
        recurrent: found.recurrent,
        input: found.input,
        bias: found.bias,
        leak: found.leak,
        readout,
    };
    Rnn::new(parts)
}
