//! Draws of components as the circuits they are.

use std::ops::ControlFlow;

use analogon::{
    dae::Dae,
    mna::{Mna, Sources},
    solve::{Start, TransientOptions, transient},
};

use super::circuit;

/// The outputs of a deck by modified nodal analysis, at model times.
pub fn nodal(deck: &str, times: &[f64]) -> Vec<Vec<f64>> {
    let circuit = circuit(deck);
    let mna = Mna::compile(&circuit);
    let unit = 1e-3;
    let seconds: Vec<f64> = times.iter().map(|t| t * unit).collect();
    let mut options = TransientOptions::until(seconds[seconds.len() - 1]).with_reltol(1e-7);
    options.max_step = 0.05 * unit;
    options.landings.clone_from(&seconds);
    let start = Start::Charges(vec![0.0; mna.unknowns().len()]);
    let probes: Vec<_> =
        circuit.parts().outputs.iter().map(|o| circuit.equations().control(o.control)).collect();
    let mut wanted = seconds.iter().peekable();
    let mut rows = Vec::new();
    transient(&mna, &Sources::all(&circuit), &start, &options, &mut |time, x| {
        if wanted.next_if(|&&t| t <= time).is_some() {
            let read = |terms: &Vec<(usize, f64)>| terms.iter().map(|&(u, s)| s * x[u]).sum();
            rows.push(probes.iter().map(read).collect());
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}
