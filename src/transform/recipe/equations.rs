//! A chain as equations, in text and LaTeX.

use super::{
    Recipe, Step,
    fold::{Folded, Scheme},
    summary::{NAMED, abridged, activation},
};
use crate::{
    dae::{Coefficient, Lure, PhiBlock, Quantity},
    expr::{Binary, Notation, Tree, Unary},
    transform::{Method, TransformError, equations::Sum},
};

use Coefficient::{A, B, C, D, E, F, H, J, K, X0, Y0, Z0};

impl Recipe {
    /// The equations that the chain comes to, one line a state and one an output,
    /// below lines that say what was done and what is measured in what; in LaTeX
    /// those are comments before an `align*`.
    ///
    /// Names are those of the source. With more than `limit` terms the general
    /// formula stands instead, with shapes and norms of its coefficients.
    ///
    /// # Errors
    ///
    /// [`TransformError`] where a coefficient overflows.
    pub fn equations(&self, notation: Notation, limit: usize) -> Result<String, TransformError> {
        let folded = self.fold()?;
        let writer = Writer {
            notation,
            lure: &folded.lure,
            is_rescaled: self.time_factor() != 1.0,
            scheme: folded.scheme,
        };
        let mut text = self.heading(&folded.lure, notation);
        text.push_str(&if terms(&folded) <= limit { writer.rows() } else { writer.summary() });
        Ok(text)
    }

    /// What was done, and units.
    fn heading(&self, lure: &Lure, notation: Notation) -> String {
        let mut lines = self.description();
        let parts = lure.parts();
        let states = self.unit_of_states();
        for quantity in [Quantity::Voltage, Quantity::Current] {
            let unit = quantity.unit();
            let own = |names: &[String]| -> Vec<String> {
                let own = names.iter().filter(|name| Quantity::of_name(name) == quantity);
                own.cloned().collect()
            };
            let (mut plain, scaled) = (own(&parts.outputs), own(&parts.states));
            match &states {
                Some(by) if !scaled.is_empty() => {
                    lines.push(format!("states in {unit} / {by}: {}", abridged(&scaled)));
                }
                _ => {
                    let more = scaled.into_iter().filter(|name| !plain.contains(name));
                    plain = more.chain(plain.clone()).collect();
                }
            }
            if !plain.is_empty() {
                lines.push(format!("in {unit}: {}", abridged(&plain)));
            }
        }
        let mark = if notation == Notation::Latex { "% " } else { "" };
        let lines: Vec<String> = lines.iter().map(|line| format!("{mark}{line}\n")).collect();
        let gap = if notation == Notation::Latex { "" } else { "\n" };
        lines.concat() + gap
    }
}

impl Recipe {
    /// What the units of the states are divided by; `None` where states were not
    /// multiplied.
    fn unit_of_states(&self) -> Option<String> {
        let mut scales: Vec<&[f64]> = Vec::new();
        for step in &self.steps {
            if let Step::Scale { factors } = step {
                scales.push(factors);
            }
        }
        let product = |at: usize| scales.iter().map(|factors| factors[at]).product::<f64>();
        let first = scales.first()?;
        let uniform = (1..first.len()).all(|at| product(at) == product(0));
        Some(if uniform { Notation::Text.number(product(0)) } else { "its factor".to_owned() })
    }
}

/// Terms on all right sides.
fn terms(folded: &Folded) -> usize {
    let parts = folded.lure.parts();
    let entries: usize = parts.matrices.iter().map(sprs::CsMat::nnz).sum();
    let constants = parts.constants.iter().flatten().filter(|&&value| value != 0.0).count();
    entries + constants
}

/// A chain in one notation.
pub(super) struct Writer<'a> {
    pub(super) notation: Notation,
    pub(super) lure: &'a Lure,
    is_rescaled: bool,
    pub(super) scheme: Scheme,
}

