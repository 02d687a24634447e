//! Transients on the reduced path.

use std::cell::RefCell;

use crate::{
    circuit::{Circuit, Control, Kind, NodeId},
    dae::{Drive, Lure},
    mna::{Reduction, Sources, State},
    simulate::{
        Path, Scheme, SimulationError, TransientResult,
        operating_point::Beginning,
        run::{Case, Times},
        watch::{Progress, Watch},
    },
    solve::{
        Counters, SolveError,
        ode_guard::{self, OdeMethod, Pace},
        reduced::{self, Field, Integrator},
    },
};

/// Tolerance of a step relative to the reltol, vntol and abstol of the deck.
const SHARE: f64 = 1e-3;
/// Two instants nearer than this many print steps are one.
const SAME: f64 = 1e-9;

/// Integrates the normal form.
pub(super) fn integrate(
    case: &Case<'_>,
    reduction: &Reduction,
    beginning: &Beginning,
    scheme: Scheme,
    progress: &mut Progress<'_>,
) -> Result<TransientResult, SimulationError> {
    let sources = Sources::varying(case.circuit);
    let mut grid = grid(&case.times, &sources.corners(case.times.stop));
    let mut watch = Watch::new(case.circuit, case.times.stop, progress);
    let start = case.times.start;
    let go_on = &mut |time: f64, outputs: Option<&[f64]>| match outputs {
        Some(outputs) if time >= start => watch.point(time, outputs),
        _ => watch.step(time),
    };
    let job = Job {
        case,
        lure: &reduction.lure,
        drive: &sources,
        initial: initial(case.circuit, reduction, beginning),
        // The start of the integration, whether it is kept or not.
        times: [0.0].into_iter().filter(|&t| t < grid[0]).chain(grid.iter().copied()).collect(),
        rtol: case.tolerances.reltol * SHARE,
        atol: absolute(case, reduction),
    };
    let (mut outputs, counters, method) = match scheme {
        Scheme::Dopri5 => job.by_crate(scheme, OdeMethod::Dopri5, go_on)?,
        Scheme::Dop853 => job.by_crate(scheme, OdeMethod::Dop853, go_on)?,
        Scheme::Rk4 => {
            let method = OdeMethod::Rk4(case.times.largest_step());
            job.by_crate(scheme, method, go_on)?
        }
        Scheme::Explicit => job.by_own(Integrator::Explicit, go_on)?,
        Scheme::Implicit => job.by_own(Integrator::Implicit, go_on)?,
        Scheme::Auto | Scheme::Trapezoidal | Scheme::Gear2 => {
            job.by_own(Integrator::Auto, go_on)?
        }
    };
    // Only an integration that was broken off ends before the grid does.
    let before = std::cmp::min(job.times.len() - grid.len(), outputs.len());
    outputs.drain(..before);
    grid.truncate(outputs.len());
    let columns = (0..reduction.lure.sizes().outputs)
        .map(|column| outputs.iter().map(|row| row[column]).collect());
    Ok(TransientResult {
        span: case.times.span,
        waveform: case.waveform(grid, columns.collect())?,
        path: Path::Reduced,
        why: String::new(),
        refusal: Vec::new(),
        method,
        start: None,
        ending: watch.ending(case.times.span)?,
        counters,
    })
}

/// The absolute tolerance: of volts, and of amperes where there are inductors.
fn absolute(case: &Case<'_>, reduction: &Reduction) -> f64 {
    let (volts, amperes) = (case.tolerances.vntol * SHARE, case.tolerances.abstol);
    let all_volts = reduction.states.iter().all(|state| state.is_capacitor);
    if all_volts || volts < amperes { volts } else { amperes }
}

/// The print grid from start to stop, and the corners in it.
fn grid(times: &Times, corners: &[f64]) -> Vec<f64> {
    let Times { start, stop, .. } = *times;
    // Who bounds the step below the print step wants to see the points.
    let step = times.max_step.filter(|max| *max < times.step).unwrap_or(times.step);
    let near = SAME * step;
    let inside = |t: f64| t > start + near && t < stop - near;
    let mut grid: Vec<f64> = corners.iter().copied().filter(|&t| inside(t)).collect();
    let mut corner = 0;
    let corners = grid.len();
    for k in 1.. {
        let time = start + f64::from(k) * step;
        if !inside(time) {
            break;
        }
        while corner < corners && grid[corner] < time - near {
            corner += 1;
        }
        // A corner is exact, a multiple of the step is rounded.
        if corner == corners || grid[corner] > time + near {
            grid.push(time);
        }
    }
    grid.extend([start, stop]);
    grid.sort_by(f64::total_cmp);
    grid
}

/// The states where the unknowns of modified nodal analysis are `x`.
pub(super) fn states_at(circuit: &Circuit, reduction: &Reduction, x: &[f64]) -> Vec<f64> {
    let equations = circuit.equations();
    let at_point = |state: &State| -> f64 {
        let control = if state.is_capacitor {
            Control::Voltage(state.nodes[0], state.nodes[1])
        } else {
            Control::Current(state.elements[0])
        };
        equations.control(control).iter().map(|&(unknown, sign)| sign * x[unknown]).sum()
    };
    reduction.states.iter().map(at_point).collect()
}

