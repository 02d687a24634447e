//! Which path a transient takes.

use std::cell::OnceCell;

use crate::{
    circuit::{Circuit, Kind},
    dae::{Coefficient, Dae, Lure},
    diag::Diagnostic,
    mna::{Mna, Reduction, reduce, reduce_counted},
    simulate::{Path, SimulationError, SimulationOptions},
};

/// Up to here the dense matrices of a normal form cost nothing.
const FEW_STATES: usize = 64;
/// Beyond this an implicit method's dense matrix does not pay, whatever the form.
const MANY_STATES: usize = 4096;
/// A normal form of many states may have this many coefficients per entry of
/// the matrices of the MNA path: those hold each weight once or twice, and a
/// product with them is cheaper than a factorisation.
const COEFFICIENTS: usize = 4;

/// The equations of a circuit, compiled where they are needed: a reduced circuit that starts
/// from its initial conditions does without.
pub(super) struct Compiled<'a> {
    pub(super) circuit: &'a Circuit,
    mna: OnceCell<Mna>,
}

impl<'a> Compiled<'a> {
    pub(super) fn new(circuit: &'a Circuit) -> Self {
        Self { circuit, mna: OnceCell::new() }
    }

    /// The equations.
    pub(super) fn mna(&self) -> &Mna {
        self.mna.get_or_init(|| Mna::compile(self.circuit))
    }
}

/// Beside arrays of a crossing in so many pairs of states dense matrices are nothing more.
const DENSE: usize = 16;

/// A path, and why.
#[derive(Default)]
pub(super) struct Plan {
    /// The normal form; `None` for the MNA path.
    pub(super) reduction: Option<Reduction>,
    pub(super) why: String,
    /// What stands against a reduction that was tried.
    pub(super) refusal: Vec<Diagnostic>,
    /// True where the path was asked for.
    pub(super) is_asked: bool,
    /// Reductions carried out, whether the path is taken or not.
    pub(super) reductions: u64,
}

/// Chooses the path.
///
/// # Errors
///
/// Path and method contradict each other, or the reduced path is asked for and
/// does not exist.
pub(super) fn plan(
    compiled: &Compiled<'_>,
    options: &SimulationOptions,
) -> Result<Plan, SimulationError> {
    let of_scheme = options.scheme.path();
    let (path, why) = match (options.path, of_scheme) {
        (Path::Auto, Path::Auto) => return Ok(cheaper(compiled)),
        (Path::Auto, of_scheme) => (of_scheme, format!("the method {} needs it", options.scheme)),
        (path, of_scheme) if of_scheme == Path::Auto || of_scheme == path => {
            (path, "it was asked for".to_owned())
        }
        (path, _) => return Err(SimulationError::Conflict { path, scheme: options.scheme }),
    };
    let reduction = match path {
        Path::Auto | Path::Mna => None,
        Path::Reduced => Some(reduce(compiled.circuit).map_err(SimulationError::Circuit)?),
    };
    let reductions = u64::from(reduction.is_some());
    Ok(Plan { reduction, why, refusal: Vec::new(), is_asked: true, reductions })
}

/// The reduced path where it exists and is cheaper.
fn cheaper(compiled: &Compiled<'_>) -> Plan {
    let circuit = compiled.circuit;
    let nodal = |why: String| Plan { why, ..Plan::default() };
    if let Some(method) = &circuit.parts().method {
        return nodal(format!("the deck asks for method={method}"));
    }
    let census = Census::of(circuit);
    let stores = census.stores;
    for (number, what) in [
        (census.devices, "its devices"),
        (census.lines, "its lines"),
        (census.charges, "charges that are laws"),
    ] {
        if number > 0 {
            return nodal(format!("a normal form has no place for {what}"));
        }
    }
    if census.laws == 0 && stores > FEW_STATES {
        return nodal(format!("a linear circuit with {stores} states is sparse there"));
    }
    if stores > MANY_STATES && stores * stores > DENSE * crossings(circuit) {
        return nodal(format!("{stores} states are too many for dense matrices"));
    }
    let (reduction, least) = match reduce_counted(circuit) {
        Ok(found) => found,
        Err(refusal) => {
            let why = "the circuit has no normal form".to_owned();
            return Plan { why, refusal, ..Plan::default() };
        }
    };
    let found = coefficients(&reduction.lure);
    let states = reduction.states.len();
    // The matrices there have an entry a crossing at least.
    if states > FEW_STATES && found > COEFFICIENTS * (least + crossings(circuit)) {
        let entries = compiled.mna().pattern().nonzeros();
        if found > COEFFICIENTS * entries {
            let why = format!(
                "the normal form has {found} coefficients, the matrices there {entries} entries"
            );
            return Plan { why, reductions: 1, ..Plan::default() };
        }
    }
    let plural = if states == 1 { "" } else { "s" };
    let why = format!("the circuit reduces to {states} state{plural}");
    Plan { reduction: Some(reduction), why, reductions: 1, ..Plan::default() }
}

/// How many elements there are of the kinds that matter here.
#[derive(Default)]
struct Census {
    /// Capacitors and inductors.
    stores: usize,
    laws: usize,
    devices: usize,
    lines: usize,
    charges: usize,
}

impl Census {
    fn of(circuit: &Circuit) -> Self {
        let mut census = Self::default();
        for element in circuit.elements() {
            let count = match element.kind {
                Kind::Capacitor { .. } | Kind::Inductor { .. } => &mut census.stores,
                Kind::Behavioural { .. } => &mut census.laws,
                Kind::Device(_) => &mut census.devices,
                Kind::Line { .. } => &mut census.lines,
                Kind::Storage { .. } => &mut census.charges,
                Kind::Resistor { .. }
                | Kind::Source { .. }
                | Kind::VoltageControlled { .. }
                | Kind::CurrentControlled { .. }
                | Kind::Affine { .. }
                | Kind::Array(_)
                | Kind::Coupling { .. } => continue,
            };
            *count += 1;
        }
        census
    }
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
