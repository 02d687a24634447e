//! Networks of 100 units at tolerances that ngspice with KLU gives up on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop and say what it finds"
)]

mod common;

use analogon::{
    equiv::{Realisation, reference},
    rnn::Form,
    simulate::{AnalysisResult, Path, SimulationOptions, simulate, to_the_end},
};
use common::nets::{deck, network, noise};

/// The error of the outputs against an independent integrator at 1e-12, for reltol 1e-4,
/// 1e-6, 1e-7 and 1e-8.
fn errors(realisation: Realisation, path: Path) -> Vec<f64> {
    let net = network(Form::A, (100, 2), 1.2, 8);
    let stimulus = noise(2, 5, 9);
    let circuit = common::circuit(&deck(&net, &stimulus, realisation));
    [1e-4, 1e-6, 1e-7, 1e-8]
        .map(|reltol| {
            let options =
                SimulationOptions { path, reltol: Some(reltol), ..SimulationOptions::default() };
            let found = simulate(&circuit, &options, &mut to_the_end).unwrap();
            let Some(AnalysisResult::Transient(found)) = found.into_iter().next() else {
                panic!("no transient");
            };
            let wave = &found.waveform;
            let scale = 1e3;
            let clip = |t: f64| if t > 5.0 { 5.0 } else { t };
            let times: Vec<f64> = wave.time().iter().map(|t| clip(t * scale)).collect();
            let exact = reference::integrate(&net, &stimulus, &times, 1e-12).unwrap();
            let mut worst = 0.0f64;
            for output in 0..2 {
                let signal = wave.signal(&format!("v(y{})", output + 1)).unwrap();
                for (row, value) in exact.outputs.iter().zip(&signal.values) {
                    let off = (row[output] - value).abs();
                    assert!(off.is_finite());
                    worst = if off > worst { off } else { worst };
                }
            }
            worst
        })
        .to_vec()
}

#[test]
fn strict_tolerances_finish_and_errors_fall() {
    for realisation in [Realisation::Ideal, Realisation::Opamp] {
        for path in [Path::Mna, Path::Reduced] {
            let errors = errors(realisation, path);
            eprintln!("{realisation} {path}: {errors:?}");
            assert!(errors.windows(2).all(|pair| pair[1] < pair[0]), "{errors:?}");
            let least = if path == Path::Mna { 1e-5 } else { 1e-8 };
            assert!(errors[3] < least, "{realisation} {path}: {errors:?}");
        }
    }
}
