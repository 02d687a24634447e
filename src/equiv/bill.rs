//! What a circuit is built from: parts, where they connect, what they cost in power and
//! area.
//!
//! Sources of a deck that stand for amplifiers become amplifiers: a 0 V source whose
//! current comes out as a voltage is an inverting amplifier with its feedback resistor, a
//! voltage copied is a follower, and a voltage amplified a thousand times or more an
//! open amplifier. What no part does, such as a source with a law, is a cell, and said.

mod kicad;
mod recognise;
mod table;

use std::collections::BTreeMap;

use crate::{
    circuit::{Circuit, Kind, NodeId},
    units::{Series, si},
};

pub use kicad::kicad_netlist;
pub use table::bill_csv;

/// Kinds of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Pins 1 and 2.
    Resistor,
    /// Pins 1 and 2.
    Capacitor,
    /// Pins 1 and 2.
    Inductor,
    /// An operational amplifier: 1 output, 2 negative supply, 3 and 4 positive and negative
    /// input, 5 positive supply, as usual in a SOT-23-5.
    Amplifier,
    /// 1 cathode, 2 anode.
    Diode,
    /// 1 base, 2 emitter, 3 collector.
    Npn,
    /// 1 base, 2 emitter, 3 collector.
    Pnp,
    /// 1 gate, 2 source, 3 drain.
    Nmos,
    /// 1 gate, 2 source, 3 drain.
    Pmos,
    /// 1 drain, 2 source, 3 gate.
    Njf,
    /// 1 drain, 2 source, 3 gate.
    Pjf,
    /// Where an independent source is plugged in; pins 1 and 2.
    Connector,
    /// What no single part does: a source with a law, a switch, a line.
    Cell,
}

impl PartKind {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Resistor => "resistor",
            Self::Capacitor => "capacitor",
            Self::Inductor => "inductor",
            Self::Amplifier => "op-amp",
            Self::Diode => "diode",
            Self::Npn => "NPN transistor",
            Self::Pnp => "PNP transistor",
            Self::Nmos => "NMOS transistor",
            Self::Pmos => "PMOS transistor",
            Self::Njf => "N-channel JFET",
            Self::Pjf => "P-channel JFET",
            Self::Connector => "connector",
            Self::Cell => "cell",
        }
    }

    /// The letter of its references.
    fn letter(self) -> &'static str {
        match self {
            Self::Resistor => "R",
            Self::Capacitor => "C",
            Self::Inductor => "L",
            Self::Amplifier => "U",
            Self::Diode => "D",
            Self::Npn | Self::Pnp | Self::Nmos | Self::Pmos | Self::Njf | Self::Pjf => "Q",
            Self::Connector => "J",
            Self::Cell => "X",
        }
    }

    /// The footprint in the libraries of KiCad, and the area of its courtyard, mm^2.
    fn package(self) -> Option<(&'static str, f64)> {
        match self {
            Self::Resistor => Some(("Resistor_SMD:R_0603_1608Metric", 4.3)),
            Self::Capacitor => Some(("Capacitor_SMD:C_0805_2012Metric", 6.7)),
            Self::Inductor => Some(("Inductor_SMD:L_0805_2012Metric", 6.7)),
            Self::Amplifier => Some(("Package_TO_SOT_SMD:SOT-23-5", 13.9)),
            Self::Diode => Some(("Diode_SMD:D_SOD-123", 10.8)),
            Self::Npn | Self::Pnp | Self::Nmos | Self::Pmos | Self::Njf | Self::Pjf => {
                Some(("Package_TO_SOT_SMD:SOT-23", 13.1))
            }
            Self::Connector => {
                Some(("Connector_PinHeader_2.54mm:PinHeader_1x02_P2.54mm_Vertical", 22.0))
            }
            Self::Cell => None,
        }
    }
}

/// What a part is worth.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Worth {
    /// A number in the SI unit of its kind: exact, and as bought.
    Value {
        /// As the deck says.
        exact: f64,
        /// From the series, where there is one.
        bought: f64,
    },
    /// A name.
    Text(String),
}

/// One part.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Part {
    /// Such as `R17`.
    pub reference: String,
    /// What it is.
    pub kind: PartKind,
    /// What it is worth.
    pub worth: Worth,
    /// The net of each pin, from pin 1.
    pub nets: Vec<String>,
    /// The element of the deck.
    pub element: String,
}

impl Part {
    /// Its value as text, such as `10k`.
    #[must_use]
    pub fn value(&self) -> String {
        match &self.worth {
            Worth::Value { bought, .. } => si(*bought, self.unit()),
            Worth::Text(text) => text.clone(),
        }
    }

    fn unit(&self) -> &'static str {
        match self.kind {
            PartKind::Capacitor => "F",
            PartKind::Inductor => "H",
            _ => "ohm",
        }
    }
}

/// Choices of a bill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BillOptions {
    /// Series of resistors; `None`: exact values.
    pub resistors: Option<Series>,
    /// Series of capacitors and inductors; `None`: exact values.
    pub capacitors: Option<Series>,
    /// Supplies of the amplifiers, plus and minus, V.
    pub supply: f64,
    /// Current of one amplifier from its supplies, A.
    pub quiescent: f64,
}

