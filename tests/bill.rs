//! Bills of materials: every element becomes its parts, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::collections::BTreeMap;

use analogon::{
    equiv::{
        SynthesisOptions,
        bill::{BillOptions, PartKind, Worth, bill, bill_csv, kicad_netlist},
        synthesise,
    },
    rnn::{Activation, Form},
    task::seeded_pulses,
    units::Series,
};
use common::{
    bench::Bench,
    document::{check_document, repository},
};

const BOARD: &str = "a board
V1 in 0 SIN(0 1 1k)
Vcc vcc 0 12
R1 in s 10k
Vs s 0 0
Hf out 0 Vs -4700
Ef buf 0 out 0 1
E2 o2 0 buf o2 100k
Q1 c b 0 nmod
M1 d b 0 0 mmod
D1 b 0 dmod
R2 vcc c 2.2k
R3 vcc d 2.2k
R4 buf b 1k
C1 o2 0 100n
B1 z 0 V=tanh(v(o2))
.model nmod npn
.model mmod nmos
.model dmod d
.tran 1u 1m
.end
";

/// Atoms and lists of an S-expression.
#[derive(Debug)]
enum Sexpr {
    Atom(String),
    List(Vec<Sexpr>),
}

impl Sexpr {
    fn parse(text: &str) -> Self {
        let mut open: Vec<Vec<Self>> = vec![Vec::new()];
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '(' => open.push(Vec::new()),
                ')' => {
                    let list = open.pop().expect("balanced");
                    open.last_mut().expect("balanced").push(Self::List(list));
                }
                '"' => {
                    let mut atom = String::new();
                    while let Some(c) = chars.next() {
                        match c {
                            '\\' => atom.extend(chars.next()),
                            '"' => break,
                            c => atom.push(c),
                        }
                    }
                    open.last_mut().unwrap().push(Self::Atom(atom));
                }
                c if c.is_whitespace() => {}
                c => {
                    let mut atom = c.to_string();
                    while let Some(c) = chars.next_if(|c| !c.is_whitespace() && !"()".contains(*c))
                    {
                        atom.push(c);
                    }
                    open.last_mut().unwrap().push(Self::Atom(atom));
                }
            }
        }
        assert_eq!(open.len(), 1, "balanced");
        open.pop().unwrap().pop().unwrap()
    }

    fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Atom(_) => &[],
        }
    }

    /// The lists in this one that start with `head`.
    fn all<'a>(&'a self, head: &'a str) -> impl Iterator<Item = &'a Self> {
        self.items().iter().filter(
            move |item| matches!(item.items().first(), Some(Self::Atom(atom)) if atom == head),
        )
    }

    /// The atom after `head`.
    fn get<'a>(&'a self, head: &'a str) -> &'a str {
        match self.all(head).next().and_then(|list| list.items().get(1)) {
            Some(Self::Atom(atom)) => atom,
            _ => panic!("{head} is missing"),
        }
    }
}

/// By reference, the value and the nets of the pins of a netlist for KiCad.
fn read(netlist: &str) -> BTreeMap<String, (String, Vec<String>)> {
    let root = Sexpr::parse(netlist);
    let mut parts = BTreeMap::new();
    for component in root.all("components").next().unwrap().all("comp") {
        let value = component.get("value").to_owned();
        parts.insert(component.get("ref").to_owned(), (value, Vec::new()));
    }
    for net in root.all("nets").next().unwrap().all("net") {
        for node in net.all("node") {
            let pins = &mut parts.get_mut(node.get("ref")).expect("a part that exists").1;
            let pin: usize = node.get("pin").parse().unwrap();
            if pins.len() < pin {
                pins.resize(pin, String::new());
            }
            assert!(pins[pin - 1].is_empty(), "a pin is on one net");
            net.get("name").clone_into(&mut pins[pin - 1]);
        }
    }
    parts
}

#[test]
fn every_pin_is_where_the_deck_says() {
    let circuit = common::circuit(BOARD);
    let bill = bill(&circuit, &BillOptions { resistors: None, ..BillOptions::default() });
    let parts = read(&kicad_netlist(&bill));
    let by_element = |name: &str| -> Vec<(String, Vec<&str>)> {
        let of = bill.parts.iter().filter(|part| part.element == name);
        of.map(|part| {
            let (value, pins) = &parts[&part.reference];
            (value.clone(), pins.iter().map(String::as_str).collect())
        })
        .collect()
    };
    let one = |name: &str| by_element(name).pop().unwrap().1;
    assert_eq!(one("r1"), ["in", "s"]);
    // The inverting amplifier: output, supplies and inputs, and its feedback.
    let inverting = by_element("hf");
    assert_eq!(inverting[0].1, ["out", "VEE", "GND", "s", "VCC"]);
    assert_eq!(inverting[1], ("4.7 kohm".to_owned(), vec!["s", "out"]));
    assert!(by_element("vs").is_empty(), "the sense source is in the amplifier");
    assert_eq!(one("ef"), ["buf", "VEE", "out", "buf", "VCC"], "a follower");
    assert_eq!(one("e2"), ["o2", "VEE", "buf", "o2", "VCC"], "an open amplifier");
    // Base, emitter, collector; gate, source, drain; cathode, anode.
    assert_eq!(one("q1"), ["b", "GND", "c"]);
    assert_eq!(one("m1"), ["b", "GND", "d"]);
    assert_eq!(one("d1"), ["GND", "b"]);
    assert_eq!(one("v1"), ["in", "GND"]);
    assert_eq!(bill.cells, ["b1"]);
}

