//! Operating points of circuits.

use crate::{
    circuit::{Circuit, NodeId},
    dae::{Dae, Drive, Eval, Unknown},
    diag::Span,
    mna::{Mna, Sources, initial_charges},
    simulate::{OperatingPointResult, Reading, SimulationError},
    solve::{Aid, Counters, DcOptions, OperatingPoint, Start, operating_point},
};

/// The operating point with inputs `u`: `.ic` holds voltages, `.nodeset` guesses.
///
/// # Errors
///
/// Faults that matter at DC only, or no solution.
pub(super) fn solve(
    circuit: &Circuit,
    mna: &Mna,
    u: &[f64],
    span: Span,
) -> Result<OperatingPoint, SimulationError> {
    let faults = circuit.dc_faults();
    if !faults.is_empty() {
        return Err(SimulationError::Circuit(faults));
    }
    let unknowns = |list: &[(NodeId, f64)]| {
        list.iter().filter_map(|&(node, value)| Some((node.unknown()?, value))).collect()
    };
    let parts = circuit.parts();
    let options = DcOptions {
        guesses: unknowns(&parts.guesses),
        held: unknowns(&parts.initial),
        ..DcOptions::default()
    };
    operating_point(mna, u, &options).map_err(|error| SimulationError::Solver { span, error })
}

/// `.op`
pub(super) fn analyse(
    circuit: &Circuit,
    mna: &Mna,
    span: Span,
) -> Result<OperatingPointResult, SimulationError> {
    let found = solve(circuit, mna, Sources::all(circuit).dc(), span)?;
    let reading = |(unknown, &value): (&Unknown, &f64)| Reading {
        name: unknown.name.clone(),
        unit: unknown.quantity.unit(),
        value,
    };
    let readings = mna.unknowns().iter().zip(&found.x).map(reading).collect();
    Ok(OperatingPointResult { span, readings, aid: found.aid, counters: found.counters })
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
        mna: &Mna,
        uic: bool,
        span: Span,
    ) -> Result<Self, SimulationError> {
        if uic {
            return Ok(Self::Initial);
        }
        let mut u = vec![0.0; mna.inputs().len()];
        Sources::all(circuit).values(0.0, &mut u);
        Ok(Self::Point(solve(circuit, mna, &u, span)?))
    }

    pub(super) fn aid(&self) -> Option<Aid> {
        match self {
            Self::Initial => None,
            Self::Point(point) => Some(point.aid),
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
