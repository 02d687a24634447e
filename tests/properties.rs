//! The properties of a circuit: each fails where it should, and blames who it should.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use std::fs;

use analogon::{
    circuit::{Circuit, Kind},
    equiv::{
        Realisation, Scales, Stock, SynthesisOptions, extract,
        properties::{
            Judgement, Property, PropertyName, PropertyOptions, Reduced, properties, summary,
        },
        synthesise,
    },
    mna::reduce,
    rnn::{Activation, Form, Rnn},
    task::seeded_pulses,
};
use common::{bench::Bench, document::repository};
use proptest::prelude::*;

fn judged(circuit: &Circuit, options: &PropertyOptions) -> Vec<Property> {
    let scales = Scales::from_params(&circuit.parts().params);
    match reduce(circuit) {
        Ok(reduction) => properties(circuit, Reduced::Flow(&reduction), &scales, options),
        Err(_) => properties(circuit, Reduced::Refused, &scales, options),
    }
}

fn with_rails() -> PropertyOptions {
    let stock = Stock { rails: Some(15.0), ..Stock::default() };
    PropertyOptions { stock, ..PropertyOptions::default() }
}

fn of_deck(deck: &str) -> Vec<Property> {
    judged(&common::circuit(deck), &PropertyOptions::default())
}

fn failing(properties: &[Property]) -> Vec<&'static str> {
    let failing = properties.iter().filter(|p| p.verdict == Judgement::Fails);
    failing.map(|p| p.name.name()).collect()
}

fn named<'a>(properties: &'a [Property], name: &str) -> &'a Property {
    properties.iter().find(|p| p.name.name() == name).unwrap()
}

fn fixture(name: &str) -> String {
    fs::read_to_string(repository(&format!("tests/fixtures/properties/{name}.cir"))).unwrap()
}

/// Deck, what fails in it, the element to blame (first of its list), and the value.
const FAILING: [(&str, &[&str], &[&str], f64); 14] = [
    // What has no state acts past one, too.
    ("state", &["isolation"], &["b2"], 0.0),
    ("leak", &[], &["c1"], 0.0),
    // 1 uS beside the 1 mS of the leak.
    ("isolation", &[], &["gc"], 1e-3),
    // 0.1 mS of 1.1 mS.
    ("unilaterality", &[], &["rw2_1"], 1.0 / 11.0),
    // 1 kohm, loaded by its own 1 mS and 0.2 mS: 0.2 / 1.2.
    ("stiffness", &[], &["ro1"], 1.0 / 6.0),
    // 10 kohm to 1 Mohm: 1 / 101.
    ("sense-ports", &[], &["rin1"], 1.0 / 101.0),
    ("no-loop", &[], &["rl", "b1"], 1.0),
    // tanh(z) - z / sqrt(1 + z^2) at its largest, near z = 1.62.
    ("sigma", &[], &["b1"], 0.0737),
    ("scales", &[], &["b1", "c1", "r1"], 0.5),
    ("both-signs", &[], &["c1"], 1.0),
    // |w21| + |w22|, every state at most 1.
    ("linear-range", &[], &["xs2.hf", "b2"], 1.5),
    // 1.2 mS / 100 nF beside 1 / 1 ms.
    ("one-pole", &[], &["cp1"], 12.0),
    ("components", &[], &["rw1_2"], 10.0),
    ("positive", &[], &["rn"], 1.0),
];

#[test]
fn one_deck_fails_each_property_and_blames_the_element() {
    let decks = fs::read_dir(repository("tests/fixtures/properties")).unwrap();
    assert_eq!(decks.count(), FAILING.len() + 1, "every deck has its line here");
    for (name, others, blamed, value) in FAILING {
        let found = of_deck(&fixture(name));
        let mut expected = vec![name];
        expected.extend(others);
        expected.sort_by_key(|n| PropertyName::ALL.iter().position(|p| p.name() == *n));
        assert_eq!(failing(&found), expected, "{name}: {found:#?}");
        let property = named(&found, name);
        assert_eq!(property.elements, blamed, "{property}");
        let measured = property.value.unwrap();
        let tolerance = if name == "sigma" { 1e-4 } else { 1e-9 };
        assert!((measured - value).abs() <= tolerance, "{name}: {measured} instead of {value}");
        assert!(property.margin.unwrap() <= 0.0, "{property}");
    }
}

/// The document's commands print what it says.
#[test]
fn the_document_prints_what_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["none", "unilaterality"] {
        fs::write(folder.path().join(format!("{name}.cir")), fixture(name)).unwrap();
    }
    common::document::check_document("docs/properties.md", folder.path());
}

