//! Netlists without places, over a given set of names.

use crate::diag::Span;
use crate::netlist::ast::{
    Assignment, ControlKind, ElementKind, Netlist, OutputKind, Scope, Source, Value, Wave,
};
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::symbol::{Interner, Symbol};

type Visit<'f, T> = &'f mut dyn FnMut(&mut T);

/// Calls `symbol` and `span` on everything a netlist is made of.
struct Walk<'f> {
    symbol: Visit<'f, Symbol>,
    span: Visit<'f, Span>,
}

/// The netlist with all places 0 and its symbols renumbered by first appearance.
pub(super) fn normal(netlist: &Netlist) -> Netlist {
    normal_in(netlist, Interner::default())
}

/// The same, where `names` has symbols already.
pub(super) fn normal_in(netlist: &Netlist, names: Interner) -> Netlist {
    let mut result = netlist.clone();
    let mut names = names;
    let mut symbol = |symbol: &mut Symbol| *symbol = names.intern(netlist.symbols.name(*symbol));
    let mut span = |span: &mut Span| *span = Span::default();
    Walk { symbol: &mut symbol, span: &mut span }.netlist(&mut result);
    result.symbols = names;
    result
}

/// All places.
pub(super) fn spans(netlist: &Netlist) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut note = |span: &mut Span| spans.push(*span);
    Walk { symbol: &mut |_| {}, span: &mut note }.netlist(&mut netlist.clone());
    spans
}

impl Walk<'_> {
    fn netlist(&mut self, netlist: &mut Netlist) {
        self.scope(&mut netlist.scope);
        for control in &mut netlist.controls {
            (self.span)(&mut control.span);
            self.control(&mut control.kind);
        }
    }

    fn scope(&mut self, scope: &mut Scope) {
        self.assignments(&mut scope.params);
        for model in &mut scope.models {
            (self.symbol)(&mut model.name);
            (self.symbol)(&mut model.kind);
            (self.span)(&mut model.span);
            self.assignments(&mut model.params);
        }
        for subckt in &mut scope.subckts {
            (self.symbol)(&mut subckt.name);
            (self.span)(&mut subckt.span);
            subckt.ports.iter_mut().for_each(&mut *self.symbol);
            self.assignments(&mut subckt.params);
            self.scope(&mut subckt.scope);
        }
        for element in &mut scope.elements {
            (self.symbol)(&mut element.name);
            (self.span)(&mut element.span);
            self.element(&mut element.kind);
        }
    }

    fn assignments(&mut self, params: &mut [Assignment]) {
        for param in params {
            (self.symbol)(&mut param.name);
            (self.span)(&mut param.span);
            self.value(&mut param.value);
        }
    }

    fn value(&mut self, value: &mut Value) {
        if let Value::Expr(expr) = value {
            self.expr(expr);
        }
    }

    fn values<'v>(&mut self, values: impl IntoIterator<Item = &'v mut Value>) {
        for value in values {
            self.value(value);
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        (self.span)(&mut expr.span);
        match &mut expr.kind {
            ExprKind::Number(_) => {}
            ExprKind::Name(name) | ExprKind::Current(name) => (self.symbol)(name),
            ExprKind::Voltage(plus, minus) => {
                (self.symbol)(plus);
                minus.iter_mut().for_each(&mut *self.symbol);
            }
            ExprKind::Unary(_, x) => self.expr(x),
            ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|x| self.expr(x)),
            ExprKind::Select(c, a, b) => [c, a, b].into_iter().for_each(|x| self.expr(x)),
        }
    }

    fn element(&mut self, kind: &mut ElementKind) {
        match kind {
            ElementKind::Resistor { nodes, value, params } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                self.value(value);
                self.assignments(params);
            }
            ElementKind::Capacitor { nodes, value, initial }
            | ElementKind::Inductor { nodes, value, initial } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                self.value(value);
                self.values(initial);
            }
            ElementKind::Source { quantity: _, nodes, source } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                self.source(source);
            }
            ElementKind::VoltageControlled { quantity: _, nodes, control, gain } => {
                nodes.iter_mut().chain(control).for_each(&mut *self.symbol);
                self.value(gain);
            }
            ElementKind::CurrentControlled { quantity: _, nodes, control, gain } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                (self.symbol)(control);
                self.value(gain);
            }
            ElementKind::Behavioural { quantity: _, nodes, law } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                self.expr(law);
            }
            ElementKind::Coupling { inductors, factor } => {
                inductors.iter_mut().for_each(&mut *self.symbol);
                self.value(factor);
            }
            ElementKind::Device(device) => {
                device.nodes.iter_mut().for_each(&mut *self.symbol);
                device.control.iter_mut().for_each(|control| (self.symbol)(control));
                (self.symbol)(&mut device.model);
                self.values(&mut device.area);
                self.values(&mut device.initial);
                self.assignments(&mut device.params);
            }
            ElementKind::Instance { nodes, subckt, params } => {
                nodes.iter_mut().for_each(&mut *self.symbol);
                (self.symbol)(subckt);
                self.assignments(params);
            }
        }
    }

    fn source(&mut self, source: &mut Source) {
        self.values(&mut source.dc);
        if let Some((magnitude, phase)) = &mut source.ac {
            self.value(magnitude);
            self.values(phase);
        }
        if let Some(
            Wave::Pulse(values) | Wave::Sin(values) | Wave::Exp(values) | Wave::Pwl(values),
        ) = &mut source.wave
        {
            self.values(values);
        }
    }

    fn control(&mut self, kind: &mut ControlKind) {
        match kind {
            ControlKind::Op => {}
            ControlKind::Tran { step, stop, start, max_step, uic: _ } => {
                self.values([step, stop]);
                self.values(start.iter_mut().chain(max_step));
            }
            ControlKind::Save(outputs) => {
                for output in outputs {
                    (self.span)(&mut output.span);
                    match &mut output.kind {
                        OutputKind::All => {}
                        OutputKind::Current(name) => (self.symbol)(name),
                        OutputKind::Voltage(plus, minus) => {
                            (self.symbol)(plus);
                            minus.iter_mut().for_each(&mut *self.symbol);
                        }
                    }
                }
            }
            ControlKind::Ic(values) | ControlKind::NodeSet(values) => {
                for (node, value, span) in values {
                    (self.symbol)(node);
                    (self.span)(span);
                    self.value(value);
                }
            }
            ControlKind::Options(options) => {
                for (name, value, span) in options {
                    (self.symbol)(name);
                    (self.span)(span);
                    self.values(value);
                }
            }
        }
    }
}
