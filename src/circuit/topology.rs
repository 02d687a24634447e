//! Faults of a circuit that can be seen without solving it.
//!
//! Whether a circuit is refused is decided by the rank of its equations: ideal
//! amplifiers close loops of controlled sources that are perfectly regular.
//! Graphs only find the words for it, and the loops of independent sources,
//! which are wrong whatever is around them.

use std::collections::VecDeque;

use crate::{
    circuit::{
        Array, ArrayForm, Circuit, Element, ElementId, Entry, Equations, Kind, NodeId, Parts,
        Quantity, equations::pair,
    },
    diag::{Diagnostic, Span},
    linalg::{SparseLu, StructurallySingular, Symbolic, Triplet, assemble},
};

/// Faults of the dynamic problem.
pub(super) fn check(circuit: &Circuit) -> Vec<Diagnostic> {
    let parts = circuit.parts();
    if let Some(fault) = missing_ground(parts) {
        return vec![fault];
    }
    let read_only = untouched(parts);
    if !read_only.is_empty() {
        return read_only;
    }
    let mut faults = Vec::new();
    if let Some(cycle) = cycle(parts, is_voltage_source) {
        faults.push(loop_fault(parts, &cycle, "voltage sources, whose current nothing determines"));
        return faults;
    }
    let floating = unreached(parts, |e| relates_voltages(e, true));
    if floating.is_empty() && parts.elements.iter().all(is_positive) {
        return faults;
    }
    let equations = circuit.equations();
    if (!floating.is_empty() || !equations.conductance.is_empty() || !equations.arrays.is_empty())
        && let Some(open) = deficient(equations, true, !floating.is_empty())
    {
        // Only those that float together with the node in question: others may be
        // tied by controlled sources.
        let places = [open.equation, Some(open.unknown)].into_iter().flatten();
        let mut nodes = places.map(|place| NodeId(place as u32 + 1));
        let together = match nodes.find(|node| floating.contains(node)) {
            Some(node) => connected(parts, node, |e| relates_voltages(e, true)),
            None => Vec::new(),
        };
        match together.is_empty() {
            false => faults.push(floating_fault(parts, &together)),
            true => faults.push(rank_fault(parts, equations, open.unknown)),
        }
    }
    faults
}

/// Faults of the problem with capacitors open and inductors short.
pub(super) fn check_dc(circuit: &Circuit) -> Vec<Diagnostic> {
    let parts = circuit.parts();
    if let Some(cycle) = cycle(parts, |e| is_voltage_source(e) || is_inductor(e)) {
        return vec![loop_fault(
            parts,
            &cycle,
            "voltage sources and inductors, which are short at DC, so that nothing determines their current",
        )];
    }
    let floating = unreached(parts, |e| relates_voltages(e, false));
    if floating.is_empty() || deficient(circuit.equations(), false, true).is_none() {
        return Vec::new();
    }
    let names: Vec<&str> = floating.iter().map(|n| node_name(parts, *n)).collect();
    let origin = parts.nodes[floating[0].0 as usize].origin;
    let (subject, verb) = match names.as_slice() {
        [one] => (format!("node `{one}`"), "has"),
        many => (format!("nodes {}", list(many)), "have"),
    };
    vec![
        Diagnostic::error(origin, format!("{subject} {verb} no DC path to ground"))
            .with_hint("add a large resistor to ground, or start the transient with `uic`"),
    ]
}

fn missing_ground(parts: &Parts) -> Option<Diagnostic> {
    let grounded = parts.elements.iter().any(|e| e.kind.nodes().contains(&NodeId::GROUND));
    if grounded {
        return None;
    }
    let Some(first) = parts.elements.first() else {
        return Some(Diagnostic {
            span: None,
            ..Diagnostic::error(Span::default(), "the circuit has no elements")
        });
    };
    let fault = Diagnostic::error(first.origin, "no element touches ground");
    Some(fault.with_hint("call the reference node `0`"))
}

