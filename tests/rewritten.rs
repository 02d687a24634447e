//! extract after synthesise is the identity, however the circuit is written: parts
//! split in series and in parallel, buried in subcircuits, renamed, in another order.
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
    equiv::{MatchedBy, Realisation, Scales, SynthesisOptions, compare, extract, synthesise},
    mna::reduce,
    rnn::{Activation, Form, Rnn},
    task::seeded_pulses,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// The cards of a deck, continuation lines joined, comments gone.
fn cards(deck: &str) -> Vec<String> {
    let mut cards: Vec<String> = Vec::new();
    for line in deck.lines().skip(1).filter(|l| !l.starts_with('*')) {
        match line.strip_prefix('+') {
            Some(rest) => cards.last_mut().unwrap().push_str(rest),
            None => cards.push(line.to_owned()),
        }
    }
    cards
}

/// One part as several that are the same.
fn split(card: &str, at: usize, rng: &mut ChaCha8Rng) -> Vec<String> {
    let words: Vec<&str> = card.split(' ').collect();
    let [name, a, b] = [words[0], words[1], words[2]];
    let value: f64 = words[words.len() - 1].parse().unwrap();
    let part = rng.random_range(0.1..0.9);
    let inner = format!("inner{at}");
    let linear = |factor: f64| format!("{:e}", value * factor);
    match (&name[..1], rng.random_range(0..4)) {
        ("R", 0) => vec![
            format!("{name}a {a} {inner} {}", linear(part)),
            format!("{name}b {inner} {b} {}", linear(1.0 - part)),
        ],
        ("R", 1) => vec![
            format!("{name}a {a} {b} {}", linear(1.0 / part)),
            format!("{name}b {b} {a} {}", linear(1.0 / (1.0 - part))),
        ],
        // Two levels of subcircuits, the part's ends the other way round inside.
        ("R", 2) => vec![
            format!(".subckt one{at} b a v=1"),
            "Rin a b {v}".to_owned(),
            ".ends".to_owned(),
            format!(".subckt two{at} x y"),
            format!("Xin x y one{at} v={}", linear(1.0)),
            ".ends".to_owned(),
            format!("X{name} {a} {b} two{at}"),
        ],
        ("C", 0 | 1) => vec![
            format!("{name}a {a} {b} {}", linear(part)),
            format!("{name}b {b} {a} {}", linear(1.0 - part)),
        ],
        ("G", 0 | 1) => {
            let [c, d] = [words[3], words[4]];
            vec![
                format!("{name}a {a} {b} {c} {d} {}", linear(part)),
                format!("{name}b {b} {a} {d} {c} {}", linear(1.0 - part)),
            ]
        }
        _ => vec![card.to_owned()],
    }
}

/// Every word that `is` one, renamed at random.
fn renamed(cards: &[String], is: impl Fn(&str) -> bool, rng: &mut ChaCha8Rng) -> Vec<String> {
    let mut numbers: Vec<u32> = (1..100_000).collect();
    numbers.shuffle(rng);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut word = |word: &str| -> String {
        if !is(word) {
            return word.to_owned();
        }
        let next = numbers[names.len()];
        names.entry(word.to_owned()).or_insert_with(|| format!("n{next}")).clone()
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut all = Vec::new();
    for card in cards {
        let mut text = String::new();
        let mut rest = card.as_str();
        while let Some(start) = rest.find(is_part) {
            text.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            text.push_str(&word(&rest[..end]));
            rest = &rest[end..];
        }
        all.push(text + rest);
    }
    all
}

/// Letters that a synthesis calls its nodes by, with a number behind.
fn is_node(word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let nodes =
        ["h", "u", "e", "s", "a", "p", "m", "q", "x", "n", "g", "y", "r", "qx", "qix", "inner"];
    letters.len() < word.len() && nodes.contains(&letters)
}

/// Elements of the top level with nothing left of their names but the first letter.
fn anonymous(body: &str, rng: &mut ChaCha8Rng) -> String {
    let mut numbers: Vec<u32> = (1..100_000).collect();
    numbers.shuffle(rng);
    let mut inside = 0;
    let lines = body.lines().zip(numbers).map(|(line, number)| {
        inside += usize::from(line.starts_with(".subckt"));
        let stays = inside > 0 || line.starts_with('.');
        inside -= usize::from(line.starts_with(".ends"));
        match line.split_once(' ') {
            Some((name, rest)) if !stays => format!("{}{number} {rest}", &name[..1]),
            _ => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn rewritten(deck: &str, seed: u64) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let all = cards(deck);
    let (mut parts, mut fixed, mut inside) = (Vec::new(), Vec::new(), false);
    for (at, card) in all.iter().enumerate() {
        inside |= card.starts_with(".subckt");
        let splits = !inside && card.starts_with(['R', 'C', 'G']);
        match card.chars().next() {
            _ if inside => fixed.push(card.clone()),
            Some('.') => {}
            _ if splits => parts.push(split(card, at, &mut rng).join("\n")),
            _ => parts.push(card.clone()),
        }
        inside &= !card.starts_with(".ends");
    }
    parts.shuffle(&mut rng);
    let controls = all.iter().filter(|c| c.starts_with('.'));
    let kept = ["param", "options", "tran", "save"];
    let controls = controls.filter(|c| kept.iter().any(|k| c[1..].starts_with(k))).cloned();
    let lines: Vec<String> = controls.chain(parts).collect();
    let body = anonymous(&renamed(&lines, is_node, &mut rng).join("\n"), &mut rng);
    format!("rewritten\n{}\n{}\n.end\n", fixed.join("\n"), body)
}

fn check(network: &Rnn, realisation: Realisation, seed: u64) -> f64 {
    let stimulus = seeded_pulses(network.shape().1, 1, 1, 20).stimulus(0);
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    let deck = rewritten(&synthesise(network, &stimulus, &options).unwrap(), seed);
    let circuit = common::circuit(&deck);
    let reduction = reduce(&circuit).unwrap();
    let scales = Scales::from_params(&circuit.parts().params);
    let extracted = extract(&reduction.lure, &scales).unwrap_or_else(|e| panic!("{e}\n{deck}"));
    let structure = compare(network, &extracted, 1e-9).unwrap();
    assert_eq!(structure.matching.by, MatchedBy::Invariants);
    assert!(structure.holds, "{:?}\n{deck}", structure.differences);
    structure.max_relative
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// To 1e-12 with controlled sources and to 1e-9 with op-amps.
    #[test]
    fn however_it_is_written_a_circuit_is_the_same_network(
        seed in 0..100_000_u64,
        units in 2..12_usize,
        form in prop::sample::select(vec![Form::A, Form::B]),
        activation in prop::sample::select(
            Activation::ALL.into_iter().filter(|a| *a != Activation::Linear).collect::<Vec<_>>()
        ),
    ) {
        let network = common::random::network(form, activation, units, seed);
        for (realisation, bound) in [(Realisation::Ideal, 1e-12), (Realisation::Opamp, 1e-9)] {
            let worst = check(&network, realisation, seed);
            prop_assert!(worst <= bound, "{} as {}: {:e}", activation, realisation, worst);
        }
    }
}
