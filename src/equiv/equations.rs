//! Networks and normal forms as equations that people read.

use std::fmt::Write;

use sprs::CsMat;

use crate::{
    dae::{Coefficient, Lure},
    linalg::norm,
    rnn::{Activation, Form, Rnn},
    units::format_number,
};

/// How equations are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Plain text.
    Text,
    /// LaTeX, for an environment such as `align` (networks) or display maths.
    Latex,
}

/// Networks with more units or inputs than this are summed up.
const SMALL_NETWORK: usize = 8;
/// Normal forms with more rows or columns than this are summed up.
const SMALL_SYSTEM: usize = 8;

/// The equations of a network, one line a unit and one an output, in model
/// units; of a network of more than 8 units or inputs the general equation, and
/// shape and norm of each part.
///
/// Units are `h1, h2, ...` (form A) or `u1, u2, ...` (form B), inputs `x1, ...`,
/// outputs `y1, ...`. Numbers are rounded to six digits.
#[must_use]
pub fn network_equations(network: &Rnn, notation: Notation) -> String {
    let (units, inputs, outputs) = network.shape();
    if units > SMALL_NETWORK || inputs > SMALL_NETWORK || outputs > SMALL_NETWORK {
        return summary(network, notation);
    }
    let writer = Writer { network, notation };
    let lines: Vec<String> =
        (0..units).map(|i| writer.unit(i)).chain((0..outputs).map(|k| writer.output(k))).collect();
    match notation {
        Notation::Text => lines.join("\n") + "\n",
        Notation::Latex => lines.join(" \\\\\n") + "\n",
    }
}

/// A sum of products of numbers and symbols.
struct Sum {
    text: String,
    notation: Notation,
}

impl Sum {
    fn new(notation: Notation) -> Self {
        Self { text: String::new(), notation }
    }

    /// Adds `coefficient * symbol`; an empty symbol is a constant. Nothing for 0.
    fn add(&mut self, coefficient: f64, symbol: &str) {
        if coefficient == 0.0 {
            return;
        }
        let negative = coefficient < 0.0;
        self.text.push_str(match (self.text.is_empty(), negative) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        });
        let magnitude = number(coefficient.abs(), self.notation);
        if symbol.is_empty() {
            self.text.push_str(&magnitude);
        } else if magnitude == "1" {
            self.text.push_str(symbol);
        } else {
            let space = if self.notation == Notation::Latex { "\\," } else { " " };
            // Writing to a String cannot fail.
            let _ = write!(self.text, "{magnitude}{space}{symbol}");
        }
    }

    fn finish(self) -> String {
        if self.text.is_empty() { "0".to_owned() } else { self.text }
    }
}

/// Six significant digits, without zeros at the end.
fn number(value: f64, notation: Notation) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    let is_plain = rounded == 0.0 || (1e-4..1e6).contains(&rounded.abs());
    let text = if is_plain { rounded.to_string() } else { format_number(rounded) };
    match (notation, text.split_once('e')) {
        (Notation::Latex, Some(("1", exponent))) => format!("10^{{{exponent}}}"),
        (Notation::Latex, Some((digits, exponent))) => {
            format!("{digits} \\times 10^{{{exponent}}}")
        }
        _ => text,
    }
}

/// The name of sigma in front of its argument; empty for the identity.
fn sigma(activation: Activation, notation: Notation) -> String {
    match (activation, notation) {
        (Activation::Linear, _) => String::new(),
        (Activation::Tanh, Notation::Latex) => "\\tanh".to_owned(),
        (other, Notation::Latex) => {
            format!("\\operatorname{{{}}}", other.name().replace('_', "\\_"))
        }
        (other, Notation::Text) => other.name().to_owned(),
    }
}

struct Writer<'a> {
    network: &'a Rnn,
    notation: Notation,
}

