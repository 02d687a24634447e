//! Which source of the normal form the voltage of a node comes from.

use crate::{
    circuit::{Circuit, Kind, NodeId, Quantity},
    dae::Sizes,
    mna::{Adjoint, Source},
};

/// What a node carries, with states and nonlinearities as sources.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Signal {
    /// Nothing that changes.
    Quiet,
    /// So many volts per unit of one source, and nothing of another.
    One(Source, f64),
    /// A sum.
    Many,
}

/// A response below this part of the largest of its source is rounding.
const ROUNDING: f64 = 1e-9;

/// The signal of every node, ground first.
pub(super) fn signals(circuit: &Circuit, adjoint: &Adjoint, sizes: &Sizes) -> Vec<Signal> {
    let nodes = circuit.parts().nodes.len();
    let mut signals = vec![Signal::Quiet; nodes];
    let sources = (0..sizes.states)
        .map(Source::State)
        .chain((0..sizes.nonlinearities).map(Source::Phi))
        .chain((0..sizes.inputs).map(Source::Input));
    for source in sources {
        let response = adjoint.response(source);
        let volts = response.range(..nodes - 1).map(|(node, v)| (node + 1, *v));
        let largest = volts.clone().map(|(_, v)| v.abs()).fold(0.0, super::larger);
        for (node, v) in volts.filter(|(_, v)| v.abs() > ROUNDING * largest) {
            signals[node] = match signals[node] {
                Signal::Quiet => Signal::One(source, v),
                Signal::One(..) | Signal::Many => Signal::Many,
            };
        }
    }
    signals
}

/// True for the nodes that constant sources tie to ground.
pub(super) fn references(circuit: &Circuit) -> Vec<bool> {
    let mut known = vec![false; circuit.parts().nodes.len()];
    known[0] = true;
    loop {
        let mut grown = false;
        for element in circuit.elements() {
            let Kind::Source { quantity: Quantity::Voltage, nodes: [a, b], supply } = &element.kind
            else {
                continue;
            };
            let [a, b] = [a, b].map(|n: &NodeId| n.0 as usize);
            if matches!(supply.wave, crate::circuit::Waveform::Constant(_)) && known[a] != known[b]
            {
                (known[a], known[b], grown) = (true, true, true);
            }
        }
        if !grown {
            return known;
        }
    }
}
