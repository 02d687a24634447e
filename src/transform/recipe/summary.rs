//! Equations of large systems: the general formula, shapes and norms.

use super::{equations::Writer, fold::Scheme};
use crate::{
    dae::Coefficient,
    expr::{Notation, Tree},
    rnn::Activation,
    units::count,
};

use Coefficient::{A, B, C, D, E, F, H, J, K, X0, Y0, Z0};

/// Names that are written out at most.
pub(super) const NAMED: usize = 12;

impl Writer<'_> {
    /// The general formula, and what stands in it.
    pub(super) fn summary(&self) -> String {
        let letter = |which: Coefficient| match which {
            X0 | Y0 | Z0 => {
                let name = format!("{which:?}").to_lowercase();
                if self.is_latex() { format!("{}_0", &name[..1]) } else { name }
            }
            which => format!("{which:?}"),
        };
        let is_used = |which: Coefficient| match which {
            X0 | Y0 | Z0 => self.lure.constant(which).iter().any(|&value| value != 0.0),
            which => self.lure.matrix(which).nnz() > 0,
        };
        let space = if self.is_latex() { "\\," } else { " " };
        let phi = if self.is_latex() { "\\varphi(z)" } else { "phi(z)" };
        let time = if self.scheme == Scheme::Next { "[n]" } else { "" };
        let row = |matrices: [Coefficient; 3], constant: Coefficient| {
            let factors = [format!("x{time}"), phi.to_owned(), format!("u{time}")];
            let mut words: Vec<String> = matrices
                .into_iter()
                .zip(factors)
                .filter(|(which, _)| is_used(*which))
                .map(|(which, factor)| format!("{}{space}{factor}", letter(which)))
                .collect();
            words.extend(is_used(constant).then(|| letter(constant)));
            if words.is_empty() { "0".to_owned() } else { words.join(" + ") }
        };
        let variable = self.time();
        let left = match (self.scheme, self.notation) {
            (Scheme::Next, _) => "x[n+1]".to_owned(),
            (Scheme::Formula(..), _) => "F(x, u)".to_owned(),
            (Scheme::Rate, Notation::Text) => format!("dx/d{variable}"),
            (Scheme::Rate, Notation::Latex) => {
                format!("\\frac{{\\mathrm{{d}}x}}{{\\mathrm{{d}}{variable}}}")
            }
        };
        let mut lines = vec![self.equation(&left, &row([A, B, E], X0))];
        if !self.lure.parts().phi.is_empty() {
            lines.push(self.equation("z", &row([C, D, F], Z0)));
        }
        if let Scheme::Formula(method, step) = self.scheme {
            let formula = self.formula(method, step).into_iter();
            lines.extend(formula.map(|line| line.replace('X', "x").replace('U', "u")));
        }
        lines.push(self.equation(&format!("y{time}"), &row([H, J, K], Y0)));
        let mut text = match self.notation {
            Notation::Text => lines.iter().fold(String::new(), |all, line| all + line + "\n"),
            Notation::Latex => {
                format!("\\begin{{align*}}\n{}\n\\end{{align*}}\n", lines.join(" \\\\\n"))
            }
        };
        text.push_str(&self.facts());
        text
    }

    /// Names, laws, shapes and norms.
    fn facts(&self) -> String {
        let parts = self.lure.parts();
        let mut lines = Vec::new();
        for (letter, names) in [("x", &parts.states), ("u", &parts.inputs), ("y", &parts.outputs)] {
            if !names.is_empty() {
                lines.push(format!("{letter} = {}", abridged(names)));
            }
        }
        if !parts.phi.is_empty() {
            let first = activation(&parts.phi[0].law.tree);
            let same = parts.phi.iter().all(|block| activation(&block.law.tree) == first);
            lines.push(match first {
                Some(sigma) if same => format!("phi = {} of each z", sigma.name()),
                _ => format!("phi = {}", count(parts.phi.len(), "law")),
            });
        }
        lines.push(String::new());
        lines.push(format!(
            "{:4}{:>14}{:>12}{:>16}{:>14}",
            "", "shape", "not 0", "Frobenius norm", "largest"
        ));
        for which in Coefficient::MATRICES {
            let matrix = self.lure.matrix(which);
            if matrix.nnz() > 0 {
                let shape = format!("{} x {}", matrix.rows(), matrix.cols());
                lines.push(row_of_facts(&format!("{which:?}"), &shape, matrix.data()));
            }
        }
        for which in Coefficient::CONSTANTS {
            let constant = self.lure.constant(which);
            if constant.iter().any(|&value| value != 0.0) {
                let name = format!("{which:?}").to_lowercase();
                lines.push(row_of_facts(&name, &constant.len().to_string(), constant));
            }
        }
        let mark = if self.is_latex() { "% " } else { "" };
        let gap = if self.is_latex() { "" } else { "\n" };
        let lines: Vec<String> =
            lines.iter().map(|line| format!("{mark}{line}").trim_end().to_owned() + "\n").collect();
        format!("{gap}{}", lines.concat())
    }
}

fn row_of_facts(name: &str, shape: &str, values: &[f64]) -> String {
    let count = values.iter().filter(|&&value| value != 0.0).count();
    let number = |value: f64| Notation::Text.number(value);
    let (norm, largest) = (crate::linalg::norm(values), crate::linalg::max_abs(values));
    format!("{name:4}{shape:>14}{count:>12}{:>16}{:>14}", number(norm), number(largest))
}

/// The activation that a law is, if it is one.
pub(super) fn activation(tree: &Tree) -> Option<Activation> {
    let known = Activation::ALL.into_iter().filter(|sigma| *sigma != Activation::Linear);
    known.into_iter().find(|sigma| sigma.tree() == *tree)
}

/// `a, b, c`, or the first and the last of many.
pub(super) fn abridged(names: &[String]) -> String {
    match names {
        [first, .., last] if names.len() > NAMED => {
            format!("{first} to {last} ({})", count(names.len(), "name"))
        }
        names => names.join(", "),
    }
}