impl Writer<'_> {
    /// `h3` or `h_{3}`, from 0.
    fn symbol(&self, letter: &str, at: usize) -> String {
        match self.notation {
            Notation::Text => format!("{letter}{}", at + 1),
            Notation::Latex => format!("{letter}_{{{}}}", at + 1),
        }
    }

    fn state(&self, unit: usize) -> String {
        let letter = if self.network.parts().form == Form::A { "h" } else { "u" };
        self.symbol(letter, unit)
    }

    /// What weights of the network act on.
    fn firing(&self, unit: usize) -> String {
        let parts = self.network.parts();
        match parts.form {
            Form::A => self.state(unit),
            Form::B => self.applied(parts.activation, &self.state(unit)),
        }
    }

    fn applied(&self, activation: Activation, argument: &str) -> String {
        let name = sigma(activation, self.notation);
        match self.notation {
            Notation::Text => format!("{name}({argument})"),
            Notation::Latex => format!("{name}\\left({argument}\\right)"),
        }
    }

    /// The left-hand side and the sign of equality.
    fn rate(&self, unit: usize) -> String {
        let state = self.state(unit);
        match self.notation {
            Notation::Text => format!("d{state}/dt ="),
            Notation::Latex => format!("\\dot{{{}}}_{{{}}} &=", &state[..1], unit + 1),
        }
    }

    /// `dh1/dt = -h1 + tanh(0.5 h1 - 1.2 h2 + 0.3 x1 + 0.1)`
    fn unit(&self, unit: usize) -> String {
        let parts = self.network.parts();
        let mut drive = Sum::new(self.notation);
        if parts.form == Form::B {
            drive.add(-1.0, &self.state(unit));
        }
        for (from, weight) in parts.recurrent.row(unit).iter().enumerate() {
            drive.add(*weight, &self.firing(from));
        }
        for (input, weight) in parts.input.row(unit).iter().enumerate() {
            drive.add(*weight, &self.symbol("x", input));
        }
        drive.add(parts.bias[unit], "");
        let leak = parts.leak[unit];
        let right = match parts.form {
            Form::A => {
                let mut right = Sum::new(self.notation);
                right.add(-leak, &self.state(unit));
                right.add(1.0, &self.applied(parts.activation, &drive.finish()));
                right.finish()
            }
            Form::B => {
                let mut right = Sum::new(self.notation);
                right.add(leak, &self.applied(Activation::Linear, &drive.finish()));
                right.finish()
            }
        };
        format!("{} {right}", self.rate(unit))
    }

    fn output(&self, output: usize) -> String {
        let readout = &self.network.parts().readout;
        let mut right = Sum::new(self.notation);
        for (unit, weight) in readout.weights.row(output).iter().enumerate() {
            right.add(*weight, &self.firing(unit));
        }
        right.add(readout.bias[output], "");
        let equals = if self.notation == Notation::Latex { "&=" } else { "=" };
        format!("{} {equals} {}", self.symbol("y", output), right.finish())
    }
}

/// The general equation, and shape and norm of each part.
fn summary(network: &Rnn, notation: Notation) -> String {
    let parts = network.parts();
    let name = sigma(parts.activation, notation);
    let general = match (parts.form, notation) {
        (Form::A, Notation::Text) => {
            format!("dh/dt = -leak h + {name}(W h + Win x + b),  y = V h + c")
        }
        (Form::B, Notation::Text) => {
            format!("du/dt = leak (-u + W {name}(u) + Win x + b),  y = V {name}(u) + c")
        }
        (Form::A, Notation::Latex) => format!(
            "\\dot{{h}} &= -\\Lambda h + {name}\\left(W h + W_\\mathrm{{in}} x + b\\right) \\\\\ny &= V h + c"
        ),
        (Form::B, Notation::Latex) => format!(
            "\\dot{{u}} &= \\Lambda \\left(-u + W {name}(u) + W_\\mathrm{{in}} x + b\\right) \\\\\ny &= V {name}(u) + c"
        ),
    };
    let comment = if notation == Notation::Latex { "% " } else { "" };
    let tables = [
        ("W", parts.recurrent.shape(), parts.recurrent.as_slice()),
        ("Win", parts.input.shape(), parts.input.as_slice()),
        ("b", parts.bias.shape(), parts.bias.as_slice()),
        ("leak", parts.leak.shape(), parts.leak.as_slice()),
        ("V", parts.readout.weights.shape(), parts.readout.weights.as_slice()),
        ("c", parts.readout.bias.shape(), parts.readout.bias.as_slice()),
    ];
    let mut text = general + "\n";
    for (name, (rows, columns), values) in tables {
        let size = number(norm(values), Notation::Text);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{comment}{name}: {rows} x {columns}, Frobenius norm {size}");
    }
    text
}

