//! Parameters: who sees which, and what they are worth.

use std::collections::{BTreeMap, HashMap};

use crate::{
    diag::{Diagnostic, Span},
    netlist::{
        Netlist,
        ast::{Assignment, Scope, Subckt, Value},
        expr::{Expr, ExprKind},
        symbol::Symbol,
    },
};

/// Temperature of all devices, degrees Celsius, as in SPICE.
const TEMPERATURE: f64 = 27.0;

/// A scope with its parameters evaluated.
pub(super) struct Env<'a> {
    pub(super) netlist: &'a Netlist,
    pub(super) scope: &'a Scope,
    pub(super) parent: Option<&'a Env<'a>>,
    values: HashMap<Symbol, f64>,
}

impl<'a> Env<'a> {
    /// The top level.
    pub(super) fn top(netlist: &'a Netlist, faults: &mut Vec<Diagnostic>) -> Self {
        let mut env = Self { netlist, scope: &netlist.scope, parent: None, values: HashMap::new() };
        env.define(&netlist.scope.params, HashMap::new(), faults);
        env
    }

    /// The inside of an instance of `subckt`, defined in `self` or above, whose
    /// parameters `overrides` replace.
    pub(super) fn inside(
        &'a self,
        subckt: &'a Subckt,
        overrides: HashMap<Symbol, f64>,
        faults: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut env = Self {
            netlist: self.netlist,
            scope: &subckt.scope,
            parent: Some(self),
            values: HashMap::new(),
        };
        let assignments = subckt.params.iter().chain(&subckt.scope.params);
        env.define(assignments, overrides, faults);
        env
    }

    /// Evaluates `assignments`, which may refer to one another in any order;
    /// `given` values stand in for the assignments of the same name.
    fn define<'b>(
        &mut self,
        assignments: impl IntoIterator<Item = &'b Assignment>,
        given: HashMap<Symbol, f64>,
        faults: &mut Vec<Diagnostic>,
    ) {
        let pending: BTreeMap<Symbol, &Assignment> = assignments
            .into_iter()
            .filter(|a| !given.contains_key(&a.name))
            .map(|a| (a.name, a))
            .collect();
        self.values = given;
        let mut order = Vec::new();
        let mut marks = HashMap::new();
        for &name in pending.keys() {
            visit(
                name,
                &pending,
                &mut marks,
                &mut order,
                &mut |span, message| {
                    faults.push(Diagnostic::error(span, message));
                },
                self.netlist,
            );
        }
        for name in order {
            let value = self.value(&pending[&name].value, pending[&name].span, faults);
            self.values.insert(name, value);
        }
    }

    /// The subcircuit of that name seen from here, with the scope it is defined in.
    pub(super) fn subckt(&self, name: Symbol) -> Option<(&'a Subckt, &Env<'a>)> {
        match self.scope.subckts.iter().find(|s| s.name == name) {
            Some(subckt) => Some((subckt, self)),
            None => self.parent.and_then(|parent| parent.subckt(name)),
        }
    }

    /// The parameter of that name seen from here.
    pub(super) fn param(&self, name: Symbol) -> Option<f64> {
        match self.values.get(&name) {
            Some(&value) => Some(value),
            None => self.parent.and_then(|parent| parent.param(name)),
        }
    }

    /// The parameters of this scope alone, by name.
    pub(super) fn own_params(&self) -> BTreeMap<String, f64> {
        self.scope
            .params
            .iter()
            .filter_map(|a| {
                let value = *self.values.get(&a.name)?;
                Some((self.netlist.symbols.name(a.name).to_owned(), value))
            })
            .collect()
    }

    /// The value of a number or parameter expression; 0 after a fault, which is
    /// reported.
    pub(super) fn value(&self, value: &Value, span: Span, faults: &mut Vec<Diagnostic>) -> f64 {
        let (result, span) = match value {
            Value::Number(number) => (*number, span),
            Value::Expr(expr) => match self.evaluate(expr) {
                Ok(result) => (result, expr.span),
                Err(fault) => {
                    faults.push(*fault);
                    return 0.0;
                }
            },
        };
        if result.is_finite() {
            return result;
        }
        faults.push(
            Diagnostic::error(span, format!("this value is {result}, not a finite number"))
                .with_hint("look for a division by zero or a logarithm of zero"),
        );
        0.0
    }

    /// The value of an expression of parameters.
    fn evaluate(&self, expr: &Expr) -> Result<f64, Box<Diagnostic>> {
        Ok(match &expr.kind {
            ExprKind::Number(number) => *number,
            ExprKind::Name(name) => self.constant(*name, expr.span)?,
            ExprKind::Voltage(..) | ExprKind::Current(_) => {
                return Err(Box::new(
                    Diagnostic::error(expr.span, "a value cannot depend on a voltage or a current")
                        .with_hint("use a behavioural source: `B1 a 0 V={...}` or `I={...}`"),
                ));
            }
            ExprKind::Unary(function, a) => function.value(self.evaluate(a)?),
            ExprKind::Binary(function, a, b) => {
                function.value(self.evaluate(a)?, self.evaluate(b)?)
            }
            ExprKind::Select(condition, then, otherwise) => {
                if self.evaluate(condition)? == 0.0 {
                    self.evaluate(otherwise)?
                } else {
                    self.evaluate(then)?
                }
            }
        })
    }

    /// A parameter or a built-in constant.
    pub(super) fn constant(&self, name: Symbol, span: Span) -> Result<f64, Box<Diagnostic>> {
        if let Some(value) = self.param(name) {
            return Ok(value);
        }
        let text = self.netlist.symbols.name(name);
        match text {
            "pi" => Ok(std::f64::consts::PI),
            "e" => Ok(std::f64::consts::E),
            "temper" => Ok(TEMPERATURE),
            _ => {
                let fault =
                    Diagnostic::error(span, format!("the parameter `{text}` is not defined"));
                Err(Box::new(fault.with_hint(format!("add `.param {text}=...`"))))
            }
        }
    }
}

/// Depth-first order of the parameters by what they refer to.
fn visit(
    name: Symbol,
    pending: &BTreeMap<Symbol, &Assignment>,
    marks: &mut HashMap<Symbol, bool>,
    order: &mut Vec<Symbol>,
    report: &mut dyn FnMut(Span, String),
    netlist: &Netlist,
) {
    let Some(assignment) = pending.get(&name) else { return };
    match marks.get(&name) {
        Some(true) => return,
        Some(false) => {
            let text = netlist.symbols.name(name);
            report(assignment.span, format!("the parameter `{text}` is defined through itself"));
            return;
        }
        None => {}
    }
    marks.insert(name, false);
    if let Value::Expr(expr) = &assignment.value {
        let mut names = Vec::new();
        collect_names(expr, &mut names);
        for used in names {
            visit(used, pending, marks, order, report, netlist);
        }
    }
    marks.insert(name, true);
    order.push(name);
}

/// Appends the names that `expr` refers to.
fn collect_names(expr: &Expr, names: &mut Vec<Symbol>) {
    match &expr.kind {
        ExprKind::Name(name) => names.push(*name),
        ExprKind::Number(_) | ExprKind::Voltage(..) | ExprKind::Current(_) => {}
        ExprKind::Unary(_, a) => collect_names(a, names),
        ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|e| collect_names(e, names)),
        ExprKind::Select(a, b, c) => [a, b, c].into_iter().for_each(|e| collect_names(e, names)),
    }
}