/// Nodes that no element is connected to: ports left open inside an instance, and
/// names that only a control refers to.
fn untouched(parts: &Parts) -> Vec<Diagnostic> {
    let mut touched = vec![false; parts.nodes.len()];
    for node in parts.elements.iter().flat_map(|e| e.kind.nodes()) {
        touched[node.0 as usize] = true;
    }
    let open = parts.nodes.iter().zip(touched).skip(1).filter(|(_, touched)| !touched);
    open.map(|(node, _)| {
        let message = format!("no element is connected to node `{}`", node.name);
        Diagnostic::error(node.origin, message)
            .with_hint("is its name misspelt? reading its voltage does not connect it")
    })
    .collect()
}

fn is_voltage_source(element: &Element) -> bool {
    matches!(element.kind, Kind::Source { quantity: Quantity::Voltage, .. })
}

fn is_inductor(element: &Element) -> bool {
    matches!(
        element.kind,
        Kind::Inductor { .. } | Kind::Storage { quantity: Quantity::Voltage, .. }
    )
}

/// True for what never delivers energy, and for sources that nothing controls. Where all
/// elements are such, all nodes are tied to ground and no voltage sources form a loop, the
/// equations are regular: of a solution without sources the power that resistors, inductors
/// and capacitors take over a step is 0, so that all voltages are, and then all currents.
fn is_positive(element: &Element) -> bool {
    match element.kind {
        Kind::Resistor { resistance: value, .. }
        | Kind::Capacitor { capacitance: value, .. }
        | Kind::Inductor { inductance: value, .. } => value > 0.0,
        Kind::Source { .. } => true,
        _ => false,
    }
}

/// True where the element ties the voltages of its terminals together.
fn relates_voltages(element: &Element, dynamic: bool) -> bool {
    match element.kind {
        Kind::Resistor { .. } | Kind::Device(_) => true,
        Kind::Array(ref array) => array.form() == ArrayForm::Resistors,
        Kind::Capacitor { .. } | Kind::Storage { quantity: Quantity::Current, .. } => dynamic,
        _ => element.kind.has_branch_current(),
    }
}

/// True for what delivers a current whatever the voltage across it.
fn is_current_source(element: &Element) -> bool {
    !relates_voltages(element, true)
}

fn node_name(parts: &Parts, node: NodeId) -> &str {
    &parts.nodes[node.0 as usize].name
}

/// `a`, `b` and `c`, at most eight of them.
pub(crate) fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(8).map(|n| format!("`{n}`")).collect();
    match (names.len() > shown.len(), shown.as_slice()) {
        (true, _) => format!("{} and {} more", shown.join(", "), names.len() - shown.len()),
        (false, [init @ .., last]) if !init.is_empty() => format!("{} and {last}", init.join(", ")),
        (false, _) => shown.join(""),
    }
}

fn floating_fault(parts: &Parts, floating: &[NodeId]) -> Diagnostic {
    let names: Vec<&str> = floating.iter().map(|n| node_name(parts, *n)).collect();
    let origin = parts.nodes[floating[0].0 as usize].origin;
    let message = match names.as_slice() {
        [one] => format!("node `{one}` floats: nothing ties its voltage to ground"),
        many => format!("nodes {} float: nothing ties their voltages to ground", list(many)),
    };
    let mut touching =
        parts.elements.iter().filter(|e| e.kind.nodes().iter().any(|n| floating.contains(n)));
    let hint = match touching.all(is_current_source) {
        true => "only current sources meet here; add a resistor or a capacitor",
        false => "connect it to the rest of the circuit, or add a resistor to ground",
    };
    Diagnostic::error(origin, message).with_hint(hint)
}

/// A loop of elements as an error at the last of them; `what` says of what, and
/// why that cannot be.
pub(crate) fn loop_fault(parts: &Parts, cycle: &[ElementId], what: &str) -> Diagnostic {
    let element = |id: &ElementId| &parts.elements[id.0 as usize];
    let names: Vec<&str> = cycle.iter().map(|id| &*element(id).name).collect();
    let message = match names.as_slice() {
        [one] => format!("`{one}` has both ends on one node"),
        many => format!("{} form a loop of {what}", list(many)),
    };
    let closing = cycle.last().map(|id| element(id).origin).unwrap_or_default();
    let fault = Diagnostic::error(closing, message)
        .with_hint("put a resistor into the loop, or remove one of them");
    cycle
        .iter()
        .rev()
        .skip(1)
        .take(8)
        .fold(fault, |fault, id| fault.with_related(element(id).origin, "also part of the loop"))
}

