//! Parameters: who sees which, and what they are worth.

use std::collections::{BTreeMap, HashSet};

use crate::{
    diag::{Diagnostic, Span},
    maps::Map,
    netlist::{
        Netlist,
        ast::{
            Assignment, Branch, ControlKind, Element, FunctionDefinition, Model, Scope, StepTarget,
            Subckt, Sweep, Value,
        },
        expr::{Expr, ExprKind},
        symbol::Symbol,
    },
};

/// Temperature of all devices, degrees Celsius, as in SPICE.
const TEMPERATURE: f64 = 27.0;

/// A scope with its parameters evaluated.
pub(super) struct Env<'a> {
    pub(super) netlist: &'a Netlist,
    /// The scope, then the branches of its conditional blocks that count.
    pub(super) scopes: Vec<&'a Scope>,
    pub(super) parent: Option<&'a Env<'a>>,
    values: Map<Symbol, f64>,
    /// Degrees Celsius.
    temperature: f64,
}

impl<'a> Env<'a> {
    /// The top level.
    pub(super) fn top(netlist: &'a Netlist, faults: &mut Vec<Diagnostic>) -> Self {
        let mut env = Self {
            netlist,
            scopes: Vec::new(),
            parent: None,
            values: Map::default(),
            temperature: TEMPERATURE,
        };
        env.enter(&netlist.scope, &[], faults);
        env.temperature = env.given_temperature();
        env
    }

    /// The temperature of the deck, degrees Celsius.
    pub(super) fn temperature(&self) -> f64 {
        self.temperature
    }

    /// The temperature of `.temp`, else of `.options temp`. Faults of the cards are
    /// reported where the cards themselves are elaborated.
    fn given_temperature(&self) -> f64 {
        let mut found = None;
        let mut ignored = Vec::new();
        for control in &self.netlist.controls {
            match &control.kind {
                ControlKind::Step(step) if step.target == StepTarget::Temperature => {
                    if let Sweep::List(values) = &step.sweep
                        && let [value] = values.as_slice()
                    {
                        return self.value(value, control.span, &mut ignored);
                    }
                }
                ControlKind::Options(list) => {
                    for (name, value, span) in list {
                        if self.netlist.symbols.name(*name) == "temp"
                            && let Some(value) = value
                        {
                            found = Some(self.value(value, *span, &mut ignored));
                        }
                    }
                }
                _ => {}
            }
        }
        found.unwrap_or(TEMPERATURE)
    }

    /// The inside of an instance of `subckt`, defined in `self` or above, whose
    /// parameters `overrides` replace.
    pub(super) fn inside(
        &'a self,
        subckt: &'a Subckt,
        overrides: Map<Symbol, f64>,
        faults: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut env = Self {
            netlist: self.netlist,
            scopes: Vec::new(),
            parent: Some(self),
            values: overrides,
            temperature: self.temperature,
        };
        env.enter(&subckt.scope, &subckt.params, faults);
        env
    }

    /// Takes in a scope, its parameters beside `more`, and of its conditional blocks
    /// the branches whose condition holds.
    fn enter(&mut self, scope: &'a Scope, more: &[Assignment], faults: &mut Vec<Diagnostic>) {
        self.scopes.push(scope);
        self.define(more.iter().chain(&scope.params), faults);
        for block in &scope.conditionals {
            let holds = |branch: &&'a Branch, faults: &mut Vec<Diagnostic>| match &branch.condition
            {
                None => true,
                Some(condition) => {
                    let value = Value::Expr(Box::new(condition.clone()));
                    self.value(&value, condition.span, faults) != 0.0
                }
            };
            let Some(branch) = block.branches.iter().find(|branch| holds(branch, faults)) else {
                continue;
            };
            for param in &branch.scope.params {
                if self.values.contains_key(&param.name) {
                    let name = self.netlist.symbols.name(param.name);
                    let message = format!("parameter `{name}` is defined twice");
                    let fault = Diagnostic::error(param.span, message);
                    faults.push(fault.with_related(block.span, "in this block and outside"));
                }
            }
            self.enter(&branch.scope, &[], faults);
        }
    }

