//! Closed forms and laws.

use super::*;
use crate::rnn::format::{LoadOptions, load};

#[test]
fn the_flip_flop_has_a_saddle_and_two_memories() {
    let text = include_bytes!("../../../../examples/flip_flop.rnn");
    let network = load("flip_flop.rnn", text, &LoadOptions::default()).unwrap().network;
    let starts = starts::random(&[-1.0; 2], &[1.0; 2], 20, 1);
    let found = search(&network, &[0.0; 2], &starts, &SearchOptions::default()).unwrap();
    eprintln!("{found:#?}");
    assert_eq!(found.points.len(), 3);
}

#[test]
fn scratch_flip_flop() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/networks/flipflop3_n400_epoch20.hdf5"
    );
    let bytes = std::fs::read(path).unwrap();
    let network = load("flip_flop", &bytes, &LoadOptions::default()).unwrap().network;
    let map = crate::rnn::DiscreteRnn::keras(network);
    let task = crate::task::named("flipflop3").unwrap();
    let starts = starts::along_trials(&map, &task, &starts::TrialStarts::default()).unwrap();
    let cpu = || {
        let text = std::fs::read_to_string("/proc/self/stat").unwrap();
        let f: Vec<f64> = text.rsplit_once(") ").unwrap().1.split(' ').skip(11).take(2).map(|x| x.parse().unwrap()).collect();
        (f[0] + f[1]) / 100.0
    };
    let base = SearchOptions::default();
    let mut found = None;
    for (what, options) in [
        ("all", base.clone()),
        ("no deflation", SearchOptions { deflation_rounds: 0, ..base.clone() }),
        ("no slow", SearchOptions { deflation_rounds: 0, flat: 1e9, ..base.clone() }),
    ] {
        let before = cpu();
        let clock = std::time::Instant::now();
        let this = search(&map, &[0.0; 3], &starts, &options).unwrap();
        eprintln!("{what}: cpu {} wall {:?} {:?} {}", cpu() - before, clock.elapsed(), this.counters, this.points.len());
        found.get_or_insert(this);
    }
    let found = found.unwrap();
    let x = starts[500].clone();
    let mut j = nalgebra::DMatrix::zeros(400, 400);
    use crate::dae::System;
    let t = |what: &str, n: u32, f: &mut dyn FnMut()| {
        let before = cpu();
        for _ in 0..n { f() }
        eprintln!("{what}: {:.3} ms", (cpu() - before) * 1e3 / f64::from(n));
    };
    t("jacobian", 200, &mut || map.jacobian(&x, &[0.0; 3], &mut j).unwrap());
    let mut y = x.clone();
    t("evolve", 1000, &mut || map.evolve(&x, &[0.0; 3], &mut y).unwrap());
    for k in 0..400 { j[(k, k)] -= 1.0; }
    let mut lu = crate::linalg::DenseLu::factor(&j).unwrap();
    t("lu", 100, &mut || lu.refactor(&j).unwrap());
    t("solve", 1000, &mut || lu.solve(&mut y));
    t("gemm", 20, &mut || { j.tr_mul(&j); });
    t("eig", 10, &mut || { crate::linalg::eigenvalues(&j).unwrap(); });
    eprintln!("converged {} of {} {:?}", found.converged, found.starts, found.counters);
    for (k, p) in found.points.iter().enumerate() {
        eprintln!("{k:3} {:.3?} u{} rho {:.4} res {:.1e} err {:.1e} hits {} mirror {:?} {:?}", p.readout, p.stability.unstable_dimensions, p.stability.radius, p.residual, p.error, p.hits, p.mirror, p.found_by);
    }
    for s in &found.slow {
        eprintln!("slow {:.3?} {:.2e} {:.1e} {}", s.readout, s.speed, s.gradient, s.hits);
    }
    for (k, o) in found.outcomes.iter().enumerate().filter(|o| !matches!(o.1.end, End::Point(_))) {
        eprintln!("start {k}: {o:?}");
    }
}
