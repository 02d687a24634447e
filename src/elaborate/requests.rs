//! Formulas of outputs and measures, and what is expected of them.

use crate::{
    circuit::{self, Analysis, Control, Formula, Instant, Leaf, NodeId, NoiseQuantity},
    diag::{Diagnostic, Span, nearest},
    elaborate::{controls::known_node, flatten::Flat},
    expr::Tree,
    netlist::{
        Netlist,
        ast::{self, ControlKind, Count, Tolerance, Value},
        expr::{Expr, ExprKind},
        print_expression,
        symbol::Symbol,
    },
    wave::Measured,
};

/// Names of the axis of an analysis.
const AXES: [&str; 3] = ["time", "frequency", "hertz"];

/// Adds the measures and expectations of `netlist`.
pub(super) fn add(netlist: &Netlist, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    for control in &netlist.controls {
        if let ControlKind::Measure(measure) = &control.kind {
            let found =
                Compose { netlist, flat, faults, measured: None }.measure(measure, control.span);
            flat.circuit.requests.measures.extend(found);
        }
    }
    let mut known: Vec<&str> = Vec::new();
    for measure in &flat.circuit.requests.measures {
        if known.contains(&measure.name.as_str()) {
            let message = format!("measure `{}` is defined twice", measure.name);
            faults.push(Diagnostic::error(measure.span, message));
        }
        known.push(&measure.name);
    }
    for control in &netlist.controls {
        if let ControlKind::Expect(expected) = &control.kind {
            let found = Compose { netlist, flat, faults, measured: None }.expectation(expected);
            flat.circuit.requests.expectations.extend(found);
        }
        if let ControlKind::Until(condition) = &control.kind {
            let found = Compose { netlist, flat, faults, measured: None }
                .condition(condition, control.span);
            flat.circuit.requests.conditions.extend(found);
        }
    }
}

/// The formula of `expr`, to be kept under its text.
pub(super) fn formula(
    netlist: &Netlist,
    expr: &Expr,
    flat: &Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    Compose { netlist, flat, faults, measured: None }.formula(expr)
}

/// Turns names into what they stand for.
struct Compose<'c, 'a> {
    netlist: &'c Netlist,
    flat: &'c Flat<'a>,
    faults: &'c mut Vec<Diagnostic>,
    /// The analysis whose result is read, where that is known.
    measured: Option<Measured>,
}

impl Compose<'_, '_> {
    fn measure(&mut self, measure: &ast::Measure, span: Span) -> Option<circuit::Measure> {
        let analysis = match measure.analysis {
            Some(analysis) => analysis,
            None => self.only_analysis(),
        };
        let name = self.netlist.symbols.name(measure.name).to_owned();
        self.measured = Some(analysis);
        let task = self.task(&measure.task, (analysis, span))?;
        Some(circuit::Measure { name, analysis, task, span })
    }

    /// What a card without the name of an analysis means: that of the deck.
    fn only_analysis(&self) -> Measured {
        let analyses = &self.flat.circuit.analyses;
        let transient = |a: &Analysis| matches!(a, Analysis::Transient { .. });
        if analyses.iter().any(transient) {
            return Measured::Transient;
        }
        let measured = analyses.iter().find_map(|analysis| match analysis {
            Analysis::Sweep { .. } => Some(Measured::Dc),
            Analysis::Ac { .. } => Some(Measured::Ac),
            Analysis::Noise { .. } => Some(Measured::Noise),
            Analysis::OperatingPoint { .. } => Some(Measured::OperatingPoint),
            _ => None,
        });
        measured.unwrap_or(Measured::Transient)
    }

    fn task(
        &mut self,
        task: &ast::MeasureTask,
        (analysis, span): (Measured, Span),
    ) -> Option<circuit::MeasureTask> {
        use circuit::MeasureTask as Task;
        Some(match task {
            ast::MeasureTask::Delay { trigger, target } => {
                let (trigger, target) = (self.instant(trigger, span), self.instant(target, span));
                Task::Delay { trigger: trigger?, target: target? }
            }
            ast::MeasureTask::Find { what, at } => {
                let (what, at) = (self.formula(what), self.instant(at, span));
                Task::Find { what: what?, at: at? }
            }
            ast::MeasureTask::Derivative { what, at } => {
                let (what, at) = (self.formula(what), self.instant(at, span));
                Task::Derivative { what: what?, at: at? }
            }
            ast::MeasureTask::When(at) => Task::When(self.instant(at, span)?),
            ast::MeasureTask::Window { statistic, what, from, to } => Task::Window {
                statistic: *statistic,
                from: self.optional(from.as_ref(), span),
                to: self.optional(to.as_ref(), span),
                what: self.formula(what)?,
            },
            ast::MeasureTask::Parameter(expr) => {
                let formula = self.formula(expr)?;
                let reads = formula.leaves.iter().any(|leaf| !matches!(leaf, Leaf::Measure(_)));
                if reads && analysis != Measured::OperatingPoint {
                    let message = "`PARAM` reads parameters and earlier measures only";
                    let hint =
                        "measure the quantity first, such as `.measure tran a FIND v(out) AT=1m`";
                    self.faults.push(Diagnostic::error(expr.span, message).with_hint(hint));
                    return None;
                }
                Task::Parameter(formula)
            }
        })
    }

