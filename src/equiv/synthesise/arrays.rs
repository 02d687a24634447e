//! Weights as arrays: one card and one matrix in place of a component a weight.

use nalgebra::DMatrix;

use crate::{
    equiv::{
        Scales, SynthesisOptions,
        synthesise::{cards::Cards, leak_resistance, sum_volts},
    },
    rnn::{Form, Rnn},
    units::format_number,
    wave::{Array, NpyArray},
};

/// A deck and the matrices that its arrays name.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayDeck {
    /// The deck.
    pub deck: String,
    /// By name, for the file that the deck names: `W`, `Win` and `Wout`, those that are
    /// not empty. They are those of the network; where the units of a network of form B
    /// have several leaks, the rows of `W` and `Win` are multiplied by the leak of their
    /// unit over that of the first.
    pub matrices: Vec<(String, Array)>,
}

/// Nodes with one letter, counted from 1.
fn nodes(letter: char, count: usize) -> String {
    if count == 1 { format!("{letter}1") } else { format!("{letter}{{1..{count}}}") }
}

/// An array that enters one kind of nodes from another kind.
struct Entering<'a> {
    /// `Yw` and the like.
    card: &'a str,
    /// The name of its matrix.
    name: &'a str,
    /// Letter of the nodes of its rows.
    row: char,
    /// Letter of the nodes that weights come from, and of their negatives where weights
    /// are resistors.
    column: (char, Option<char>),
    /// S for a weight of 1, by row.
    siemens: Vec<f64>,
    weights: &'a DMatrix<f64>,
}

impl Entering<'_> {
    fn write(&self, cards: &mut Cards) {
        let (rows, columns) = self.weights.shape();
        if self.weights.iter().all(|w| *w == 0.0) {
            return;
        }
        let gain = self.siemens[0];
        let mut data = Vec::with_capacity(rows * columns);
        for (row, siemens) in self.siemens.iter().enumerate() {
            let factor = siemens / gain;
            data.extend(self.weights.row(row).iter().map(|w| w * factor));
        }
        for w in data.iter().filter(|w| **w != 0.0) {
            // Of either form: what it carries, and what a resistor is.
            let value = gain * w;
            if !value.is_finite() || !(1.0 / value).is_finite() {
                cards.refuse(self.card, value);
                return;
            }
        }
        let (letter, negative) = self.column;
        let form = if negative.is_some() { "resistors" } else { "vccs" };
        let inverted = negative
            .map_or(String::new(), |letter| format!(" inverted={}", nodes(letter, columns)));
        let text = format!(
            "{} {form} rows={} columns={}{inverted}",
            self.card,
            nodes(self.row, rows),
            nodes(letter, columns)
        );
        let array = Array::Numbers(NpyArray { shape: vec![rows, columns], data });
        cards.array(&text, &format_number(gain), (self.name, array));
    }
}

/// The weights of a network of op-amps: resistors from the rails of states and inputs.
pub(super) fn resistors(
    cards: &mut Cards,
    network: &Rnn,
    (scales, options): (&Scales, &SynthesisOptions),
) {
    let parts = network.parts();
    let inverts = parts.form == Form::A;
    // Ohms of a weight of 1 from a rail of 1 V a unit.
    let ohms = |volts: f64| -> Vec<f64> {
        let of_unit = |leak: &f64| match parts.form {
            Form::A => options.feedback * volts / sum_volts(options),
            Form::B => leak_resistance(*leak, scales, options) / scales.state_volts,
        };
        parts.leak.iter().map(of_unit).collect()
    };
    let (per_state, per_input): (Vec<f64>, Vec<f64>) = match parts.form {
        Form::A => (ohms(scales.state_volts), ohms(scales.input_volts)),
        Form::B => {
            let units = ohms(1.0);
            let inputs = units.iter().map(|unit| unit * scales.input_volts).collect();
            (units, inputs)
        }
    };
    let siemens = |ohms: Vec<f64>| ohms.into_iter().map(|ohms| 1.0 / ohms).collect();
    let rails = |positive: char, negative: char| {
        if inverts { (negative, Some(positive)) } else { (positive, Some(negative)) }
    };
    let row = if inverts { 's' } else { 'u' };
    let (w, win) = (&parts.recurrent, &parts.input);
    cards.comment("weights: a crossbar");
    let column = rails('p', 'm');
    let siemens_of = siemens(per_state);
    Entering { card: "Yw", name: "W", row, column, siemens: siemens_of, weights: w }.write(cards);
    let column = rails('x', 'n');
    let siemens_of = siemens(per_input);
    Entering { card: "Yx", name: "Win", row, column, siemens: siemens_of, weights: win }
        .write(cards);
    let state = if inverts { scales.state_volts } else { 1.0 };
    let unit = options.feedback * state / scales.output_volts;
    let weights = &parts.readout.weights;
    let siemens = vec![1.0 / unit; weights.nrows()];
    let column = ('m', Some('p'));
    Entering { card: "Yy", name: "Wout", row: 'g', column, siemens, weights }.write(cards);
}

/// The weights of a network of controlled sources.
pub(super) fn sources(
    cards: &mut Cards,
    network: &Rnn,
    (scales, options): (&Scales, &SynthesisOptions),
) {
    let parts = network.parts();
    let of_unit = |leak: &f64| match parts.form {
        Form::A => sum_volts(options) / scales.state_volts,
        Form::B => scales.state_volts / leak_resistance(*leak, scales, options),
    };
    // The current of a source leaves its row.
    let per_state: Vec<f64> = parts.leak.iter().map(|leak| -of_unit(leak)).collect();
    let per_input: Vec<f64> = match parts.form {
        Form::A => vec![-sum_volts(options) / scales.input_volts; per_state.len()],
        Form::B => per_state.iter().map(|unit| unit / scales.input_volts).collect(),
    };
    let (row, from, per_output) = match parts.form {
        Form::A => ('e', 'h', scales.output_volts / scales.state_volts),
        Form::B => ('u', 'r', scales.output_volts),
    };
    cards.comment("weights: arrays of sources");
    let (w, win) = (&parts.recurrent, &parts.input);
    let column = (from, None);
    Entering { card: "Yw", name: "W", row, column, siemens: per_state, weights: w }.write(cards);
    let column = ('x', None);
    Entering { card: "Yx", name: "Win", row, column, siemens: per_input, weights: win }
        .write(cards);
    let weights = &parts.readout.weights;
    let siemens = vec![-per_output; weights.nrows()];
    let column = (from, None);
    Entering { card: "Yy", name: "Wout", row: 'y', column, siemens, weights }.write(cards);
}