impl Default for BillOptions {
    fn default() -> Self {
        Self {
            resistors: Some(Series::E96),
            capacitors: Some(Series::E12),
            supply: 5.0,
            quiescent: 1e-3,
        }
    }
}

/// Parts of one kind and value.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Line {
    /// What they are.
    pub kind: PartKind,
    /// Their value as text.
    pub value: String,
    /// How many.
    pub quantity: usize,
    /// Their references.
    pub references: Vec<String>,
    /// Their footprint.
    pub footprint: Option<&'static str>,
}

/// The parts of a circuit.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Bill {
    /// First line of the deck.
    pub title: String,
    /// One by one.
    #[serde(skip)]
    pub parts: Vec<Part>,
    /// By kind and value.
    pub lines: Vec<Line>,
    /// Largest relative error of a value as bought, and the element that has it.
    pub rounding: Option<(f64, String)>,
    /// Elements that no part does.
    pub cells: Vec<String>,
    /// Power of the amplifiers at rest, W.
    pub quiescent_watts: f64,
    /// Area of the board, mm^2: twice the courtyards of all parts.
    pub area_mm2: f64,
}

/// Names of the supplies of amplifiers.
const SUPPLIES: [&str; 2] = ["VEE", "VCC"];
/// Wires and gaps take as much room as the parts.
const ROUTING: f64 = 2.0;

/// The parts of a circuit, in the order of its elements.
#[must_use]
pub fn bill(circuit: &Circuit, options: &BillOptions) -> Bill {
    let mut parts = recognise::parts(circuit);
    let mut rounding: Option<(f64, String)> = None;
    for part in &mut parts {
        let series = match part.kind {
            PartKind::Resistor => options.resistors,
            PartKind::Capacitor | PartKind::Inductor => options.capacitors,
            _ => None,
        };
        let (Worth::Value { exact, bought }, Some(series)) = (&mut part.worth, series) else {
            continue;
        };
        // A link of 0 ohm is bought as that.
        if *exact > 0.0 {
            *bought = series.nearest(*exact);
            let error = (*bought / *exact - 1.0).abs();
            if rounding.as_ref().is_none_or(|(worst, _)| error > *worst) {
                rounding = Some((error, part.element.clone()));
            }
        }
    }
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for part in &mut parts {
        let number = numbers.entry(part.kind.letter()).or_default();
        *number += 1;
        part.reference = format!("{}{number}", part.kind.letter());
    }
    let cells: Vec<String> =
        parts.iter().filter(|p| p.kind == PartKind::Cell).map(|p| p.element.clone()).collect();
    let amplifiers = parts.iter().filter(|p| p.kind == PartKind::Amplifier).count();
    let areas = parts.iter().filter_map(|p| Some(p.kind.package()?.1));
    Bill {
        title: circuit.parts().title.clone(),
        lines: lines(&parts),
        rounding,
        cells,
        quiescent_watts: amplifiers as f64 * options.quiescent * 2.0 * options.supply,
        area_mm2: ROUTING * areas.sum::<f64>(),
        parts,
    }
}

/// Parts of one kind and value together, by kind and size.
fn lines(parts: &[Part]) -> Vec<Line> {
    let mut sorted: Vec<&Part> = parts.iter().collect();
    let size = |part: &Part| match part.worth {
        Worth::Value { bought, .. } => bought,
        Worth::Text(_) => 0.0,
    };
    sorted.sort_by(|a, b| a.kind.cmp(&b.kind).then(size(a).total_cmp(&size(b))));
    let mut lines: Vec<Line> = Vec::new();
    for part in sorted {
        let value = part.value();
        match lines.iter_mut().rev().find(|l| l.kind == part.kind && l.value == value) {
            Some(line) => {
                line.quantity += 1;
                line.references.push(part.reference.clone());
            }
            None => lines.push(Line {
                kind: part.kind,
                value,
                quantity: 1,
                references: vec![part.reference.clone()],
                footprint: part.kind.package().map(|p| p.0),
            }),
        }
    }
    lines
}

/// Power in the resistors of a circuit whose nodes have those voltages, W; `volts` gives
/// that of a node by its name, V.
#[must_use]
pub fn dissipation(circuit: &Circuit, volts: &dyn Fn(&str) -> f64) -> f64 {
    let nodes = &circuit.parts().nodes;
    let elements = circuit.elements().iter();
    let volts = |node: NodeId| match node.unknown() {
        Some(_) => volts(&nodes[node.0 as usize].name),
        None => 0.0,
    };
    let powers = elements.filter_map(|element| match element.kind {
        Kind::Resistor { nodes: [a, b], resistance, .. } => Some((a, b, resistance)),
        // The feedback of an amplifier is a resistor of the board.
        _ => recognise::inverting(circuit, element),
    });
    powers.map(|(a, b, resistance)| (volts(a) - volts(b)).powi(2) / resistance).sum()
}