    fn optional(&mut self, value: Option<&Value>, span: Span) -> Option<f64> {
        value.map(|value| self.flat.env.value(value, span, self.faults))
    }

    fn instant(&mut self, instant: &ast::Instant, span: Span) -> Option<Instant> {
        let crossing = match instant {
            ast::Instant::At(value) => {
                return Some(Instant::At(self.flat.env.value(value, span, self.faults)));
            }
            ast::Instant::Crossing(crossing) => crossing,
        };
        let count = match &crossing.count {
            Count::Last => None,
            Count::Nth(value) => {
                let number = self.flat.env.value(value, span, self.faults);
                if !(number >= 1.0 && number.fract() == 0.0 && number < 1e9) {
                    let message = format!(
                        "`{}` counts crossings, from 1; found {number}",
                        crossing.edge.name()
                    );
                    self.faults.push(Diagnostic::error(span, message));
                    return None;
                }
                Some(number as usize)
            }
        };
        let after = self.optional(crossing.after.as_ref(), span);
        let (left, right) = (self.formula(&crossing.left), self.formula(&crossing.right));
        let edge = crossing.edge;
        let (left, right) = (left?, right?);
        Some(Instant::Crossing(Box::new(circuit::Crossing { left, right, edge, count, after })))
    }

    fn expectation(&mut self, expected: &ast::Expectation) -> Option<circuit::Expectation> {
        let (name, span) = (self.netlist.symbols.name(expected.name).to_owned(), expected.span);
        let value = self.flat.env.value(&expected.value, span, self.faults);
        let tolerance = match &expected.tolerance {
            Tolerance::Percent(percent) => (percent / 100.0 * value).abs(),
            Tolerance::Absolute(value) => self.flat.env.value(value, span, self.faults),
        };
        let requests = &self.flat.circuit.requests;
        let measures = || requests.measures.iter().map(|measure| measure.name.as_str());
        let fault = if let Some((has, card)) = self.result_of(&name) {
            (!has).then(|| {
                let message = format!("`{name}` is a result of `{card}`, the deck has none");
                (message, format!("add a card `{card} ...`"))
            })
        } else if name.contains('(') {
            let quantity = self.reading(&name);
            let point = |a: &Analysis| matches!(a, Analysis::OperatingPoint { .. });
            match (quantity, self.flat.circuit.analyses.iter().any(point)) {
                (true, true) => None,
                (true, false) => Some((
                    format!("`{name}` is a reading of an operating point, the deck has no `.op`"),
                    "measure it: `.measure tran a FIND v(out) AT=1m`".to_owned(),
                )),
                (false, _) => Some((
                    format!("the operating point has no `{name}`"),
                    "it has the voltages of nodes, `v(out)`, and currents such as `i(v1)`"
                        .to_owned(),
                )),
            }
        } else if !measures().any(|known| known == name) {
            let hint = match nearest(&name, measures()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("add `.measure ... {name} ...`"),
            };
            Some((format!("there is no measure `{name}`"), hint))
        } else if !(tolerance >= 0.0) || (tolerance == 0.0 && value == 0.0) {
            Some((
                format!("the tolerance of `{name}` leaves nothing but exactly {value}"),
                "give an absolute tolerance, such as `tol=1m`".to_owned(),
            ))
        } else {
            None
        };
        if let Some((message, hint)) = fault {
            self.faults.push(Diagnostic::error(span, message).with_hint(hint));
            return None;
        }
        Some(circuit::Expectation { name, value, tolerance, span })
    }

    fn condition(&mut self, expr: &Expr, span: Span) -> Option<circuit::Output> {
        let formula = self.formula(expr)?;
        let transient = |a: &Analysis| matches!(a, Analysis::Transient { .. });
        let (message, hint) = if !self.flat.circuit.analyses.iter().any(transient) {
            ("a condition ends a transient, the deck has none", "add `.tran step stop`")
        } else if formula.leaves.iter().any(|leaf| matches!(leaf, Leaf::Measure(_))) {
            ("a measure has no value before the transient has ended", "name quantities")
        } else {
            let name = print_expression(self.netlist, expr);
            return Some(circuit::Output { name, formula });
        };
        self.faults.push(Diagnostic::error(span, message).with_hint(hint));
        None
    }

