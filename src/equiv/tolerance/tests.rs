//! Derivatives against differences, and the blocks of trials against the reference.

use nalgebra::{DMatrix, DVector};

use super::{
    Given, Model, ToleranceOptions,
    board::{Board, Role},
    effective::{Effective, Fast},
    influence::{Goal, influences},
    own::Own,
    play::{Block, Pace, Trajectory},
    subject::Subject,
};
use crate::{
    diag::NoSources,
    elaborate::elaborate,
    equiv::{Realisation, Scales, SynthesisOptions, extract, reference, synthesise},
    mna::reduce,
    netlist,
    rnn::{Activation, Form, Parts, Readout, Rnn, random::Random},
    task::{StimulusSet, seeded_pulses},
};

fn network(form: Form, units: usize, seed: u64) -> Rnn {
    let mut random = Random::new(seed);
    let mut weight = |scale: f64| scale * (2.0 * random.uniform() - 1.0);
    Rnn::new(Parts {
        form,
        activation: Activation::Tanh,
        recurrent: DMatrix::from_fn(units, units, |_, _| weight(0.8)),
        input: DMatrix::from_fn(units, 2, |_, _| weight(1.0)),
        bias: DVector::from_fn(units, |_, _| weight(0.4)),
        leak: DVector::from_fn(units, |_, _| 1.0 + weight(0.3)),
        readout: Readout {
            weights: DMatrix::from_fn(2, units, |_, _| weight(1.0)),
            bias: DVector::from_fn(2, |_, _| weight(0.3)),
        },
    })
    .unwrap()
}

fn mean(played: &[Trajectory], goal: &Goal, step: f64) -> f64 {
    let trajectory = &played[goal.trial];
    let inside: Vec<f64> = trajectory
        .times
        .iter()
        .zip(&trajectory.outputs)
        .filter(|(t, _)| **t > goal.from + 0.5 * step && **t <= goal.to + 0.5 * step)
        .map(|(_, y)| y[goal.output])
        .collect();
    goal.sign * inside.iter().sum::<f64>() / inside.len() as f64
}

/// The derivatives of all parts of a subject against differences, each at a spread of 1.
fn compare_slopes(subject: &Subject<'_>, what: &str) {
    let step = 0.5;
    let stimuli = seeded_pulses(2, 3, 2, 16);
    let goal = Goal { trial: 1, output: 1, from: 10.0, to: 15.0, sign: -1.0 };
    let (found, _) = influences(subject, &stimuli, &[goal], (step, f64::INFINITY));
    let blocks = Block::of(&stimuli, Pace::Map(step));
    let run = |values: &[f64]| {
        let network = subject.effective(values);
        let played: Vec<_> = blocks.iter().flat_map(|b| b.run(&network)).collect();
        mean(&played, &goal, step)
    };
    let parts = subject.parts();
    let values: Vec<f64> = parts.iter().map(|part| part.nominal).collect();
    let mut sizes = 0.0;
    for (at, part) in parts.iter().enumerate() {
        let by = match part.role {
            Role::Offset(_) => 1e-5,
            Role::Current(_) => 1e-8,
            _ => 1e-5 * values[at],
        };
        let moved = |by: f64| {
            let mut values = values.clone();
            values[at] += by;
            run(&values)
        };
        let scale = if matches!(part.role, Role::Current(_)) { 2e-8 } else { 2e-5 };
        let slope = (moved(by) - moved(-by)) / scale;
        let wrong = (slope - found[at]).abs();
        // An ampere is many volts at ten thousand ohms.
        let bound = if scale < 1e-6 { 1e-3 } else { 2e-7 };
        assert!(wrong < bound, "{what} {}: {slope} {}", part.name, found[at]);
        sizes += slope.abs();
    }
    assert!(sizes > 0.5, "{sizes}");
}

/// Every component, both forms, both models: an index or a sign that is wrong shows.
#[test]
fn influences_are_the_differences_of_means() {
    for form in [Form::A, Form::B] {
        for model in [Model::Circuit, Model::Weights] {
            let network = network(form, 4, 5);
            let bias_current = if model == Model::Circuit { 1e-9 } else { 0.0 };
            let options = ToleranceOptions { model, bias_current, ..ToleranceOptions::default() };
            let mut board = Board::new(&network, &options);
            board.parts.iter_mut().for_each(|part| part.spread = 1.0);
            compare_slopes(&Subject::Board(Box::new(board)), &format!("{form:?} {model:?}"));
        }
    }
}

