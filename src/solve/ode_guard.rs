//! `ode_solvers` 0.6.2, used only where it is right.
//!
//! Three of its answers are wrong without an error, and tests here show each:
//!
//! 1. `Dop853` evaluates its last two stages at the start of the step instead
//!    of its end, which only a right-hand side that depends on time notices.
//!    Here time is one more state, with derivative 1.
//! 2. Dense output extrapolates its last point. Here output is sparse: what
//!    comes back is the end of the last accepted step.
//! 3. A start before time 0 panics in dense mode. Here time starts at 0.
//!
//! `Rk4` besides rounds the number of its steps up, so that an end which is a
//! multiple of the step but for rounding gets one step too many. Here the end
//! it is told lies half a step before the last step.

use nalgebra::DVector;
use ode_solvers::{
    dop_shared::{IntegrationError, OutputType, SolverResult, Stats, System},
    dop853::Dop853,
    dopri5::Dopri5,
    rk4::Rk4,
};

use crate::solve::Counters;

/// The right-hand side of `dy/dt = f(t, y)`.
pub(crate) trait Field {
    /// Writes f(t, y); both slices have the length of the state.
    fn rate(&self, t: f64, state: &[f64], rate: &mut [f64]);
}

/// Which method of the crate steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum OdeMethod {
    /// Dormand and Prince, order 8.
    Dop853,
    /// Dormand and Prince, order 5.
    Dopri5,
    /// Runge and Kutta's of order 4 with a fixed step, at most this long; it
    /// knows no tolerance.
    Rk4(f64),
}

/// How to step: method, error tolerances, and what the last call learned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    method: OdeMethod,
    /// Error of a step relative to each component.
    relative: f64,
    /// Error of a step, in the unit of the state.
    absolute: f64,
    /// First step to try; 0 where there is no experience.
    guess: f64,
}

impl Pace {
    /// Of order 8.
    pub(crate) fn new(relative: f64, absolute: f64) -> Self {
        Self { method: OdeMethod::Dop853, relative, absolute, guess: 0.0 }
    }

    pub(crate) fn with_method(self, method: OdeMethod) -> Self {
        Self { method, ..self }
    }

    /// Learns from the times at which accepted steps ended. The last of them
    /// was cut short by the end: a single one says nothing against a longer
    /// guess, and where none of several was rejected a longer one is tried.
    fn learn(&mut self, times: &[f64], rejected: u32) {
        let mut steps = times.windows(2).map(|pair| pair[1] - pair[0]);
        let first = steps.next().unwrap_or(0.0);
        let Some(rest) = steps.max_by(f64::total_cmp) else {
            self.guess = if first > self.guess { first } else { self.guess };
            return;
        };
        let longest = if rest > first { rest } else { first };
        let eager = rejected == 0 && first >= self.guess;
        self.guess = if eager { 2.0 * longest } else { longest };
    }
}

/// Why a state cannot be carried on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OdeFault {
    /// A component is NaN or infinite, before or after.
    #[error("component {component} of the state is {value}")]
    NotFinite {
        /// Component, from 0.
        component: usize,
        /// Its value.
        value: f64,
    },
    /// The integrator gave up.
    #[error("{0}")]
    GaveUp(String),
    /// The integrator says that it is done, and is not at the end.
    #[error("the integrator stopped at {found} instead of {expected}")]
    Stopped {
        /// Where it should be.
        expected: f64,
        /// Where it is.
        found: f64,
    },
}

/// Steps that may be tried in one call: enough for tolerances near rounding,
/// few enough for a right-hand side that turns NaN to fail soon.
const MAX_STEPS: u32 = 20_000;

/// Accepted steps between two looks for stiffness.
const STIFFNESS_INTERVAL: u32 = 1000;

