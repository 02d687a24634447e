//! Dot cards: analyses, outputs, initial conditions, options.

use std::collections::HashSet;

use crate::{
    circuit::{self, Analysis, Control, ElementId, NodeId, Parts, Probe, current_name},
    diag::{Diagnostic, Span},
    elaborate::{analyses, device::ZERO_CELSIUS, flatten::Flat, fourier, requests},
    maps::Map,
    netlist::{
        Netlist,
        ast::{ControlKind, Output, OutputKind, Step, StepTarget, Sweep, Value},
        expr::ExprKind,
        print_expression,
        symbol::Symbol,
    },
    units::si,
};

/// Adds what the dot cards of `netlist` ask for.
pub(super) fn add(netlist: &Netlist, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    let (mut held, mut guessed) = (Map::default(), Map::default());
    for control in &netlist.controls {
        let span = control.span;
        match &control.kind {
            ControlKind::Op => {
                flat.circuit.analyses.push(Analysis::OperatingPoint { span });
            }
            ControlKind::Tran { .. } => transient(&control.kind, span, flat, faults),
            ControlKind::Analysis(analysis) => {
                analyses::add(netlist, analysis, span, flat, faults);
            }
            ControlKind::Save(outputs) => {
                for output in outputs {
                    save(netlist, output, flat, faults);
                }
            }
            ControlKind::Ic(list) => {
                let voltages = node_values(netlist, list, (flat, &mut held), faults);
                flat.circuit.initial.extend(voltages);
            }
            ControlKind::NodeSet(list) => {
                let voltages = node_values(netlist, list, (flat, &mut guessed), faults);
                flat.circuit.guesses.extend(voltages);
            }
            ControlKind::Options(list) => {
                for (name, value, span) in list {
                    option(netlist, *name, (value.as_ref(), *span), flat, faults);
                }
            }
            // They may refer to any analysis and come after all cards.
            ControlKind::Measure(_)
            | ControlKind::Expect(_)
            | ControlKind::Until(_)
            | ControlKind::Data(_) => {}
            ControlKind::Four { frequency, outputs } => {
                fourier::add(netlist, (frequency, outputs, span), flat, faults);
            }
            // `steps` makes decks of them that set one value each.
            ControlKind::Step(step) => temperature(step, span, flat, faults),
        }
    }
    requests::add(netlist, flat, faults);
}

fn refuse_cold(celsius: f64, span: Span, faults: &mut Vec<Diagnostic>) {
    if celsius <= -ZERO_CELSIUS {
        let message = format!("{celsius} °C is not above absolute zero, -273.15 °C");
        faults.push(Diagnostic::error(span, message));
    }
}

/// A single temperature is a setting.
fn temperature(step: &Step, span: Span, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    if let (StepTarget::Temperature, Sweep::List(values)) = (step.target, &step.sweep)
        && let [value] = values.as_slice()
    {
        let degrees = flat.env.value(value, span, faults);
        refuse_cold(degrees, span, faults);
        flat.circuit.options.insert("temp".to_owned(), degrees);
    }
}

/// A print step of 0 is this part of the stop time.
pub(super) const AUTOMATIC_STEP: f64 = 1e-3;

fn transient(kind: &ControlKind, span: Span, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    let ControlKind::Tran { step, stop, start, max_step, uic } = kind else { return };
    let mut step = flat.env.value(step, span, faults);
    let stop = flat.env.value(stop, span, faults);
    if step == 0.0 {
        // As in LTspice: whatever suits.
        step = stop * AUTOMATIC_STEP;
    }
    let start = start.as_ref().map_or(0.0, |v| flat.env.value(v, span, faults));
    let max_step = max_step.as_ref().map(|v| flat.env.value(v, span, faults));
    let mut refuse = |message: String| {
        let hint = "the card reads `.tran step stop [start [max]] [uic]`, in seconds";
        faults.push(Diagnostic::error(span, message).with_hint(hint));
    };
    if step <= 0.0 && stop > 0.0 {
        refuse(format!("the print step of .tran is {}, it must be positive", si(step, "s")));
    }
    if stop <= 0.0 {
        refuse(format!("the stop time of .tran is {}, it must be positive", si(stop, "s")));
    } else if start < 0.0 || start >= stop {
        refuse(format!(
            "the start time of .tran is {}, it must lie between 0 and the stop time of {}",
            si(start, "s"),
            si(stop, "s")
        ));
    }
    if max_step.is_some_and(|h| h <= 0.0) {
        refuse("the largest step of .tran must be positive".to_owned());
    }
    let uic = *uic;
    flat.circuit.analyses.push(Analysis::Transient { step, stop, start, max_step, uic, span });
}