    /// Whether the deck has the analysis that a name is a result of, and its card.
    fn result_of(&self, name: &str) -> Option<(bool, &'static str)> {
        let has = |is: fn(&Analysis) -> bool| self.flat.circuit.analyses.iter().any(is);
        let of = |outer: &str| name.strip_prefix(outer).is_some_and(|rest| rest.ends_with(')'));
        Some(match name {
            "transfer_function" | "input_resistance" | "output_resistance" => {
                (has(|a| matches!(a, Analysis::Transfer { .. })), ".tf")
            }
            "onoise_total" | "inoise_total" => {
                (has(|a| matches!(a, Analysis::Noise { .. })), ".noise")
            }
            _ if ["re(pole(", "im(pole(", "re(zero(", "im(zero("].into_iter().any(of) => {
                (has(|a| matches!(a, Analysis::PolesZeros { .. })), ".pz")
            }
            _ if of("sens(") => {
                (has(|a| matches!(a, Analysis::Sensitivity { frequencies: None, .. })), ".sens")
            }
            _ => return None,
        })
    }

    /// True where an operating point has a reading of that name.
    fn reading(&self, name: &str) -> bool {
        let parts = &self.flat.circuit;
        let inner = name.get(2..name.len() - 1).unwrap_or("");
        match name.get(..2) {
            Some("v(") => parts.nodes.iter().skip(1).any(|node| node.name == inner),
            Some("i(") => {
                let mut elements = parts.elements.iter();
                elements.any(|e| &*e.name == inner && e.kind.has_branch_current())
            }
            _ => false,
        }
    }

    fn formula(&mut self, expr: &Expr) -> Option<Formula> {
        let mut leaves = Vec::new();
        let expr = match self.flat.env.expanded(expr) {
            Ok(expr) => expr,
            Err(fault) => {
                self.faults.push(*fault);
                return None;
            }
        };
        let tree = self.tree(&expr, &mut leaves)?;
        Some(Formula::new(leaves, tree.fold_constants()))
    }

    fn tree(&mut self, expr: &Expr, leaves: &mut Vec<Leaf>) -> Option<Tree> {
        Some(match &expr.kind {
            ExprKind::Number(number) => Tree::Constant(*number),
            ExprKind::Name(name) => self.name(*name, expr.span, leaves)?,
            ExprKind::Voltage(a, b) => {
                let node = |this: &mut Self, name: Symbol| {
                    known_node(this.netlist, name, expr.span, this.flat, this.faults)
                };
                let a = node(self, *a);
                let b = b.map_or(Some(NodeId::GROUND), |b| node(self, b));
                leaf(Leaf::Quantity(Control::Voltage(a?, b?)), leaves)
            }
            ExprKind::Current(element) => {
                match self.flat.current(self.netlist, *element, expr.span) {
                    Ok(control) => leaf(Leaf::Quantity(control), leaves),
                    Err(fault) => {
                        self.faults.push(*fault);
                        return None;
                    }
                }
            }
            ExprKind::Part(part, x) => {
                let inner = self.formula(x)?;
                leaf(Leaf::Part(*part, Box::new(inner)), leaves)
            }
            // There are none after the expansion.
            ExprKind::Call(..) => return None,
            ExprKind::Unary(op, x) => Tree::Unary(*op, Box::new(self.tree(x, leaves)?)),
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.tree(a, leaves), self.tree(b, leaves));
                Tree::Binary(*op, Box::new(a?), Box::new(b?))
            }
            ExprKind::Select(c, a, b) => {
                let [c, a, b] = [c, a, b].map(|x| self.tree(x, leaves));
                Tree::Select(Box::new(c?), Box::new(a?), Box::new(b?))
            }
        })
    }

    /// An earlier measure, the axis, a parameter or a constant.
    fn name(&mut self, name: Symbol, span: Span, leaves: &mut Vec<Leaf>) -> Option<Tree> {
        let text = self.netlist.symbols.name(name);
        let measures = &self.flat.circuit.requests.measures;
        if let Some(at) = measures.iter().position(|measure| measure.name == text) {
            return Some(leaf(Leaf::Measure(at), leaves));
        }
        if AXES.contains(&text) && self.flat.env.param(name).is_none() {
            return Some(leaf(Leaf::Axis, leaves));
        }
        if self.measured == Some(Measured::Noise)
            && let Some(quantity) = NoiseQuantity::named(text)
        {
            return Some(leaf(Leaf::Noise(quantity), leaves));
        }
        match self.flat.env.constant(name, span) {
            Ok(value) => Some(Tree::Constant(value)),
            Err(fault) => {
                let known = measures.iter().map(|measure| measure.name.as_str());
                let hint = match nearest(text, known) {
                    Some(known) => format!("did you mean the measure `{known}`?"),
                    None => format!(
                        "write `v({text})` for a voltage; a measure must come before those that use it"
                    ),
                };
                let message = format!("there is no parameter or earlier measure `{text}`");
                self.faults.push(Diagnostic { message, ..*fault }.with_hint(hint));
                None
            }
        }
    }
}

/// The leaf among `leaves`, added where it is new.
fn leaf(leaf: Leaf, leaves: &mut Vec<Leaf>) -> Tree {
    let known = leaves.iter().position(|known| *known == leaf);
    Tree::Leaf(known.unwrap_or_else(|| {
        leaves.push(leaf);
        leaves.len() - 1
    }))
}
