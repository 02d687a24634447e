use nalgebra::{DMatrix, DVector};

use super::*;
use crate::{
    rnn::{Activation, Form, Parts, Readout, Rnn, format},
    task::{Answer, Pulse, Rule, SetParts, StimulusSet, Trial},
};

/// Unit 0 remembers a pulse (w = 3), unit 1 only adds to the output a little,
/// unit 2 does nothing; a weak weight of -0.01 leads from 2 to 0.
fn latch() -> Rnn {
    Rnn::new(Parts {
        form: Form::A,
        activation: Activation::Tanh,
        recurrent: DMatrix::from_row_slice(3, 3, &[3.0, 0.0, -0.01, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0]),
        input: DMatrix::from_row_slice(3, 1, &[3.0, 0.0, 0.0]),
        bias: DVector::zeros(3),
        leak: DVector::from_element(3, 1.0),
        readout: Readout {
            weights: DMatrix::from_row_slice(1, 3, &[1.0, 0.01, 0.0]),
            bias: DVector::zeros(1),
        },
    })
    .unwrap()
}

/// Hold the sign of a pulse.
fn memory() -> StimulusSet {
    let trial = |amplitude: f64, class: i8| Trial {
        name: format!("{amplitude}"),
        duration: None,
        pulses: vec![Pulse { channel: 0, onset: 2.0, width: 3.0, amplitude, hann: None }],
        levels: None,
        noise: None,
        answers: vec![Answer { output: 0, from: 10.0, to: 30.0, class: Some(class) }],
    };
    StimulusSet::new(SetParts {
        task: "memory".to_owned(),
        version: 1,
        about: String::new(),
        time_unit: String::new(),
        channels: vec!["x".to_owned()],
        outputs: vec!["y".to_owned()],
        duration: 30.0,
        edge: 1e-3,
        rule: Rule::ThreeLevel { at: 0.5 },
        last: 5.0,
        trials: vec![trial(1.0, 1), trial(-1.0, -1)],
    })
    .unwrap()
}

const MAP: Mode = Mode::Map { step: 1.0 };

#[test]
fn decisions_change_where_the_memory_goes() {
    let (network, task) = (latch(), memory());
    for mode in [MAP, Mode::Flow] {
        let judge = Judge::new(&network, &task, mode).unwrap();
        assert_eq!((judge.intact.accuracy.decisions_right, judge.intact.changed), (2, 0));
        // h = tanh(3 h) = 0.9949, and 0.01 tanh(0.5 h) on top.
        let error = (0.994_9_f64 + 0.01 * 0.459_8 - 1.0).powi(2);
        assert!((judge.intact.error - error).abs() < 2e-7, "{} {error}", judge.intact.error);
        let mut told = 0.0;
        let thresholds = shares(&network, Sign::Any, 20);
        let found =
            remove_weights(&network, &judge, Sign::Any, &thresholds, &mut |t| told = t).unwrap();
        assert_eq!(found.removable, 3);
        let first = found.first_change.unwrap();
        assert!((first.unchanged - 0.5).abs() < 1e-9 && (first.changed - 3.0).abs() < 1e-9);
        assert!((first.share - 2.0 / 3.0).abs() < 1e-12 && told > 0.1);
        let last = found.steps.last().unwrap();
        assert_eq!(
            (last.removed, last.score.changed, last.score.accuracy.decisions_right),
            (3, 2, 0)
        );
        assert!((last.score.error - 1.0).abs() < 1e-3, "{}", last.score.error);
    }
}

#[test]
fn only_weights_of_the_sign_go() {
    let network = latch();
    assert_eq!(removable(&network, Sign::Positive), [0.5, 3.0]);
    assert_eq!(removable(&network, Sign::Negative), [0.01]);
    let (rest, removed) = without_weights(&network, 1.0, Sign::Positive);
    assert_eq!(
        (removed, rest.parts().recurrent[(1, 0)], rest.parts().recurrent[(0, 2)]),
        (1, 0.0, -0.01)
    );
    // A weight of exactly the threshold stays.
    assert_eq!(without_weights(&network, 0.5, Sign::Any).1, 1);
    let judge_task = memory();
    let judge = Judge::new(&network, &judge_task, MAP).unwrap();
    let found = remove_weights(&network, &judge, Sign::Negative, &[10.0], &mut |_| ()).unwrap();
    assert_eq!((found.removable, found.steps[0].removed, found.first_change), (1, 1, None));
}