#[test]
fn a_load_takes_what_the_voltage_across_it_makes() {
    // An output of two resistors hangs on the capacitor of unit 1: 10 kohm with half of its
    // voltage across takes 1/20 of the 1 mS of the leak, and is 1/21 of all.
    let deck = fixture("none")
        .replace("* output\n", "* output\nRz h1 zz 10k\nRzz zz 0 10k\n")
        .replace(".save v(y1)", ".save v(y1) v(zz)");
    let found = of_deck(&deck);
    let property = named(&found, "unilaterality");
    assert!((property.value.unwrap() - 1.0 / 21.0).abs() < 1e-12, "{property}");
    assert_eq!(property.elements, ["rz"]);
}

#[test]
fn the_bound_of_a_wave_holds_and_is_near() {
    for (wave, slack) in [
        ("PULSE(-2 1 0 10u 10u 1m 3m)", 1.0),
        ("PULSE(1 3 0 10u 10u 1m 3m)", 1.0),
        ("SIN(0.5 1 1k)", 1.001),
        ("SIN(-0.5 1 1k 1m 100)", 1.1),
        ("EXP(0 1 0 1m 5m 1m)", 1.01),
        ("EXP(1 -2 0 1m 1m 0.1m)", 5.0),
        ("SFFM(0.2 1 1k 3 100)", 1.001),
        ("AM(2 0.5 100 2k)", 1.01),
        ("PWL(0 0 1m -3 2m 2)", 1.0),
    ] {
        let circuit = common::circuit(&format!("title\nV1 a 0 {wave}\nR1 a 0 1k\n.end\n"));
        let Kind::Source { supply, .. } = &circuit.elements()[0].kind else { panic!("{wave}") };
        let found = &supply.wave;
        let values = (0..=20_000).map(|k| found.value(f64::from(k) * 1e-6).abs());
        let largest = values.max_by(f64::total_cmp).unwrap();
        let bound = found.bound();
        assert!(largest <= bound * (1.0 + 1e-12), "{wave}: {largest} beyond {bound}");
        assert!(bound <= slack * largest * (1.0 + 1e-12), "{wave}: {bound} far from {largest}");
    }
    let circuit = common::circuit("title\nV1 a 0 SIN(0 1 1k 0 -5)\nR1 a 0 1k\n.end\n");
    let Kind::Source { supply, .. } = &circuit.elements()[0].kind else { panic!("a source") };
    assert_eq!(supply.wave.bound(), f64::INFINITY);
}

#[test]
fn a_missing_rail_is_called_by_its_sign() {
    let found = of_deck(&fixture("both-signs"));
    assert_eq!(named(&found, "both-signs").detail, "there is no negative rail of `v(h1)`");
}

#[test]
fn a_sound_deck_has_every_property() {
    let found = of_deck(&fixture("none"));
    assert_eq!(failing(&found), [""; 0]);
    assert_eq!(summary(&found), "13 of 14 hold, 1 is not judged");
    let range = named(&found, "linear-range");
    assert!(range.detail.contains("rail_volts"), "{range}");
    let options = with_rails();
    let found = judged(&common::circuit(&fixture("none")), &options);
    assert_eq!(summary(&found), "14 of 14 hold");
    assert_eq!(named(&found, "linear-range").value, Some(1.5));
    assert_eq!(named(&found, "linear-range").margin, Some(13.5));
}

/// What an extraction refuses fails a property, and the other way round for what the
/// form of a network needs.
#[test]
fn what_is_no_network_fails_a_property() {
    for (name, ..) in FAILING {
        let circuit = common::circuit(&fixture(name));
        let reduction = reduce(&circuit).unwrap();
        let scales = Scales::from_params(&circuit.parts().params);
        let refused = extract(&reduction.lure, &scales).is_err();
        let stops = ["state", "leak", "isolation", "no-loop", "scales", "one-pole"];
        assert_eq!(refused, stops.contains(&name), "{name}");
    }
}

#[test]
fn without_a_normal_form_components_are_judged_all_the_same() {
    let deck = "title\nV1 a 0 SIN(0 1 1k)\nC1 a 0 1u\nR1 a b 100\nC2 b 0 1u\n.end\n";
    let found = of_deck(deck);
    assert_eq!(failing(&found), ["state", "sigma", "components"]);
    assert_eq!(named(&found, "state").elements, ["v1", "c1"]);
    assert_eq!(named(&found, "components").elements, ["r1"]);
    assert_eq!(named(&found, "leak").verdict, Judgement::NotJudged);
    let device = of_deck("title\nV1 a 0 5\nR1 a b 1k\nD1 b 0 d\n.model d d\n.end\n");
    assert_eq!(failing(&device), [""; 0]);
    assert!(named(&device, "sigma").detail.contains("`d1`"));
}

