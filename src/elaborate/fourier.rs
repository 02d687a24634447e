//! `.four` cards.

use crate::{
    circuit::{Control, Formula, Fourier, Leaf, NodeId, Output, current_name},
    diag::{Diagnostic, Span},
    elaborate::{controls::known_node, flatten::Flat, requests},
    expr::Tree,
    netlist::{
        Netlist,
        ast::{self, OutputKind, Value},
        print_expression,
    },
    units::si,
};

/// Adds what a `.four` card asks for.
pub(super) fn add(
    netlist: &Netlist,
    (frequency, outputs, span): (&Value, &[ast::Output], Span),
    flat: &mut Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let frequency = flat.env.value(frequency, span, faults);
    if frequency <= 0.0 {
        let message =
            format!("the frequency of .four is {}, it must be positive", si(frequency, "Hz"));
        faults.push(Diagnostic::error(span, message));
    }
    let mut found = Vec::new();
    for output in outputs {
        found.extend(one(netlist, output, flat, faults));
    }
    flat.circuit.requests.fourier.push(Fourier { frequency, outputs: found, span });
}

fn one(
    netlist: &Netlist,
    output: &ast::Output,
    flat: &Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Output> {
    let symbols = &netlist.symbols;
    let plain = |name: String, control: Control| {
        let formula = Formula::new(vec![Leaf::Quantity(control)], Tree::Leaf(0));
        Some(Output { name, formula })
    };
    match &output.kind {
        OutputKind::All => {
            let fault = Diagnostic::error(output.span, "`.four` needs the outputs by name");
            faults.push(fault);
            None
        }
        OutputKind::Voltage(a, b) => {
            let name = match b {
                Some(b) => format!("v({},{})", symbols.name(*a), symbols.name(*b)),
                None => format!("v({})", symbols.name(*a)),
            };
            let a = known_node(netlist, *a, output.span, flat, faults);
            let b = match b {
                Some(b) => known_node(netlist, *b, output.span, flat, faults),
                None => Some(NodeId::GROUND),
            };
            plain(name, Control::Voltage(a?, b?))
        }
        OutputKind::Current(element) => match flat.current(netlist, *element, output.span) {
            Ok(control) => plain(current_name(symbols.name(*element)), control),
            Err(fault) => {
                faults.push(*fault);
                None
            }
        },
        OutputKind::Expression(expr) => {
            let formula = requests::formula(netlist, expr, flat, faults)?;
            Some(Output { name: print_expression(netlist, expr).replace(' ', ""), formula })
        }
    }
}
