//! The main path of `docs/tutorial.md` through the library: a network, its
//! spectrum, its fixed points, its circuit, and whether the two are the same.

#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use std::error::Error;

use analogon::{
    diag::NoSources,
    dynamics::attractors::fixed_points::{SearchOptions, search, starts},
    elaborate::elaborate,
    equiv::{Subject, SynthesisOptions, VerifyOptions, synthesise, verify},
    linalg::eigenvalues,
    netlist,
    rnn::{
        DiscreteRnn,
        format::{LoadOptions, load},
    },
    task,
};

const NETWORK: &[u8] = include_bytes!("three_bit.npz");

fn main() -> Result<(), Box<dyn Error>> {
    let loaded = load("three_bit.npz", NETWORK, &LoadOptions::default())?;
    let (units, inputs, outputs) = loaded.network.shape();
    println!("{units} units, {inputs} inputs, {outputs} outputs");

    // The equation is dh/dt = -h + tanh(W h + Win x), the map its Euler step of 1.
    let spectrum = eigenvalues(&loaded.network.parts().recurrent)?;
    let beyond = spectrum.iter().filter(|w| w.norm() > 1.0).count();
    let right = spectrum.iter().filter(|w| w.re > 1.0).count();
    println!("W: {beyond} eigenvalues outside of the unit circle, {right} right of Re = 1");

    // Newton's method from states along the cube sequence; equation and map share
    // their fixed points, and each judges them by its own criterion.
    let cube = task::named("flipflop3_cube").ok_or("a task of this name")?;
    let map = DiscreteRnn::keras(loaded.network.clone());
    let visited = starts::along_trials(&map, &cube, &starts::TrialStarts::default())?;
    let mut corners = Vec::new();
    let found = search(&map, &[0.0; 3], &visited, &SearchOptions::default())?;
    for point in found.points.iter().filter(|point| point.stability.stable) {
        let bits: String = point.readout.iter().map(|&y| if y > 0.0 { '+' } else { '-' }).collect();
        println!("a stable fixed point {bits}, radius {:.3}", point.stability.radius);
        corners.push(bits);
    }
    corners.sort();
    corners.dedup();
    assert_eq!(corners.len(), 8, "one memory at each corner of the cube");

    // The circuit, by way of its text; one capacitor a unit, one resistor a weight.
    let text = synthesise(&loaded.network, &cube.stimulus(0), &SynthesisOptions::default())?;
    let parsed = netlist::parse("three_bit.cir", &text, &NoSources);
    let circuit = elaborate(&parsed.netlist).map_err(|_| "a deck without faults")?;

    let subject = Subject {
        network: &loaded.network,
        trained_step: loaded.trained_step,
        circuit: &circuit,
        stimuli: &cube,
    };
    let report = verify(&subject, &VerifyOptions::default(), &|_| ())?;
    println!("{}", report.headline());
    assert!(report.equivalent);
    Ok(())
}
