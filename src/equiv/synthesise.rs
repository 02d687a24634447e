//! From a network to a deck.
//!
//! The circuits and their component values are derived in `docs/theory.md`. What
//! a deck cannot say in volts and ohms stands in its `.param` cards
//! ([`Scales`]); no weight stands anywhere but in the value of a component.

mod amplifiers;
mod arrays;
mod cards;
mod fit;
mod ideal;
mod ota;
mod sampled;
mod stock;

use std::fmt;

use crate::{
    equiv::Scales,
    rnn::{Form, Rnn},
    task::{Stimulus, StimulusError},
    units::{count, format_number},
};

use cards::Cards;

pub use arrays::ArrayDeck;
pub use fit::{Fit, Fixed, Outside, fit};
pub use stock::Stock;

/// The kind of circuit that realises a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Realisation {
    /// A controlled current source per weight, a behavioural source per unit.
    Ideal,
    /// A resistor per weight into the virtual ground of an ideal op-amp.
    Opamp,
    /// As `Opamp`, with two sample-and-hold cells a unit and a clock in place of the
    /// low-pass: the discrete network, one step a period.
    Sampled,
    /// As `Opamp`, with sigma by a bipolar differential pair and current mirrors, every
    /// transistor of them.
    Ota,
}

impl fmt::Display for Realisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ideal => "ideal",
            Self::Opamp => "opamp",
            Self::Sampled => "sampled",
            Self::Ota => "ota",
        })
    }
}

/// Choices of a synthesis.
#[derive(Clone, Debug, PartialEq)]
pub struct SynthesisOptions {
    /// The kind of circuit.
    pub realisation: Realisation,
    /// First line of the deck.
    pub title: String,
    /// Seconds per model time unit.
    pub time_unit: f64,
    /// Capacitance of every unit, F.
    pub capacitance: f64,
    /// Feedback resistance of every summing amplifier, ohm.
    pub feedback: f64,
    /// What a unit of each quantity is in volts; `None` for 1 V, of the state of a passive
    /// summing node what it divides by.
    pub volts: Option<Volts>,
    /// Voltage of the rails that the deck states, V.
    pub rails: Option<f64>,
    /// Comments below the first lines of the deck.
    pub notes: Vec<String>,
}

/// Volts per model unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volts {
    /// Of a state.
    pub state: f64,
    /// Of the argument of sigma, where a summing stage delivers it.
    pub sum: f64,
    /// Of an input.
    pub input: f64,
    /// Of an output.
    pub output: f64,
}

impl Default for Volts {
    fn default() -> Self {
        Self { state: 1.0, sum: 1.0, input: 1.0, output: 1.0 }
    }
}

impl Default for SynthesisOptions {
    fn default() -> Self {
        Self {
            realisation: Realisation::Opamp,
            title: "recurrent network".to_owned(),
            time_unit: 1e-3,
            capacitance: 1e-6,
            feedback: 1e4,
            volts: None,
            rails: None,
            notes: Vec::new(),
        }
    }
}

/// Why a network has no such circuit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SynthesisError {
    /// The stimulus has another number of channels than the network.
    #[error("the stimulus has {found} channels, the network {expected} inputs")]
    Channels {
        /// Inputs of the network.
        expected: usize,
        /// Channels of the stimulus.
        found: usize,
    },
    /// An option is not positive and finite.
    #[error("{name} must be positive, not {value}")]
    Option {
        /// Which.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The network is no map that one period of a clock could compute.
    #[error(
        "the realisation `sampled` is the map h <- sigma(W h + Win x + b), which needs form A and leaks of 1; {what}"
    )]
    NoMap {
        /// What the network is instead.
        what: String,
    },
    /// The pair of transistors has another sigma, or its current another way to go.
    #[error("the realisation `ota` is dh/dt = -leak h + tanh(W h + Win x + b), of form A; {what}")]
    NoPair {
        /// What the network is instead.
        what: String,
    },
    /// The transistors would carry a current that no such transistor carries.
    #[error(
        "a unit would need {current:.1e} A, and its transistors carry 1 nA to 10 mA: it is capacitance times volts per unit of state ({volts} V) over the time unit"
    )]
    Current {
        /// A
        current: f64,
        /// V per unit of state.
        volts: f64,
    },
    /// Scales cannot be chosen.
    #[error(
        "the transistors of the realisation `ota` say what its scales and resistors are; no stock of parts chooses them"
    )]
    NoChoice,
    /// The stimulus cannot be held step by step.
    #[error("the stimulus cannot be held for whole periods of the clock: {0}")]
    Held(#[from] StimulusError),
    /// A component value leaves the range of numbers.
    #[error(
        "`{element}` would have the value {value}: a weight is too small or too large to be a component"
    )]
    Component {
        /// The element.
        element: String,
        /// Its value.
        value: f64,
    },
}

