//! Trajectories of the normal form.

use std::ops::ControlFlow;

use crate::{
    dae::{Drive, Lure, System, Time},
    solve::{
        Counters, SolveError,
        reduced::{
            Field,
            rhs::{Driven, RightHandSide},
            run::Run,
        },
    },
};

/// Which method integrates a normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Integrator {
    /// Explicit until the system looks stiff, implicit from there on up to the next corner.
    #[default]
    Auto,
    /// Dormand and Prince 8(5,3).
    Explicit,
    /// RODAS 4(3), with a dense Jacobian.
    Implicit,
}

/// Accuracy and method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Relative tolerance of a step.
    pub rtol: f64,
    /// Absolute tolerance of a step, in the unit of the states.
    pub atol: f64,
    /// Largest time between two evaluations, of which a step takes several.
    pub max_interval: f64,
    /// Steps end at every time asked for, where the states are then as exact as they are at
    /// the ends of steps; else states within a step are interpolated.
    pub lands: bool,
    /// Most steps.
    pub max_steps: u64,
    /// Method.
    pub integrator: Integrator,
}

impl Options {
    /// Relative tolerance `rtol`, absolute a hundredth of it; lands everywhere.
    #[must_use]
    pub fn with_tolerance(rtol: f64) -> Self {
        Self {
            rtol,
            atol: rtol / 100.0,
            max_interval: f64::INFINITY,
            lands: true,
            max_steps: 50_000_000,
            integrator: Integrator::Auto,
        }
    }
}

/// States and outputs at the times asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// The times.
    pub times: Vec<f64>,
    /// States, one row a time.
    pub states: Vec<Vec<f64>>,
    /// Outputs, one row a time.
    pub outputs: Vec<Vec<f64>>,
    /// Work done.
    pub counters: Counters,
    /// True where the implicit method took over or was asked for.
    pub implicit: bool,
}

/// Integrates `lure` from `initial` at the first of `times`, which increase, and
/// lands on every corner of `drive`, and on every one of them unless told otherwise.
///
/// States within a step are interpolated, with order 7 by the explicit method and order 3 by
/// the implicit one, and an estimated error
/// of at most two tolerances, where the implicit one does of a hundredth.
///
/// # Errors
///
/// [`SolveError`] where times or shapes make no sense, a value is not finite, an
/// algebraic loop has no solution, or the step becomes too small.
pub fn integrate(
    lure: &Lure,
    drive: &dyn Drive,
    initial: &[f64],
    times: &[f64],
    options: &Options,
) -> Result<Trajectory, SolveError> {
    let problem = (initial, times);
    run(Field::new(lure, drive), drive, problem, options, &mut |_, _| ControlFlow::Continue(()))
}

/// Is handed the time of every step, with the outputs where it is one that was asked for;
/// says whether to go on.
pub type Watch<'w> = dyn FnMut(f64, Option<&[f64]>) -> ControlFlow<()> + 'w;

/// As [`integrate`]; where `watch` breaks off, the trajectory ends with the last of the
/// times that was reached.
///
/// # Errors
///
/// As [`integrate`].
pub fn integrate_watched(
    lure: &Lure,
    drive: &dyn Drive,
    problem: (&[f64], &[f64]),
    options: &Options,
    watch: &mut Watch<'_>,
) -> Result<Trajectory, SolveError> {
    run(Field::new(lure, drive), drive, problem, options, watch)
}

/// As [`integrate`], for any system whose time is continuous.
///
/// # Errors
///
/// As [`integrate`], and where the time of `system` is discrete.
pub fn integrate_system(
    system: &dyn System,
    drive: &dyn Drive,
    initial: &[f64],
    times: &[f64],
    options: &Options,
) -> Result<Trajectory, SolveError> {
    if system.time() != Time::Continuous {
        let text = "a system with discrete time is stepped, not integrated".to_owned();
        return Err(SolveError::Argument(text));
    }
    let problem = (initial, times);
    run(Driven::new(system, drive), drive, problem, options, &mut |_, _| ControlFlow::Continue(()))
}

fn run(
    field: impl RightHandSide,
    drive: &dyn Drive,
    (initial, times): (&[f64], &[f64]),
    options: &Options,
    watch: &mut Watch<'_>,
) -> Result<Trajectory, SolveError> {
    let (states, _, outputs) = field.shape();
    check(states, initial, times, options)?;
    let stop = times[times.len() - 1];
    let mut stops = drive.corners(stop);
    stops.retain(|&t| t > times[0] && t < stop);
    stops.sort_by(f64::total_cmp);
    let corners = stops.clone();
    if options.lands {
        stops.extend(times[1..].iter().copied());
    } else {
        stops.push(stop);
    }
    stops.sort_by(f64::total_cmp);
    stops.dedup();
    let mut run = Run::new(field, (initial, times[0]), options);
    let mut wanted = times.iter().copied().peekable();
    let mut state = vec![0.0; states];
    let mut trajectory = Trajectory {
        times: times.to_vec(),
        states: Vec::with_capacity(times.len()),
        outputs: Vec::with_capacity(times.len()),
        counters: Counters::default(),
        implicit: false,
    };
    let mut passed = 0;
    'steps: loop {
        let mut is_seen = false;
        while let Some(time) = wanted.next_if(|&time| time <= run.time) {
            run.state_at(time, &mut state);
            let mut y = vec![0.0; outputs];
            run.field.output(time, &state, &mut y)?;
            let goes_on = watch(time, Some(&y));
            trajectory.states.push(state.clone());
            trajectory.outputs.push(y);
            if goes_on.is_break() {
                break 'steps;
            }
            is_seen = time == run.time;
        }
        if run.time >= stop || !is_seen && watch(run.time, None).is_break() {
            break;
        }
        if run.time >= stops[passed] {
            if corners.binary_search_by(|corner| corner.total_cmp(&run.time)).is_ok() {
                run.corner(options);
            }
            passed += 1;
        }
        let next = wanted.peek().copied().unwrap_or(stop);
        run.advance((stops[passed], next), options)?;
    }
    trajectory.times.truncate(trajectory.outputs.len());
    trajectory.implicit = run.was_implicit;
    trajectory.counters = run.counters();
    Ok(trajectory)
}

fn check(
    states: usize,
    initial: &[f64],
    times: &[f64],
    options: &Options,
) -> Result<(), SolveError> {
    let refuse = |text: String| Err(SolveError::Argument(text));
    if initial.len() != states {
        return refuse(format!("{} initial values for {states} states", initial.len()));
    }
    if times.is_empty()
        || !times.windows(2).all(|w| w[0] < w[1])
        || times.iter().any(|t| !t.is_finite())
    {
        return refuse("the times asked for must be finite and increase".to_owned());
    }
    let positive = |v: f64| v > 0.0;
    if !(positive(options.rtol) && positive(options.atol) && positive(options.max_interval)) {
        return refuse("tolerances and the largest interval must be positive".to_owned());
    }
    Ok(())
}