    /// Evaluates `assignments`, which may refer to one another in any order;
    /// values that are there already stand in for the assignments of the same name.
    fn define<'b>(
        &mut self,
        assignments: impl IntoIterator<Item = &'b Assignment>,
        faults: &mut Vec<Diagnostic>,
    ) {
        let pending: BTreeMap<Symbol, &Assignment> = assignments
            .into_iter()
            .filter(|a| !self.values.contains_key(&a.name))
            .map(|a| (a.name, a))
            .collect();
        let Order { sorted, circular } = Order::of(&pending, self, faults);
        for name in sorted {
            // A circular one has no value; it is reported once and not again by
            // those that use it.
            let value = if circular.contains(&name) {
                0.0
            } else {
                self.value(&pending[&name].value, pending[&name].span, faults)
            };
            self.values.insert(name, value);
        }
    }

    /// The element cards in the order of the deck, those of branches last.
    pub(super) fn elements(&self) -> impl Iterator<Item = &'a Element> + use<'a> {
        self.scopes.clone().into_iter().flat_map(|scope| &scope.elements)
    }

    /// The function of that name seen from here.
    pub(super) fn function(&self, name: Symbol) -> Option<&'a FunctionDefinition> {
        let own = self.scopes.iter().flat_map(|scope| &scope.functions);
        let own = own.clone().find(|function| function.name == name);
        own.or_else(|| self.parent.and_then(|parent| parent.function(name)))
    }

    /// The subcircuit of that name seen from here, with the scope it is defined in.
    pub(super) fn subckt(&self, name: Symbol) -> Option<(&'a Subckt, &Env<'a>)> {
        let mut own = self.scopes.iter().flat_map(|scope| &scope.subckts);
        match own.find(|s| s.name == name) {
            Some(subckt) => Some((subckt, self)),
            None => self.parent.and_then(|parent| parent.subckt(name)),
        }
    }

    /// The model of that name seen from here, with the scope it is defined in.
    pub(super) fn model(&self, name: Symbol) -> Option<(&'a Model, &Env<'a>)> {
        let mut own = self.scopes.iter().flat_map(|scope| &scope.models);
        match own.find(|m| m.name == name) {
            Some(model) => Some((model, self)),
            None => self.parent.and_then(|parent| parent.model(name)),
        }
    }

    /// All models seen from here.
    pub(super) fn models(&self) -> Box<dyn Iterator<Item = &'a Model> + '_> {
        let above = self.parent.into_iter().flat_map(Env::models);
        Box::new(self.scopes.iter().flat_map(|scope| &scope.models).chain(above))
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
        self.scopes
            .iter()
            .flat_map(|scope| &scope.params)
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
            Value::Expr(expr) => match self.expanded(expr).and_then(|expr| self.evaluate(&expr)) {
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
            ExprKind::Call(..) | ExprKind::Part(..) => {
                return Err(Box::new(Diagnostic::error(
                    expr.span,
                    "this figure of a result cannot set a parameter",
                )));
            }
            ExprKind::Unary(function, a) => function.value(self.evaluate(a)?),
            ExprKind::Binary(function, a, b) => {
                function.value(self.evaluate(a)?, self.evaluate(b)?)
            }
            ExprKind::Select(condition, then, otherwise) => match self.evaluate(condition)? {
                c if c.is_nan() => f64::NAN,
                0.0 => self.evaluate(otherwise)?,
                _ => self.evaluate(then)?,
            },
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
            "temper" => Ok(self.temperature),
            "time" => Err(Box::new(
                Diagnostic::error(span, "a value cannot depend on the time")
                    .with_hint("only the law of a behavioural source may: `B1 a 0 V={...}`"),
            )),
            _ => {
                let fault = Diagnostic::error(span, undefined(text));
                Err(Box::new(fault.with_hint(format!("add `.param {text}=...`"))))
            }
        }
    }
}