/// The normal form of a circuit: its equations, the names of states,
/// nonlinearities, inputs and outputs, and, up to 8 rows and columns, the
/// coefficients themselves, else their sizes and norms. What is zero or empty
/// is left out.
#[must_use]
pub fn normal_form(lure: &Lure, notation: Notation) -> String {
    let sizes = lure.sizes();
    let is_linear = sizes.nonlinearities == 0;
    let mut text = match (notation, is_linear) {
        (Notation::Text, true) => "dx/dt = A x + E u + x0\n    y = H x + K u + y0\n",
        (Notation::Text, false) => {
            "dx/dt = A x + B phi(z) + E u + x0\n    z = C x + D phi(z) + F u + z0\n    y = H x + J phi(z) + K u + y0\n"
        }
        (Notation::Latex, true) => {
            "\\dot{x} &= A x + E u + x_0 \\\\\ny &= H x + K u + y_0\n"
        }
        (Notation::Latex, false) => {
            "\\dot{x} &= A x + B \\varphi(z) + E u + x_0 \\\\\nz &= C x + D \\varphi(z) + F u + z_0 \\\\\ny &= H x + J \\varphi(z) + K u + y_0\n"
        }
    }
    .to_owned();
    let comment = if notation == Notation::Latex { "% " } else { "" };
    let phi: Vec<String> = lure.parts().phi.iter().map(|block| block.name.clone()).collect();
    let names = [
        ("x", "states", &lure.parts().states),
        ("phi", "nonlinear elements", &phi),
        ("u", "inputs", &lure.parts().inputs),
        ("y", "outputs", &lure.parts().outputs),
    ];
    for (symbol, what, names) in names.into_iter().filter(|(.., names)| !names.is_empty()) {
        let shown: Vec<&str> = names.iter().take(SMALL_SYSTEM).map(String::as_str).collect();
        let (count, shown) = (names.len(), shown.join(", "));
        let _ = if count > SMALL_SYSTEM {
            writeln!(text, "{comment}{symbol}: {count} {what}: {shown}, ...")
        } else {
            writeln!(text, "{comment}{symbol}: {shown} ({what})")
        };
    }
    for coefficient in Coefficient::MATRICES {
        matrix(coefficient, lure.matrix(coefficient), notation, &mut text);
    }
    for coefficient in Coefficient::CONSTANTS {
        let values = lure.constant(coefficient);
        let rows: Vec<Vec<f64>> = values.iter().map(|&value| vec![value]).collect();
        if values.iter().all(|value| *value == 0.0) {
            continue;
        }
        if values.len() <= SMALL_SYSTEM {
            dense(symbol(coefficient, notation), &rows, notation, &mut text);
        } else {
            let name = symbol(coefficient, Notation::Text);
            let _ = writeln!(
                text,
                "{comment}{name}: {} x 1, norm {}",
                values.len(),
                number(norm(values), Notation::Text)
            );
        }
    }
    text
}

fn symbol(coefficient: Coefficient, notation: Notation) -> &'static str {
    match (coefficient, notation) {
        (Coefficient::A, _) => "A",
        (Coefficient::B, _) => "B",
        (Coefficient::E, _) => "E",
        (Coefficient::C, _) => "C",
        (Coefficient::D, _) => "D",
        (Coefficient::F, _) => "F",
        (Coefficient::H, _) => "H",
        (Coefficient::J, _) => "J",
        (Coefficient::K, _) => "K",
        (Coefficient::X0, Notation::Text) => "x0",
        (Coefficient::X0, Notation::Latex) => "x_0",
        (Coefficient::Z0, Notation::Text) => "z0",
        (Coefficient::Z0, Notation::Latex) => "z_0",
        (Coefficient::Y0, Notation::Text) => "y0",
        (Coefficient::Y0, Notation::Latex) => "y_0",
    }
}

fn matrix(coefficient: Coefficient, matrix: &CsMat<f64>, notation: Notation, text: &mut String) {
    if matrix.nnz() == 0 {
        return;
    }
    let (rows, columns) = matrix.shape();
    if rows > SMALL_SYSTEM || columns > SMALL_SYSTEM {
        let comment = if notation == Notation::Latex { "% " } else { "" };
        let _ = writeln!(
            text,
            "{comment}{}: {rows} x {columns}, {} entries, Frobenius norm {}",
            symbol(coefficient, Notation::Text),
            matrix.nnz(),
            number(norm(matrix.data()), Notation::Text)
        );
        return;
    }
    let entry = |row, column| matrix.get(row, column).copied().unwrap_or(0.0);
    let rows: Vec<Vec<f64>> =
        (0..rows).map(|row| (0..columns).map(|column| entry(row, column)).collect()).collect();
    dense(symbol(coefficient, notation), &rows, notation, text);
}