/// Says which unknown the equations leave open.
fn rank_fault(parts: &Parts, equations: &Equations, unknown: usize) -> Diagnostic {
    let nodes = parts.nodes.len() - 1;
    if unknown < nodes {
        let node = &parts.nodes[unknown + 1];
        let message = format!("nothing determines the voltage of node `{}`", node.name);
        return Diagnostic::error(node.origin, message)
            .with_hint("only current sources, or controlled sources that cancel, meet there");
    }
    let owner =
        (0..parts.elements.len() as u32).find(|&e| equations.branch(ElementId(e)) == Some(unknown));
    let element = &parts.elements[owner.unwrap_or(0) as usize];
    let message = format!("nothing determines the current of `{}`", element.name);
    Diagnostic::error(element.origin, message).with_hint(match element.kind {
        Kind::Affine { .. } | Kind::VoltageControlled { .. } | Kind::CurrentControlled { .. } => {
            "its law cancels against itself, an algebraic loop without a solution, or it stands in a loop of sources and short circuits"
        }
        _ => "it stands in a loop of sources and short circuits; put a resistor there",
    })
}

/// What equations leave open.
struct Open {
    /// An unknown that they do not determine.
    unknown: usize,
    /// An equation without an unknown left for it.
    equation: Option<usize>,
}

fn triplets(entries: &[Entry]) -> impl Iterator<Item = Triplet> + Clone {
    entries.iter().map(|e| (e.row, e.column, e.value))
}

/// What the equations leave open: by structural rank, and where `numeric` is asked
/// for, by a factorisation. Laws and capacitors count as generic values.
///
/// Of an array first those resistors count that connect its nodes, and no source: where
/// the equations are regular with them they are so with the others, but for a few values
/// of these. That spares an entry a crossing.
fn deficient(equations: &Equations, dynamic: bool, numeric: bool) -> Option<Open> {
    if equations.arrays.is_empty() {
        return left_open((equations, &equations.conductance), dynamic, numeric);
    }
    let mut trees = equations.conductance.clone();
    for crossing in equations.arrays.iter().flat_map(Array::tree) {
        // Sums of powers of two are exact, so that no rounding passes for a way to ground.
        let conductance = crossing.value.abs().log2().round().exp2();
        pair(&mut trees, crossing.nodes, crossing.nodes, conductance);
    }
    let open = left_open((equations, &trees), dynamic, numeric)?;
    // The other resistors connect what is connected already, so that only sources may help.
    let sources = equations.arrays.iter().filter(|array| array.form() == ArrayForm::Vccs);
    let before = trees.len();
    trees.extend(sources.flat_map(Array::couplings));
    match trees.len() > before {
        true => left_open((equations, &trees), dynamic, numeric),
        false => Some(open),
    }
}

/// The same where G has the entries of `conductance`.
fn left_open(
    (equations, conductance): (&Equations, &[Entry]),
    dynamic: bool,
    numeric: bool,
) -> Option<Open> {
    // A step of 1 µs weighs usual capacitors about as much as usual resistors.
    let (charge, device_charge) = match dynamic {
        true => (equations.charge.as_slice(), equations.device_charge.as_slice()),
        false => Default::default(),
    };
    // Any values do; these are all different.
    let law_values = (1..).map(|nth: u32| 1.0 + f64::from(nth).sqrt().fract());
    let laws = equations.law_places.iter().zip(law_values);
    let all = triplets(conductance)
        .chain(triplets(charge).map(|(row, column, value)| (row, column, value * 1e6)))
        .chain(triplets(device_charge))
        .chain(triplets(&equations.device_conductance))
        .chain(laws.map(|(&(row, column), value)| (row, column, value)));
    let (pattern, values) = assemble(equations.size, all);
    let unmatched = |singular: StructurallySingular| Open {
        unknown: singular.unmatched_columns.first().copied().unwrap_or(0),
        equation: singular.unmatched_rows.first().copied(),
    };
    if !numeric {
        return Symbolic::check(&pattern).err().map(unmatched);
    }
    match Symbolic::analyse(&pattern) {
        Err(singular) => Some(unmatched(singular)),
        Ok(symbolic) => {
            let error = SparseLu::new(symbolic).factor(&values).err()?;
            Some(Open { unknown: error.column(), equation: None })
        }
    }
}

