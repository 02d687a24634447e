//! A network becomes a deck and is read back from its text.
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
    equiv::{Realisation, Scales, SynthesisOptions, compare, extract, synthesise},
    mna::reduce,
    rnn::Rnn,
    task::seeded_pulses,
};

/// The largest relative difference of any coefficient after text, circuit and reduction.
fn round_trip(network: &Rnn, realisation: Realisation) -> f64 {
    let stimulus = seeded_pulses(network.shape().1, 1, 1, 60).stimulus(0);
    let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
    let deck = synthesise(network, &stimulus, &options).unwrap();
    let circuit = common::circuit(&deck);
    let reduction = reduce(&circuit).unwrap();
    let scales = Scales::from_params(&circuit.parts().params);
    let extracted = extract(&reduction.lure, &scales).unwrap();
    let structure = compare(network, &extracted, 1e-9).unwrap();
    assert!(structure.holds, "{structure:?}");
    structure.max_relative
}

const NETWORKS: [&str; 10] = [
    "and_n50_orthogonal.hdf5",
    "and_n50_orthogonal_initial.hdf5",
    "xor_n50_orthogonal.hdf5",
    "set_reset_n50_orthogonal.hdf5",
    "and_n500_orthogonal_bias.hdf5",
    "flipflop3_n400_epoch20.hdf5",
    "flipflop3_n400_epoch14_failed.hdf5",
    "multitask_n200.hdf5",
    "decision_n100_orthogonal_keras3.hdf5",
    "decision_n100_normal_keras3.hdf5",
];

#[test]
fn every_trained_network_survives_as_a_deck() {
    for name in NETWORKS {
        let Some(loaded) = common::network(name) else { return };
        for (realisation, bound) in [(Realisation::Ideal, 1e-12), (Realisation::Opamp, 1e-9)] {
            let worst = round_trip(&loaded.network, realisation);
            eprintln!("{name} as {realisation}: {worst:.1e}");
            assert!(worst <= bound, "{name} as {realisation}: {worst:e}");
        }
    }
}