#[test]
fn quantities_are_those_of_the_deck() {
    let circuit = common::circuit(BOARD);
    let bill = bill(&circuit, &BillOptions::default());
    let csv = bill_csv(&bill);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let (mut total, mut resistors) = (0, 0);
    for row in rows.records() {
        let row = row.unwrap();
        let quantity: usize = row[1].parse().unwrap();
        assert_eq!(row[0].split(' ').count(), quantity, "{row:?}");
        total += quantity;
        if &row[2] == "resistor" {
            resistors += quantity;
        }
    }
    assert_eq!(total, bill.parts.len());
    assert_eq!(resistors, 5, "four, and the feedback");
    let twice = bill.lines.iter().find(|l| l.value == "2.21 kohm").unwrap();
    assert_eq!(twice.quantity, 2, "2.2k of E96 is 2.21k, bought twice");
    assert_eq!(bill.quiescent_watts, 3.0 * 1e-3 * 10.0);
}

/// The board of a network: a resistor a weight, three amplifiers a unit.
#[test]
fn a_network_has_the_parts_of_its_formulas() {
    for form in [Form::A, Form::B] {
        let network = common::random::network(form, Activation::Tanh, 7, 3);
        let stimulus = seeded_pulses(2, 7, 1, 20).stimulus(0);
        let deck = synthesise(&network, &stimulus, &SynthesisOptions::default()).unwrap();
        let circuit = common::circuit(&deck);
        let options = BillOptions {
            resistors: Some(Series::E24),
            capacitors: None,
            ..BillOptions::default()
        };
        let bill = bill(&circuit, &options);
        let count = |kind: PartKind| bill.parts.iter().filter(|p| p.kind == kind).count();
        assert_eq!(count(PartKind::Capacitor), 7);
        assert_eq!(count(PartKind::Cell), 7, "sigma");
        let parts = network.parts();
        let of_weights = [&parts.recurrent, &parts.input, &parts.readout.weights]
            .into_iter()
            .flat_map(|m| m.iter())
            .chain(parts.bias.iter())
            .chain(parts.readout.bias.iter())
            .filter(|w| **w != 0.0)
            .count();
        let amplifiers = count(PartKind::Amplifier);
        assert!(amplifiers >= 7 + 2 + 2, "{amplifiers}");
        assert!(count(PartKind::Resistor) >= of_weights + 7);
        assert!(count(PartKind::Resistor) <= of_weights + 7 + 2 * amplifiers);
        for part in &bill.parts {
            if let (PartKind::Resistor, Worth::Value { exact, bought }) = (part.kind, &part.worth) {
                // From 13k to 15k the steps of E24 are longest: 7.2 % either way.
                assert!((bought / exact - 1.0).abs() < 0.075, "{part:?}");
                assert_eq!(Series::E24.nearest(*bought), *bought);
            }
        }
        let (worst, _) = bill.rounding.clone().unwrap();
        assert!(worst > 0.01 && worst < 0.075);
        read(&kicad_netlist(&bill));
    }
}

#[test]
fn the_command_writes_what_it_says() {
    let bench = Bench::new();
    let written = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
    // 10 V over 2 kohm, half the time: 25 mW.
    let deck = "power\nV1 a 0 PULSE(0 10 0 1n 1n 0.5m 1m)\nR1 a b 1k\nR2 b 0 1k\nX1 b n o amp\n\
                R3 o n 1Meg\nR4 n 0 1Meg\n.model amp opamp(a0=1e5)\n.tran 1u 2m\n.end\n";
    bench.write("power.cir", deck);
    let files = ["--csv", "parts.csv", "--kicad", "board.net"];
    let json = bench.json(&[&["bill", "power.cir", "--json"], &files[..]].concat(), 0);
    let watts = json["resistor_watts"].as_f64().unwrap();
    assert!((watts / 25e-3 - 1.0).abs() < 1e-2, "{watts}");
    assert_eq!(json["quiescent_watts"], 0.01);
    assert!(written("parts.csv").contains("U1,1,op-amp,op-amp,Package_TO_SOT"));
    let parts = read(&written("board.net"));
    assert_eq!(parts["U1"].1, ["o", "VEE", "b", "n", "VCC"], "a model is an amplifier");
    // 10 V over 10k, and what its current makes of 20k of feedback, half the time: 15 mW.
    let deck = "inverting\nV1 a 0 PULSE(0 10 0 1n 1n 0.5m 1m)\nR1 a s 10k\nVs s 0 0\n\
                Hf o 0 Vs -20k\nR2 o 0 1G\n.tran 1u 2m\n.end\n";
    bench.write("inverting.cir", deck);
    let json = bench.json(&["bill", "inverting.cir", "--json"], 0);
    let watts = json["resistor_watts"].as_f64().unwrap();
    assert!((watts / 15e-3 - 1.0).abs() < 1e-2, "{watts}");
    bench.refused(&["bill", "power.cir", "--supply=-3"], &["must not be negative"]);
    bench.write("cell.cir", "cell\nV1 a 0 1\nB1 b 0 V=sin(v(a))\nR1 b 0 1k\n.end\n");
    let run = bench.run(&["bill", "cell.cir"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("1 cell that no single part does: b1"), "{}", run.out);
}

#[test]
fn the_page_prints_what_the_program_prints() {
    let bench = Bench::new();
    let name = "inverting.cir";
    bench.write(name, std::fs::read(repository("tests/fixtures").join(name)).unwrap());
    check_document("docs/building.md", &bench.path(""));
}
