//! Calls of functions that nobody defines.

use std::collections::HashSet;

use crate::diag::{Diagnostic, Span, nearest};
use crate::expr::FUNCTIONS;
use crate::netlist::ast::{Netlist, Scope};
use crate::netlist::card::shown;
use crate::netlist::symbol::Symbol;

/// Reports the `calls` of functions that no scope defines.
pub(super) fn report(
    netlist: &Netlist,
    calls: &[(Symbol, Span)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    if calls.is_empty() {
        return;
    }
    let mut defined = HashSet::new();
    collect(&netlist.scope, &mut defined);
    let mut own: Vec<&str> = defined.iter().map(|&name| netlist.symbols.name(name)).collect();
    own.sort_unstable();
    for (name, span) in calls.iter().filter(|(name, _)| !defined.contains(name)) {
        let text = netlist.symbols.name(*name);
        let fault = Diagnostic::error(*span, format!("unknown function `{}`", shown(text)));
        let built_in = FUNCTIONS.iter().map(|&(name, _)| name).chain(["v", "i"]);
        diagnostics.push(match nearest(text, built_in.chain(own.iter().copied())) {
            Some(known) => fault.with_hint(format!("did you mean `{known}`?")),
            None => fault.with_hint(format!("define it: `.func {}(x) {{...}}`", shown(text))),
        });
    }
}

/// The functions of a scope and of all inside it.
fn collect(scope: &Scope, defined: &mut HashSet<Symbol>) {
    defined.extend(scope.functions.iter().map(|function| function.name));
    let branches = scope.conditionals.iter().flat_map(|block| &block.branches);
    for inner in scope.subckts.iter().map(|s| &s.scope).chain(branches.map(|b| &b.scope)) {
        collect(inner, defined);
    }
}
