//! Faults of the values of a circuit, element by element.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::{
    circuit::{
        Analysis, Array, ArrayForm, Control, Element, ElementId, Kind, NodeId, Parts, Waveform,
    },
    diag::{Diagnostic, Span},
    maps::Map,
    units::format_number,
};

/// Pulses that a source may deliver until the stop time: each has four corners
/// that a transient must land on.
const MOST_PULSES: f64 = 2e6;

/// Values and references that no element may have, and names that stand for two things.
pub(super) fn check(parts: &Parts) -> Vec<Diagnostic> {
    let mut faults = duplicate_names(parts);
    for element in &parts.elements {
        let fault = missing_reference(parts, element)
            .or_else(|| not_finite(element))
            .or_else(|| out_of_range(element))
            .or_else(|| endless(parts, element));
        faults.extend(fault);
    }
    if faults.is_empty() {
        faults.extend(contradicting_capacitors(parts));
    }
    faults
}

fn duplicate_names(parts: &Parts) -> Vec<Diagnostic> {
    let nodes = parts.nodes.iter().map(|n| (n.name.as_str(), n.origin));
    let elements = parts.elements.iter().map(|e| (e.name.as_str(), e.origin));
    let mut faults = duplicates("nodes", nodes);
    faults.extend(duplicates("elements", elements));
    faults
}

/// A table of all names of a large circuit would take longer, and more memory, than all
/// other checks: a name whose hash no other has is alone, and only the rest goes into one.
fn duplicates<'a>(
    what: &str,
    names: impl Iterator<Item = (&'a str, Span)> + Clone,
) -> Vec<Diagnostic> {
    let count = names.size_hint().0;
    let (mut once, mut again) = (HashSieve::new(count), HashSieve::new(count));
    for (name, _) in names.clone() {
        if !once.insert(name) {
            again.insert(name);
        }
    }
    let mut known = Map::default();
    let mut faults = Vec::new();
    for (name, origin) in names.filter(|(name, _)| again.contains(name)) {
        if let Some(first) = known.insert(name, origin) {
            let fault = Diagnostic::error(origin, format!("two {what} are called `{name}`"));
            let fault = fault.with_related(first, "the other one");
            faults.push(fault.with_hint("names inside an instance `x1` begin with `x1.`"));
        }
    }
    faults
}

/// One bit for each hash of a name.
struct HashSieve {
    words: Vec<u64>,
    /// Right shift that leaves as many bits of a hash as count the bits.
    shift: u32,
}

impl HashSieve {
    /// 32 bits or more a name, so that few names share one.
    fn new(names: usize) -> Self {
        let bits = std::cmp::max(64, (32 * names).next_power_of_two());
        Self { words: vec![0; bits / 64], shift: u64::BITS - bits.trailing_zeros() }
    }

    fn place(&self, name: &str) -> (usize, u64) {
        let bit = FixedState::default().hash_one(name) >> self.shift;
        ((bit / 64) as usize, 1 << (bit % 64))
    }

    /// False where the bit of the name was set before.
    fn insert(&mut self, name: &str) -> bool {
        let (word, bit) = self.place(name);
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        is_new
    }

    fn contains(&self, name: &str) -> bool {
        let (word, bit) = self.place(name);
        self.words[word] & bit != 0
    }
}

/// A node or an element that an element refers to and that does not exist.
fn missing_reference(parts: &Parts, element: &Element) -> Option<Diagnostic> {
    let is_node = |n: NodeId| (n.0 as usize) < parts.nodes.len();
    let has_current = |id: ElementId| {
        parts.elements.get(id.0 as usize).is_some_and(|e| e.kind.has_branch_current())
    };
    let exists = |control: &Control| match *control {
        Control::Voltage(a, b) => is_node(a) && is_node(b),
        Control::Current(id) => has_current(id),
    };
    let controls = match &element.kind {
        Kind::VoltageControlled { control: [a, b], .. } => exists(&Control::Voltage(*a, *b)),
        Kind::CurrentControlled { control, .. } => exists(&Control::Current(*control)),
        Kind::Behavioural { law, .. } | Kind::Storage { law, .. } => {
            law.controls.iter().all(exists)
        }
        Kind::Affine { law, .. } => law.terms.iter().all(|(control, _)| exists(control)),
        Kind::Resistor { .. }
        | Kind::Capacitor { .. }
        | Kind::Inductor { .. }
        | Kind::Source { .. } => true,
        Kind::Coupling { inductors, .. } => inductors.iter().all(|id| has_current(*id)),
        Kind::Line { other, .. } => has_current(*other),
        Kind::Device(placed) => placed.control.is_none_or(has_current),
        Kind::Array(array) => array.nodes().iter().all(|node| is_node(*node)),
    };
    (!controls || !element.kind.nodes().iter().all(|node| is_node(*node))).then(|| {
        let message = format!("`{}` refers to a node or current that does not exist", element.name);
        Diagnostic::error(element.origin, message)
    })
}