/// The deck that realises `network`, driven by `stimulus`, with a transient over
/// its duration at a largest step of a tenth of a time unit.
///
/// State i is the voltage of node `h<i>` (form A) or `u<i>` (form B), input k
/// that of `x<k>`, output k that of `y<k>`, counted from 1. A weight of zero is
/// an open circuit. As `sampled`, a time unit is a period of the clock, and the state
/// n is what the slaves hold at n periods; the stimulus is held for each period at the
/// level of its middle, and what is left of a period at its end is left out.
///
/// # Errors
///
/// [`SynthesisError`].
pub fn synthesise(
    network: &Rnn,
    stimulus: &Stimulus,
    options: &SynthesisOptions,
) -> Result<String, SynthesisError> {
    written(network, stimulus, options, None).map(|written| written.deck)
}

/// The same with the weights as arrays, whose matrices the deck reads from `file`: one
/// card for each of W, Win and Wout. Biases stay components.
///
/// # Errors
///
/// [`SynthesisError`].
pub fn synthesise_arrays(
    network: &Rnn,
    stimulus: &Stimulus,
    options: &SynthesisOptions,
    file: &str,
) -> Result<ArrayDeck, SynthesisError> {
    written(network, stimulus, options, Some(file))
}

fn written(
    network: &Rnn,
    stimulus: &Stimulus,
    options: &SynthesisOptions,
    file: Option<&str>,
) -> Result<ArrayDeck, SynthesisError> {
    let inputs = network.shape().1;
    if stimulus.channels() != inputs {
        return Err(SynthesisError::Channels { expected: inputs, found: stimulus.channels() });
    }
    for (name, value) in [
        ("the time unit", options.time_unit),
        ("the capacitance", options.capacitance),
        ("the feedback resistance", options.feedback),
        ("the voltage of the rails", options.rails.unwrap_or(1.0)),
    ] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(SynthesisError::Option { name, value });
        }
    }
    let held;
    let stimulus = if options.realisation == Realisation::Sampled {
        sampled::check(network)?;
        held = sampled::held(stimulus)?;
        &held
    } else {
        stimulus
    };
    let scales = scales(network, options);
    if options.realisation == Realisation::Ota {
        ota::check(network, &scales, options)?;
    }
    let mut cards = Cards::new(file);
    header(&mut cards, network, options);
    for note in &options.notes {
        cards.comment(note);
    }
    scale_cards(&mut cards, &scales, options.rails);
    match options.realisation {
        Realisation::Ideal => ideal::write(&mut cards, network, &scales, options),
        Realisation::Opamp | Realisation::Sampled | Realisation::Ota => {
            amplifiers::write(&mut cards, network, &scales, options);
        }
    }
    controls(&mut cards, network, stimulus, (&scales, options.realisation));
    cards.finish()
}

/// The resistance that makes a leak with the capacitor of a unit, ohm. Rounded to
/// 15 digits, which is finer than any part and spares 1000.0000000000001 ohm.
pub(super) fn leak_resistance(leak: f64, scales: &Scales, options: &SynthesisOptions) -> f64 {
    let exact = scales.time_unit / (leak * options.capacitance);
    format!("{exact:.14e}").parse().unwrap_or(exact)
}

/// One volt for everything, except for the state of Hopfield's passive summing
/// node, which divides: the gain of its amplifiers must exceed the largest sum
/// of moduli of what enters a unit; and for transistors, whose supplies a state must not
/// come near.
pub(super) fn scales(network: &Rnn, options: &SynthesisOptions) -> Scales {
    let is_passive = options.realisation == Realisation::Opamp && network.parts().form == Form::B;
    let volts = options.volts.unwrap_or_else(|| Volts {
        state: match options.realisation {
            _ if is_passive => passive_volts(network, 1.0),
            Realisation::Ota => ota::state_volts(network),
            Realisation::Ideal | Realisation::Opamp | Realisation::Sampled => 1.0,
        },
        ..Volts::default()
    });
    Scales {
        state_volts: volts.state,
        input_volts: volts.input,
        output_volts: volts.output,
        time_unit: options.time_unit,
    }
}

