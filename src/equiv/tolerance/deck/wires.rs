//! A deck whose crossbar has wires with a resistance.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{
    equiv::tolerance::board::{Board, Role},
    units::format_number,
};

/// Where a resistor stands: row and column, from 0.
fn crossing(role: Role, (n, m): (usize, usize)) -> Option<(usize, usize)> {
    match role {
        Role::Recurrent(i, j) => Some((i, j)),
        Role::Input(i, k) => Some((i, n + k)),
        Role::Bias(i) => Some((i, n + m)),
        Role::Readout(k, j) => Some((n + k, j)),
        Role::ReadoutBias(k) => Some((n + k, n + m)),
        Role::Leak(_)
        | Role::Capacitance(_)
        | Role::Height(_)
        | Role::Inverted(_)
        | Role::Feedback(_)
        | Role::Offset(_)
        | Role::Current(_)
        | Role::Element(..) => None,
    }
}

/// The deck with a resistor between neighbouring crossings of every rail and every
/// summing wire, as far as something hangs there.
pub(super) fn laid(deck: &str, board: &Board<'_>) -> String {
    let (n, m, _) = board.network.shape();
    let places: BTreeMap<&str, (usize, usize)> = board
        .parts
        .iter()
        .filter_map(|part| Some((part.name.as_str(), crossing(part.role, (n, m))?)))
        .collect();
    let mut text = String::with_capacity(2 * deck.len());
    // By wire the last crossing.
    let mut lengths: BTreeMap<String, usize> = BTreeMap::new();
    let mut longer = |wire: &str, to: usize| {
        let length = lengths.entry(wire.to_owned()).or_default();
        if to > *length {
            *length = to;
        }
    };
    let mut lines = deck.lines();
    for line in lines.by_ref() {
        if line == ".end" {
            break;
        }
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        match (places.get(name), words.next(), words.next(), words.next()) {
            (Some(&(row, column)), Some(rail), Some(sum), Some(value)) => {
                longer(rail, row + 1);
                longer(sum, column + 1);
                // Writing into a String cannot fail.
                let _ = writeln!(text, "{name} {rail}.{} {sum}.{} {value}", row + 1, column + 1);
            }
            _ => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    text.push_str("* wires of the crossbar\n");
    let ohms = format_number(board.wire);
    for (wire, length) in &lengths {
        let _ = writeln!(text, "Rl{wire}.1 {wire} {wire}.1 {ohms}");
        for k in 2..=*length {
            let _ = writeln!(text, "Rl{wire}.{k} {wire}.{} {wire}.{k} {ohms}", k - 1);
        }
    }
    text.push_str(".end\n");
    text
}
