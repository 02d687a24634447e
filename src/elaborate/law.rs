//! Laws of behavioural sources: expressions over voltages, currents and time.

use crate::{
    circuit::{AffineLaw, Control, Kind, Law, NodeId, Quantity},
    diag::{Diagnostic, Span},
    elaborate::scope::Env,
    expr::{Tape, Tree},
    netlist::{
        expr::{Expr, ExprKind},
        symbol::Symbol,
    },
};

/// Finds what the quantities of a law refer to.
pub(super) trait Resolve {
    fn voltage(&mut self, a: Symbol, b: Option<Symbol>, span: Span) -> Option<Control>;
    fn current(&mut self, element: Symbol, span: Span) -> Option<Control>;
}

/// What a law turns out to be.
pub(super) enum Compiled {
    /// `sum of gain * control + constant`
    Affine(AffineLaw),
    /// Anything else.
    Law(Law),
}

impl Compiled {
    /// A source of it between two nodes.
    pub(super) fn kind(self, quantity: Quantity, nodes: [NodeId; 2]) -> Kind {
        match self {
            Self::Affine(law) => Kind::Affine { quantity, nodes, law: Box::new(law) },
            Self::Law(law) => Kind::Behavioural { quantity, nodes, law: Box::new(law) },
        }
    }
}

/// Stands for `time` until the number of controls is known.
pub(super) const TIME: usize = usize::MAX;

/// Compiles `expr`; `None` after a fault, which is reported.
pub(super) fn compile(
    expr: &Expr,
    env: &Env<'_>,
    resolve: &mut dyn Resolve,
    faults: &mut Vec<Diagnostic>,
) -> Option<Compiled> {
    let mut controls = Vec::new();
    let tree = lower(expr, env, resolve, (&mut controls, faults))?;
    finish(&tree, controls, expr.span, faults)
}

/// The expression over `controls`, to which those that are new are added.
pub(super) fn lower(
    expr: &Expr,
    env: &Env<'_>,
    resolve: &mut dyn Resolve,
    (controls, faults): (&mut Vec<Control>, &mut Vec<Diagnostic>),
) -> Option<Tree> {
    let expr = match env.expanded(expr) {
        Ok(expr) => expr,
        Err(fault) => {
            faults.push(*fault);
            return None;
        }
    };
    Lower { env, resolve, controls, faults }.lower(&expr)
}

/// What a tree over `controls` turns out to be.
pub(super) fn finish(
    tree: &Tree,
    controls: Vec<Control>,
    span: Span,
    faults: &mut Vec<Diagnostic>,
) -> Option<Compiled> {
    let count = controls.len();
    let tree = tree.map_leaves(|leaf| if leaf == TIME { count } else { leaf }).fold_constants();
    let uses_time = tree.depends_on(count);
    if !is_finite(&tree) {
        let fault = Diagnostic::error(span, "a constant of this law is not a finite number");
        faults.push(fault.with_hint("look for a division by zero or a logarithm of zero"));
        return None;
    }
    if !uses_time && let Some((gains, constant)) = tree.affine(count) {
        let terms = controls.into_iter().zip(gains).filter(|(_, gain)| *gain != 0.0).collect();
        return Some(Compiled::Affine(AffineLaw { terms, constant }));
    }
    let tape = Tape::new(&tree, count + usize::from(uses_time));
    Some(Compiled::Law(Law { controls, uses_time, tree, tape }))
}

/// True where all constants of `tree` are.
fn is_finite(tree: &Tree) -> bool {
    match tree {
        Tree::Constant(value) => value.is_finite(),
        Tree::Leaf(_) => true,
        Tree::Unary(_, a) => is_finite(a),
        Tree::Binary(_, a, b) => is_finite(a) && is_finite(b),
        Tree::Select(a, b, c) => [a, b, c].into_iter().all(|t| is_finite(t)),
    }
}

struct Lower<'a, 'b> {
    env: &'a Env<'b>,
    resolve: &'a mut dyn Resolve,
    controls: &'a mut Vec<Control>,
    faults: &'a mut Vec<Diagnostic>,
}

impl Lower<'_, '_> {
    fn lower(&mut self, expr: &Expr) -> Option<Tree> {
        Some(match &expr.kind {
            ExprKind::Number(number) => Tree::Constant(*number),
            ExprKind::Name(name) if self.env.netlist.symbols.name(*name) == "time" => {
                Tree::Leaf(TIME)
            }
            ExprKind::Name(name) => match self.env.constant(*name, expr.span) {
                Ok(value) => Tree::Constant(value),
                Err(fault) => {
                    self.faults.push(*fault);
                    return None;
                }
            },
            ExprKind::Voltage(a, b) => {
                let control = self.resolve.voltage(*a, *b, expr.span)?;
                self.leaf(control)
            }
            ExprKind::Current(element) => {
                let control = self.resolve.current(*element, expr.span)?;
                self.leaf(control)
            }
            ExprKind::Part(..) | ExprKind::Call(..) => {
                let message = "this figure of a result cannot enter a law";
                self.faults.push(Diagnostic::error(expr.span, message));
                return None;
            }
            ExprKind::Unary(function, a) => Tree::Unary(*function, Box::new(self.lower(a)?)),
            ExprKind::Binary(function, a, b) => {
                let (a, b) = (self.lower(a), self.lower(b));
                Tree::Binary(*function, Box::new(a?), Box::new(b?))
            }
            ExprKind::Select(condition, then, otherwise) => {
                let parts = [condition, then, otherwise].map(|e| self.lower(e));
                let [condition, then, otherwise] = parts;
                Tree::Select(Box::new(condition?), Box::new(then?), Box::new(otherwise?))
            }
        })
    }

    fn leaf(&mut self, control: Control) -> Tree {
        let known = self.controls.iter().position(|c| *c == control);
        Tree::Leaf(known.unwrap_or_else(|| {
            self.controls.push(control);
            self.controls.len() - 1
        }))
    }
}