/// The states at the start.
fn initial(circuit: &Circuit, reduction: &Reduction, beginning: &Beginning) -> Vec<f64> {
    match beginning {
        Beginning::Point(point) => states_at(circuit, reduction, &point.x),
        Beginning::Initial => {
            let volts = circuit.initial_volts();
            reduction.states.iter().map(|state| given(circuit, state, &volts)).collect()
        }
    }
}

/// The initial value of a state with `uic`: what the cards say, else what `.ic`
/// says. Capacitors in parallel share their charge.
fn given(circuit: &Circuit, state: &State, volts: &[f64]) -> f64 {
    let mut charge = 0.0;
    for id in &state.elements {
        charge += match &circuit.elements()[id.0 as usize].kind {
            Kind::Capacitor { nodes, capacitance, initial } => {
                let at = |node: NodeId| volts[node.0 as usize];
                let given = initial.as_deref().copied();
                let value = given.unwrap_or_else(|| at(nodes[0]) - at(nodes[1]));
                capacitance * if *nodes == state.nodes { value } else { -value }
            }
            Kind::Inductor { inductance, initial, .. } => {
                inductance * initial.as_deref().unwrap_or(&0.0)
            }
            _ => 0.0,
        };
    }
    charge / state.storage
}

/// Outputs by time, work, and the method in words.
type Solved = (Vec<Vec<f64>>, Counters, &'static str);

struct Job<'a> {
    case: &'a Case<'a>,
    lure: &'a Lure,
    drive: &'a dyn Drive,
    initial: Vec<f64>,
    times: Vec<f64>,
    rtol: f64,
    atol: f64,
}

impl Job<'_> {
    /// By the integrators of this package.
    fn by_own(
        &self,
        integrator: Integrator,
        watch: &mut reduced::Watch<'_>,
    ) -> Result<Solved, SimulationError> {
        let options = reduced::Options {
            atol: self.atol,
            max_interval: self.case.times.largest_step(),
            integrator,
            lands: false,
            ..reduced::Options::with_tolerance(self.rtol)
        };
        let problem = (self.initial.as_slice(), self.times.as_slice());
        let found = reduced::integrate_watched(self.lure, self.drive, problem, &options, watch)
            .map_err(|error| self.case.failure(error))?;
        let method = match (integrator, found.implicit) {
            (Integrator::Auto, true) => "Dormand-Prince 8(5,3), then RODAS 4(3) as it is stiff",
            (_, true) => "RODAS 4(3)",
            (_, false) => "Dormand-Prince 8(5,3)",
        };
        Ok((found.outputs, found.counters, method))
    }

    /// By the crate `ode_solvers`, which restarts at every time and corner.
    fn by_crate(
        &self,
        scheme: Scheme,
        method: OdeMethod,
        watch: &mut reduced::Watch<'_>,
    ) -> Result<Solved, SimulationError> {
        let mut pace = Pace::new(self.rtol, self.atol).with_method(method);
        let field = RefCell::new(Field::new(self.lure, self.drive));
        let mut state = self.initial.clone();
        let mut counters = Counters::default();
        let mut outputs = Vec::with_capacity(self.times.len());
        let mut now = self.times[0];
        let mut wanted = self.times.iter().peekable();
        for time in self.stops() {
            if time > now {
                let piece = Piece { field: &field, from: now, failure: RefCell::new(None) };
                let done = ode_guard::advance(&piece, &mut state, time - now, &mut pace);
                if let Some(error) = piece.failure.into_inner() {
                    return Err(self.case.failure(error));
                }
                counters += done.map_err(|fault| SimulationError::OdeSolvers {
                    span: self.case.times.span,
                    scheme,
                    from: now,
                    to: time,
                    fault,
                })?;
                now = time;
            }
            if wanted.next_if(|&&t| t == time).is_none() {
                continue;
            }
            let mut row = vec![0.0; self.lure.sizes().outputs];
            let read = field.borrow_mut().output(time, &state, &mut row);
            read.map_err(|error| self.case.failure(error))?;
            let goes_on = watch(time, Some(&row));
            outputs.push(row);
            if goes_on.is_break() {
                break;
            }
        }
        let name = match method {
            OdeMethod::Dopri5 => "Dopri5 of ode_solvers",
            OdeMethod::Dop853 => "Dop853 of ode_solvers",
            OdeMethod::Rk4(_) => "Rk4 of ode_solvers",
        };
        Ok((outputs, counters, name))
    }

    /// The times asked for and the corners of the inputs.
    fn stops(&self) -> Vec<f64> {
        let mut stops = self.drive.corners(self.case.times.stop);
        stops.extend(&self.times);
        stops.sort_by(f64::total_cmp);
        stops.dedup();
        stops
    }
}

/// The field from one time on, for `ode_solvers`.
struct Piece<'a, 'b> {
    field: &'a RefCell<Field<'b>>,
    from: f64,
    failure: RefCell<Option<SolveError>>,
}

impl ode_guard::Field for Piece<'_, '_> {
    fn rate(&self, t: f64, state: &[f64], rate: &mut [f64]) {
        if let Err(error) = self.field.borrow_mut().derivative(self.from + t, state, rate) {
            rate.fill(f64::NAN);
            self.failure.borrow_mut().get_or_insert(error);
        }
    }
}
