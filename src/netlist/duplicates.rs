//! Names that a scope defines twice.

use crate::diag::{Diagnostic, Span};
use crate::netlist::ast::{Assignment, ElementKind, Scope, Subckt};
use crate::netlist::card::shown;
use crate::netlist::symbol::{Interner, Symbol};

/// Reports elements, parameters, models and subcircuits of one name, and
/// parameters that an instance or model sets twice.
pub(super) fn report(scope: &Scope, symbols: &Interner, diagnostics: &mut Vec<Diagnostic>) {
    let mut check = |what: &str, names: &mut dyn Iterator<Item = (Symbol, Span)>| {
        among(what, names, symbols, diagnostics);
    };
    check("element", &mut scope.elements.iter().map(|e| (e.name, e.span)));
    check("parameter", &mut scope.params.iter().map(|p| (p.name, p.span)));
    check("model", &mut scope.models.iter().map(|m| (m.name, m.span)));
    check("subcircuit", &mut scope.subckts.iter().map(|s| (s.name, s.span)));
    for element in &scope.elements {
        if let ElementKind::Instance { params, .. } = &element.kind {
            check("parameter", &mut params.iter().map(named));
        }
    }
    for model in &scope.models {
        check("parameter", &mut model.params.iter().map(named));
    }
}

/// Reports parameters of a subcircuit that are defined twice, in its card or
/// once there and once inside.
pub(super) fn report_params(
    subckt: &Subckt,
    symbols: &Interner,
    diagnostics: &mut Vec<Diagnostic>,
) {
    among("parameter", &mut subckt.params.iter().map(named), symbols, diagnostics);
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

fn among(
    what: &str,
    names: &mut dyn Iterator<Item = (Symbol, Span)>,
    symbols: &Interner,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Symbols count up in the order of first use, so those of a deck without
    // duplicates are mostly sorted already, and sorting them costs one pass.
    let mut names: Vec<(Symbol, Span)> = names.collect();
    names.sort_by_key(|&(name, _)| name);
    for same in names.chunk_by(|a, b| a.0 == b.0) {
        let (name, first) = same[0];
        for &(_, span) in &same[1..] {
            let message = format!("{what} `{}` is defined twice", shown(symbols.name(name)));
            let fault = Diagnostic::error(span, message);
            diagnostics.push(fault.with_related(first, "first defined here"));
        }
    }
}