/// Carries `state` from time 0 to `end`, a positive time, by the method of
/// `pace`; returns the work. Calls that carry one state on share a `pace`.
///
/// # Errors
///
/// [`OdeFault`]; `state` is then as it was.
pub(crate) fn advance(
    field: &impl Field,
    state: &mut [f64],
    end: f64,
    pace: &mut Pace,
) -> Result<Counters, OdeFault> {
    finite(state)?;
    let start = DVector::from_iterator(state.len() + 1, state.iter().copied().chain([0.0]));
    let (stats, results) = integrate(TimeAsState(field), start, end, pace)?;
    let (times, states) = results.get();
    let (Some(&found), Some(last)) = (times.last(), states.last()) else {
        return Err(OdeFault::Stopped { expected: end, found: 0.0 });
    };
    // The last step is cut to the rest of the way, whose sum rounds once; a sum
    // of fixed steps rounds at each.
    let roundings = match pace.method {
        OdeMethod::Dop853 | OdeMethod::Dopri5 => 2.0,
        OdeMethod::Rk4(_) => 1.0 + times.len() as f64,
    };
    let exact = (found - end).abs() <= roundings * f64::EPSILON * end;
    if !exact {
        return Err(OdeFault::Stopped { expected: end, found });
    }
    let units = &last.as_slice()[..state.len()];
    finite(units)?;
    state.copy_from_slice(units);
    pace.learn(times, stats.rejected_steps);
    Ok(Counters {
        evaluations: u64::from(stats.num_eval),
        accepted: u64::from(stats.accepted_steps),
        rejected: u64::from(stats.rejected_steps),
        ..Counters::default()
    })
}

type State = DVector<f64>;
type Steps = (Stats, SolverResult<f64, State>);

/// The steps to `end`, through the crate.
fn integrate<F: Field>(
    field: TimeAsState<F>,
    start: State,
    end: f64,
    pace: &Pace,
) -> Result<Steps, OdeFault> {
    let gave_up = |error: IntegrationError| OdeFault::GaveUp(error.to_string());
    // Both have the same arguments, but not the same usual ones.
    macro_rules! adaptive {
        ($method:ident, $least:expr, $largest:expr) => {{
            let mut stepper = $method::from_param(
                field,
                0.0,
                end,
                end,
                start,
                pace.relative,
                pace.absolute,
                0.9,
                0.0,
                $least,
                $largest,
                end,
                pace.guess,
                MAX_STEPS,
                STIFFNESS_INTERVAL,
                OutputType::Sparse,
            );
            let stats = stepper.integrate().map_err(gave_up)?;
            Ok((stats, stepper.into()))
        }};
    }
    match pace.method {
        OdeMethod::Dop853 => adaptive!(Dop853, 0.333, 6.0),
        OdeMethod::Dopri5 => adaptive!(Dopri5, 0.2, 10.0),
        OdeMethod::Rk4(longest) => {
            let steps = (end / longest).ceil().clamp(1.0, f64::INFINITY);
            if steps > f64::from(MAX_STEPS) {
                let text = format!("{steps} steps of {longest} are too many at once");
                return Err(OdeFault::GaveUp(text));
            }
            let step = end / steps;
            let mut stepper = Rk4::new(field, 0.0, start, end - 0.5 * step, step);
            let stats = stepper.integrate().map_err(gave_up)?;
            Ok((stats, stepper.into()))
        }
    }
}

/// The first component that is not finite, as an error.
fn finite(state: &[f64]) -> Result<(), OdeFault> {
    match state.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(component) => Err(OdeFault::NotFinite { component, value: state[component] }),
    }
}

/// A field made autonomous: the last state is the time.
struct TimeAsState<'a, F>(&'a F);

impl<F: Field> System<f64, DVector<f64>> for TimeAsState<'_, F> {
    fn system(&self, _time: f64, state: &DVector<f64>, rate: &mut DVector<f64>) {
        let units = state.len() - 1;
        let time = state[units];
        let rates = rate.as_mut_slice();
        self.0.rate(time, &state.as_slice()[..units], &mut rates[..units]);
        rates[units] = 1.0;
    }
}

#[cfg(test)]
mod tests {
    use ode_solvers::dopri5::Dopri5;

