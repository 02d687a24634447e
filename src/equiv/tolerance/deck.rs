//! A draw as a deck.
//!
//! The deck of the network without errors, with other values: what a component is called
//! and where it hangs is said once, by [`synthesise()`].

mod wires;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{
    equiv::{
        Realisation, SynthesisOptions, synthesise,
        tolerance::{
            Model, ToleranceError,
            board::{Board, OpAmp, Part, Role},
        },
    },
    rnn::{Parts, Readout, Rnn, RnnError},
    task::Stimulus,
    units::format_number,
};

/// The deck of a board with these values.
pub(super) fn write(
    board: &Board<'_>,
    values: &[f64],
    stimulus: &Stimulus,
    title: &str,
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
            deck.push_str(&op_amp(&board.op_amp));
        }
        if !inside {
            deck.push_str(&heated(&revalued(line, &named), board.warmth));
            deck.push('\n');
        }
        inside &= line != ".ends";
    }
    Ok(if board.wire > 0.0 { wires::laid(&deck, board) } else { deck })
}

/// An inverting op-amp with an offset.
///
/// One that takes time is a transconductance into a capacitor, whose resistor makes the
/// gain finite; a rail is a steep conductance there.
fn op_amp(what: &OpAmp) -> String {
    let mut cards = ".subckt inverting in out rf=10k os=0 ib=0\n".to_owned();
    let mut card = |text: &str| {
        cards.push_str(text);
        cards.push('\n');
    };
    card("Ib in 0 {ib}");
    if what.gain.is_infinite() {
        card("Vs in 0 {os}");
        card("Vo ref 0 {os}");
        card("Hf out ref Vs {-rf}");
        card(".ends");
        return cards;
    }
    card("Rf in out {rf}");
    card("Vos ref 0 {os}");
    let number = format_number;
    let stiff = what.output_resistance > 0.0;
    let output = if stiff { "z" } else { "out" };
    let rail = number(what.rails);
    if what.gbw.is_finite() {
        let transconductance = std::f64::consts::TAU * 1e-9 * what.gbw;
        if what.slew.is_finite() {
            let sharpness = number(std::f64::consts::TAU * what.gbw / what.slew);
            let most = number(1e-9 * what.slew);
            card(&format!("Bs 0 x I={most}*tanh({sharpness}*v(ref,in))"));
        } else {
            card(&format!("Gs 0 x ref in {}", number(transconductance)));
        }
        card(&format!("Rx x 0 {}", number(what.gain / transconductance)));
        card("Cx x 0 1n");
        if what.rails.is_finite() {
            card(&format!("Bh x 0 I=1k*max(v(x)-{rail},0)"));
            card(&format!("Bl x 0 I=1k*min(v(x)+{rail},0)"));
        }
        card(&format!("Ea {output} 0 x 0 1"));
    } else if what.rails.is_finite() {
        let gain = number(what.gain);
        card(&format!("Ba {output} 0 V=min(max({gain}*v(ref,in),-{rail}),{rail})"));
    } else {
        card(&format!("Ea {output} 0 ref in {}", number(what.gain)));
    }
    if stiff {
        card(&format!("Ro z out {}", number(what.output_resistance)));
    }
    card(".ends");
    cards
}

/// The line of a sigma at another temperature, over that of the room.
fn heated(line: &str, warmth: f64) -> String {
    if warmth == 1.0 || !line.starts_with('B') {
        return line.to_owned();
    }
    line.replace("v(", &format!("{}*v(", format_number(1.0 / warmth)))
}

/// A line with the value of its component.
fn revalued(line: &str, named: &BTreeMap<&str, (&Part, f64)>) -> String {
    let name = line.split(' ').next().unwrap_or_default();
    if name.starts_with("Xs") {
        let mut card = line.split(" rf=").next().unwrap_or_default().to_owned();
        for parameter in ["rf", "os", "ib"] {
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