/// A random network whose weights are none or components.
fn network(form: Form, activation: Activation, units: usize, seed: u64) -> Rnn {
    let mut parts = common::random::network(form, activation, units, seed).into_parts();
    let least = |w: f64| if w != 0.0 && w.abs() < 0.02 { 0.02 * w.signum() } else { w };
    parts.recurrent.apply(|w| *w = least(*w));
    parts.input.apply(|w| *w = least(*w));
    parts.bias.apply(|w| *w = least(*w));
    parts.readout.weights.apply(|w| *w = least(*w));
    parts.readout.bias.apply(|w| *w = least(*w));
    Rnn::new(parts).unwrap()
}

fn deck(network: &Rnn, realisation: Realisation) -> String {
    let stimulus = seeded_pulses(2, 7, 1, 20).stimulus(0);
    // So that a leak of 1.3 is still a kiloohm.
    let capacitance = 0.47e-6;
    let options = SynthesisOptions { realisation, capacitance, ..SynthesisOptions::default() };
    synthesise(network, &stimulus, &options).unwrap()
}

/// The card of this name, replaced by others.
fn replaced(deck: &str, name: &str, with: impl Fn(&[&str]) -> String) -> String {
    let mut found = false;
    let lines = deck.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        if words[0] != name {
            return line.to_owned();
        }
        found = true;
        with(&words)
    });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    assert!(found, "no {name} in\n{deck}");
    text
}

fn with_card(deck: &str, card: &str) -> String {
    deck.replace(".end\n", &format!("{card}\n.end\n"))
}

/// A way to break unit `i` of `n`: the deck, the property that must fail, who is to blame.
type Broken = (String, &'static str, String);

fn breaks(deck: &str, form: Form, realisation: Realisation, i: usize, n: usize) -> Vec<Broken> {
    let h = if form == Form::A { 'h' } else { 'u' };
    let k = i % n + 1;
    let opamp = realisation == Realisation::Opamp;
    let mut all = vec![
        (with_card(deck, &format!("Rz {h}{i} {h}{k} 30k")), "isolation", "rz".to_owned()),
        (with_card(deck, &format!("Rz {h}{i} {h}{k} 30k")), "unilaterality", "rz".to_owned()),
        (
            replaced(deck, &format!("R{i}"), |w| format!("{} {} {} -{}", w[0], w[1], w[2], w[3])),
            "positive",
            format!("r{i}"),
        ),
        (
            replaced(deck, &format!("C{i}"), |w| format!("{} {} {} 1f", w[0], w[1], w[2])),
            "components",
            format!("c{i}"),
        ),
    ];
    let quantity = |w: &[&str]| w[3][..1].to_owned();
    let sine = replaced(deck, &format!("B{i}"), |w| {
        format!("{} {} {} {}=sin(v({h}{i}))", w[0], w[1], w[2], quantity(w))
    });
    all.push((sine, "sigma", format!("b{i}")));
    if realisation == Realisation::Ideal {
        let open = replaced(deck, &format!("R{i}"), |_| "* open".to_owned());
        all.push((open, "leak", format!("c{i}")));
    }
    if form == Form::A {
        let slow = replaced(deck, &format!("C{i}"), |w| format!("{} {} {} 3u", w[0], w[1], w[2]));
        all.push((slow, "scales", format!("c{i}")));
    }
    if form == Form::A && opamp {
        let open = replaced(deck, &format!("R{i}"), |_| "* open".to_owned());
        all.push((open, "state", format!("b{i}")));
        all.push((with_card(deck, &format!("Rz a{i} s{i} 50k")), "no-loop", "rz".to_owned()));
        let hung = with_card(deck, &format!("Rz h{i} s{k} 50k"));
        all.push((hung, "unilaterality", "rz".to_owned()));
        let soft = replaced(deck, &format!("Xf{i}"), |w| {
            format!("{} {} zz follower\nRz zz {} 1k", w[0], w[1], w[2])
        });
        all.push((soft, "stiffness", "rz".to_owned()));
        let lag = replaced(deck, &format!("Xf{i}"), |w| {
            format!("{} {} zz follower\nRz zz {2} 1k\nCz {2} 0 100n", w[0], w[1], w[2])
        });
        all.push((lag, "one-pole", "cz".to_owned()));
        let sensed = replaced(deck, &format!("B{i}"), |w| {
            let law = w[3..].join(" ").replace(&format!("e{i}"), "zz");
            format!("Ra e{i} zz 10k\nRz zz 0 1Meg\n{} {} {} {law}", w[0], w[1], w[2])
        });
        all.push((sensed, "sense-ports", "rz".to_owned()));
    }
    all
}

const BOUNDED: [Activation; 3] = [Activation::Tanh, Activation::Logistic, Activation::HardTanh];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What a synthesis writes has every property; what breaks one element breaks the
    /// property that is about it, and this element is among those blamed.
    #[test]
    fn a_broken_element_breaks_its_property(
        seed in 0..1000_u64,
        units in 2..7_usize,
        unit in 0..6_usize,
        form in prop::sample::select(vec![Form::A, Form::B]),
        activation in prop::sample::select(BOUNDED.to_vec()),
    ) {
        let network = network(form, activation, units, seed);
        for realisation in [Realisation::Ideal, Realisation::Opamp] {
            let deck = deck(&network, realisation);
            let options = with_rails();
            let found = judged(&common::circuit(&deck), &options);
            prop_assert_eq!(summary(&found), "14 of 14 hold", "{:#?}\n{}", found, deck);
            for (broken, name, element) in breaks(&deck, form, realisation, unit % units + 1, units) {
                let found = judged(&common::circuit(&broken), &options);
                let property = named(&found, name);
                prop_assert_eq!(property.verdict, Judgement::Fails, "{}\n{}", property, broken);
                prop_assert!(property.elements.contains(&element), "{}: {}\n{}", element, property, broken);
            }
        }
    }
}

