//! A netlist that KiCad's board editor imports.
//!
//! Source: KiCad developer documentation, the intermediate netlist (format E): components
//! with values and footprints, parts with their pins, and nets with the pins on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::equiv::bill::{Bill, Part, PartKind};

/// Names of the pins of a kind, from pin 1.
fn pin_names(kind: PartKind) -> &'static [&'static str] {
    match kind {
        PartKind::Amplifier => &["OUT", "V-", "IN+", "IN-", "V+"],
        PartKind::Diode => &["K", "A"],
        PartKind::Npn | PartKind::Pnp => &["B", "E", "C"],
        PartKind::Nmos | PartKind::Pmos => &["G", "S", "D"],
        PartKind::Njf | PartKind::Pjf => &["D", "S", "G"],
        PartKind::Resistor
        | PartKind::Capacitor
        | PartKind::Inductor
        | PartKind::Connector
        | PartKind::Cell => &["1", "2", "3", "4", "5", "6", "7", "8"],
    }
}

/// The bill's parts and nets as a netlist for KiCad, "Import Netlist" of the board editor.
///
/// Cells have no footprint, so that KiCad says that they are missing.
#[must_use]
pub fn kicad_netlist(bill: &Bill) -> String {
    let mut text = String::from("(export (version \"E\")\n");
    let title = quoted(bill.title.trim_start_matches(['*', ' ']));
    let _ = writeln!(
        text,
        "  (design (source {title}) (tool \"analogon {}\"))",
        env!("CARGO_PKG_VERSION")
    );
    text.push_str("  (components");
    for part in &bill.parts {
        component(&mut text, part);
    }
    text.push_str(")\n  (libparts");
    let kinds: BTreeMap<PartKind, usize> =
        bill.parts.iter().map(|part| (part.kind, part.nets.len())).collect();
    for (kind, pins) in kinds {
        let _ = write!(
            text,
            "\n    (libpart (lib \"analogon\") (part {})\n      (pins",
            quoted(kind.name())
        );
        for (at, name) in pin_names(kind).iter().take(pins).enumerate() {
            let _ = write!(
                text,
                "\n        (pin (num \"{}\") (name \"{name}\") (type \"passive\"))",
                at + 1
            );
        }
        text.push_str("))");
    }
    text.push_str(")\n  (nets");
    let mut nets: BTreeMap<&str, Vec<(&Part, usize)>> = BTreeMap::new();
    for part in &bill.parts {
        for (at, net) in part.nets.iter().enumerate() {
            nets.entry(net).or_default().push((part, at));
        }
    }
    // As the parts name them.
    let mut seen = BTreeSet::new();
    let order = bill.parts.iter().flat_map(|p| &p.nets).filter(|net| seen.insert(net.as_str()));
    for (code, net) in order.enumerate() {
        let _ = write!(text, "\n    (net (code \"{}\") (name {})", code + 1, quoted(net));
        for (part, at) in &nets[net.as_str()] {
            let name = pin_names(part.kind).get(*at).copied().unwrap_or("?");
            let _ = write!(
                text,
                "\n      (node (ref \"{}\") (pin \"{}\") (pinfunction \"{name}\"))",
                part.reference,
                at + 1
            );
        }
        text.push(')');
    }
    text.push_str("))\n");
    text
}

fn component(text: &mut String, part: &Part) {
    let _ = write!(
        text,
        "\n    (comp (ref \"{}\")\n      (value {})",
        part.reference,
        quoted(&part.value())
    );
    if let Some((footprint, _)) = part.kind.package() {
        let _ = write!(text, "\n      (footprint \"{footprint}\")");
    }
    let _ = write!(
        text,
        "\n      (fields (field (name \"Deck\") {}))\n      (libsource (lib \"analogon\") (part {})))",
        quoted(&part.element),
        quoted(part.kind.name())
    );
}

/// A string of an S-expression.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
