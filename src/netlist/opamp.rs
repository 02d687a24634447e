//! Operational amplifiers as subcircuits of plain elements.
//!
//! `.model NAME opamp(...)` describes an amplifier that `X1 in+ in- out NAME` places.
//! No other simulator knows it, so [`without_opamps`] writes what it means: a
//! subcircuit of the same name.

use crate::diag::{Diagnostic, FileId, Span, nearest};
use crate::netlist::ast::{Assignment, Element, ElementKind, Model, Netlist, Scope, Subckt, Value};
use crate::netlist::card::Card;
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::symbol::Interner;

/// Parameters with their defaults; those without one are left out unless given.
const PARAMETERS: [(&str, Option<f64>); 9] = [
    ("a0", Some(1e5)),
    ("gbw", Some(1e6)),
    ("slew", None),
    ("vos", None),
    ("ib", None),
    ("rin", None),
    ("rout", None),
    ("vmax", None),
    ("vmin", None),
];

/// The netlist with every model of type `opamp` replaced by a subcircuit.
///
/// # Model
///
/// Gain `a0` (V/V) with one pole, so that the gain is 1 at `gbw` (Hz): a
/// transconductance into a resistor and a capacitor of 1 nF. `slew` (V/s) bounds the
/// current into the capacitor, by a tanh. `vmax` and `vmin` (V) hold the
/// capacitor by 1 S, so that an amplifier leaves its limit at once. `rout` (ohm)
/// stands behind a source, `rin` (ohm) between the inputs, `vos` (V) in series
/// with the positive one, and `ib` (A) flows into both.
///
/// # Errors
///
/// Unknown parameters and numbers out of range, at their place.
pub fn without_opamps(netlist: &Netlist) -> Result<Netlist, Vec<Diagnostic>> {
    let mut result = netlist.clone();
    let mut faults = Vec::new();
    let Netlist { symbols, scope, .. } = &mut result;
    replace(scope, symbols, (&cards, &mut faults));
    if faults.is_empty() { Ok(result) } else { Err(faults) }
}

/// The netlist with every model of type `opamp` replaced by a source of its gain: an
/// amplifier without any other imperfection, for who wants to see where amplifiers are.
///
/// # Errors
///
/// As [`without_opamps`].
pub fn with_plain_opamps(netlist: &Netlist) -> Result<Netlist, Vec<Diagnostic>> {
    let mut result = netlist.clone();
    let mut faults = Vec::new();
    let Netlist { symbols, scope, .. } = &mut result;
    replace(scope, symbols, (&|_| vec!["E1 o 0 p n {a0}"], &mut faults));
    if faults.is_empty() { Ok(result) } else { Err(faults) }
}

/// True where some model is an amplifier.
#[must_use]
pub fn has_opamps(netlist: &Netlist) -> bool {
    fn any(scope: &Scope, symbols: &Interner) -> bool {
        scope.models.iter().any(|m| symbols.name(m.kind) == "opamp")
            || scope.subckts.iter().any(|s| any(&s.scope, symbols))
    }
    any(&netlist.scope, &netlist.symbols)
}

/// What an amplifier with the given parameters consists of, as cards.
type Inside<'a> = &'a dyn Fn(&dyn Fn(&str) -> bool) -> Vec<&'static str>;