#[test]
fn extract_prints_the_table_and_its_json_has_it() {
    let bench = Bench::new();
    bench.write("net.cir", fixture("none"));
    let out = bench.good(&["extract", "net.cir", "--rails", "15"]);
    assert!(out.contains("properties: 14 of 14 hold\n"), "{out}");
    assert!(out.contains("dh1/dt = "), "{out}");
    let found = bench.json(&["extract", "net.cir", "--json"], 0);
    let listed = found["properties"].as_array().unwrap();
    assert_eq!(listed.len(), PropertyName::ALL.len());
    assert!(found["normal_form"].is_null());
    for field in
        ["name", "statement", "value", "threshold", "margin", "unit", "verdict", "elements"]
    {
        assert!(listed[0].get(field).is_some(), "{field}");
    }
    let strict = bench.json(&["extract", "net.cir", "--json", "--resistors", "1k:15k"], 0);
    assert_eq!(strict["properties"][12]["verdict"], "fails");
    assert_eq!(strict["properties"][12]["name"], "components");
    bench.refused(&["extract", "net.cir", "--resistors", "10M:1k"], &["the range is empty"]);
    bench.refused(&["extract", "net.cir", "--resistors", "10"], &["two numbers with a colon"]);
    bench.refused(&["extract", "net.cir", "--rails=-3"], &["must be positive"]);
}

#[test]
fn a_deck_that_is_no_network_says_which_property_fails() {
    let bench = Bench::new();
    bench.write("net.cir", fixture("isolation"));
    let run = bench.run(&["extract", "net.cir"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("FAILS  isolation") && run.out.contains("`gc`"), "{}", run.out);
    let found = bench.json(&["extract", "net.cir", "--json"], 1);
    let a = &found["normal_form"]["A"];
    // The coupling of 1 uS into 1 uF is 1 per second.
    assert_eq!(a[1][0].as_f64().map(|v| (v - 1.0).abs() < 1e-9), Some(true), "{a}");
    bench.write("diode.cir", "title\nV1 a 0 5\nR1 a b 1k\nD1 b 0 d\n.model d d\n.end\n");
    let run = bench.run(&["extract", "diode.cir"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("`d1`") && run.out.contains("holds  components"), "{}", run.out);
    assert_eq!(bench.json(&["extract", "diode.cir", "--json"], 1)["kind"], "none");
}

#[test]
fn verify_warns_and_does_not_refuse() {
    let bench = Bench::new();
    bench.write("net.cir", fixture("components"));
    bench.good(&["extract", "net.cir", "-o", "net.rnn"]);
    let out = bench.good(&["verify", "net.rnn", "net.cir"]);
    assert!(out.starts_with("EQUIVALENT"), "{out}");
    assert!(out.contains("properties  12 of 14 hold, 1 is not judged, 1 fails"), "{out}");
    assert!(out.contains("- components: 10 (at most 1)") && out.contains("`rw1_2`"), "{out}");
    let report = bench.json(&["verify", "net.rnn", "net.cir", "--json"], 0);
    assert_eq!(report["properties"].as_array().map(Vec::len), Some(14));
}