#[test]
fn the_unit_that_matters_goes_last() {
    let (network, task) = (latch(), memory());
    let judge = Judge::new(&network, &task, MAP).unwrap();
    let found = remove_units(&network, &judge, Order::Loss, 3, &mut |_| ()).unwrap();
    assert_eq!(found.single.len(), 3);
    assert_eq!(found.ranking[2], 0);
    let changed: Vec<usize> = found.steps.iter().map(|step| step.score.changed).collect();
    assert_eq!((changed, found.first_change), (vec![0, 0, 2], Some(3)));
    // By what they send: unit 1 0.01 to the readout, unit 2 0.01 to unit 0, unit 0 most.
    let by_weight = remove_units(&network, &judge, Order::Weight, 3, &mut |_| ()).unwrap();
    assert_eq!((by_weight.ranking[2], by_weight.single.len()), (0, 0));
    let random = |seed| {
        remove_units(&network, &judge, Order::Random { seed }, 1, &mut |_| ()).unwrap().ranking
    };
    assert_eq!(random(5), random(5));
    let mut sorted = random(5);
    sorted.sort_unstable();
    assert_eq!(sorted, [0, 1, 2]);
    assert!((0..20).any(|seed| random(seed) != random(5)));
    // Without a unit its state is 0.
    let rest = without_units(&network, &[0]);
    assert_eq!(rest.parts().input[(0, 0)], 0.0);
    assert_eq!(rest.parts().recurrent.abs().sum(), 0.0);
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let (network, task) = (latch(), memory());
    let judge = Judge::new(&network, &task, MAP).unwrap();
    for value in [-1.0, f64::NAN, f64::INFINITY] {
        let error = remove_weights(&network, &judge, Sign::Any, &[0.1, value], &mut |_| ());
        assert!(error.unwrap_err().to_string().contains("is no finite number of 0 or more"));
    }
    let pulses = crate::task::seeded_pulses(1, 1, 1, 60);
    let error = Judge::new(&network, &pulses, MAP).unwrap_err().to_string();
    assert!(error.contains("`pulses` say nothing of what is right"), "{error}");
    let two = crate::task::named("and").unwrap();
    let error = Judge::new(&network, &two, MAP).unwrap_err().to_string();
    assert_eq!(error, "trial `(0,0)`: the stimuli have 2 channels, the system has 1 inputs");
}

/// The papers' network "AND 04" keeps its decisions while its smallest weights go.
#[test]
#[expect(clippy::print_stderr, clippy::disallowed_methods, reason = "it says what it skips")]
fn a_trained_network_survives_the_loss_of_small_weights() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/networks/and_n50_orthogonal.hdf5");
    let Ok(bytes) = std::fs::read(path) else {
        eprintln!("skipped: {path} is not there");
        return;
    };
    let network = format::load("and", &bytes, &format::LoadOptions::default()).unwrap().network;
    let task = crate::task::named("and").unwrap();
    let judge = Judge::new(&network, &task, MAP).unwrap();
    assert_eq!(judge.intact.accuracy.decisions_right, 4);
    let thresholds = shares(&network, Sign::Any, 20);
    let found = remove_weights(&network, &judge, Sign::Any, &thresholds, &mut |_| ()).unwrap();
    assert_eq!((found.removable, found.steps.len()), (2500, 21));
    let first = found.first_change.unwrap();
    assert!(first.share > 0.05 && first.share < 0.6, "{first:?}");
    assert_eq!(found.steps[20].removed, 2500);
    // On either side of the threshold it is as it says.
    let at = |threshold| judge.score(&without_weights(&network, threshold, Sign::Any).0).unwrap();
    assert_eq!(at(first.unchanged).changed, 0);
    assert!(at(first.changed).changed > 0);
}
