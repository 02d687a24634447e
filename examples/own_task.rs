//! A task of one's own, from its text to a circuit that solves it.
//!
//! ```text
//! cargo run --release --example own_task
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use analogon::{
    diag::NoSources,
    elaborate::elaborate,
    equiv::{Subject, SynthesisOptions, VerifyOptions, synthesise, verify},
    netlist,
    rnn::Initialiser,
    task::TaskSpec,
    train::{Clip, Event, TrainSpec, Training},
};

/// Two of three: the majority of three simultaneous pulses.
const MAJORITY: &str = r#"
task = "majority"
channels = ["a", "b", "c"]
outputs = ["y"]
steps = 100
rule = { kind = "threshold", at = 0.5 }
noise = { input = 0.05 }

[trials]
kind = "truth_table"
onset = 10
width = 10
gap = 10
rows = [
    { inputs = [0, 0, 0], answer = [0] },
    { inputs = [1, 0, 0], answer = [0] },
    { inputs = [0, 1, 0], answer = [0] },
    { inputs = [0, 0, 1], answer = [0] },
    { inputs = [1, 1, 0], answer = [1] },
    { inputs = [1, 0, 1], answer = [1] },
    { inputs = [0, 1, 1], answer = [1] },
    { inputs = [1, 1, 1], answer = [1] },
]
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut spec = TrainSpec::new(TaskSpec::from_toml(MAJORITY)?);
    spec.network.units = 16;
    // A quarter of a time constant a step: the equation of a circuit decides alike.
    spec.network.step = 0.25;
    spec.network.recurrent = Initialiser::Identity { gain: 1.0 };
    spec.data.trials = 2_050;
    spec.data.fresh = true;
    spec.optimiser.rate = 3e-3;
    spec.optimiser.clip = Some(Clip::Global { norm: 1.0 });
    spec.stop.loss = Some(0.01);

    let mut training = Training::new(spec, 1)?;
    let reason = loop {
        match training.advance()? {
            Event::Batch { .. } => {}
            Event::Epoch(row) => println!("epoch {:2}  loss {:.4}", row.epoch, row.loss),
            Event::Stopped(reason) => break reason,
        }
    };
    let score = training.fresh_score(500)?;
    println!("{reason}");
    println!("right on fresh trials: {:.3}", score.accuracy.by_trial());

    let network = training.network()?;
    let stimuli = training.spec().task.set(1, 8)?;
    let text = synthesise(&network, &stimuli.stimulus(0), &SynthesisOptions::default())?;
    let parsed = netlist::parse("majority.cir", &text, &NoSources);
    let circuit = elaborate(&parsed.netlist).map_err(|_| "a deck without faults")?;
    let trained_step = Some(training.spec().network.step);
    let subject = Subject { network: &network, trained_step, circuit: &circuit, stimuli: &stimuli };
    let report = verify(&subject, &VerifyOptions::default(), &|_| ())?;
    println!("{}", report.headline());
    assert!(report.equivalent);
    Ok(())
}
