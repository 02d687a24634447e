//! Equations as text and as LaTeX.

use std::fmt::Write;

use crate::{
    dae::{Coefficient, Lure},
    expr::Notation,
    rnn::{Activation, Form, Rnn},
};

/// The equations of `network`, one line a unit and one an output, every weight that
/// is not zero written out.
#[must_use]
pub fn network_equations(network: &Rnn, notation: Notation) -> String {
    let parts = network.parts();
    let (units, inputs, outputs) = network.shape();
    let writer = Writer { notation };
    let (state, sigma) = match parts.form {
        Form::A => ("h", parts.activation),
        Form::B => ("u", parts.activation),
    };
    let mut lines = Vec::new();
    for i in 0..units {
        let mut drive = Sum::default();
        for j in 0..units {
            let from = match parts.form {
                Form::A => writer.variable(state, j),
                Form::B => writer.applied(sigma, &writer.variable(state, j)),
            };
            drive.add(parts.recurrent[(i, j)], &from);
        }
        for k in 0..inputs {
            drive.add(parts.input[(i, k)], &writer.variable("x", k));
        }
        drive.add(parts.bias[i], "");
        let own = writer.variable(state, i);
        let mut right = Sum::default();
        let leak = parts.leak[i];
        match parts.form {
            Form::A => {
                right.add(-leak, &own);
                right.add(1.0, &writer.applied(sigma, &drive.text(notation)));
            }
            Form::B if leak == 1.0 => {
                right.add(-1.0, &own);
                right.append(drive);
            }
            Form::B => {
                let mut inner = Sum::default();
                inner.add(-1.0, &own);
                inner.append(drive);
                right.add(leak, &format!("({})", inner.text(notation)));
            }
        }
        lines.push(writer.derivative(state, i, &right.text(notation)));
    }
    for o in 0..outputs {
        let mut right = Sum::default();
        for j in 0..units {
            let from = match parts.form {
                Form::A => writer.variable(state, j),
                Form::B => writer.applied(sigma, &writer.variable(state, j)),
            };
            right.add(parts.readout.weights[(o, j)], &from);
        }
        right.add(parts.readout.bias[o], "");
        lines.push(writer.equation(&writer.variable("y", o), &right.text(notation)));
    }
    writer.joined(&lines)
}

/// The equations of a normal form, in SI units: one line a state, a control and an
/// output. States, inputs and outputs keep the names of the circuit, in a legend.
#[must_use]
pub fn normal_form_equations(lure: &Lure, notation: Notation) -> String {
    use Coefficient::{A, B, C, D, E, F, H, J, K, X0, Y0, Z0};
    let writer = Writer { notation };
    let names = lure.parts();
    let row = |coefficients: [Coefficient; 3], constant: Coefficient, at: usize| {
        let mut sum = Sum::default();
        for (coefficient, letter) in coefficients.into_iter().zip(["x", "phi", "u"]) {
            if let Some(view) = lure.matrix(coefficient).outer_view(at) {
                for (column, &value) in view.iter() {
                    sum.add(value, &writer.variable(letter, column));
                }
            }
        }
        sum.add(lure.constant(constant)[at], "");
        sum.text(notation)
    };
    let mut lines = Vec::new();
    for at in 0..names.states.len() {
        lines.push(writer.derivative("x", at, &row([A, B, E], X0, at)));
    }
    for at in 0..lure.sizes().controls {
        lines.push(writer.equation(&writer.variable("z", at), &row([C, D, F], Z0, at)));
    }
    for at in 0..names.outputs.len() {
        lines.push(writer.equation(&writer.variable("y", at), &row([H, J, K], Y0, at)));
    }
    let mut text = writer.joined(&lines);
    if notation == Notation::Text {
        text.push('\n');
        let legend = [("x", &names.states), ("u", &names.inputs), ("y", &names.outputs)];
        for (letter, list) in legend {
            for (at, name) in list.iter().enumerate() {
                let _ = writeln!(text, "{letter}{} = {name}", at + 1);
            }
        }
        for (at, block) in names.phi.iter().enumerate() {
            let controls: Vec<String> =
                block.controls.clone().map(|c| format!("z{}", c + 1)).collect();
            let _ =
                writeln!(text, "phi{} = law of {}({})", at + 1, block.name, controls.join(", "));
        }
    }
    text
}

struct Writer {
    notation: Notation,
}

impl Writer {
    /// `h1`, `h_{1}`; counted from 1.
    fn variable(&self, letter: &str, at: usize) -> String {
        match self.notation {
            Notation::Text => format!("{letter}{}", at + 1),
            Notation::Latex if letter == "phi" => format!("\\varphi_{{{}}}", at + 1),
            Notation::Latex => format!("{letter}_{{{}}}", at + 1),
        }
    }

    /// sigma of an argument.
    fn applied(&self, sigma: Activation, argument: &str) -> String {
        match sigma {
            Activation::Linear => argument.to_owned(),
            other => self.notation.applied(other.name(), argument),
        }
    }

