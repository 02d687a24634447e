//! When which switches are closed, and what the circuit then is.

use crate::{
    circuit::{Circuit, Kind, NodeId, PlacedDevice, Quantity, Waveform, device::Switch},
    mna::{Reduction, reduce},
};

/// A setting of the switches in a period.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Start in the period, s.
    pub start: f64,
    /// s
    pub duration: f64,
    /// Names of the switches that are closed.
    pub closed: Vec<String>,
    /// The circuit with its switches as resistors and its clock at rest.
    pub reduction: Reduction,
}

/// A switch on a clock.
struct Clockwork<'a> {
    element: usize,
    switch: &'a Switch,
    /// The waves between its controls; `None` is ground.
    control: [Option<&'a Waveform>; 2],
    /// The ground of a control, or the source that drives it.
    sources: [Option<usize>; 2],
}

impl Clockwork<'_> {
    /// How far the control is beyond the next threshold.
    fn excess(&self, time: f64, is_on: bool) -> f64 {
        let [plus, minus] = self.control.map(|wave| wave.map_or(0.0, |w| w.value(time)));
        self.switch.excess(&[0.0, plus - minus], is_on)
    }
}

/// The period of the clock and the settings in it; `None` where there is none.
pub(super) fn of(circuit: &Circuit) -> Option<(f64, Vec<Phase>)> {
    let works = clockworks(circuit)?;
    let period = period(&works)?;
    let mut corners: Vec<f64> = Vec::new();
    for wave in works.iter().flat_map(|w| w.control.iter().flatten()) {
        wave.corners(2.0 * period, &mut corners);
    }
    corners.extend([0.0, period, 2.0 * period]);
    corners.sort_by(f64::total_cmp);
    corners.dedup();
    let mut is_on: Vec<bool> = works.iter().map(|_| false).collect();
    let mut phases: Vec<Phase> = Vec::new();
    let mut start = 0.0;
    // The first period brings every switch into the state that it has in all others.
    for piece in corners.windows(2) {
        let is_recorded = piece[0] >= period;
        if piece[0].total_cmp(&period).is_eq() {
            start = period;
        }
        let mut changes: Vec<(f64, usize)> = works
            .iter()
            .enumerate()
            .filter_map(|(at, work)| Some((crossing(work, is_on[at], piece)?, at)))
            .collect();
        changes.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (time, at) in changes {
            if is_recorded && time > start {
                phases.push(phase(circuit, &works, &is_on, (start, time), &phases)?);
                start = time;
            }
            is_on[at] = !is_on[at];
        }
    }
    phases.push(phase(circuit, &works, &is_on, (start, 2.0 * period), &phases)?);
    for phase in &mut phases {
        phase.start -= period;
    }
    Some((period, phases))
}

/// Every switch of the circuit; `None` where there is none, or one that no clock moves.
fn clockworks(circuit: &Circuit) -> Option<Vec<Clockwork<'_>>> {
    let mut works = Vec::new();
    for (element, named) in circuit.elements().iter().enumerate() {
        let Kind::Device(placed) = &named.kind else { continue };
        let PlacedDevice { nodes, device, .. } = &**placed;
        let switch = device.switch().filter(|s| !s.is_current_controlled())?;
        let [plus, minus] = [nodes.get(2)?, nodes.get(3)?].map(|&node| driver(circuit, node));
        let drivers = [plus?, minus?];
        let control = drivers.each_ref().map(|driver| match driver {
            Driver::Ground => None,
            Driver::Source(_, wave) => Some(*wave),
        });
        let sources = drivers.map(|driver| match driver {
            Driver::Ground => None,
            Driver::Source(at, _) => Some(at),
        });
        works.push(Clockwork { element, switch, control, sources });
    }
    (!works.is_empty()).then_some(works)
}

/// What drives the control of a switch.
enum Driver<'a> {
    Ground,
    /// A source to ground, by its place among the elements.
    Source(usize, &'a Waveform),
}

/// What fixes the voltage of a node; `None` where nothing does.
fn driver(circuit: &Circuit, node: NodeId) -> Option<Driver<'_>> {
    if node == NodeId::GROUND {
        return Some(Driver::Ground);
    }
    circuit.elements().iter().enumerate().find_map(|(at, element)| match &element.kind {
        Kind::Source { quantity: Quantity::Voltage, nodes, supply }
            if *nodes == [node, NodeId::GROUND] =>
        {
            Some(Driver::Source(at, &supply.wave))
        }
        _ => None,
    })
}

/// The one period of all pulses.
fn period(works: &[Clockwork<'_>]) -> Option<f64> {
    let mut common = None;
    for wave in works.iter().flat_map(|w| w.control.iter().flatten()) {
        match wave {
            Waveform::Constant(_) => {}
            Waveform::Pulse { period, .. } if period.is_finite() => {
                let same = common.is_none_or(|c: f64| (c / period - 1.0).abs() <= 1e-12);
                if !same {
                    return None;
                }
                common = Some(*period);
            }
            _ => return None,
        }
    }
    common
}

/// When a switch changes its state within a piece on which its control is a straight line.
fn crossing(work: &Clockwork<'_>, is_on: bool, piece: &[f64]) -> Option<f64> {
    let (from, to) = (work.excess(piece[0], is_on), work.excess(piece[1], is_on));
    if from > 0.0 {
        return Some(piece[0]);
    }
    (to > 0.0).then(|| piece[0] + (piece[1] - piece[0]) * (from / (from - to)))
}

/// The circuit while the switches stay as they are, which may be as `earlier`. `None` where it has no normal form.
fn phase(
    circuit: &Circuit,
    works: &[Clockwork<'_>],
    is_on: &[bool],
    (start, end): (f64, f64),
    earlier: &[Phase],
) -> Option<Phase> {
    let mut parts = circuit.parts().clone();
    let mut closed = Vec::new();
    for (work, &is_on) in works.iter().zip(is_on) {
        let element = &mut parts.elements[work.element];
        let [a, b] = [element.kind.nodes()[0], element.kind.nodes()[1]];
        if is_on {
            closed.push(element.name.to_string());
        }
        let resistance = work.switch.resistance(is_on);
        element.kind = Kind::Resistor { nodes: [a, b], resistance, kelvin: None };
        for &source in work.sources.iter().flatten() {
            if let Kind::Source { supply, .. } = &mut parts.elements[source].kind {
                supply.wave = Waveform::Constant(0.0);
            }
        }
    }
    let reduction = match earlier.iter().find(|other| other.closed == closed) {
        Some(same) => same.reduction.clone(),
        None => reduce(&Circuit::new(parts).ok()?).ok()?,
    };
    Some(Phase { start, duration: end - start, closed, reduction })
}
