//! The trajectory near which two systems are compared.

use super::{Options, Procedure, Scales, sides::Setting};
use crate::{
    dae::{Quantity, System, SystemError, Unknown},
    rnn::random::Random,
    transform::TransformError,
};

/// A size below this part of the largest one of its quantity is raised to it.
const SMALL: f64 = 1e-3;
/// Runs begin, and probes lie, this part of a usual size away.
const SPREAD: f64 = 0.1;
/// Steps for which a seeded level is held.
const HELD: usize = 10;
/// A state that is so many times its size at the start has left the trajectory.
const FARTHEST: f64 = 1e6;
/// Rows of seeded levels.
const LEVELS: usize = 100;

/// A point of comparison.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    pub(super) x: Vec<f64>,
    pub(super) u: Vec<f64>,
}

/// What the comparisons of one method share.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) scales: Scales,
    pub(super) probes: Vec<Probe>,
    pub(super) start: Vec<f64>,
    pub(super) held: Vec<Vec<f64>>,
    /// Steps of a run.
    pub(super) steps: usize,
}

impl Scene {
    /// Runs the map that the setting makes of the system and looks around.
    pub(super) fn of(
        system: &dyn System,
        options: &Options,
        setting: &Setting<'_>,
    ) -> Result<Self, TransformError> {
        let (states, inputs, outputs) = system.shape();
        for (what, found, expected) in [
            ("the state", options.state.len(), states),
            ("the input", options.input.len(), inputs),
            ("the start", options.start.as_ref().map_or(states, Vec::len), states),
        ] {
            if found != expected {
                return Err(TransformError::Length { what, expected, found });
            }
        }
        if let Some(row) = options.held.iter().find(|row| row.len() != inputs) {
            let what = "a row of inputs";
            return Err(TransformError::Length { what, expected: inputs, found: row.len() });
        }
        let mut random = Random::new(options.seed);
        let start = options.start.clone().unwrap_or_else(|| {
            let usual = usual_sizes(&system.states(), &options.state);
            around(&options.state, &usual, &mut random)
        });
        let held = match options.held.is_empty() {
            true => levels(&options.input, &mut random),
            false => options.held.clone(),
        };
        let steps = affordable(options.steps, states, setting);
        let map = setting.side(system, &[Procedure::Discretise])?;
        let usual = usual_sizes(&system.states(), &start);
        let visited = run(&*map, &start, &usual, (&held, steps))?;
        let scales = Scales {
            state: sizes(&system.states(), &visited, &[&options.state, &start]),
            input: sizes(&named(&system.inputs()), &held, &[&options.input]),
            output: {
                let mut values = Vec::new();
                for (n, x) in visited.iter().enumerate() {
                    let mut y = vec![0.0; outputs];
                    system.output(x, &held[n % held.len()], &mut y)?;
                    values.push(y);
                }
                sizes(&named(&system.outputs()), &values, &[])
            },
        };
        let count = options.probes.clamp(1, 1 << 16);
        let probe = |k: usize| {
            let n = k * visited.len() / count;
            let x = around(&visited[n], &scales.state, &mut random);
            Probe { x, u: held[n % held.len()].clone() }
        };
        let probes = (0..count).map(probe).collect();
        Ok(Self { scales, probes, start, held, steps })
    }
}

/// The states of a run, until one is out of all proportion.
fn run(
    map: &dyn System,
    start: &[f64],
    usual: &[f64],
    (held, steps): (&[Vec<f64>], usize),
) -> Result<Vec<Vec<f64>>, SystemError> {
    let mut visited = vec![start.to_vec()];
    let mut next = vec![0.0; start.len()];
    for n in 0..steps {
        map.evolve(&visited[n], &held[n % held.len()], &mut next)?;
        if !next.iter().zip(usual).all(|(x, size)| x.abs() <= FARTHEST * size) {
            break;
        }
        visited.push(next.clone());
    }
    Ok(visited)
}

/// Implicit steps cost a factorisation each, samples many stages: the runs of
/// large systems are shorter.
fn affordable(steps: usize, states: usize, setting: &Setting<'_>) -> usize {
    use crate::transform::Method::{ImplicitEuler, Trapezoidal};
    let size = states as f64;
    let cost = match setting.method {
        ImplicitEuler | Trapezoidal => size * size * size,
        _ => (8.0 * size * size + OVERHEAD) * setting.substeps as f64,
    };
    let most = (BUDGET / cost).clamp(SHORTEST, 1e9) as usize;
    if steps < most { steps } else { most }
}

/// Operations that a run may take, roughly, and steps that it has at least.
const BUDGET: f64 = 1e9;
/// What an evaluation costs however small the system is.
const OVERHEAD: f64 = 3e3;
const SHORTEST: f64 = 20.0;

/// Unknowns that only have names.
fn named(names: &[String]) -> Vec<Unknown> {
    let unknown = |name: &String| Unknown { name: name.clone(), quantity: Quantity::of_name(name) };
    names.iter().map(unknown).collect()
}

/// The largest size of every component, raised where it is far below others of
/// its quantity; 1 where all of them are 0.
fn sizes(unknowns: &[Unknown], rows: &[Vec<f64>], more: &[&[f64]]) -> Vec<f64> {
    let mut sizes = vec![0.0; unknowns.len()];
    for row in rows.iter().map(Vec::as_slice).chain(more.iter().copied()) {
        for (size, value) in sizes.iter_mut().zip(row) {
            if value.abs() > *size {
                *size = value.abs();
            }
        }
    }
    raised(unknowns, &sizes)
}

fn raised(unknowns: &[Unknown], sizes: &[f64]) -> Vec<f64> {
    let largest = |quantity: Quantity| {
        let own = unknowns.iter().zip(sizes).filter(|(own, _)| own.quantity == quantity);
        let largest = own.map(|(_, &size)| size).max_by(f64::total_cmp).unwrap_or(0.0);
        if largest > 0.0 { largest } else { 1.0 }
    };
    let raise = |(own, &size): (&Unknown, &f64)| {
        let least = SMALL * largest(own.quantity);
        if size > least { size } else { least }
    };
    let all_zero = |quantity: Quantity| {
        unknowns.iter().zip(sizes).all(|(own, &size)| own.quantity != quantity || size == 0.0)
    };
    let size = |pair: (&Unknown, &f64)| {
        if all_zero(pair.0.quantity) { 1.0 } else { raise(pair) }
    };
    unknowns.iter().zip(sizes).map(size).collect()
}

/// Sizes from one state alone: its own, or 1.
fn usual_sizes(unknowns: &[Unknown], state: &[f64]) -> Vec<f64> {
    sizes(unknowns, &[], &[state])
}

/// A point a tenth of a size away.
fn around(x: &[f64], sizes: &[f64], random: &mut Random) -> Vec<f64> {
    x.iter().zip(sizes).map(|(x, size)| x + SPREAD * size * random.normal()).collect()
}

/// Levels around `input` that change every few steps.
fn levels(input: &[f64], random: &mut Random) -> Vec<Vec<f64>> {
    let mut rows = Vec::with_capacity(LEVELS * HELD);
    for _ in 0..LEVELS {
        let row: Vec<f64> = input.iter().map(|u| u + 2.0 * random.uniform() - 1.0).collect();
        rows.extend(std::iter::repeat_n(row, HELD));
    }
    rows
}