    use super::*;

    /// dy/dt = -2 t y from y = 1: exp(-t^2).
    struct Bell;

    impl Field for Bell {
        fn rate(&self, t: f64, state: &[f64], rate: &mut [f64]) {
            rate[0] = -2.0 * t * state[0];
        }
    }

    impl System<f64, DVector<f64>> for Bell {
        fn system(&self, t: f64, state: &DVector<f64>, rate: &mut DVector<f64>) {
            rate[0] = -2.0 * t * state[0];
        }
    }

    /// dy/dt = (-y1, y0) from (1, 0): (cos t, sin t).
    struct Circle;

    impl Field for Circle {
        fn rate(&self, _t: f64, state: &[f64], rate: &mut [f64]) {
            rate[0] = -state[1];
            rate[1] = state[0];
        }
    }

    impl System<f64, DVector<f64>> for Circle {
        fn system(&self, _t: f64, state: &DVector<f64>, rate: &mut DVector<f64>) {
            rate[0] = -state[1];
            rate[1] = state[0];
        }
    }

    const TOLERANCE: f64 = 1e-6;

    fn guarded(field: &impl Field, start: &[f64], end: f64, relative: f64) -> Vec<f64> {
        let mut state = start.to_vec();
        advance(field, &mut state, end, &mut Pace::new(relative, relative)).unwrap();
        state
    }

    /// If this fails, `ode_solvers` has been mended and the guard may go.
    #[test]
    fn the_raw_crate_is_wrong_where_the_right_hand_side_depends_on_time() {
        let start = DVector::from_element(1, 1.0);
        let mut raw = Dop853::new(Bell, 0.0, 1.5, 1.5, start, TOLERANCE, TOLERANCE);
        raw.set_output(OutputType::Sparse);
        raw.integrate().unwrap();
        let wrong = raw.y_out().last().unwrap()[0];
        assert!((wrong - (-2.25_f64).exp()).abs() > 50.0 * TOLERANCE, "{wrong}");
        let right = guarded(&Bell, &[1.0], 1.5, TOLERANCE)[0];
        assert!((right - (-2.25_f64).exp()).abs() < 2.0 * TOLERANCE, "{right}");
    }

    /// If this fails, `ode_solvers` has been mended and the guard may go.
    #[test]
    fn the_raw_crate_extrapolates_its_last_dense_point() {
        let start = || DVector::from_vec(vec![1.0, 0.0]);
        let mut first = Dop853::new(Circle, 0.0, 20.0, 10.0, start(), TOLERANCE, TOLERANCE);
        first.integrate().unwrap();
        let mut second = Dopri5::new(Circle, 0.0, 20.0, 10.0, start(), TOLERANCE, TOLERANCE);
        second.integrate().unwrap();
        for raw in [first.y_out().last().unwrap()[0], second.y_out().last().unwrap()[0]] {
            assert!((raw - 20.0_f64.cos()).abs() > 1.0, "{raw}");
        }
        let right = guarded(&Circle, &[1.0, 0.0], 20.0, TOLERANCE)[0];
        assert!((right - 20.0_f64.cos()).abs() < 1e-4, "{right}");
    }

    /// If this fails, `ode_solvers` has been mended and the guard may go.
    #[test]
    fn the_raw_crate_panics_on_a_start_before_zero() {
        let outcome = std::panic::catch_unwind(|| {
            let start = DVector::from_vec(vec![1.0, 0.0]);
            let mut raw = Dopri5::new(Circle, -1.0, 1.0, 0.5, start, TOLERANCE, TOLERANCE);
            raw.integrate().map(|_| ())
        });
        assert!(outcome.is_err());
    }

    #[test]
    fn the_error_follows_the_tolerance() {
        for (relative, bound) in [(1e-6, 2e-6), (1e-8, 2e-8), (1e-10, 2e-10), (1e-12, 3e-12)] {
            let bell = guarded(&Bell, &[1.0], 1.5, relative)[0] - (-2.25_f64).exp();
            let circle = guarded(&Circle, &[1.0, 0.0], 3.0, relative)[1] - 3.0_f64.sin();
            assert!(bell.abs() < bound && circle.abs() < bound, "{relative}: {bell} {circle}");
        }
    }