fn replace(
    scope: &mut Scope,
    symbols: &mut Interner,
    (inside, faults): (Inside<'_>, &mut Vec<Diagnostic>),
) {
    for subckt in &mut scope.subckts {
        replace(&mut subckt.scope, symbols, (inside, faults));
    }
    let models = std::mem::take(&mut scope.models);
    for model in models {
        if symbols.name(model.kind) == "opamp" {
            let subckt = subckt(&model, symbols, (inside, faults));
            scope.subckts.push(subckt);
        } else {
            scope.models.push(model);
        }
    }
}

/// What is wrong with a parameter of the model.
fn fault(param: &Assignment, name: &str) -> Option<Diagnostic> {
    if !PARAMETERS.iter().any(|(known, _)| *known == name) {
        let fault = Diagnostic::error(param.span, format!("an `opamp` has no parameter `{name}`"));
        let known = PARAMETERS.iter().map(|(known, _)| *known);
        return Some(match nearest(name, known.clone()) {
            Some(known) => fault.with_hint(format!("did you mean `{known}`?")),
            None => fault.with_hint(format!("known are {}", known.collect::<Vec<_>>().join(" "))),
        });
    }
    let signed = matches!(name, "vos" | "ib" | "vmax" | "vmin");
    match param.value {
        Value::Number(value) if !signed && !(value > 0.0) => {
            let message = format!("`{name}` is {value}, it must be positive");
            Some(Diagnostic::error(param.span, message))
        }
        Value::Number(_) | Value::Expr(_) => None,
    }
}

/// The subcircuit of a model.
fn subckt(
    model: &Model,
    symbols: &mut Interner,
    (inside, faults): (Inside<'_>, &mut Vec<Diagnostic>),
) -> Subckt {
    for param in &model.params {
        faults.extend(fault(param, symbols.name(param.name)));
    }
    let mut params = model.params.clone();
    for (name, default) in PARAMETERS {
        let name = symbols.intern(name);
        if let Some(default) = default
            && !params.iter().any(|p| p.name == name)
        {
            params.push(Assignment { name, value: Value::Number(default), span: model.span });
        }
    }
    let given: Vec<&str> = params.iter().map(|p| symbols.name(p.name)).collect();
    let cards = inside(&|name| given.contains(&name));
    let ports = ["p", "n", "o"].map(|port| symbols.intern(port)).to_vec();
    let elements = cards.iter().map(|card| element(card, model.span, symbols)).collect();
    let scope = Scope { elements, ..Scope::default() };
    Subckt { name: model.name, ports, params, scope, span: model.span }
}

/// The cards inside, for the parameters that are given.
///
/// Other simulators know no `pi` in parameters, so 2 pi is a number.
fn cards(has: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
    let input = if has("vos") { "q" } else { "p" };
    let stage = match (has("slew"), input) {
        (false, "p") => "G1 0 x p n {6.283185307179586n*gbw}",
        (false, _) => "G1 0 x q n {6.283185307179586n*gbw}",
        (true, "p") => "B1 0 x I={1n*slew}*tanh({6.283185307179586*gbw/slew}*v(p,n))",
        (true, _) => "B1 0 x I={1n*slew}*tanh({6.283185307179586*gbw/slew}*v(q,n))",
    };
    let optional = [
        (has("vos"), "Vos q p {vos}"),
        (has("ib"), "Ip p 0 DC {ib}"),
        (has("ib"), "In n 0 DC {ib}"),
        (has("rin") && input == "p", "Rin p n {rin}"),
        (has("rin") && input == "q", "Rin q n {rin}"),
        (true, stage),
        (true, "Rx x 0 {a0/(6.283185307179586n*gbw)}"),
        (true, "Cx x 0 1n"),
        (has("vmax"), "Bmax x 0 I=max(v(x)-{vmax},0)"),
        (has("vmin"), "Bmin x 0 I=min(v(x)-{vmin},0)"),
        (has("rout"), "Eo y 0 x 0 1"),
        (has("rout"), "Rout y o {rout}"),
        (!has("rout"), "Eo o 0 x 0 1"),
    ];
    optional.into_iter().filter(|(is_there, _)| *is_there).map(|(_, card)| card).collect()
}

/// The element of a card of ours; all its places are `span`.
fn element(card: &str, span: Span, symbols: &mut Interner) -> Element {
    let mut diagnostics = Vec::new();
    let read =
        Card::new(card, 0..card.len(), FileId::default(), symbols, &mut diagnostics).element();
    let mut element = read.expect("invariant: the cards above are right");
    element.span = span;
    match &mut element.kind {
        ElementKind::Resistor { value, .. }
        | ElementKind::VoltageControlled { gain: value, .. } => place_value(value, span),
        ElementKind::Source { source, .. } => {
            if let Some(value) = &mut source.dc {
                place_value(value, span);
            }
        }
        ElementKind::Behavioural { law, .. } => place(law, span),
        _ => {}
    }
    element
}

fn place_value(value: &mut Value, span: Span) {
    if let Value::Expr(expr) = value {
        place(expr, span);
    }
}

fn place(expr: &mut Expr, span: Span) {
    expr.span = span;
    match &mut expr.kind {
        ExprKind::Unary(_, a) => place(a, span),
        ExprKind::Binary(_, a, b) => {
            place(a, span);
            place(b, span);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{NoSources, has_errors, render};
    use crate::netlist::{parse, print};

    fn expanded(model: &str) -> Result<String, String> {
        let deck = format!("t\nX1 a b c u\nR1 a 0 1\n{model}\n.op\n");
        let parsed = parse("t.cir", deck, &NoSources);
        assert!(!has_errors(&parsed.diagnostics));
        assert!(has_opamps(&parsed.netlist));
        match without_opamps(&parsed.netlist) {
            Ok(netlist) => Ok(print(&netlist)),
            Err(faults) => Err(render(&parsed.map, &faults)),
        }
    }

    #[test]
    fn an_amplifier_prints_as_a_subcircuit() {
        let all = ".model u opamp(a0=2e5 gbw=3meg slew=13meg vos=1m ib=1n rin=1meg rout=50 vmax=13 vmin=-13)";
        for model in [".model u opamp", ".model u opamp(slew={2*5meg})", all] {
            let text = expanded(model).unwrap();
            assert!(text.contains(".subckt u p n o"), "{text}");
            assert!(!text.contains(".model"), "{text}");
            let again = parse("t.cir", &text, &NoSources);
            assert!(again.diagnostics.is_empty(), "{}", render(&again.map, &again.diagnostics));
            assert_eq!(print(&again.netlist), text);
        }
        let text = expanded(all).unwrap();
        assert!(text.contains("vos q p DC {vos}") && text.contains("rin q n {rin}"), "{text}");
    }

    #[test]
    fn unknown_and_negative_parameters_are_refused() {
        assert!(expanded(".model u opamp(gwb=1)").unwrap_err().contains("did you mean `gbw`?"));
        assert!(expanded(".model u opamp(rin=-1)").unwrap_err().contains("must be positive"));
        assert!(expanded(".model u opamp(gbw=0)").unwrap_err().contains("must be positive"));
    }
}
