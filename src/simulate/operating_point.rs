//! Operating points of circuits.

use crate::{
    circuit::{Analysis, Circuit, NodeId},
    dae::{Dae, Drive, Eval, Unknown},
    diag::Span,
    mna::{Mna, Reduction, Sources, initial_charges},
    simulate::{OperatingPointResult, Reading, SimulationError, normal::states_at, run::LazyMna},
    solve::{Aid, Counters, DcOptions, OperatingPoint, Start, operating_point},
};

/// The operating point with inputs `u`: `.nodeset` guesses voltages, and `.ic`
/// holds them, or guesses them too where nothing is to be `held`.
///
/// # Errors
///
/// Faults that matter at DC only, or no solution.
pub(super) fn solve(
    circuit: &Circuit,
    mna: &Mna,
    u: &[f64],
    span: Span,
    is_held: bool,
) -> Result<OperatingPoint, SimulationError> {
    let faults = circuit.dc_faults();
    if !faults.is_empty() {
        return Err(SimulationError::Circuit(faults));
    }
    let unknowns = |list: &[(NodeId, f64)]| -> Vec<(usize, f64)> {
        list.iter().filter_map(|&(node, value)| Some((node.unknown()?, value))).collect()
    };
    let parts = circuit.parts();
    let mut options = DcOptions { guesses: unknowns(&parts.guesses), ..DcOptions::default() };
    let initial = unknowns(&parts.initial);
    if is_held {
        options.held = initial;
    } else {
        options.guesses.extend(initial);
    }
    operating_point(mna, u, &options).map_err(|error| SimulationError::solver(circuit, span, error))
}

/// The operating point with inputs `u`, looked for from another one where there is one,
/// so that of several solutions, and states of switches, the nearest is found. `.ic`
/// says where to look first and holds nothing.
///
/// # Errors
///
/// Those of [`solve`].
pub(super) fn solve_from(
    circuit: &Circuit,
    mna: &Mna,
    u: &[f64],
    span: Span,
    before: Option<&OperatingPoint>,
) -> Result<OperatingPoint, SimulationError> {
    let Some(before) = before else { return solve(circuit, mna, u, span, false) };
    let options = DcOptions {
        guesses: before.x.iter().copied().enumerate().collect(),
        switches: before.switches.clone(),
        ..DcOptions::default()
    };
    operating_point(mna, u, &options).map_err(|error| SimulationError::solver(circuit, span, error))
}

/// `.op`
pub(super) fn analyse(
    circuit: &Circuit,
    mna: &Mna,
    span: Span,
) -> Result<OperatingPointResult, SimulationError> {
    let found = solve(circuit, mna, Sources::all(circuit).dc(), span, true)?;
    let reading = |(unknown, &value): (&Unknown, &f64)| Reading {
        name: unknown.name.clone(),
        unit: unknown.quantity.unit(),
        value,
    };
    let readings = mna.unknowns().iter().zip(&found.x).map(reading).collect();
    Ok(OperatingPointResult { span, readings, aid: found.aid, counters: found.counters })
}

/// The states of a reduced circuit at its operating point, and its inputs there,
/// in SI units and in the order of the normal form. It is an equilibrium: `.ic`
/// says where to look for it and holds nothing.
///
/// # Errors
///
/// Faults that matter at DC only, or no solution.
pub fn operating_state(
    circuit: &Circuit,
    reduction: &Reduction,
) -> Result<(Vec<f64>, Vec<f64>), SimulationError> {
    let mna = Mna::compile(circuit);
    // A deck need not ask for the analysis; what is to blame is then its first card.
    let cards = circuit.parts().analyses.iter().map(Analysis::span);
    let elements = circuit.elements().iter().map(|element| element.origin);
    let Some(span) = cards.chain(elements).next() else { return Ok((Vec::new(), Vec::new())) };
    let point = solve(circuit, &mna, Sources::all(circuit).dc(), span, false)?;
    let states = states_at(circuit, reduction, &point.x);
    Ok((states, Sources::varying(circuit).dc().to_vec()))
}

/// Where a transient starts.
pub(super) enum Beginning {
    /// With `uic`, from the initial conditions.
    Initial,
    /// From an operating point.
    Point(OperatingPoint),
}

impl Beginning {
    /// Finds it. The sources have their values at time 0 then, not those of `.op`.
    pub(super) fn find(
        circuit: &Circuit,
        mna: &LazyMna<'_>,
        uic: bool,
        span: Span,
    ) -> Result<Self, SimulationError> {
        if uic {
            return Ok(Self::Initial);
        }
        let mut u = vec![0.0; mna.inputs().len()];
        Sources::all(circuit).values(0.0, &mut u);
        Ok(Self::Point(solve(circuit, mna, &u, span, true)?))
    }

    pub(super) fn aid(&self) -> Option<Aid> {
        match self {
            Self::Initial => None,
            Self::Point(point) => Some(point.aid),
        }
    }

    /// The unknowns of the operating point.
    pub(super) fn unknowns(&self) -> Option<&[f64]> {
        match self {
            Self::Initial => None,
            Self::Point(point) => Some(&point.x),
        }
    }

    pub(super) fn counters(&self) -> Counters {
        match self {
            Self::Initial => Counters::default(),
            Self::Point(point) => point.counters,
        }
    }

    /// The start of the MNA path. Voltages held by `.ic` are let go then, so
    /// that only the charges stay.
    pub(super) fn start(&self, circuit: &Circuit, mna: &Mna) -> Start {
        match self {
            Self::Initial => Start::Charges(initial_charges(circuit)),
            Self::Point(point) if circuit.parts().initial.is_empty() => {
                Start::OperatingPoint(point.x.clone())
            }
            Self::Point(point) => {
                let mut eval = Eval::for_system(mna);
                let u = vec![0.0; mna.inputs().len()];
                mna.residual(&point.x, &u, 0.0, &mut eval);
                Start::Charges(eval.q)
            }
        }
    }
}
