//! Names that a scope defines twice.

use crate::diag::{Diagnostic, Span};
use crate::netlist::ast::{Assignment, ElementKind, Scope, Subckt};
use crate::netlist::card::shown;
use crate::netlist::symbol::{Interner, Symbol};

/// Reports elements, parameters, models and subcircuits of one name, and
/// parameters that an instance or model sets twice.
pub(super) fn report(scope: &Scope, symbols: &Interner, diagnostics: &mut Vec<Diagnostic>) {
    let mut check = Check { symbols, diagnostics };
    check.among("element", &scope.elements, |e| (e.name, e.span));
    check.among("parameter", &scope.params, named);
    check.among("model", &scope.models, |m| (m.name, m.span));
    check.among("subcircuit", &scope.subckts, |s| (s.name, s.span));
    check.among("function", &scope.functions, |f| (f.name, f.span));
    for element in &scope.elements {
        match &element.kind {
            ElementKind::Instance(instance) => {
                check.among("parameter", &instance.params, named);
            }
            ElementKind::Device(device) => check.among("parameter", &device.params, named),
            ElementKind::Line(line) => check.among("parameter", &line.params, named),
            ElementKind::Passive(passive) => check.among("parameter", &passive.params, named),
            _ => {}
        }
    }
    for model in &scope.models {
        check.among("parameter", &model.params, named);
    }
}

/// Reports parameters of a subcircuit that are defined twice, in its card or
/// once there and once inside.
pub(super) fn report_params(
    subckt: &Subckt,
    symbols: &Interner,
    diagnostics: &mut Vec<Diagnostic>,
) {
    Check { symbols, diagnostics }.among("parameter", &subckt.params, named);
    for inner in &subckt.scope.params {
        if let Some(port) = subckt.params.iter().find(|param| param.name == inner.name) {
            let name = shown(symbols.name(inner.name));
            let message = format!("parameter `{name}` is a parameter of the subcircuit already");
            let fault = Diagnostic::error(inner.span, message);
            diagnostics.push(fault.with_related(port.span, "first defined here"));
        }
    }
}

fn named(param: &Assignment) -> (Symbol, Span) {
    (param.name, param.span)
}

struct Check<'a> {
    symbols: &'a Interner,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Check<'_> {
    fn among<T>(&mut self, what: &str, items: &[T], name: impl Fn(&T) -> (Symbol, Span)) {
        // Symbols count up in the order of first use, so those of new names
        // increase and need no sorting.
        if items.is_sorted_by(|a, b| name(a).0 < name(b).0) {
            return;
        }
        let mut names: Vec<(Symbol, Span)> = items.iter().map(name).collect();
        names.sort_by_key(|&(name, _)| name);
        for same in names.chunk_by(|a, b| a.0 == b.0) {
            let (name, first) = same[0];
            for &(_, span) in &same[1..] {
                let name = shown(self.symbols.name(name));
                let fault = Diagnostic::error(span, format!("{what} `{name}` is defined twice"));
                let fault = fault.with_related(first, "first defined here");
                self.diagnostics.push(fault.with_hint("rename or remove one of them"));
            }
        }
    }
}