/// The same of the elements of decks, which are reduced anew for every difference.
#[test]
fn influences_of_elements_are_the_differences_of_means() {
    for form in [Form::A, Form::B] {
        for realisation in [Realisation::Opamp, Realisation::Ideal] {
            let network = network(form, 4, 5);
            let stimulus = seeded_pulses(2, 3, 1, 16).stimulus(0);
            let options = SynthesisOptions { realisation, ..SynthesisOptions::default() };
            let deck = synthesise(&network, &stimulus, &options).unwrap();
            let parsed = netlist::parse("deck.cir", deck, &NoSources);
            let circuit = elaborate(&parsed.netlist).unwrap();
            let reduction = reduce(&circuit).unwrap();
            let scales = Scales::from_params(&circuit.parts().params);
            let extracted = extract(&reduction.lure, &scales).unwrap();
            let given = Given { circuit: &circuit, reduction: &reduction, extracted: &extracted };
            let mut own = Own::new(given, &ToleranceOptions::default());
            own.parts.iter_mut().for_each(|part| part.spread = 1.0);
            assert!(own.parts.iter().any(|part| part.name.starts_with(['g', 'r'])));
            compare_slopes(&Subject::Own(Box::new(own)), &format!("{form:?} {realisation}"));
        }
    }
}

/// At their ideal values the components are the network.
#[test]
fn an_ideal_board_is_its_network() {
    for form in [Form::A, Form::B] {
        let network = network(form, 6, 9);
        let board = Board::new(&network, &ToleranceOptions::default());
        let values: Vec<f64> = board.parts.iter().map(|part| part.ideal).collect();
        let (found, wanted) = (board.effective(&values), Effective::of(&network));
        let near = |a: &DMatrix<f64>, b: &DMatrix<f64>| (a - b).amax() < 1e-14;
        assert!(near(&found.recurrent, &wanted.recurrent) && near(&found.input, &wanted.input));
        assert!(near(&found.readout, &wanted.readout));
        assert!((&found.bias - &wanted.bias).amax() < 1e-14);
        assert!((&found.leak - &wanted.leak).amax() < 1e-14);
        assert!((&found.gain - &wanted.gain).amax() < 1e-14);
        assert!((&found.readout_bias - &wanted.readout_bias).amax() < 1e-14);
    }
}

/// Five trials fill a block and begin another. With short steps what is left in form A is
/// an edge of the stimulus, one step through the bend of sigma: 5e-6.
#[test]
fn blocks_follow_the_reference() {
    let stimuli = seeded_pulses(2, 4, 5, 24);
    let mut parts = stimuli.into_parts();
    parts.trials[1].duration = Some(19.5);
    let stimuli = StimulusSet::new(parts).unwrap();
    for form in [Form::A, Form::B] {
        let network = network(form, 7, 2);
        let mut effective = Effective::of(&network);
        for (pace, bound) in [
            (Pace::Map(0.5), 1e-13),
            (Pace::Flow(0.25), 2e-3),
            (Pace::Flow(0.0625), 1e-5),
            (Pace::Graded { first: 1e-3, largest: 0.04 }, 1e-3),
            (Pace::Graded { first: 1e-4, largest: 0.01 }, 1e-4),
        ] {
            if matches!(pace, Pace::Graded { .. }) {
                effective.fast = Some(Fast::instant(network.shape(), form));
            }
            let blocks = Block::of(&stimuli, pace);
            let played: Vec<_> = blocks.iter().flat_map(|b| b.run(&effective)).collect();
            assert_eq!(played.len(), 5);
            for (trial, found) in played.iter().enumerate() {
                let stimulus = stimuli.stimulus(trial);
                assert_eq!(found.times.last(), Some(&stimulus.duration()));
                let wanted = match pace {
                    Pace::Map(step) => reference::euler(&network, &stimulus, step, &found.times),
                    Pace::Flow(_) | Pace::Graded { .. } => {
                        reference::integrate(&network, &stimulus, &found.times, 1e-11)
                    }
                };
                let wanted = wanted.unwrap().outputs;
                assert_eq!(wanted.len(), found.outputs.len());
                let pairs = wanted.iter().flatten().zip(found.outputs.iter().flatten());
                for (a, b) in pairs {
                    assert!((a - b).abs() < bound, "{form:?} {pace:?} trial {trial}: {a} {b}");
                }
            }
        }
    }
}