    fn derivative(&self, letter: &str, at: usize, right: &str) -> String {
        let variable = self.variable(letter, at);
        let left = match self.notation {
            Notation::Text => format!("d{variable}/dt"),
            Notation::Latex => format!("\\frac{{\\mathrm{{d}}{variable}}}{{\\mathrm{{d}}t}}"),
        };
        self.equation(&left, right)
    }

    fn equation(&self, left: &str, right: &str) -> String {
        match self.notation {
            Notation::Text => format!("{left} = {right}"),
            Notation::Latex => format!("{left} &= {right}"),
        }
    }

    fn joined(&self, lines: &[String]) -> String {
        match self.notation {
            Notation::Text => lines.iter().fold(String::new(), |all, line| all + line + "\n"),
            Notation::Latex => {
                format!("\\begin{{align*}}\n{}\n\\end{{align*}}\n", lines.join(" \\\\\n"))
            }
        }
    }
}

/// A sum of terms `coefficient * factor`; an empty factor is a constant.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    terms: Vec<(f64, String)>,
}

impl Sum {
    /// Adds a term that is not zero.
    pub(super) fn add(&mut self, coefficient: f64, factor: &str) {
        if coefficient != 0.0 {
            self.terms.push((coefficient, factor.to_owned()));
        }
    }

    /// True for one variable with the coefficient 1.
    pub(super) fn is_variable(&self) -> bool {
        matches!(self.terms.as_slice(), [(coefficient, factor)] if *coefficient == 1.0 && !factor.is_empty())
    }

    fn append(&mut self, other: Self) {
        self.terms.extend(other.terms);
    }

    pub(super) fn text(&self, notation: Notation) -> String {
        let mut text = String::new();
        for (coefficient, factor) in &self.terms {
            let size = coefficient.abs();
            text.push_str(match (text.is_empty(), *coefficient < 0.0) {
                (true, true) => "-",
                (true, false) => "",
                (false, true) => " - ",
                (false, false) => " + ",
            });
            if factor.is_empty() {
                text.push_str(&notation.number(size));
            } else if notation.number(size) == "1" {
                text.push_str(factor);
            } else {
                let between = if notation == Notation::Latex { "\\," } else { " " };
                text.push_str(&notation.number(size));
                text.push_str(between);
                text.push_str(factor);
            }
        }
        if text.is_empty() { "0".to_owned() } else { text }
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, DVector};

    use super::*;
    use crate::rnn::{Parts, Readout};

    fn pair(form: Form, leak: f64) -> Rnn {
        Rnn::new(Parts {
            form,
            activation: Activation::Tanh,
            recurrent: DMatrix::from_row_slice(2, 2, &[0.0, -1.25, 0.5, 1.0]),
            input: DMatrix::from_row_slice(2, 1, &[0.3, 0.0]),
            bias: DVector::from_vec(vec![0.0, 1.0 / 3.0]),
            leak: DVector::from_vec(vec![1.0, leak]),
            readout: Readout {
                weights: DMatrix::from_row_slice(1, 2, &[1e-7, -1.0]),
                bias: DVector::from_vec(vec![123_456.0]),
            },
        })
        .unwrap()
    }

    #[test]
    fn form_a_as_text() {
        let expected = "dh1/dt = -h1 + tanh(-1.25 h2 + 0.3 x1)\n\
                        dh2/dt = -2 h2 + tanh(0.5 h1 + h2 + 0.333333)\n\
                        y1 = 1e-7 h1 - h2 + 123456\n";
        assert_eq!(network_equations(&pair(Form::A, 2.0), Notation::Text), expected);
    }

    #[test]
    fn form_b_as_latex() {
        let text = network_equations(&pair(Form::B, 2.0), Notation::Latex);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            "\\frac{\\mathrm{d}u_{1}}{\\mathrm{d}t} &= -u_{1} - 1.25\\,\\tanh(u_{2}) + 0.3\\,x_{1} \\\\"
        );
        assert_eq!(
            lines[2],
            "\\frac{\\mathrm{d}u_{2}}{\\mathrm{d}t} &= 2\\,(-u_{2} + 0.5\\,\\tanh(u_{1}) + \\tanh(u_{2}) + 0.333333) \\\\"
        );
        assert_eq!(lines[3], "y_{1} &= 1\\cdot 10^{-7}\\,\\tanh(u_{1}) - \\tanh(u_{2}) + 123456");
    }

    #[test]
    fn a_normal_form_names_its_parts() {
        let text = normal_form_equations(&pair(Form::A, 1.0).to_lure(), Notation::Text);
        assert!(
            text.starts_with("dx1/dt = -x1 + phi1\ndx2/dt = -x2 + phi2\nz1 = -1.25 x2 + 0.3 u1\n"),
            "{text}"
        );
        assert!(text.contains("phi2 = law of h2(z2)"), "{text}");
    }
}