fn save(netlist: &Netlist, output: &Output, flat: &mut Flat<'_>, faults: &mut Vec<Diagnostic>) {
    match output.kind {
        OutputKind::All => save_all(flat),
        OutputKind::Expression(ref expr) => {
            if let Some(formula) = requests::formula(netlist, expr, flat, faults) {
                let name = print_expression(netlist, expr).replace(' ', "");
                let output = circuit::Output { name, formula };
                if !flat.circuit.requests.formulas.contains(&output) {
                    flat.circuit.requests.formulas.push(output);
                }
            }
        }
        OutputKind::Voltage(..) | OutputKind::Current(_) => {
            if let Some(probe) = probe(netlist, output, flat, faults)
                && !flat.circuit.outputs.contains(&probe)
            {
                flat.circuit.outputs.push(probe);
            }
        }
    }
}

/// One voltage or current; `None` for what is neither, and after a fault.
pub(super) fn probe(
    netlist: &Netlist,
    output: &Output,
    flat: &Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Probe> {
    let symbols = &netlist.symbols;
    match output.kind {
        OutputKind::All | OutputKind::Expression(_) => None,
        OutputKind::Voltage(a, b) => {
            let mut find = |name| known_node(netlist, name, output.span, flat, faults);
            let a_id = find(a);
            let b_id = b.map_or(Some(NodeId::GROUND), find);
            let name = match b {
                Some(b) => format!("v({},{})", symbols.name(a), symbols.name(b)),
                None => format!("v({})", symbols.name(a)),
            };
            Some(Probe { name, control: Control::Voltage(a_id?, b_id?) })
        }
        OutputKind::Current(element) => match flat.current(netlist, element, output.span) {
            Ok(control) => Some(Probe { name: current_name(symbols.name(element)), control }),
            Err(fault) => {
                faults.push(*fault);
                None
            }
        },
    }
}

/// Saves all voltages and currents, by the names of the unknowns.
fn save_all(flat: &mut Flat<'_>) {
    let Parts { nodes, elements, outputs, .. } = &mut flat.circuit;
    let voltages = (0..).zip(&*nodes).skip(1).map(|(at, node)| Probe {
        name: format!("v({})", node.name),
        control: Control::Voltage(NodeId(at), NodeId::GROUND),
    });
    let currents = (0..).zip(&*elements).filter(|(_, e)| e.kind.has_branch_current());
    let currents = currents.map(|(at, element)| Probe {
        name: current_name(&element.name),
        control: Control::Current(ElementId(at)),
    });
    let all: Vec<Probe> = voltages.chain(currents).collect();
    let known: HashSet<&str> = all.iter().map(|probe| probe.name.as_str()).collect();
    // What was asked for by another name comes after.
    let others: Vec<Probe> =
        outputs.drain(..).filter(|probe| !known.contains(probe.name.as_str())).collect();
    *outputs = all.into_iter().chain(others).collect();
}

/// The node called `name`, which some element must touch.
pub(super) fn known_node(
    netlist: &Netlist,
    name: Symbol,
    span: Span,
    flat: &Flat<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Option<NodeId> {
    let text = netlist.symbols.name(name);
    let found = flat.node(netlist, name);
    if found.is_none() {
        let fault = Diagnostic::error(span, format!("no element touches a node `{text}`"));
        faults
            .push(fault.with_hint(
                "check the spelling; nodes inside a subcircuit are named like `x1.out`",
            ));
    }
    found
}

/// A node of a card with its voltage.
type Setting = (Symbol, Value, Span);
/// The voltages that cards have given so far, and where.
type Given = Map<NodeId, (f64, Span)>;
/// Nodes with their voltages, V.
type Voltages = Vec<(NodeId, f64)>;

/// The voltages of `.ic` or `.nodeset`; `seen` are those of the cards before.
#[expect(clippy::float_cmp, reason = "the same voltage twice is the same number twice")]
fn node_values(
    netlist: &Netlist,
    list: &[Setting],
    (flat, seen): (&Flat<'_>, &mut Given),
    faults: &mut Vec<Diagnostic>,
) -> Voltages {
    let mut voltages = Vec::with_capacity(list.len());
    for &(name, ref value, span) in list {
        let volts = flat.env.value(value, span, faults);
        let Some(node) = known_node(netlist, name, span, flat, faults) else { continue };
        if node == NodeId::GROUND && volts != 0.0 {
            faults.push(Diagnostic::error(span, "ground is 0 V by definition"));
        }
        match seen.insert(node, (volts, span)) {
            Some((before, place)) if before != volts => {
                let text = netlist.symbols.name(name);
                let message = format!("node `{text}` is {before} V already, not {volts} V");
                faults.push(Diagnostic::error(span, message).with_related(place, "given here"));
            }
            Some(_) => {}
            None => voltages.push((node, volts)),
        }
    }
    voltages
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
    // Temperatures may be anything; the others are tolerances and counts.
    if number <= 0.0 && name != "temp" && name != "tnom" {
        let message = format!("the option `{name}` is {number}, it must be positive");
        faults.push(Diagnostic::error(span, message));
    }
    if name == "temp" || name == "tnom" {
        refuse_cold(number, span, faults);
    }
    flat.circuit.options.insert(name, number);
}
