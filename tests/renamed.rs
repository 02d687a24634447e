//! Names, order and comments of a deck mean nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test may stop, say what it skips, and read files"
)]

mod common;

use analogon::{
    diag::NoSources,
    elaborate::elaborate,
    equiv::{MatchedBy, Realisation, Scales, SynthesisOptions, compare, extract, synthesise},
    mna::reduce,
    netlist::{
        self, Netlist,
        symbol::{Interner, Symbol},
    },
    rnn::{Activation, Form, Rnn},
    task::seeded_pulses,
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// The deck with its cards shuffled, its comments gone, and all nodes, elements and
/// subcircuits renamed (but for the letters that say what an element is).
fn disguised(deck: &str, rng: &mut ChaCha8Rng) -> Netlist {
    let mut netlist = netlist::parse("deck.cir", deck, &NoSources).netlist;
    netlist.scope.elements.shuffle(rng);
    netlist.controls.shuffle(rng);
    let count = netlist.symbols.len() as u32;
    let mut numbers: Vec<u32> = (1000..1000 + count).collect();
    numbers.shuffle(rng);
    let mut renamed = Interner::default();
    for (symbol, number) in (0..count).map(Symbol).zip(numbers) {
        let name = netlist.symbols.name(symbol);
        let keep = ["0", "reltol"].contains(&name) || Scales::NAMES.contains(&name);
        let name = if keep { name.to_owned() } else { format!("{}{number}", &name[..1]) };
        assert_eq!(renamed.intern(&name), symbol);
    }
    netlist.symbols = renamed;
    let text = netlist::print(&netlist);
    let parsed = netlist::parse("disguised.cir", &text, &NoSources);
    assert!(
        parsed.diagnostics.is_empty(),
        "{}",
        analogon::diag::render(&parsed.map, &parsed.diagnostics)
    );
    parsed.netlist
}

/// The network with the signs of every third unit turned.
fn turned(network: &Rnn) -> Rnn {
    let mut parts = network.clone().into_parts();
    for unit in (0..network.units()).step_by(3) {
        parts.recurrent.row_mut(unit).neg_mut();
        parts.recurrent.column_mut(unit).neg_mut();
        parts.input.row_mut(unit).neg_mut();
        parts.bias[unit] = -parts.bias[unit];
        parts.readout.weights.column_mut(unit).neg_mut();
    }
    Rnn::new(parts).unwrap()
}

fn check(network: &Rnn, built: &Rnn, realisation: Realisation, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let stimulus = seeded_pulses(network.shape().1, 1, 1, 20).stimulus(0);
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    let deck = synthesise(built, &stimulus, &options).unwrap();
    let circuit = elaborate(&disguised(&deck, &mut rng)).unwrap();
    let reduction = reduce(&circuit).unwrap();
    let extracted =
        extract(&reduction.lure, &Scales::from_params(&circuit.parts().params)).unwrap();
    let structure = compare(network, &extracted, 1e-9).unwrap();
    assert!(structure.holds, "{:?}", structure.differences.first());
    assert_eq!(structure.matching.by, MatchedBy::Invariants);
}

#[test]
fn random_networks_are_recognised_in_disguise() {
    for seed in 0..10 {
        let activation = [Activation::Tanh, Activation::Logistic][seed as usize % 2];
        for form in [Form::A, Form::B] {
            let network = common::random::network(form, activation, 9, seed);
            for realisation in [Realisation::Ideal, Realisation::Opamp] {
                check(&network, &network, realisation, seed);
            }
        }
    }
}

#[test]
fn the_signs_of_units_with_an_odd_activation_are_a_convention() {
    for seed in 0..10 {
        for form in [Form::A, Form::B] {
            let network = common::random::network(form, Activation::Tanh, 9, seed);
            check(&network, &turned(&network), Realisation::Opamp, seed);
        }
    }
}

#[test]
fn trained_networks_are_recognised_in_disguise() {
    for name in
        ["and_n50_orthogonal.hdf5", "flipflop3_n400_epoch20.hdf5", "and_n500_orthogonal_bias.hdf5"]
    {
        let Some(loaded) = common::network(name) else { return };
        check(&loaded.network, &turned(&loaded.network), Realisation::Opamp, 5);
    }
}