fn not_finite(element: &Element) -> Option<Diagnostic> {
    let first = |values: &[f64]| values.iter().copied().find(|value| !value.is_finite());
    let wrong = match &element.kind {
        Kind::Resistor { resistance: value, .. }
        | Kind::VoltageControlled { gain: value, .. }
        | Kind::CurrentControlled { gain: value, .. }
        | Kind::Coupling { mutual: value, .. } => first(&[*value]),
        Kind::Capacitor { capacitance: value, initial, .. }
        | Kind::Inductor { inductance: value, initial, .. } => {
            first(&[*value]).or_else(|| initial.as_deref().and_then(|value| first(&[*value])))
        }
        Kind::Source { supply, .. } => {
            first(&supply.wave.numbers()).or_else(|| first(&[supply.dc]))
        }
        // A device is made of checked parameters.
        Kind::Behavioural { .. } | Kind::Device(_) => None,
        Kind::Storage { initial, .. } => initial.as_deref().and_then(|value| first(&[*value])),
        Kind::Array(array) => {
            let values = array.matrix().values().iter().map(|w| array.gain() * w);
            values.chain([array.gain()]).find(|value| !value.is_finite())
        }
        Kind::Line { line, .. } => {
            first(&[line.impedance, line.delay]).or_else(|| first(&line.initial))
        }
        Kind::Affine { law, .. } => {
            let gains = law.terms.iter().map(|(_, gain)| *gain);
            gains.chain([law.constant]).find(|value| !value.is_finite())
        }
    }?;
    let message = format!("a value of `{}` is {wrong}, not a finite number", element.name);
    Some(Diagnostic::error(element.origin, message))
}

fn out_of_range(element: &Element) -> Option<Diagnostic> {
    let name = &element.name;
    let (message, hint) = match &element.kind {
        Kind::Resistor { resistance: 0.0, .. } => (
            format!("`{name}` has 0 ohm"),
            "remove the resistor and join its nodes, or put a voltage source of 0 V there",
        ),
        Kind::Resistor { resistance, .. } if !(1.0 / resistance).is_finite() => (
            format!(
                "`{name}` has {} ohm, whose conductance is beyond the range of numbers",
                format_number(*resistance)
            ),
            "put a voltage source of 0 V there",
        ),
        Kind::Capacitor { capacitance: 0.0, .. } => {
            (format!("`{name}` has 0 F"), "remove the capacitor")
        }
        Kind::Inductor { inductance: 0.0, .. } => {
            (format!("`{name}` has 0 H"), "put a voltage source of 0 V there, or nothing")
        }
        Kind::Line { line, .. } if !(line.impedance > 0.0 && line.delay > 0.0) => (
            format!("`{name}` has an impedance or a delay that is not positive"),
            "`z0` and `td` must be positive",
        ),
        Kind::Array(array) if has_no_rail(array) => (
            format!("`{name}` has a negative entry and no inverted columns"),
            "a resistor is positive: name the nodes that negative entries hang on",
        ),
        Kind::Source { supply, .. } => supply.wave.fault()?,
        _ => return None,
    };
    Some(Diagnostic::error(element.origin, message).with_hint(hint))
}

/// True for resistors whose negative entries hang on nothing.
fn has_no_rail(array: &Array) -> bool {
    let is_negative = |w: &f64| *w < 0.0;
    array.form() == ArrayForm::Resistors
        && !array.has_inverted()
        && array.matrix().values().iter().any(is_negative)
}

/// A train of more pulses than anything could step through.
fn endless(parts: &Parts, element: &Element) -> Option<Diagnostic> {
    let Kind::Source { supply, .. } = &element.kind else { return None };
    let Waveform::Pulse { period, .. } = supply.wave else { return None };
    parts.analyses.iter().find_map(|analysis| match *analysis {
        Analysis::Transient { stop, span, .. } if stop > MOST_PULSES * period => {
            let message = format!(
                "`{}` pulses {:.1e} times until the stop time, more than the {MOST_PULSES:.0e} that can be stepped through",
                element.name,
                stop / period
            );
            let fault = Diagnostic::error(element.origin, message);
            Some(fault.with_related(span, "the stop time is given here"))
        }
        _ => None,
    })
}

/// Capacitors in parallel that are told to start at different voltages.
fn contradicting_capacitors(parts: &Parts) -> Vec<Diagnostic> {
    let mut known: Map<[NodeId; 2], (f64, &Element)> = Map::default();
    let mut faults = Vec::new();
    for element in &parts.elements {
        let Kind::Capacitor { nodes, initial: Some(initial), .. } = &element.kind else { continue };
        let (key, volts) = across(*nodes, **initial);
        if let Some((other, before)) = known.insert(key, (volts, element))
            && other != volts
        {
            let message = format!(
                "`{}` and `{}` are in parallel but start at different voltages",
                before.name, element.name
            );
            let fault = Diagnostic::error(element.origin, message)
                .with_related(before.origin, "the other one");
            faults.push(fault.with_hint("give the same `ic=` to both, or to one of them only"));
        }
    }
    faults
}

/// The pair of nodes in a fixed order, and the voltage in that direction.
pub(crate) fn across(nodes: [NodeId; 2], volts: f64) -> ([NodeId; 2], f64) {
    let [a, b] = nodes;
    if a <= b { ([a, b], volts) } else { ([b, a], -volts) }
}
