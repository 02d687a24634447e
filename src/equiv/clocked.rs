//! Circuits with switches on a clock: what they do in one period.
//!
//! Between two switchings every switch is a resistor, so that the circuit has a
//! normal form per setting of its switches. In a circuit of sample-and-hold cells
//! each of these is trivial: some states settle to what others, which are held, say.
//! Composed they are a map, and where the map is `h <- sigma(W h + Win x + b)`, it is
//! read off like any network.

mod compose;
mod phases;
mod step;

use crate::{
    circuit::Circuit,
    dae::{Coefficient, Lure},
    equiv::Obstacle,
    mna::{Reduction, State},
};

pub use phases::Phase;
pub use step::Stepper;

/// Time constants after which a state has settled, and a part of one in which it is held.
const SETTLED: f64 = 10.0;
const HELD: f64 = 1e-3;

/// A circuit whose switches a clock moves, over one period.
#[derive(Clone, Debug)]
pub struct Clocked {
    /// s
    pub period: f64,
    /// The settings of the switches in one period, in order.
    pub phases: Vec<Phase>,
    /// The part of a difference that is left when a state has settled.
    pub settling: f64,
    /// The part of a difference that a state that is held loses in one period.
    pub droop: f64,
}

/// The map of one period.
#[derive(Clone, Debug)]
pub struct PeriodMap {
    /// The flow `dx/dt = (f(x, u) - x) / period` of the map x <- f(x, u) of one
    /// period: its Euler map with that step is the map, and a network is read off it.
    pub reduction: Reduction,
    /// Which states of the circuit the map acts on.
    pub kept: Vec<usize>,
}

impl Clocked {
    /// The periods of `circuit`; `None` where it has no switch, or one that is not
    /// moved by pulses of one period.
    #[must_use]
    pub fn of(circuit: &Circuit) -> Option<Self> {
        let (period, phases) = phases::of(circuit)?;
        let mut clocked = Self { period, phases, settling: 0.0, droop: 0.0 };
        let mut held = vec![0.0; clocked.phases.first()?.reduction.states.len()];
        for phase in &clocked.phases {
            for (state, rate) in rates(&phase.reduction.lure).into_iter().enumerate() {
                let decay = -rate * phase.duration;
                if decay >= SETTLED {
                    clocked.settling = larger(clocked.settling, (-decay).exp());
                } else {
                    held[state] += decay;
                }
            }
        }
        clocked.droop = held.into_iter().fold(0.0, larger);
        Some(clocked)
    }

    /// The map of one period, up to what settling and droop leave out.
    ///
    /// # Errors
    ///
    /// [`Obstacle::Structure`] names the state that neither settles nor holds, and
    /// says where the circuit is no pair of cells a unit.
    pub fn map(&self) -> Result<PeriodMap, Obstacle> {
        let settled = self.phases.iter().map(settled);
        let settled: Vec<Vec<usize>> = settled.collect::<Result<_, _>>()?;
        let busy: Vec<usize> = (0..settled.len()).filter(|&p| !settled[p].is_empty()).collect();
        let [first, second] = busy[..] else {
            return Err(structure(format!(
                "states settle in {} phases of the clock; sample-and-hold cells do so in two",
                busy.len()
            )));
        };
        let source = &self.phases[first].reduction.lure;
        let sources = self.copied(second, &settled[second])?;
        let names = &source.parts().states;
        if let Some(state) =
            (0..names.len()).find(|s| settled[first].contains(s) == settled[second].contains(s))
        {
            return Err(structure(format!(
                "`{}` does not hold in one phase what it takes in the other",
                names[state]
            )));
        }
        let map = compose::Composed {
            source,
            kept: &settled[second],
            sources: &sources,
            period: self.period,
        };
        let origin = &self.phases[first].reduction;
        let states: Vec<State> =
            settled[second].iter().map(|&s| origin.states[s].clone()).collect();
        let reduction = Reduction {
            lure: map.flow()?,
            states,
            laws: origin.laws.clone(),
            inputs: origin.inputs.clone(),
        };
        Ok(PeriodMap { reduction, kept: settled[second].clone() })
    }

    /// Per state that settles in phase `at`, the one state whose value it takes.
    fn copied(&self, at: usize, settled: &[usize]) -> Result<Vec<usize>, Obstacle> {
        let lure = &self.phases[at].reduction.lure;
        let rates = rates(lure);
        let a = lure.matrix(Coefficient::A);
        for c in [Coefficient::B, Coefficient::E] {
            for (value, (state, _)) in lure.matrix(c) {
                if settled.contains(&state) && value.abs() > HELD * rates[state].abs() {
                    return Err(structure(format!(
                        "`{}` takes more than the value of one other state",
                        lure.parts().states[state]
                    )));
                }
            }
        }
        settled
            .iter()
            .map(|&state| {
                let from: Vec<(usize, f64)> = a
                    .outer_view(state)
                    .iter()
                    .flat_map(|row| row.iter().map(|(column, v)| (column, *v)).collect::<Vec<_>>())
                    .filter(|&(column, v)| column != state && v.abs() > HELD * rates[state].abs())
                    .collect();
                match from[..] {
                    [(source, gain)] if (gain / -rates[state] - 1.0).abs() <= HELD => Ok(source),
                    _ => Err(structure(format!(
                        "`{}` does not take the value of one other state",
                        lure.parts().states[state]
                    ))),
                }
            })
            .collect()
    }
}

/// The states that settle in a phase; every other one is held.
fn settled(phase: &Phase) -> Result<Vec<usize>, Obstacle> {
    let lure = &phase.reduction.lure;
    let mut settled = Vec::new();
    for (state, rate) in rates(lure).into_iter().enumerate() {
        let decay = -rate * phase.duration;
        if decay >= SETTLED {
            settled.push(state);
        } else if !(decay.abs() <= HELD) {
            return Err(structure(format!(
                "`{}` neither settles nor holds: a phase lasts {decay:.1e} of its time constants",
                lure.parts().states[state]
            )));
        }
    }
    Ok(settled)
}

/// The diagonal of A, 1/s.
fn rates(lure: &Lure) -> Vec<f64> {
    let a = lure.matrix(Coefficient::A);
    (0..lure.sizes().states).map(|s| a.get(s, s).copied().unwrap_or(0.0)).collect()
}

/// The larger of two numbers; NaN stays.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

fn structure(what: String) -> Obstacle {
    Obstacle::Structure { what }
}
