//! Closed forms and laws.

use super::*;
use crate::rnn::format::{LoadOptions, load};

#[test]
fn the_flip_flop_has_a_saddle_and_two_memories() {
    let text = include_bytes!("../../../../examples/flip_flop.rnn");
    let network = load("flip_flop.rnn", text, &LoadOptions::default()).unwrap().network;
    let starts = starts::random(&[-1.0; 2], &[1.0; 2], 20, 1);
    let found = search(&network, &[0.0; 2], &starts, &SearchOptions::default()).unwrap();
    assert_eq!(found.points.len(), 3);
}
