//! Arrays as plain cards.
//!
//! No other simulator knows the card `Y`, so [`without_arrays`] writes what it means: a
//! resistor or a controlled source a crossing.

use std::collections::HashSet;

use crate::diag::Diagnostic;
use crate::expr::Binary;
use crate::netlist::ast::{
    Array, ArrayForm, Element, ElementKind, Netlist, Quantity, Scope, Value,
};
use crate::netlist::card::shown;
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::symbol::{Interner, Symbol};

/// Most cards that arrays may become.
const MOST_CARDS: usize = 10_000_000;

/// True where some card is an array.
#[must_use]
pub fn has_arrays(netlist: &Netlist) -> bool {
    fn any(scope: &Scope) -> bool {
        scope.elements.iter().any(|e| matches!(e.kind, ElementKind::Array(_)))
            || scope.subckts.iter().any(|s| any(&s.scope))
            || scope.conditionals.iter().flat_map(|c| &c.branches).any(|b| any(&b.scope))
    }
    any(&netlist.scope)
}

/// The netlist with every array replaced by its resistors, or by its sources.
///
/// The resistor at row i and column j of `Yw`, counted from 1, is `Rw_i_j`, the source
/// `Gw_i_j`; more `_` follow the `w` where such a name is taken. A crossing whose entry is
/// 0 is left out.
///
/// # Errors
///
/// An array that would be too many cards, and a resistance out of the range of numbers, at
/// the place of the card.
pub fn without_arrays(netlist: &Netlist) -> Result<Netlist, Vec<Diagnostic>> {
    let mut result = netlist.clone();
    let mut faults = Vec::new();
    let Netlist { symbols, scope, .. } = &mut result;
    replace(scope, &mut Writer { symbols, faults: &mut faults, cards: 0 });
    if faults.is_empty() { Ok(result) } else { Err(faults) }
}

struct Writer<'w> {
    symbols: &'w mut Interner,
    faults: &'w mut Vec<Diagnostic>,
    /// Cards made so far.
    cards: usize,
}

fn replace(scope: &mut Scope, writer: &mut Writer<'_>) {
    scope.subckts.iter_mut().for_each(|subckt| replace(&mut subckt.scope, writer));
    for branch in scope.conditionals.iter_mut().flat_map(|block| &mut block.branches) {
        replace(&mut branch.scope, writer);
    }
    if !scope.elements.iter().any(|e| matches!(e.kind, ElementKind::Array(_))) {
        return;
    }
    let mut taken: HashSet<Symbol> = scope.elements.iter().map(|e| e.name).collect();
    let mut elements = Vec::with_capacity(scope.elements.len());
    for element in std::mem::take(&mut scope.elements) {
        match &element.kind {
            ElementKind::Array(array) => writer.write(&element, array, &mut taken, &mut elements),
            _ => elements.push(element),
        }
    }
    scope.elements = elements;
}

impl Writer<'_> {
    fn write(
        &mut self,
        element: &Element,
        array: &Array,
        taken: &mut HashSet<Symbol>,
        elements: &mut Vec<Element>,
    ) {
        if matches!(array.gain, Some(Value::Number(0.0))) {
            // All of its crossings are open.
            return;
        }
        let name = self.symbols.name(element.name).to_owned();
        self.cards = self.cards.saturating_add(array.matrix.nonzeros().count());
        if self.cards > MOST_CARDS {
            let message =
                format!("with `{}` the arrays are more than {MOST_CARDS} cards", shown(&name));
            self.faults.push(Diagnostic::error(element.span, message));
            return;
        }
        let stem = self.stem(&name, array, taken);
        let ground = self.symbols.intern("0");
        for (row, column, w) in array.matrix.nonzeros() {
            let far = match &array.inverted {
                Some(inverted) if w < 0.0 => inverted.names[column],
                _ => array.columns.names[column],
            };
            let near = array.rows.names[row];
            let kind = match array.form {
                ArrayForm::Resistors => {
                    let Some(value) = resistance(array, w.abs()) else {
                        let message = format!(
                            "the resistor at [{},{}] of `{}` is no finite number of ohms",
                            row + 1,
                            column + 1,
                            shown(&name)
                        );
                        self.faults.push(Diagnostic::error(element.span, message));
                        return;
                    };
                    ElementKind::Resistor { nodes: [near, far], value }
                }
                ArrayForm::Vccs => ElementKind::VoltageControlled {
                    quantity: Quantity::Current,
                    nodes: [near, ground],
                    control: [far, ground],
                    gain: transconductance(array, w),
                },
            };
            let name = self.symbols.intern(&format!("{stem}_{}_{}", row + 1, column + 1));
            taken.insert(name);
            elements.push(Element { name, kind, span: element.span });
        }
    }

    /// The name of a crossing without its numbers, which no card has.
    fn stem(&self, name: &str, array: &Array, taken: &HashSet<Symbol>) -> String {
        let letter = match array.form {
            ArrayForm::Resistors => 'r',
            ArrayForm::Vccs => 'g',
        };
        let mut stem = format!("{letter}{}", name.get(1..).unwrap_or_default());
        let crossings = || array.matrix.nonzeros().map(|(row, column, _)| (row + 1, column + 1));
        let is_taken = |stem: &str| {
            let mut names = crossings().map(|(row, column)| format!("{stem}_{row}_{column}"));
            names.any(|name| self.symbols.get(&name).is_some_and(|name| taken.contains(&name)))
        };
        while is_taken(&stem) {
            stem.push('_');
        }
        stem
    }
}

/// `1 / (gain w)`; `None` where it is no number of ohms.
fn resistance(array: &Array, w: f64) -> Option<Value> {
    match &array.gain {
        None => usable(1.0 / w),
        Some(Value::Number(gain)) => usable(1.0 / (gain * w)),
        Some(Value::Expr(gain)) => {
            let conductance = of(Binary::Mul, number(w, gain), (**gain).clone());
            let value = of(Binary::Div, number(1.0, gain), conductance);
            Some(Value::Expr(Box::new(value)))
        }
    }
}

fn usable(ohms: f64) -> Option<Value> {
    (ohms.is_finite() && ohms != 0.0).then_some(Value::Number(ohms))
}

/// `gain w`
fn transconductance(array: &Array, w: f64) -> Value {
    match &array.gain {
        None => Value::Number(w),
        Some(Value::Number(gain)) => Value::Number(gain * w),
        Some(Value::Expr(gain)) => {
            Value::Expr(Box::new(of(Binary::Mul, number(w, gain), (**gain).clone())))
        }
    }
}

fn number(value: f64, beside: &Expr) -> Expr {
    Expr { kind: ExprKind::Number(value), span: beside.span }
}

fn of(binary: Binary, a: Expr, b: Expr) -> Expr {
    let span = b.span;
    Expr { kind: ExprKind::Binary(binary, Box::new(a), Box::new(b)), span }
}