/// The volts per unit of state of a passive summing node.
fn passive_volts(network: &Rnn, input_volts: f64) -> f64 {
    let parts = network.parts();
    let sum = |unit: usize| -> f64 {
        parts.recurrent.row(unit).lp_norm(1)
            + parts.input.row(unit).lp_norm(1) / input_volts
            + parts.bias[unit].abs()
    };
    let largest = (0..network.units()).map(sum).max_by(f64::total_cmp).unwrap_or(0.0);
    let mut volts = 1.0;
    // A power of two, so that scaling by it does not round.
    while volts * largest > 0.8 {
        volts *= 0.5;
    }
    volts
}

/// The leak resistors of passive summing nodes, as multiples of T / C.
fn leaks_of_form_b(network: &Rnn, volts: &Volts) -> Vec<f64> {
    let parts = network.parts();
    let share = |unit: usize| {
        let inputs = parts.input.row(unit).lp_norm(1) / volts.input;
        (parts.recurrent.row(unit).lp_norm(1) + inputs + parts.bias[unit].abs()) * volts.state
    };
    (0..network.units()).map(|unit| 1.0 / (parts.leak[unit] * (1.0 - share(unit)))).collect()
}

/// The volts per unit of what a summing stage delivers.
fn sum_volts(options: &SynthesisOptions) -> f64 {
    options.volts.map_or(1.0, |volts| volts.sum)
}

fn header(cards: &mut Cards, network: &Rnn, options: &SynthesisOptions) {
    let (units, inputs, outputs) = network.shape();
    let parts = network.parts();
    let equation = match parts.form {
        Form::A if options.realisation == Realisation::Sampled => {
            "h[n+1] = sigma(W h[n] + Win x[n+1] + b)"
        }
        Form::A => "dh/dt = -leak h + sigma(W h + Win x + b)",
        Form::B => "du/dt = leak (-u + W sigma(u) + Win x + b)",
    };
    cards.title(&options.title);
    cards.comment(&format!(
        "{}, {}, {}; {equation}, sigma = {}",
        count(units, "unit"),
        count(inputs, "input"),
        count(outputs, "output"),
        parts.activation
    ));
    cards.comment(&format!(
        "written by analogon {} as {}",
        env!("CARGO_PKG_VERSION"),
        options.realisation
    ));
}

fn scale_cards(cards: &mut Cards, scales: &Scales, rails: Option<f64>) {
    cards.comment("volts per unit of state, input and output, and seconds per unit of time:");
    let values = [scales.state_volts, scales.input_volts, scales.output_volts, scales.time_unit];
    let mut params: Vec<String> = Scales::NAMES
        .iter()
        .zip(values)
        .map(|(name, value)| format!("{name}={}", format_number(value)))
        .collect();
    params.extend(rails.map(|volts| format!("{}={}", Stock::RAILS, format_number(volts))));
    cards.line(&format!(".param {}", params.join(" ")));
}

/// Sources of the inputs and the cards that say what to do.
fn controls(
    cards: &mut Cards,
    network: &Rnn,
    stimulus: &Stimulus,
    (scales, realisation): (&Scales, Realisation),
) {
    let (units, inputs, outputs) = network.shape();
    cards.comment("inputs");
    for channel in 0..inputs {
        let points = stimulus.points(channel);
        let scaled =
            points.iter().map(|&(time, value)| (scales.seconds(time), value * scales.input_volts));
        cards.piecewise_linear(channel + 1, scaled);
    }
    let step = format_number(scales.seconds(0.1));
    let stop = format_number(scales.seconds(stimulus.duration()));
    // The rest of a charge after a phase is what the method leaves of it, and the
    // trapezoidal rule damps nothing that is faster than its step.
    let method = if realisation == Realisation::Sampled { " method=gear" } else { "" };
    cards.line(&format!(".options reltol=1e-5{method}"));
    cards.line(&format!(".tran {step} {stop} 0 {step} uic"));
    let letter = if network.parts().form == Form::A { 'h' } else { 'u' };
    let (letter, count) = if outputs > 0 { ('y', outputs) } else { (letter, units) };
    for start in (1..=count).step_by(20) {
        let end = if start + 20 > count { count + 1 } else { start + 20 };
        let names: Vec<String> = (start..end).map(|k| format!("v({letter}{k})")).collect();
        cards.line(&format!(".save {}", names.join(" ")));
    }
    cards.line(".end");
}
