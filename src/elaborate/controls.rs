//! Dot cards: analyses, outputs, initial conditions, options.

use crate::{
    circuit::{Analysis, Control, NodeId, Probe},
    diag::{Diagnostic, Span},
    elaborate::flatten::{Flat, find_branch},
    netlist::{
        Netlist,
        ast::{ControlKind, Output, OutputKind, Value},
        expr::ExprKind,
        symbol::Symbol,
    },
};

/// Adds what the dot cards of `netlist` ask for.
pub(super) fn add(netlist: &Netlist, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    for control in &netlist.controls {
        let span = control.span;
        match &control.kind {
            ControlKind::Op => {
                flat.circuit.analyses.push(Analysis::OperatingPoint { span });
            }
            ControlKind::Tran { .. } => transient(&control.kind, span, flat, faults),
            ControlKind::Save(outputs) => {
                for output in outputs {
                    save(netlist, output, flat, faults);
                }
            }
            ControlKind::Ic(list) => {
                for (name, value, span) in list {
                    if let Some(entry) = node_value(netlist, *name, (value, *span), flat, faults) {
                        flat.circuit.initial.push(entry);
                    }
                }
            }
            ControlKind::NodeSet(list) => {
                for (name, value, span) in list {
                    if let Some(entry) = node_value(netlist, *name, (value, *span), flat, faults) {
                        flat.circuit.guesses.push(entry);
                    }
                }
            }
            ControlKind::Options(list) => {
                for (name, value, span) in list {
                    option(netlist, *name, (value.as_ref(), *span), flat, faults);
                }
            }
        }
    }
}

fn transient(kind: &ControlKind, span: Span, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    let ControlKind::Tran { step, stop, start, max_step, uic } = kind else { return };
    let step = flat.env.value(step, span, faults);
    let stop = flat.env.value(stop, span, faults);
    let start = start.as_ref().map_or(0.0, |v| flat.env.value(v, span, faults));
    let max_step = max_step.as_ref().map(|v| flat.env.value(v, span, faults));
    let mut refuse = |message: String| faults.push(Diagnostic::error(span, message));
    if step <= 0.0 {
        refuse(format!("the print step of .tran is {step} s, it must be positive"));
    }
    if stop <= 0.0 {
        refuse(format!("the stop time of .tran is {stop} s, it must be positive"));
    }
    if start < 0.0 || start >= stop {
        refuse(format!(
            "the start time of .tran is {start} s, it must lie between 0 and the stop time"
        ));
    }
    if max_step.is_some_and(|h| h <= 0.0) {
        refuse("the largest step of .tran must be positive".to_owned());
    }
    let uic = *uic;
    flat.circuit.analyses.push(Analysis::Transient { step, stop, start, max_step, uic, span });
}

fn save(netlist: &Netlist, output: &Output, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    let symbols = &netlist.symbols;
    let probe = match output.kind {
        OutputKind::All => return,
        OutputKind::Voltage(a, b) => {
            let find = |name: Symbol, faults: &mut Vec<Diagnostic>| {
                known_node(netlist, name, output.span, flat, faults)
            };
            let a_id = find(a, faults);
            let b_id = b.map_or(Some(NodeId::GROUND), |b| find(b, faults));
            let (Some(a_id), Some(b_id)) = (a_id, b_id) else { return };
            let name = match b {
                Some(b) => format!("v({},{})", symbols.name(a), symbols.name(b)),
                None => format!("v({})", symbols.name(a)),
            };
            Probe { name, control: Control::Voltage(a_id, b_id) }
        }
        OutputKind::Current(element) => {
            match find_branch(netlist, &flat.names, element, output.span) {
                Ok(control) => Probe { name: format!("i({})", symbols.name(element)), control },
                Err(fault) => {
                    faults.push(*fault);
                    return;
                }
            }
        }
    };
    flat.circuit.outputs.push(probe);
}

/// The node called `name`, which some element must touch.
fn known_node(
    netlist: &Netlist,
    name: Symbol,
    span: Span,
    flat: &Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<NodeId> {
    let text = netlist.symbols.name(name);
    let inner =
        || flat.circuit.nodes.iter().position(|n| n.name == text).map(|at| NodeId(at as u32));
    let found = flat.names.node(netlist, name).or_else(inner);
    if found.is_none() {
        let fault = Diagnostic::error(span, format!("no element touches a node `{text}`"));
        faults
            .push(fault.with_hint(
                "check the spelling; nodes inside a subcircuit are named like `x1.out`",
            ));
    }
    found
}

fn node_value(
    netlist: &Netlist,
    name: Symbol,
    (value, span): (&Value, Span),
    flat: &Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<(NodeId, f64)> {
    let volts = flat.env.value(value, span, faults);
    let node = known_node(netlist, name, span, flat, faults)?;
    if node == NodeId::GROUND && volts != 0.0 {
        faults.push(Diagnostic::error(span, "ground is 0 V by definition"));
        return None;
    }
    Some((node, volts))
}

fn option(
    netlist: &Netlist,
    name: Symbol,
    (value, span): (Option<&Value>, Span),
    flat: &mut Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let name = netlist.symbols.name(name).to_owned();
    if name == "method" {
        if let Some(Value::Expr(expr)) = value
            && let ExprKind::Name(method) = expr.kind
        {
            flat.circuit.method = Some(netlist.symbols.name(method).to_owned());
        } else {
            let fault = Diagnostic::error(span, "`method` takes a name");
            faults.push(fault.with_hint("`method=trap` or `method=gear`"));
        }
        return;
    }
    let number = value.map_or(1.0, |v| flat.env.value(v, span, faults));
    flat.circuit.options.insert(name, number);
}