impl Writer<'_> {
    pub(super) fn is_latex(&self) -> bool {
        self.notation == Notation::Latex
    }

    /// A name as a variable: `v_{\mathrm{out}}` of `v(out)`, `h_{12}` of `h12`.
    fn symbol(&self, name: &str) -> String {
        if !self.is_latex() {
            return name.to_owned();
        }
        let upright = |text: &str| {
            let mut safe = String::new();
            for letter in text.chars() {
                if "_#$%&{}".contains(letter) {
                    safe.push('\\');
                }
                safe.push(letter);
            }
            format!("\\mathrm{{{safe}}}")
        };
        if Quantity::of_name(name) != Quantity::Pure
            && let Some(inside) = name.get(2..).and_then(|rest| rest.strip_suffix(')'))
        {
            return format!("{}_{{{}}}", &name[..1], upright(inside));
        }
        let letters = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let digits = &name[letters.len()..];
        if letters.len() == 1 && letters.is_ascii() && !digits.is_empty() {
            return format!("{letters}_{{{digits}}}");
        }
        upright(name)
    }

    /// The variable at the time of the right side.
    fn now(&self, name: &str) -> String {
        let at = if self.scheme == Scheme::Next { "[n]" } else { "" };
        format!("{}{at}", self.symbol(name))
    }

    /// The letter of the time.
    pub(super) fn time(&self) -> char {
        if self.is_rescaled { 's' } else { 't' }
    }

    fn numbered(&self, letter: &str, at: usize) -> String {
        match self.notation {
            Notation::Text => format!("{letter}{}", at + 1),
            Notation::Latex if letter == "phi" => format!("\\varphi_{{{}}}", at + 1),
            Notation::Latex => format!("{letter}_{{{}}}", at + 1),
        }
    }

    /// One row of three matrices and a constant.
    fn sum(&self, coefficients: [Coefficient; 3], constant: Coefficient, row: usize) -> Sum {
        let parts = self.lure.parts();
        let mut sum = Sum::default();
        let entries = |which: Coefficient| {
            let view = self.lure.matrix(which).outer_view(row);
            let pairs = view.iter().flat_map(|view| view.iter()).map(|(at, &value)| (at, value));
            pairs.collect::<Vec<(usize, f64)>>()
        };
        let [states, laws, inputs] = coefficients.map(entries);
        for (at, value) in states {
            sum.add(value, &self.now(&parts.states[at]));
        }
        for (at, value) in laws {
            let (factor, law) = self.inline(at).unwrap_or_else(|| (1.0, self.numbered("phi", at)));
            sum.add(value * factor, &law);
        }
        for (at, value) in inputs {
            sum.add(value, &self.now(&parts.inputs[at]));
        }
        sum.add(self.lure.constant(constant)[row], "");
        sum
    }

    /// A nonlinearity written out where it stands: where that says no more than
    /// once what is more than a variable.
    fn inline(&self, at: usize) -> Option<(f64, String)> {
        let block = &self.lure.parts().phi[at];
        if block.controls.len() != 1 || self.lure.matrix(D).nnz() > 0 {
            return None;
        }
        let control = self.sum([C, D, F], Z0, block.controls.start);
        let is_short = control.is_variable();
        let named = activation(&block.law.tree);
        let readers: usize = [B, J]
            .iter()
            .map(|&which| self.lure.matrix(which).iter().filter(|(_, (_, c))| *c == at).count())
            .sum();
        let uses = if named.is_some() { 1 } else { leaves(&block.law.tree) };
        let is_plain = is_short && (named.is_some() || readers <= 1);
        (is_plain || (readers <= 1 && uses == 1)).then(|| self.law(block, &[control], true))
    }

    /// The law of a block at its controls, and the factor before it; a sum stands in
    /// parentheses where `is_term`.
    fn law(&self, block: &PhiBlock, controls: &[Sum], is_term: bool) -> (f64, String) {
        let notation = self.notation;
        if let Some(activation) = activation(&block.law.tree) {
            return (1.0, notation.applied(activation.name(), &controls[0].text(notation)));
        }
        let (factor, tree) = factored(&block.law.tree);
        let text = notation.formula(tree, &|leaf| {
            let control = &controls[leaf];
            (control.text(notation), !control.is_variable())
        });
        let is_sum = matches!(tree, Tree::Leaf(_) | Tree::Binary(Binary::Add | Binary::Sub, ..));
        (factor, if is_sum && (is_term || factor != 1.0) { format!("({text})") } else { text })
    }

    /// All equations.
    fn rows(&self) -> String {
        let parts = self.lure.parts();
        let mut lines = Vec::new();
        for (at, name) in parts.states.iter().enumerate() {
            let right = self.sum([A, B, E], X0, at).text(self.notation);
            lines.push(self.equation(&self.left(name, at), &right));
        }
        for (at, block) in parts.phi.iter().enumerate() {
            if self.inline(at).is_some() {
                continue;
            }
            let controls: Vec<Sum> =
                block.controls.clone().map(|row| self.sum([C, D, F], Z0, row)).collect();
            let (factor, law) = self.law(block, &controls, false);
            let mut right = Sum::default();
            right.add(factor, &law);
            let right = right.text(self.notation);
            lines.push(self.equation(&self.numbered("phi", at), &right));
        }
        if let Scheme::Formula(method, step) = self.scheme {
            lines.extend(self.formula(method, step));
        }
        for (at, name) in parts.outputs.iter().enumerate() {
            let right = self.sum([H, J, K], Y0, at).text(self.notation);
            // A state that is an output too needs no line; in another unit it is
            // something else of the same name.
            let left = self.now(name);
            if right == left {
                continue;
            }
            let word = match (parts.states.contains(name), self.notation) {
                (false, _) => "",
                (true, Notation::Text) => "output ",
                (true, Notation::Latex) => "\\mathrm{output}\\;",
            };
            lines.push(self.equation(&format!("{word}{left}"), &right));
        }
        self.joined(&lines)
    }

    /// What stands on the left of a state's row.
    fn left(&self, name: &str, at: usize) -> String {
        let symbol = self.symbol(name);
        let time = self.time();
        match (self.scheme, self.notation) {
            (Scheme::Next, _) => format!("{symbol}[n+1]"),
            (Scheme::Formula(..), Notation::Text) => format!("F{}(X, U)", at + 1),
            (Scheme::Formula(..), Notation::Latex) => format!("F_{{{}}}(X, U)", at + 1),
            (Scheme::Rate, Notation::Text) if Quantity::of_name(name) == Quantity::Pure => {
                format!("d{symbol}/d{time}")
            }
            (Scheme::Rate, Notation::Text) => format!("d {symbol} / d{time}"),
            (Scheme::Rate, Notation::Latex) => {
                format!("\\frac{{\\mathrm{{d}}{symbol}}}{{\\mathrm{{d}}{time}}}")
            }
        }
    }

    /// How an implicit or multistage method makes the next state.
    pub(super) fn formula(&self, method: Method, step: f64) -> Vec<String> {
        let number = |value: f64| self.notation.number(value);
        let (d, half, sixth) = (number(step), number(step / 2.0), number(step / 6.0));
        let space = if self.is_latex() { "\\," } else { " " };
        let rate = |at: &str| format!("F({at}, U[n])");
        let now = rate("X[n]");
        let (next, stage) = (rate("X[n+1]"), |k: u8| match self.notation {
            Notation::Text => format!("k{k}"),
            Notation::Latex => format!("k_{{{k}}}"),
        });
        let right = match method {
            Method::ImplicitEuler => format!("X[n] + {d}{space}{next}"),
            Method::Trapezoidal => format!("X[n] + {half}{space}({now} + {next})"),
            Method::RungeKutta4 => {
                let at = |k: u8, by: &str| rate(&format!("X[n] + {by}{space}{}", stage(k)));
                let mut lines = vec![
                    self.equation(&stage(1), &now),
                    self.equation(&stage(2), &at(1, &half)),
                    self.equation(&stage(3), &at(2, &half)),
                    self.equation(&stage(4), &at(3, &d)),
                ];
                let [k1, k2, k3, k4] = [1, 2, 3, 4].map(stage);
                let two = format!("2{space}");
                let sum = format!("{k1} + {two}{k2} + {two}{k3} + {k4}");
                lines.push(self.equation("X[n+1]", &format!("X[n] + {sixth}{space}({sum})")));
                return lines;
            }
            // These are folded into the coefficients.
            Method::ExplicitEuler | Method::ExponentialEuler | Method::ZeroOrderHold => {
                format!("X[n] + {d}{space}{now}")
            }
        };
        vec![self.equation("X[n+1]", &right)]
    }

    pub(super) fn equation(&self, left: &str, right: &str) -> String {
        let align = if self.is_latex() { "&= " } else { "= " };
        format!("{left} {align}{right}")
    }

    fn joined(&self, lines: &[String]) -> String {
        let parts = self.lure.parts();
        let list = |names: &[String]| {
            let symbols: Vec<String> = names.iter().map(|name| self.symbol(name)).collect();
            symbols.join(", ")
        };
        let vectors = match self.scheme {
            Scheme::Formula(..) if parts.states.len() + parts.inputs.len() <= 2 * NAMED => {
                let (states, inputs) = (list(&parts.states), list(&parts.inputs));
                vec![
                    self.equation("X", &format!("({states})")),
                    self.equation("U", &format!("({inputs})")),
                ]
            }
            _ => Vec::new(),
        };
        let lines = [vectors.as_slice(), lines].concat();
        match self.notation {
            Notation::Text => lines.iter().fold(String::new(), |all, line| all + line + "\n"),
            Notation::Latex => {
                format!("\\begin{{align*}}\n{}\n\\end{{align*}}\n", lines.join(" \\\\\n"))
            }
        }
    }
}

/// The constant factor of a product, and what it multiplies; signs are factors.
fn factored(tree: &Tree) -> (f64, &Tree) {
    match tree {
        Tree::Unary(Unary::Neg, x) => {
            let (factor, rest) = factored(x);
            (-factor, rest)
        }
        Tree::Binary(Binary::Mul, a, b) => match (&**a, &**b) {
            (Tree::Constant(value), rest) | (rest, Tree::Constant(value)) => {
                let (factor, rest) = factored(rest);
                (value * factor, rest)
            }
            _ => (1.0, tree),
        },
        _ => (1.0, tree),
    }
}

/// How often a tree reads a variable.
fn leaves(tree: &Tree) -> usize {
    match tree {
        Tree::Constant(_) => 0,
        Tree::Leaf(_) => 1,
        Tree::Unary(_, x) => leaves(x),
        Tree::Binary(_, a, b) => leaves(a) + leaves(b),
        Tree::Select(c, a, b) => leaves(c) + leaves(a) + leaves(b),
    }
}
