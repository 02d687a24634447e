//! Networks of transistors: measured, verified, and in ngspice.
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
    equiv::{Measured, Realisation, Scales, measure},
    rnn::{Activation, Form, Rnn},
    task::seeded_pulses,
};
use common::{nets, random};

fn measured(network: &Rnn, realisation: Realisation) -> Measured {
    let stimulus = seeded_pulses(network.shape().1, 1, 1, 20).stimulus(0);
    let circuit = common::circuit(&nets::deck(network, &stimulus, realisation));
    measure(&circuit, &Scales::from_params(&circuit.parts().params)).unwrap()
}

#[test]
fn ideal_circuits_are_measured_to_rounding() {
    for realisation in [Realisation::Ideal, Realisation::Opamp, Realisation::Ota] {
        let network = random::network(Form::A, Activation::Tanh, 4, 3);
        let found = measured(&network, realisation);
        let (a, b) = (network.parts(), found.extracted.network.parts());
        eprintln!(
            "{realisation}: mismatch {:.2e} conductance {:.2e} residual {:.2e} points {} W {:.2e} Win {:.2e} b {:.2e} leak {:.2e} V {:.2e} c {:.2e} gains {:?}",
            found.mismatch,
            found.conductance,
            found.residual,
            found.points,
            (&a.recurrent - &b.recurrent).amax(),
            (&a.input - &b.input).amax(),
            (&a.bias - &b.bias).amax(),
            (&a.leak - &b.leak).amax(),
            (&a.readout.weights - &b.readout.weights).amax(),
            (&a.readout.bias - &b.readout.bias).amax(),
            found.extracted.gains
        );
    }
}
