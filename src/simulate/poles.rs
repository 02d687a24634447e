//! `.pz`: poles and zeros of a transfer function.

use nalgebra::DMatrix;

use crate::{
    circuit::{Circuit, ElementId, Kind, NodeId, Quantity},
    diag::{Diagnostic, Span},
    mna::Mna,
    simulate::{PolesZerosResult, SimulationError, around::Around},
    solve::{SolveError, natural_frequencies},
};

/// What the card asks for.
pub(super) struct Wanted {
    pub(super) input: [NodeId; 2],
    pub(super) output: [NodeId; 2],
    /// A voltage source at the input, else a current source.
    pub(super) is_voltage: bool,
    pub(super) poles: bool,
    pub(super) zeros: bool,
    pub(super) span: Span,
}

/// A square matrix with one more row and column.
fn bordered(matrix: &DMatrix<f64>, column: &[f64], row: &[f64]) -> DMatrix<f64> {
    let size = matrix.nrows();
    let mut larger = matrix.clone().resize(size + 1, size + 1, 0.0);
    for (k, (down, right)) in column.iter().zip(row).enumerate() {
        larger[(k, size)] = *down;
        larger[(size, k)] = *right;
    }
    larger
}

/// 1 at the first node and -1 at the second.
fn between(nodes: [NodeId; 2], size: usize) -> Vec<f64> {
    let mut ends = vec![0.0; size];
    for (node, sign) in nodes.into_iter().zip([1.0, -1.0]) {
        if let Some(unknown) = node.unknown() {
            ends[unknown] += sign;
        }
    }
    ends
}

/// A voltage source across the input, whichever way round.
fn source_across(circuit: &Circuit, input: [NodeId; 2]) -> Option<ElementId> {
    let is_it = |kind: &Kind| match kind {
        Kind::Source { quantity: Quantity::Voltage, nodes, .. } => {
            *nodes == input || *nodes == [input[1], input[0]]
        }
        _ => false,
    };
    let at = circuit.elements().iter().position(|element| is_it(&element.kind))?;
    Some(ElementId(at as u32))
}

/// The poles are the natural frequencies of the circuit with its input in place: shorted by a
/// voltage source, or open to a current source. The zeros are those of the circuit whose
/// output is held at 0 by what is at the input.
pub(super) fn analyse(
    (circuit, mna): (&Circuit, &Mna),
    wanted: &Wanted,
) -> Result<PolesZerosResult, SimulationError> {
    if let Some(line) = circuit.elements().iter().find(|e| matches!(e.kind, Kind::Line { .. })) {
        let message =
            format!("`{}` is a line, which has infinitely many poles and zeros", line.name);
        let fault = Diagnostic::error(line.origin, message)
            .with_related(wanted.span, "they are asked for here")
            .with_hint("`.ac` shows where they are; LC sections in place of the line have some");
        return Err(SimulationError::Circuit(vec![fault]));
    }
    let around = Around::find(circuit, mna, wanted.span)?;
    let (mut g, mut c) = around.matrices();
    let size = g.nrows();
    let ends = between(wanted.input, size);
    let mut drive = vec![0.0; size];
    let across = source_across(circuit, wanted.input);
    match across.and_then(|source| circuit.equations().branch(source)) {
        Some(row) if wanted.is_voltage => drive[row] = 1.0,
        _ if wanted.is_voltage => {
            // A source of its own: its current leaves the first node, its row is its voltage.
            g = bordered(&g, &ends, &ends);
            c = c.resize(size + 1, size + 1, 0.0);
            drive.push(1.0);
        }
        _ => drive = ends,
    }
    let failed = |error| SimulationError::solver(circuit, wanted.span, error);
    let frequencies =
        |g: &DMatrix<f64>, c: &DMatrix<f64>| natural_frequencies(g, c).map_err(failed);
    let poles = if wanted.poles { Some(frequencies(&g, &c)?) } else { None };
    let zeros = if wanted.zeros {
        let output = between(wanted.output, g.nrows());
        let larger = c.clone().resize(g.nrows() + 1, g.nrows() + 1, 0.0);
        let found = natural_frequencies(&bordered(&g, &drive, &output), &larger);
        let found = found.map_err(|error| match error {
            SolveError::Argument(reason) => SolveError::Argument(format!(
                "no zeros: the output may not depend on the input ({reason})"
            )),
            other => other,
        });
        Some(found.map_err(failed)?)
    } else {
        None
    };
    let (span, aid, counters) = (wanted.span, around.aid, around.counters);
    Ok(PolesZerosResult { span, poles, zeros, aid, counters })
}