/// A matrix in full.
fn dense(name: &str, rows: &[Vec<f64>], notation: Notation, text: &mut String) {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|&v| number(v, notation)).collect()).collect();
    if notation == Notation::Latex {
        let lines: Vec<String> = cells.iter().map(|row| row.join(" & ")).collect();
        let body = lines.join(" \\\\ ");
        let _ = writeln!(text, "\\\\ {name} &= \\begin{{bmatrix}} {body} \\end{{bmatrix}}");
        return;
    }
    let width = cells.iter().flatten().map(String::len).max().unwrap_or(0);
    for (at, row) in cells.iter().enumerate() {
        let name = if at == 0 { format!("{name} = ") } else { " ".repeat(name.len() + 3) };
        let row: Vec<String> = row.iter().map(|cell| format!("{cell:>width$}")).collect();
        let _ = writeln!(text, "{name}[ {} ]", row.join("  "));
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};

    use super::*;
    use crate::rnn::{Parts, Readout};

    fn pair(form: Form, activation: Activation) -> Rnn {
        Rnn::new(Parts {
            form,
            activation,
            recurrent: DMatrix::from_row_slice(2, 2, &[0.5, -1.2, 0.0, -1.0]),
            input: DMatrix::from_row_slice(2, 1, &[0.3, 0.0]),
            bias: DVector::from_row_slice(&[0.1, -1e-7 / 3.0]),
            leak: DVector::from_row_slice(&[1.0, 0.25]),
            readout: Readout {
                weights: DMatrix::from_row_slice(1, 2, &[1.0, -1.0]),
                bias: DVector::from_row_slice(&[0.0]),
            },
        })
        .unwrap()
    }

    #[test]
    fn form_a_as_text() {
        let expected = "\
dh1/dt = -h1 + tanh(0.5 h1 - 1.2 h2 + 0.3 x1 + 0.1)
dh2/dt = -0.25 h2 + tanh(-h2 - 3.33333e-8)
y1 = h1 - h2
";
        assert_eq!(network_equations(&pair(Form::A, Activation::Tanh), Notation::Text), expected);
    }

    #[test]
    fn form_b_as_text() {
        let expected = "\
du1/dt = (-u1 + 0.5 relu(u1) - 1.2 relu(u2) + 0.3 x1 + 0.1)
du2/dt = 0.25 (-u2 - relu(u2) - 3.33333e-8)
y1 = relu(u1) - relu(u2)
";
        assert_eq!(network_equations(&pair(Form::B, Activation::Relu), Notation::Text), expected);
    }

    #[test]
    fn latex_has_its_own_numbers_and_names() {
        let text = network_equations(&pair(Form::A, Activation::HardTanh), Notation::Latex);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            "\\dot{h}_{2} &= -0.25\\,h_{2} + \\operatorname{hard\\_tanh}\\left(-h_{2} - 3.33333 \\times 10^{-8}\\right) \\\\"
        );
        assert_eq!(lines[2], "y_{1} &= h_{1} - h_{2}");
    }

    #[test]
    fn many_units_are_summed_up() {
        let n = 9;
        let network = Rnn::new(Parts {
            form: Form::A,
            activation: Activation::Tanh,
            recurrent: DMatrix::identity(n, n) * 2.0,
            input: DMatrix::zeros(n, 0),
            bias: DVector::zeros(n),
            leak: DVector::from_element(n, 1.0),
            readout: Readout { weights: DMatrix::zeros(0, n), bias: DVector::zeros(0) },
        })
        .unwrap();
        let text = network_equations(&network, Notation::Text);
        assert!(text.starts_with("dh/dt = -leak h + tanh(W h + Win x + b)"), "{text}");
        assert!(text.contains("W: 9 x 9, Frobenius norm 6\n"), "{text}");
        assert!(text.contains("Win: 9 x 0, Frobenius norm 0\n"), "{text}");
    }

    #[test]
    fn a_normal_form_shows_what_is_not_zero() {
        let deck = "t\nV1 in 0 SIN(0 1 1)\nV2 s 0 2\nR1 in a 1k\nR2 s a 1k\nC1 a 0 1u\nB1 a 0 I=v(a)^3\n.save v(a)\n.tran 1 2\n";
        let parsed = crate::netlist::parse("deck", deck.as_bytes(), &crate::diag::NoSources);
        let circuit = crate::elaborate::elaborate(&parsed.netlist).unwrap();
        let lure = crate::mna::reduce(&circuit).unwrap().lure;
        let expected = "\
dx/dt = A x + B phi(z) + E u + x0
    z = C x + D phi(z) + F u + z0
    y = H x + J phi(z) + K u + y0
x: v(a) (states)
phi: b1 (nonlinear elements)
u: v1 (inputs)
y: v(a) (outputs)
A = [ -2000 ]
B = [ -1e6 ]
E = [ 1000 ]
C = [ 1 ]
H = [ 1 ]
x0 = [ 2000 ]
";
        assert_eq!(normal_form(&lure, Notation::Text), expected);
        let latex = normal_form(&lure, Notation::Latex);
        assert!(latex.contains("\\\\ x_0 &= \\begin{bmatrix} 2000 \\end{bmatrix}"), "{latex}");
    }
}
