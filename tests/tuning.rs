//! Networks trained on as the circuits that will be built for them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop, and it reads files"
)]

mod common;

use analogon::{
    equiv::tolerance::{Study, ToleranceOptions, ToleranceReport},
    rnn::{
        Form, Rnn,
        format::{LoadOptions, Loaded, load},
    },
    task::{self, TaskSpec},
    train::{Clip, Event, HardwareSpec, NetworkSpec, TrainError, TrainSpec, Training},
    units::Series,
};
use common::{bench::Bench, document::repository};

fn xor() -> Loaded {
    let path = repository("examples/xor_n16.safetensors");
    load("xor", &std::fs::read(path).unwrap(), &LoadOptions::default()).unwrap()
}

fn spec(network: &Rnn, hardware: HardwareSpec, epochs: usize) -> TrainSpec {
    let mut spec = TrainSpec::new(TaskSpec::named("xor").unwrap());
    spec.network = NetworkSpec::of_network(network, 0.25).unwrap();
    (spec.data.trials, spec.data.held_out, spec.data.fresh) = (4096, 0, true);
    (spec.optimiser.rate, spec.optimiser.decay) = (1e-3, 0.0);
    spec.optimiser.clip = Some(Clip::Global { norm: 1.0 });
    spec.stop.epochs = epochs;
    spec.hardware = Some(hardware);
    spec
}

/// Trains to the end.
fn finish(mut training: Training) -> Training {
    while !matches!(training.advance().unwrap(), Event::Stopped(_)) {}
    training
}

/// The yield of circuits of a network, as a flow.
fn yields(network: &Rnn, hardware: &HardwareSpec, draws: usize) -> ToleranceReport {
    let options = ToleranceOptions {
        tolerance: hardware.tolerance,
        series: hardware.series,
        offset: hardware.offset,
        draws,
        ..ToleranceOptions::default()
    };
    let stimuli = task::named("xor").unwrap();
    Study::new(network, None, &stimuli, &options).unwrap().run(&|_| {}).unwrap()
}

/// The yields before and after are told apart with 95 % confidence, in circuits that no
/// training saw; a training without errors, as long, does not do it.
#[test]
fn the_yield_rises() {
    let loaded = xor();
    let hardware = HardwareSpec { tolerance: 0.1, ..HardwareSpec::default() };
    let draws = 200;
    let before = yields(&loaded.network, &hardware, draws);
    let tune = |hardware: HardwareSpec| {
        let spec = spec(&loaded.network, hardware, 8);
        finish(Training::of_network(spec, &loaded.network, 2).unwrap()).network().unwrap()
    };
    let after = yields(&tune(hardware), &hardware, draws);
    let plain = HardwareSpec { tolerance: 0.0, circuits: 1, ..hardware };
    let without = yields(&tune(plain), &hardware, draws);
    let [before, after, without] =
        [before, after, without].map(|report| (report.share.unwrap(), report.confidence.unwrap()));
    assert!(after.1[0] > before.1[1], "{before:?} {after:?}");
    assert!(after.1[0] > without.1[1], "{without:?} {after:?}");
}

/// Errors and their circuits come from the seed alone: an interrupted training goes on to
/// the bit, on any number of threads.
#[test]
fn a_tuning_is_taken_up_to_the_bit() {
    let network = xor().network;
    let hardware =
        HardwareSpec { offset: 1e-3, series: Some(Series::E48), ..HardwareSpec::default() };
    let mut spec = spec(&network, hardware, 2);
    spec.data.trials = 192;
    let whole = finish(Training::of_network(spec.clone(), &network, 1).unwrap());
    let mut part = Training::of_network(spec.clone(), &network, 3).unwrap();
    for _ in 0..5 {
        part.advance().unwrap();
    }
    let taken_up = finish(Training::restore(&part.checkpoint(), 2).unwrap());
    assert_eq!(taken_up.weights(), whole.weights());
    assert_eq!(taken_up.history(), whole.history());
    // Text and back.
    let text = toml::to_string(&spec).unwrap();
    assert_eq!(toml::from_str::<TrainSpec>(&text).unwrap(), spec);
    // Another seed, other circuits.
    let other = TrainSpec { seed: 1, ..spec };
    let other = finish(Training::of_network(other, &network, 1).unwrap());
    assert_ne!(other.weights(), whole.weights());
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let network = xor().network;
    let refused = |change: &dyn Fn(&mut TrainSpec)| -> String {
        let mut spec = spec(&network, HardwareSpec::default(), 1);
        change(&mut spec);
        let error: TrainError = Training::of_network(spec, &network, 1).map(|_| ()).unwrap_err();
        error.to_string()
    };
    let hardware = |change: fn(&mut HardwareSpec)| {
        refused(&move |spec| change(spec.hardware.as_mut().unwrap()))
    };
    assert!(hardware(|h| h.tolerance = 1.0).contains("hardware.tolerance is 1, expected"));
    assert!(hardware(|h| h.tolerance = f64::NAN).contains("hardware.tolerance is NaN"));
    assert!(hardware(|h| h.offset = -1.0).contains("hardware.offset is -1"));
    assert!(hardware(|h| h.circuits = 0).contains("hardware.circuits is 0"));
    assert!(hardware(|h| h.circuits = 65).contains("from 1 to 64"));
    assert!(refused(&|spec| spec.network.units = 17).contains("has 16 units, the training 17"));
    assert!(
        refused(&|s| s.task = TaskSpec::named("not").unwrap())
            .contains("has 2 inputs, the training 1")
    );
    assert!(refused(&|spec| spec.network.leak = 0.5).contains("the leak 1, the training"));
    assert!(refused(&|spec| spec.network.rank = Some(2)).contains("a rank or a density"));
    let mut parts = network.parts().clone();
    parts.leak[3] = 2.0;
    let uneven = Rnn::new(parts.clone()).unwrap();
    let text = NetworkSpec::of_network(&uneven, 1.0).unwrap_err().to_string();
    assert!(text.contains("the leak 1 in unit 1 and 2 in unit 4"), "{text}");
    parts.form = Form::B;
    let other = Rnn::new(parts).unwrap();
    assert!(NetworkSpec::of_network(&other, 1.0).unwrap_err().to_string().contains("form B"));
}

#[test]
fn the_command_tunes_and_refuses() {
    let bench = Bench::new();
    let path = repository("examples/xor_n16.safetensors");
    let path = path.to_str().unwrap();
    let quick = ["--epochs", "1", "--trials", "64", "--draws", "20", "--json"];
    let run = bench.run(&[&["tune", path, "-o", "out.safetensors"], &quick[..]].concat());
    // One batch changes next to nothing.
    assert_eq!(run.code, 1, "{}", run.err);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((json["rose"].as_bool(), json["task"].as_str()), (Some(false), Some("xor")));
    assert_eq!(json["epochs"].as_array().unwrap().len(), 1);
    assert!(json["before"]["yield"].is_number() && json["after"]["confidence"].is_array());
    assert!(bench.path("out.safetensors").exists());
    let refused = |more: &[&str], part: &str| {
        bench.refused(&[&["tune", path], more, &quick].concat(), &[part]);
    };
    refused(&["--tolerance", "150%"], "hardware.tolerance is 1.5");
    refused(&["--step", "0.3"], "1/2, 1/3");
    refused(&["--task", "flipflop3"], "has 2 inputs, the training 3");
    refused(&["--task", "nothing"], "there is no task `nothing`");
    refused(&["-o", "out.txt"], "out.txt");
    refused(&["--circuits", "0"], "hardware.circuits is 0");
    bench.refused(&["tune", "no.npz"], &["no.npz"]);
}