/// A parameter on the path and those of its law that are still to be seen.
type Visit = (Symbol, Vec<Symbol>);

/// Parameters in an order in which they can be evaluated.
struct Order {
    /// Every parameter after those it refers to, except where that goes round.
    sorted: Vec<Symbol>,
    /// Those that are defined through themselves.
    circular: HashSet<Symbol>,
}

impl Order {
    /// Depth-first, without recursion: a chain of parameters may be long.
    fn of(
        pending: &BTreeMap<Symbol, &Assignment>,
        env: &Env<'_>,
        faults: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut order =
            Self { sorted: Vec::with_capacity(pending.len()), circular: HashSet::new() };
        // False while a parameter is on the path, true once it is sorted.
        let mut marks: Map<Symbol, bool> = Map::default();
        let mut path: Vec<Visit> = Vec::new();
        for (&start, assignment) in pending {
            if marks.contains_key(&start) {
                continue;
            }
            marks.insert(start, false);
            path.push((start, used(assignment, env)));
            while let Some((name, uses)) = path.last_mut() {
                let Some(next) = uses.pop() else {
                    marks.insert(*name, true);
                    order.sorted.push(*name);
                    path.pop();
                    continue;
                };
                match (marks.get(&next), pending.get(&next)) {
                    (None, Some(assignment)) => {
                        marks.insert(next, false);
                        path.push((next, used(assignment, env)));
                    }
                    (Some(false), Some(assignment)) => {
                        let from = path.iter().position(|(name, _)| *name == next).unwrap_or(0);
                        let round: Vec<Symbol> = path[from..].iter().map(|(n, _)| *n).collect();
                        faults.push(circle(&round, assignment.span, env.netlist));
                        order.circular.extend(round);
                    }
                    _ => {}
                }
            }
        }
        order
    }
}

/// Parameters of a circle that a fault shows.
const LONGEST_CIRCLE: usize = 8;

fn circle(round: &[Symbol], span: Span, netlist: &Netlist) -> Diagnostic {
    let name = |symbol: &Symbol| netlist.symbols.name(*symbol);
    let first = round.first().map_or("", name);
    let mut chain: Vec<&str> = round.iter().take(LONGEST_CIRCLE).map(name).collect();
    if round.len() > chain.len() {
        chain.push("...");
    }
    chain.push(first);
    Diagnostic::error(span, format!("the parameter `{first}` is defined through itself"))
        .with_hint(format!("it goes round: {}", chain.join(" -> ")))
}

/// The names that an assignment refers to.
fn used(assignment: &Assignment, env: &Env<'_>) -> Vec<Symbol> {
    let mut names = Vec::new();
    // A call that cannot be expanded is reported where the value is wanted.
    if let Value::Expr(expr) = &assignment.value
        && let Ok(expr) = env.expanded(expr)
    {
        collect_names(&expr, &mut names);
    }
    names
}

/// Appends the names that `expr` refers to.
fn collect_names(expr: &Expr, names: &mut Vec<Symbol>) {
    match &expr.kind {
        ExprKind::Name(name) => names.push(*name),
        ExprKind::Number(_) | ExprKind::Voltage(..) | ExprKind::Current(_) => {}
        ExprKind::Unary(_, a) | ExprKind::Part(_, a) => collect_names(a, names),
        ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|e| collect_names(e, names)),
        ExprKind::Select(a, b, c) => [a, b, c].into_iter().for_each(|e| collect_names(e, names)),
        ExprKind::Call(_, operands) => operands.iter().for_each(|e| collect_names(e, names)),
    }
}

/// What is said of a parameter that nobody defines.
pub(super) fn undefined(name: &str) -> String {
    format!("the parameter `{name}` is not defined")
}
