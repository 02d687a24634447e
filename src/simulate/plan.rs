//! Which path a transient takes.

use crate::{
    circuit::{Circuit, Kind},
    dae::{Coefficient, Dae, Lure},
    diag::Diagnostic,
    mna::{Reduction, reduce},
    simulate::{Path, SimulationError, SimulationOptions, run::LazyMna},
};

/// Up to here the dense matrices of a normal form cost nothing.
const FEW_STATES: usize = 64;
/// Beyond this an implicit method's dense matrix does not pay, whatever the form.
const MANY_STATES: usize = 4096;
/// A normal form of many states may have this many coefficients per entry of
/// the matrices of the MNA path: those hold each weight once or twice, and a
/// product with them is cheaper than a factorisation.
const COEFFICIENTS: usize = 4;

/// Beside arrays of a crossing in so many pairs of states dense matrices are nothing more.
const DENSE: usize = 16;

/// A path, and why.
pub(super) struct Plan {
    /// The normal form; `None` for the MNA path.
    pub(super) reduction: Option<Reduction>,
    pub(super) why: String,
    /// What stands against a reduction that was tried.
    pub(super) refusal: Vec<Diagnostic>,
    /// True where the path was asked for.
    pub(super) is_asked: bool,
}

/// Chooses the path.
///
/// # Errors
///
/// Path and method contradict each other, or the reduced path is asked for and
/// does not exist.
pub(super) fn plan(
    circuit: &Circuit,
    mna: &LazyMna<'_>,
    options: &SimulationOptions,
) -> Result<Plan, SimulationError> {
    let of_scheme = options.scheme.path();
    let (path, why) = match (options.path, of_scheme) {
        (Path::Auto, Path::Auto) => return Ok(cheaper(circuit, mna)),
        (Path::Auto, of_scheme) => (of_scheme, format!("the method {} needs it", options.scheme)),
        (path, of_scheme) if of_scheme == Path::Auto || of_scheme == path => {
            (path, "it was asked for".to_owned())
        }
        (path, _) => return Err(SimulationError::Conflict { path, scheme: options.scheme }),
    };
    let reduction = match path {
        Path::Auto | Path::Mna => None,
        Path::Reduced => Some(reduce(circuit).map_err(SimulationError::Circuit)?),
    };
    Ok(Plan { reduction, why, refusal: Vec::new(), is_asked: true })
}

/// The reduced path where it exists and is cheaper.
fn cheaper(circuit: &Circuit, mna: &LazyMna<'_>) -> Plan {
    let nodal = |why: String| Plan { reduction: None, why, refusal: Vec::new(), is_asked: false };
    if let Some(method) = &circuit.parts().method {
        return nodal(format!("the deck asks for method={method}"));
    }
    let kinds = || circuit.elements().iter().map(|element| &element.kind);
    let stores =
        kinds().filter(|k| matches!(k, Kind::Capacitor { .. } | Kind::Inductor { .. })).count();
    let is_linear =
        !kinds().any(|kind| matches!(kind, Kind::Behavioural { .. } | Kind::Device { .. }));
    if kinds().any(|kind| matches!(kind, Kind::Device { .. })) {
        return nodal("a normal form has no place for its devices".to_owned());
    }
    if kinds().any(|kind| matches!(kind, Kind::Line { .. })) {
        return nodal("a normal form has no place for its lines".to_owned());
    }
    if kinds().any(|kind| matches!(kind, Kind::Storage { .. })) {
        return nodal("a normal form has no place for charges that are laws".to_owned());
    }
    if is_linear && stores > FEW_STATES {
        return nodal(format!("a linear circuit with {stores} states is sparse there"));
    }
    if stores > MANY_STATES && stores * stores > DENSE * crossings(circuit) {
        return nodal(format!("{stores} states are too many for dense matrices"));
    }
    let reduction = match reduce(circuit) {
        Ok(reduction) => reduction,
        Err(refusal) => {
            let why = "the circuit has no normal form".to_owned();
            return Plan { reduction: None, why, refusal, is_asked: false };
        }
    };
    let found = coefficients(&reduction.lure);
    let states = reduction.states.len();
    // The matrices there have an entry a crossing at least.
    if states > FEW_STATES && found > COEFFICIENTS * crossings(circuit) {
        let entries = mna.pattern().nonzeros();
        if found > COEFFICIENTS * entries {
            return nodal(format!(
                "the normal form has {found} coefficients, the matrices there {entries} entries"
            ));
        }
    }
    let plural = if states == 1 { "" } else { "s" };
    let why = format!("the circuit reduces to {states} state{plural}");
    Plan { reduction: Some(reduction), why, refusal: Vec::new(), is_asked: false }
}

/// The crossings of arrays that are not open.
fn crossings(circuit: &Circuit) -> usize {
    circuit.equations().arrays.iter().map(|array| array.matrix().nonzeros().count()).sum()
}

/// Entries of the matrices that a step multiplies by.
fn coefficients(lure: &Lure) -> usize {
    use Coefficient::{A, B, C, D};
    [A, B, C, D].into_iter().map(|c| lure.matrix(c).nnz()).sum()
}