    #[test]
    fn the_other_methods_are_right_too() {
        for method in [OdeMethod::Dopri5, OdeMethod::Rk4(1e-3)] {
            let (mut bell, mut circle) = ([1.0], [1.0, 0.0]);
            let mut pace = Pace::new(1e-10, 1e-10).with_method(method);
            advance(&Bell, &mut bell, 1.5, &mut pace).unwrap();
            advance(&Circle, &mut circle, 3.0, &mut pace).unwrap();
            assert!((bell[0] - (-2.25_f64).exp()).abs() < 1e-9, "{method:?}: {bell:?}");
            assert!((circle[1] - 3.0_f64.sin()).abs() < 1e-9, "{method:?}: {circle:?}");
        }
    }

    /// If this fails, `ode_solvers` has been mended and the half step may go.
    #[test]
    fn the_raw_crate_takes_one_fixed_step_too_many() {
        let start = || DVector::from_vec(vec![1.0, 0.0]);
        let count = |steps: u32| {
            let mut raw = Rk4::new(Circle, 0.0, start(), 1.0, 1.0 / f64::from(steps));
            raw.integrate().unwrap().accepted_steps
        };
        assert!((1..200).any(|steps| count(steps) != steps));
        for steps in 1..200_u32 {
            let method = OdeMethod::Rk4(1.0 / f64::from(steps));
            let mut pace = Pace::new(1e-6, 1e-6).with_method(method);
            let work = advance(&Circle, &mut [1.0, 0.0], 1.0, &mut pace).unwrap();
            assert!(work.accepted.abs_diff(u64::from(steps)) <= 1, "{steps}: {work:?}");
        }
    }

    #[test]
    fn a_short_way_is_a_step_too() {
        let end = 1e-13;
        let state = guarded(&Circle, &[1.0, 0.0], end, 1e-10);
        assert!((state[1] - end).abs() < 1e-25, "{state:?}");
    }

    /// A guess that is far too long costs evaluations, never accuracy.
    #[test]
    fn experience_speeds_up_and_does_not_mislead() {
        let mut pace = Pace::new(1e-10, 1e-10);
        let (mut state, mut work) = ([1.0, 0.0], Vec::new());
        for _ in 0..10 {
            work.push(advance(&Circle, &mut state, 0.1, &mut pace).unwrap().evaluations);
        }
        assert!((state[1] - 1.0_f64.sin()).abs() < 1e-9, "{state:?}");
        assert!(work[9] <= 13 && work[9] < work[0], "{work:?}");
        pace.guess = 1e3;
        advance(&Circle, &mut state, 19.0, &mut pace).unwrap();
        assert!((state[1] - 20.0_f64.sin()).abs() < 1e-8, "{state:?}");
        assert!(pace.guess < 2.0, "{pace:?}");
    }

    /// dy/dt = y^2 from y = 1 is infinite at t = 1.
    struct Burst;

    impl Field for Burst {
        fn rate(&self, _t: f64, state: &[f64], rate: &mut [f64]) {
            rate[0] = state[0] * state[0];
        }
    }

    #[test]
    fn a_state_that_leaves_the_numbers_is_an_error() {
        let mut pace = Pace::new(1e-6, 1e-6);
        let mut state = [1.0];
        assert!(matches!(advance(&Burst, &mut state, 2.0, &mut pace), Err(OdeFault::GaveUp(_))));
        assert_eq!(state.map(f64::to_bits), [1.0_f64.to_bits()], "the state is as it was");
        let mut state = [1.0, f64::NAN];
        let fault = advance(&Circle, &mut state, 1.0, &mut pace).unwrap_err();
        assert_eq!(fault.to_string(), "component 1 of the state is NaN");
    }
}