/// The first loop that the elements kept by `keep` close.
pub(crate) fn cycle(parts: &Parts, keep: impl Fn(&Element) -> bool) -> Option<Vec<ElementId>> {
    let mut sets = Sets::new(parts.nodes.len());
    let kept = || {
        let kept = parts.elements.iter().enumerate().filter(|(_, element)| keep(element));
        kept.filter_map(|(at, element)| {
            let ends = element.kind.pair()?.map(|node| node.0 as usize);
            Some((ElementId(at as u32), ends))
        })
    };
    let (closing, [a, b]) = kept().find(|(_, [a, b])| !sets.join(*a, *b))?;
    let mut adjacent: Vec<Vec<(usize, ElementId)>> = vec![Vec::new(); parts.nodes.len()];
    for (id, [a, b]) in kept().take_while(|(id, _)| *id != closing) {
        adjacent[a].push((b, id));
        adjacent[b].push((a, id));
    }
    let mut path = path(&adjacent, a, b);
    path.push(closing);
    Some(path)
}

/// The elements on the way from `from` to `to`, which are connected.
fn path(adjacent: &[Vec<(usize, ElementId)>], from: usize, to: usize) -> Vec<ElementId> {
    let mut came: Vec<Option<(usize, ElementId)>> = vec![None; adjacent.len()];
    let mut queue = VecDeque::from([from]);
    while let Some(node) = queue.pop_front() {
        for &(next, element) in &adjacent[node] {
            if next != from && came[next].is_none() {
                came[next] = Some((node, element));
                queue.push_back(next);
            }
        }
    }
    let mut elements = Vec::new();
    let mut node = to;
    while let Some((before, element)) = came[node] {
        elements.push(element);
        node = before;
    }
    elements
}

/// The nodes that the elements kept by `keep` do not connect to ground.
pub(crate) fn unreached(parts: &Parts, keep: impl Fn(&Element) -> bool) -> Vec<NodeId> {
    let mut sets = Sets::new(parts.nodes.len());
    let ways = parts.elements.iter().filter(|e| keep(e)).flat_map(|e| e.kind.ways());
    for [a, b] in ways.map(|way| way.map(|n| n.0 as usize)) {
        sets.join(a, b);
    }
    let ground = sets.find(0);
    (1..parts.nodes.len()).filter(|&n| sets.find(n) != ground).map(|n| NodeId(n as u32)).collect()
}

/// The nodes that the elements kept by `keep` connect to `node`, itself included.
fn connected(parts: &Parts, node: NodeId, keep: impl Fn(&Element) -> bool) -> Vec<NodeId> {
    let mut sets = Sets::new(parts.nodes.len());
    let ways = parts.elements.iter().filter(|e| keep(e)).flat_map(|e| e.kind.ways());
    for [a, b] in ways.map(|way| way.map(|n| n.0 as usize)) {
        sets.join(a, b);
    }
    let root = sets.find(node.0 as usize);
    (0..parts.nodes.len()).filter(|&n| sets.find(n) == root).map(|n| NodeId(n as u32)).collect()
}

/// Disjoint sets of nodes.
pub(super) struct Sets {
    parent: Vec<u32>,
}

impl Sets {
    pub(super) fn new(count: usize) -> Self {
        Self { parent: (0..count as u32).collect() }
    }

    pub(super) fn find(&mut self, mut at: usize) -> usize {
        while self.parent[at] as usize != at {
            self.parent[at] = self.parent[self.parent[at] as usize];
            at = self.parent[at] as usize;
        }
        at
    }

    /// False where both are in one set already.
    pub(super) fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a] = b as u32;
        a != b
    }
}
