//! Operating points.

use crate::{
    dae::Dae,
    solve::{
        Counters, NewtonOptions, SolveError,
        newton::{Failure, Newton, Problem},
        shunt::Shunted,
    },
};

/// How to look for an operating point.
#[derive(Clone, Debug, PartialEq)]
pub struct DcOptions {
    /// Tolerances and iterations of each attempt.
    pub newton: NewtonOptions,
    /// Unknowns with first guesses (`.nodeset`).
    pub guesses: Vec<(usize, f64)>,
    /// Voltages that are held (`.ic`).
    pub held: Vec<(usize, f64)>,
    /// Conductance the first stepping attempt starts from, S.
    pub first_shunt: f64,
}

impl Default for DcOptions {
    fn default() -> Self {
        let newton = NewtonOptions {
            relative: 1e-9,
            voltage: 1e-12,
            current: 1e-15,
            max_iterations: 100,
            full: true,
        };
        Self { newton, guesses: Vec::new(), held: Vec::new(), first_shunt: 1e-2 }
    }
}

/// A solution of `f(x, u) = 0`.
#[derive(Clone, Debug, PartialEq)]
pub struct OperatingPoint {
    /// The unknowns.
    pub x: Vec<f64>,
    /// Work done.
    pub counters: Counters,
    /// The aid that was needed.
    pub aid: Aid,
}

/// What helped Newton's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aid {
    /// Nothing.
    None,
    /// Conductances to ground, taken away step by step.
    ShuntStepping,
    /// Sources raised step by step.
    SourceStepping,
}

/// Steps of a continuation may become this many times smaller than the first.
const FINEST: f64 = 1e-4;
/// Conductance below which the last step goes to none, S.
const LAST_SHUNT: f64 = 1e-13;

/// The operating point of `system` with inputs `u`: by Newton's method from
/// the guesses, then with shunts to ground that are taken away, then with
/// sources that are raised from zero.
///
/// # Errors
///
/// [`SolveError`] of the last attempt, which names the unknown that is farthest off.
pub fn operating_point(
    system: &impl Dae,
    u: &[f64],
    options: &DcOptions,
) -> Result<OperatingPoint, SolveError> {
    let mut shunted = Shunted::new(system);
    for &(unknown, value) in &options.held {
        shunted.held[unknown] = Some(value);
    }
    let mut search = Search { newton: Newton::new(&shunted), shunted, u, options };
    let start = search.start();
    let attempts = [
        (Aid::None, Search::plain as Attempt<_>),
        (Aid::ShuntStepping, Search::shunt_stepping),
        (Aid::SourceStepping, Search::source_stepping),
    ];
    let mut failure = None;
    for (aid, attempt) in attempts {
        let mut x = start.clone();
        match attempt(&mut search, &mut x) {
            Ok(()) => return Ok(OperatingPoint { x, counters: search.newton.counters, aid }),
            Err(reason) => failure = Some(reason),
        }
    }
    Err(match failure {
        Some(reason) => reason.into_error(system, 0.0),
        None => SolveError::Argument("no attempt was made".to_owned()),
    })
}

type Attempt<S> = fn(&mut S, &mut Vec<f64>) -> Result<(), Failure>;

struct Search<'a, S: Dae> {
    shunted: Shunted<'a, S>,
    newton: Newton,
    u: &'a [f64],
    options: &'a DcOptions,
}

impl<S: Dae> Search<'_, S> {
    /// The first guess: the solution with the guessed voltages held, or zero.
    fn start(&mut self) -> Vec<f64> {
        let mut x = vec![0.0; self.shunted.unknowns().len()];
        if self.options.guesses.is_empty() {
            return x;
        }
        let held = self.shunted.held.clone();
        for &(unknown, value) in &self.options.guesses {
            self.shunted.held[unknown].get_or_insert(value);
            x[unknown] = value;
        }
        // Where even this fails the guesses alone are the start.
        let mut with_guesses = x.clone();
        if self.plain(&mut with_guesses).is_ok() {
            x = with_guesses;
        }
        self.shunted.held = held;
        x
    }

    fn attempt(&mut self, u: &[f64], x: &mut [f64]) -> Result<(), Failure> {
        let problem = Problem { u, time: 0.0, alpha: 0.0, rest: &[] };
        self.newton.forget();
        self.newton.solve(&self.shunted, problem, x, &self.options.newton).map(|_| ())
    }

    fn plain(&mut self, x: &mut Vec<f64>) -> Result<(), Failure> {
        self.shunted.conductance = 0.0;
        let u = self.u;
        self.attempt(u, x)
    }

    fn shunt_stepping(&mut self, x: &mut Vec<f64>) -> Result<(), Failure> {
        let mut conductance = self.options.first_shunt;
        let mut factor: f64 = 10.0;
        let mut reached = x.clone();
        let mut from = conductance * factor;
        while conductance > LAST_SHUNT {
            self.shunted.conductance = conductance;
            let mut next = reached.clone();
            let u = self.u;
            match self.attempt(u, &mut next) {
                Ok(()) => {
                    reached = next;
                    from = conductance;
                    factor = factor.powf(1.5).clamp(1.0 + FINEST, 100.0);
                }
                Err(failure) if factor < 1.0 + FINEST || from > self.options.first_shunt => {
                    return Err(failure);
                }
                Err(_) => factor = factor.sqrt().sqrt(),
            }
            conductance = from / factor;
        }
        *x = reached;
        self.plain(x)
    }

    fn source_stepping(&mut self, x: &mut Vec<f64>) -> Result<(), Failure> {
        self.shunted.conductance = 0.0;
        x.fill(0.0);
        let mut level = 0.0;
        let mut step = 0.1;
        while level < 1.0 {
            let next_level = if level + step > 1.0 { 1.0 } else { level + step };
            let scaled: Vec<f64> = self.u.iter().map(|u| u * next_level).collect();
            let mut next = x.clone();
            match self.attempt(&scaled, &mut next) {
                Ok(()) => {
                    *x = next;
                    level = next_level;
                    step *= 1.5;
                }
                Err(failure) if step < FINEST * 0.1 => return Err(failure),
                Err(_) => step *= 0.25,
            }
        }
        Ok(())
    }
}
