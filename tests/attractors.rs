//! Where the states of trained networks and of circuits settle.
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
    dynamics::attractors::{AfterStimulus, Cut, Kind, SettleOptions, after_stimuli},
    rnn::DiscreteRnn,
    task,
};

/// The fates of the map of a network after the trials of a task.
fn fates(file: &str, name: &str, cut: Cut) -> Option<Vec<AfterStimulus>> {
    let loaded = common::network(file)?;
    let system = DiscreteRnn::keras(loaded.network);
    let set = task::named(name).unwrap();
    Some(after_stimuli(&system, &set, cut, 1.0, &SettleOptions::default()).unwrap())
}

#[test]
fn look() {
    for (file, name) in [
        ("and_n50_orthogonal.hdf5", "and"),
        ("xor_n50_orthogonal.hdf5", "xor"),
        ("set_reset_n50_orthogonal.hdf5", "set_reset"),
        ("and_n500_orthogonal_bias.hdf5", "and"),
        ("decision_n100_orthogonal_keras3.hdf5", "decision"),
        ("decision_n100_normal_keras3.hdf5", "decision"),
        ("multitask_n200.hdf5", "multitask"),
        ("flipflop3_n400_epoch20.hdf5", "flipflop3_cube"),
        ("flipflop3_n400_epoch14_failed.hdf5", "flipflop3_cube"),
    ] {
        let cut = if name.ends_with("cube") { Cut::Stimulus } else { Cut::Trial };
        let start = std::time::Instant::now();
        let Some(found) = fates(file, name, cut) else { return };
        eprintln!("{file} {:?}", start.elapsed());
        for f in found {
            let more = match &f.fate.kind {
                Kind::Point(p) => format!(
                    "radius {:.4} unstable {} norm {:.4}",
                    p.point.stability.radius,
                    p.point.stability.unstable_dimensions,
                    p.point.state.iter().map(|v| v * v).sum::<f64>().sqrt()
                ),
                Kind::Cycle(o) => format!(
                    "{:?} {:?} |m| {:.4} {:.4}",
                    o.cycle.steps,
                    o.published_period,
                    o.cycle.multipliers[0].norm(),
                    o.cycle.residual
                ),
                Kind::QuasiPeriodic(r) | Kind::Chaotic(r) => format!("{r:?}"),
                other => format!("{other:?}"),
            };
            eprintln!(
                "  {} at {} {}: t {} mean {:.4?} sd {:.4?} amp {:.3} {more}",
                f.name,
                f.at,
                f.fate.kind.name(),
                f.fate.time,
                f.fate.mean,
                f.fate.deviation,
                f.fate.amplitude
            );
        }
    }
}
