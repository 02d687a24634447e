//! The lists of components.

use crate::{
    equiv::{
        Scales, SynthesisOptions,
        synthesise::leak_resistance,
        tolerance::board::{Part, Rail, Role, Stage},
    },
    rnn::{Form, Rnn},
};

fn part(name: String, role: Role, value: f64) -> Part {
    Part { name, role, ideal: value, nominal: value, spread: 0.0 }
}

/// All weights and biases that are not zero, with the numbers of their names.
fn places(network: &Rnn) -> Vec<(Role, &'static str, String, f64)> {
    let parts = network.parts();
    let (n, m, o) = network.shape();
    let two = |a: usize, b: usize| format!("{}_{}", a + 1, b + 1);
    let mut all = Vec::new();
    for i in 0..n {
        all.extend(
            (0..n).map(|j| (Role::Recurrent(i, j), "w", two(i, j), parts.recurrent[(i, j)])),
        );
        all.extend((0..m).map(|k| (Role::Input(i, k), "x", two(i, k), parts.input[(i, k)])));
        all.push((Role::Bias(i), "b", (i + 1).to_string(), parts.bias[i]));
    }
    for k in 0..o {
        all.extend(
            (0..n).map(|j| (Role::Readout(k, j), "y", two(k, j), parts.readout.weights[(k, j)])),
        );
        all.push((Role::ReadoutBias(k), "c", (k + 1).to_string(), parts.readout.bias[k]));
    }
    all.retain(|(.., value)| *value != 0.0);
    all
}

/// The weights themselves.
pub(super) fn weights(network: &Rnn) -> Vec<Part> {
    places(network)
        .into_iter()
        .map(|(role, letter, number, value)| part(format!("{letter}{number}"), role, value))
        .collect()
}

/// The components of the realisation with op-amps.
pub(super) fn circuit(network: &Rnn, scales: &Scales, options: &SynthesisOptions) -> Vec<Part> {
    let parts = network.parts();
    let (n, m, o) = network.shape();
    let mut all = Vec::new();
    for (role, letter, number, weight) in places(network) {
        // The ohms of a weight of one.
        let unit = match (parts.form, role) {
            (Form::B, Role::Recurrent(i, _) | Role::Input(i, _) | Role::Bias(i)) => {
                leak_resistance(parts.leak[i], scales, options) / scales.state_volts
            }
            _ => options.feedback,
        };
        all.push(part(format!("R{letter}{number}"), role, unit / weight.abs()));
    }
    for i in 0..n {
        let whole = leak_resistance(parts.leak[i], scales, options);
        let leak = match parts.form {
            Form::A => whole,
            Form::B => {
                let unit = whole / scales.state_volts;
                let sum = parts.recurrent.row(i).lp_norm(1)
                    + parts.input.row(i).lp_norm(1)
                    + parts.bias[i].abs();
                1.0 / (1.0 / whole - sum / unit)
            }
        };
        let number = i + 1;
        all.push(part(format!("R{number}"), Role::Leak(i), leak));
        all.push(part(format!("C{number}"), Role::Capacitance(i), options.capacitance));
        all.push(part(format!("B{number}"), Role::Height(i), 1.0));
        if parts.form == Form::A {
            amplifier(&mut all, &number.to_string(), Stage::Unit(i), options.feedback);
        }
        inverter(&mut all, &number.to_string(), Rail::State(i), options.feedback);
    }
    for k in 0..m {
        inverter(&mut all, &format!("x{}", k + 1), Rail::Input(k), options.feedback);
    }
    for k in 0..o {
        amplifier(&mut all, &format!("y{}", k + 1), Stage::Output(k), options.feedback);
    }
    all
}

fn inverter(all: &mut Vec<Part>, tag: &str, rail: Rail, feedback: f64) {
    all.push(part(format!("Ri{tag}"), Role::Inverted(rail), feedback));
    amplifier(all, &format!("i{tag}"), Stage::Inverter(rail), feedback);
}

fn amplifier(all: &mut Vec<Part>, tag: &str, stage: Stage, feedback: f64) {
    all.push(part(format!("Xs{tag}.rf"), Role::Feedback(stage), feedback));
    all.push(part(format!("Xs{tag}.os"), Role::Offset(stage), 0.0));
}

/// Gives every op-amp a current into its inverting input.
pub(super) fn add_currents(parts: &mut Vec<Part>) {
    let currents: Vec<Part> = parts
        .iter()
        .filter_map(|one| match one.role {
            Role::Offset(stage) => {
                let name = one.name.replace(".os", ".ib");
                Some(part(name, Role::Current(stage), 0.0))
            }
            _ => None,
        })
        .collect();
    parts.extend(currents);
}
