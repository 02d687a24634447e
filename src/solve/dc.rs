//! Operating points.

use crate::{
    dae::Dae,
    solve::{
        Counters, NewtonOptions, SolveError,
        failure::Failure,
        newton::{Newton, Problem},
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
    /// States that the switches begin with; empty for those of the system.
    pub switches: Vec<bool>,
    /// Voltages that are held (`.ic`).
    pub held: Vec<(usize, f64)>,
    /// Conductance the first stepping attempt starts from, S.
    pub first_shunt: f64,
    /// What is tried, in order.
    pub aids: Vec<Aid>,
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
        Self {
            newton,
            guesses: Vec::new(),
            switches: Vec::new(),
            held: Vec::new(),
            first_shunt: 1e-2,
            aids: Aid::ALL.to_vec(),
        }
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
    /// States of the switches.
    pub switches: Vec<bool>,
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
    /// A capacitance at every node, charged until nothing moves.
    PseudoTransient,
}

impl Aid {
    /// All, the cheapest first.
    pub const ALL: [Self; 4] =
        [Self::None, Self::ShuntStepping, Self::SourceStepping, Self::PseudoTransient];
}

/// Steps of a continuation may become this many times smaller than the first.
const FINEST: f64 = 1e-4;
/// Conductance that no more is tried beyond, S.
const LARGEST_SHUNT: f64 = 1e4;
/// Conductance below which the last step goes to none, S.
const LAST_SHUNT: f64 = 1e-13;
/// First step of a pseudo-transient, s.
const FIRST_STEP: f64 = 1e-9;
/// The step beyond which nothing is left that holds back, s.
const LAST_STEP: f64 = 1e4;
/// What becomes of a step that succeeded, and of one that failed.
const LENGTHENING: f64 = 4.0;
const SHORTENING: f64 = 0.1;
/// Most steps.
const LONGEST_PSEUDO_TRANSIENT: usize = 300;
/// Of every node to ground meanwhile, F.
const CAPACITANCE: f64 = 1e-12;

/// The operating point of `system` with inputs `u`: by Newton's method from
/// the guesses, then with shunts to ground that are taken away, then with
/// sources that are raised from zero, then by a pseudo-transient. The last follows what
/// the circuit would do, and so gets past folds that end the continuations before it:
/// where a circuit has several states these lead up to the brink of one.
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
        shunted.held[unknown] = Some((unknown, value));
    }
    let mut search = Search { newton: Newton::new(&shunted), shunted, u, options };
    let start = search.start();
    let mut failure: Option<Failure> = None;
    for &aid in &options.aids {
        let mut x = start.clone();
        search.newton.begin(&search.shunted);
        if !options.switches.is_empty() {
            search.newton.eval.switches.copy_from_slice(&options.switches);
        }
        if !options.guesses.is_empty() {
            search.newton.anchor_at(&search.shunted, &start);
        }
        let attempt = match aid {
            Aid::None => search.plain(&mut x),
            Aid::ShuntStepping => search.shunt_stepping(&mut x),
            Aid::SourceStepping => search.source_stepping(&mut x),
            Aid::PseudoTransient => search.pseudo_transient(&mut x),
        };
        match attempt {
            Ok(()) => {
                let Newton { counters, eval, .. } = search.newton;
                return Ok(OperatingPoint { x, counters, aid, switches: eval.switches });
            }
            // How far off an attempt was says more than that another went astray.
            Err(reason) => match &failure {
                Some(before) if before.is_inaccurate() => {}
                _ => failure = Some(reason),
            },
        }
    }
    let Some(failure) = failure else {
        return Err(SolveError::Argument("no attempt was made".to_owned()));
    };
    let held = failure.undetermined().and_then(|unknown| search.shunted.conflict(unknown));
    if let Some((unknown, value)) = held.and_then(|row| search.shunted.held[row]) {
        return Err(SolveError::Held { unknown: system.unknowns()[unknown].name.clone(), value });
    }
    Err(failure.into_error(system, 0.0))
}

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
            self.shunted.held[unknown].get_or_insert((unknown, value));
            x[unknown] = value;
        }
        // Where even this fails the guesses alone are the start.
        let mut with_guesses = x.clone();
        for _ in 0..=self.options.guesses.len() {
            match self.plain(&mut with_guesses) {
                Ok(()) => {
                    x = with_guesses;
                    break;
                }
                Err(failure) if self.overrule(&failure) => with_guesses.clone_from(&x),
                Err(_) => break,
            }
        }
        self.shunted.held = held;
        x
    }

    /// Drops the law of a source in favour of a guess that contradicts it; false
    /// where that is not what failed.
    fn overrule(&mut self, failure: &Failure) -> bool {
        let Some(unknown) = failure.undetermined() else { return false };
        let row = self.shunted.conflict(unknown);
        row.is_some_and(|row| self.shunted.overrule(row, unknown))
    }

    fn attempt(&mut self, u: &[f64], x: &mut [f64]) -> Result<(), Failure> {
        self.settled(Problem { u, time: 0.0, alpha: 0.0, rest: &[] }, x)
    }

    /// Solves a problem, with the switches where they stay.
    fn settled(&mut self, problem: Problem<'_>, x: &mut [f64]) -> Result<(), Failure> {
        // A switch that moves may move others, and back: there may be no end.
        let rounds = 2 * self.shunted.switches() + 1;
        for _ in 0..rounds {
            self.newton.forget();
            self.newton.solve(&self.shunted, problem, x, &self.options.newton)?;
            if !self.newton.switch(&self.shunted, x) {
                return Ok(());
            }
        }
        Err(Failure::chatter())
    }

    fn plain(&mut self, x: &mut [f64]) -> Result<(), Failure> {
        self.shunted.conductance = 0.0;
        let u = self.u;
        self.attempt(u, x)
    }

    fn shunt_stepping(&mut self, x: &mut [f64]) -> Result<(), Failure> {
        let u = self.u;
        let mut conductance = self.options.first_shunt;
        let mut factor: f64 = 10.0;
        // The smallest conductance that worked, and its solution.
        let mut reached: Option<(f64, Vec<f64>)> = None;
        while conductance > LAST_SHUNT {
            self.shunted.conductance = conductance;
            let mut next = reached.as_ref().map_or_else(|| x.to_vec(), |(_, x)| x.clone());
            let outcome = self.attempt(u, &mut next);
            conductance = match (outcome, &reached) {
                (Ok(()), _) => {
                    reached = Some((conductance, next));
                    factor = factor.powf(1.5).clamp(1.0 + FINEST, 100.0);
                    conductance / factor
                }
                (Err(failure), None) if conductance > LARGEST_SHUNT => return Err(failure),
                (Err(_), None) => conductance * 100.0,
                (Err(failure), Some(_)) if factor < 1.0 + FINEST => return Err(failure),
                (Err(_), Some((from, _))) => {
                    factor = factor.sqrt().sqrt();
                    from / factor
                }
            };
        }
        if let Some((_, found)) = reached {
            x.copy_from_slice(&found);
        }
        self.plain(x)
    }

    fn source_stepping(&mut self, x: &mut [f64]) -> Result<(), Failure> {
        self.shunted.conductance = 0.0;
        x.fill(0.0);
        let mut level = 0.0;
        let mut step = 0.1;
        while level < 1.0 {
            let next_level = if level + step > 1.0 { 1.0 } else { level + step };
            let scaled: Vec<f64> = self.u.iter().map(|u| u * next_level).collect();
            let mut next = x.to_vec();
            match self.attempt(&scaled, &mut next) {
                Ok(()) => {
                    x.copy_from_slice(&next);
                    level = next_level;
                    step *= 1.5;
                }
                Err(failure) if step < FINEST * 0.1 => return Err(failure),
                Err(_) => step *= 0.25,
            }
        }
        Ok(())
    }

    /// Follows the circuit as it is switched on, with a capacitance more at every node, by
    /// Euler's implicit method, which damps whatever would ring, in ever longer steps (C. T.
    /// Kelley and D. E. Keyes, SIAM J. Numer. Anal. 35 (1998) 508).
    fn pseudo_transient(&mut self, x: &mut [f64]) -> Result<(), Failure> {
        let u = self.u;
        let mut step = FIRST_STEP;
        for _ in 0..LONGEST_PSEUDO_TRANSIENT {
            self.shunted.residual(x, u, 0.0, &mut self.newton.eval);
            let alpha = 1.0 / step;
            let rest: Vec<f64> = self.newton.eval.q.iter().map(|q| -alpha * q).collect();
            self.shunted.conductance = CAPACITANCE * alpha;
            self.shunted.anchored_at.copy_from_slice(x);
            let mut next = x.to_vec();
            match self.settled(Problem { u, time: 0.0, alpha, rest: &rest }, &mut next) {
                Ok(()) => {
                    x.copy_from_slice(&next);
                    step *= LENGTHENING;
                }
                Err(failure) if step < FIRST_STEP * FINEST => return Err(failure),
                Err(_) => step *= SHORTENING,
            }
            if step > LAST_STEP {
                break;
            }
        }
        self.shunted.anchored_at.fill(0.0);
        self.plain(x)
    }
}
